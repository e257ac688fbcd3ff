"""Replay of a session or a file: film, curves and readouts that move together in the browser (replay.js)."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from emotion.certainty import verdict
from emotion.labels import EMOJI
from emotion.timeline.disagreement import apart, in_words, strongest_disagreements
from emotion.timeline.rows import ROW_SECONDS
from emotion.timeline.summary import labels_of
from ui.film import show_film
from ui.panels import REASONS, UNSURE_MARK, readout
from ui.plots.time_charts import apart_chart, lines_chart

ABSENT = {"face": "no picture", "voice": "no sound"}  # the reason of every row where a file has no such track
CONTROLS = """
<div class="replay-time"></div>
<div class="replay-now"></div>
<label class="replay-slider">Moment <input class="replay-range" type="range" min="0" value="0"></label>
"""


def modalities_of(timeline: pd.DataFrame) -> list[str]:
    """What a replay shows: Together, face and voice, without what the file does not have."""
    return [m for m in ("together", "face", "voice") if f"{m}_label" in timeline and _is_there(timeline, m)]


def _is_there(timeline: pd.DataFrame, modality: str) -> bool:
    """Whether a modality was judged, or is missing for another reason than that the file has no such track."""
    judged, reasons = timeline[f"{modality}_label"].notna(), timeline[f"{modality}_reason"]
    return bool(judged.any() or (reasons != ABSENT.get(modality, "")).any())


def probabilities(timeline: pd.DataFrame, modality: str) -> np.ndarray:
    """The answers of one modality, float (rows, n_labels), NaN where it was not judged."""
    return timeline[[f"{modality}_{label}" for label in labels_of(timeline, modality)]].to_numpy(float)


def replay_data(timeline: pd.DataFrame, *, film: bool) -> dict[str, Any]:
    """What replay.js needs of a timeline: its length, and for each row the readouts and how many faces there are
    (null for a sound alone).

    Of each modality `answers` are the different ones, as [state, mark, words, why]; `said` tells each row's place
    among them; `probs` are whole percent, null where a row was not judged.
    """
    begun = timeline["wall_clock"].iloc[0].timestamp() if "wall_clock" in timeline else None
    return {
        "film": film,
        "row_s": ROW_SECONDS,
        "seconds": len(timeline) * ROW_SECONDS,
        "begun_unix_s": begun,
        "rows": len(timeline),
        "faces": timeline["faces"].astype(int).tolist() if _is_there(timeline, "face") else None,
        "readouts": {m: _answers(timeline, m) for m in modalities_of(timeline)},
    }


def _answers(timeline: pd.DataFrame, modality: str) -> dict[str, list]:
    labels, values = labels_of(timeline, modality), probabilities(timeline, modality)
    places: dict[tuple[str, str, str, str], int] = {}
    said, probs = [], []
    for row, reason in zip(values, timeline[f"{modality}_reason"].fillna("")):
        judged = bool(np.isfinite(row).all())
        if judged:
            found = verdict(row, labels, modality, why=reason)
            mark = EMOJI[found.label] if found.sure else UNSURE_MARK
            answer = ("on" if found.sure else "on unsure", mark, found.words, reason or found.reason)
        else:
            answer = ("off", "", "", REASONS.get(reason, reason or "not judged"))
        said.append(places.setdefault(answer, len(places)))
        probs.append([round(100 * p) for p in row] if judged else None)
    return {"answers": [list(answer) for answer in places], "said": said, "probs": probs}


_follow = st.components.v2.component(
    "emotion_replay",
    html=CONTROLS,
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def draw_replay(timeline: pd.DataFrame, film: Path | None, *, key: str, else_say: str = "", no_film: str = "") -> bool:
    """Film, curves, and the readouts of the moment that the film is at. A click on a curve goes to its moment.

    key: letters, digits and hyphens. else_say: of a film too large for the page; no_film: said where
    there is none. Returns whether the film is shown.
    """
    shown, key = modalities_of(timeline), f"replay-{key}"  # style.css and replay.js know the container by this
    with st.container(key=key):
        left, right = st.columns([3, 2])
        with left:
            plays = film is not None and show_film(film, else_say=else_say)
            if film is None and no_film:
                st.caption(no_film)
            _follow(data=replay_data(timeline, film=plays) | {"key": key}, key=f"{key}-follow")
            _draw_curves(timeline, [m for m in shown if timeline[f"{m}_label"].notna().any()])
            _draw_disagreement(timeline)
        right.html("".join(_first_readout(timeline, m) for m in shown) or "<p>Nothing was judged.</p>")
    return plays


def _draw_curves(timeline: pd.DataFrame, judged: list[str]) -> None:
    """Each judged modality over time, one at a time."""
    if judged:
        st.caption("Click on a curve to go to that moment.")
        for tab, modality in zip(st.tabs([m.capitalize() for m in judged]), judged):
            # st.html drops SVG
            tab.markdown(lines_chart(timeline, modality, labels_of(timeline, modality)), unsafe_allow_html=True)


def _draw_disagreement(timeline: pd.DataFrame) -> None:
    """How far face and voice are apart over time, and the strongest moments; nothing where they never met."""
    values = apart(timeline)
    if not np.isfinite(values).any():
        return
    st.caption("How far face and voice are apart (0: the same, 1: nothing in common); click to go to that moment")
    moments = "".join(
        f'<button class="seek" data-seek="{moment["time_s"]}">{escape(in_words(moment))}</button>'
        for moment in strongest_disagreements(timeline)
    )
    st.markdown(apart_chart(values), unsafe_allow_html=True)
    st.html(f'<div class="seeks">{moments}</div>')


def _first_readout(timeline: pd.DataFrame, modality: str) -> str:
    """The readout of the first row; replay.js takes it from there."""
    values, reason = probabilities(timeline, modality)[0], str(timeline[f"{modality}_reason"].iloc[0] or "")
    judged = values if np.isfinite(values).all() else None
    return readout(modality.capitalize(), judged, labels_of(timeline, modality), reason=reason or "not judged")
