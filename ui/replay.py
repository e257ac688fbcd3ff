"""Replay of a session: a moment chosen on the timeline, the video from there on, the answers of that moment."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.rows import ROW_SECONDS
from ui.film import show_film
from ui.panels import readout
from ui.text import counted
from ui.timeline_views import draw_disagreement

MODALITIES = {"Together": ("together", FACE_LABELS), "Face": ("face", FACE_LABELS), "Voice": ("voice", VOICE_LABELS)}


def probabilities(row: pd.Series, name: str, labels: tuple[str, ...]) -> np.ndarray | None:
    """The distribution of one modality in a row of a timeline, or None where it was not judged."""
    values = np.array([row.get(f"{name}_{label}", math.nan) for label in labels], float)
    return None if np.isnan(values).any() else values


def draw_replay(timeline: pd.DataFrame, media: Path | None, *, key: str) -> None:
    """A slider over the session, the recording from there on, and every readout of that moment."""
    last_s = float(timeline["time_s"].iloc[-1])
    at_s = (
        st.slider("Moment", 0.0, last_s, 0.0, step=ROW_SECONDS, format="%.1f s", key=f"{key}-at") if last_s > 0 else 0.0
    )
    draw_disagreement(timeline, key=key, jump_to=f"{key}-at" if last_s > 0 else None)
    row = timeline.iloc[min(int(at_s / ROW_SECONDS + 1e-6), len(timeline) - 1)]
    left, right = st.columns([3, 2])
    with left:
        if media is None:
            st.caption("Labels only: picture and sound were not recorded.")
        else:
            show_film(media, start_s=at_s, else_say=f"It is in `{media}` on the machine that runs this app.")
        if "wall_clock" in timeline:
            st.caption(
                f"{row['wall_clock'].tz_convert(None):%Y-%m-%d %H:%M:%S} UTC, {at_s:.1f} s after the beginning; "
                f"{counted(int(row['faces']), 'face')} in view"
            )
    with right:
        st.html(
            "".join(
                readout(
                    title,
                    probabilities(row, name, labels),
                    labels,
                    reason=str(row.get(f"{name}_reason") or "not judged"),
                )
                for title, (name, labels) in MODALITIES.items()
                if f"{name}_label" in timeline
            )
        )
