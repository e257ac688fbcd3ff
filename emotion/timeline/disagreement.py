"""How far face and voice are apart over a timeline: the Jensen-Shannon divergence (Lin 1991, IEEE Trans. IT 37:145)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emotion.fusion import face_labels_of_voice
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.rows import ROW_SECONDS

MOMENTS, MOMENTS_APART_S = 3, 2.0  # so many of the strongest are named, at least so far from each other
WORTH_NAMING = 0.3  # below it face and voice say nearly the same


def divergence(face: np.ndarray, voice: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence in bits, 0 (the same) to 1. face, voice: (…, 7) over FACE_LABELS -> (…,)."""
    middle = (face + voice) / 2
    return np.clip((_entropy(middle) - (_entropy(face) + _entropy(voice)) / 2), 0.0, 1.0)


def _entropy(probs: np.ndarray) -> np.ndarray:
    return -(probs * np.log2(np.where(probs > 0, probs, 1.0))).sum(axis=-1)


def apart(timeline: pd.DataFrame) -> np.ndarray:
    """Of each row how far face and voice are apart, float (rows,), calm counts as neutral; NaN where one is missing."""
    columns = [f"face_{n}" for n in FACE_LABELS], [f"voice_{n}" for n in VOICE_LABELS]
    if not all(c in timeline for names in columns for c in names):
        return np.full(len(timeline), np.nan)
    face, voice = (timeline[names].to_numpy(float) for names in columns)
    out = np.full(len(timeline), np.nan)
    both = np.isfinite(face).all(axis=1) & np.isfinite(voice).all(axis=1)
    seven = face[both] / face[both].sum(axis=1, keepdims=True)  # contempt, where it was asked for, has a share too
    out[both] = divergence(seven, face_labels_of_voice(voice[both]))
    return out


def strongest_disagreements(timeline: pd.DataFrame) -> list[dict]:
    """The moments at which face and voice are furthest apart, strongest first.

    Each has time_s, apart (0…1), face and voice (their words). At most MOMENTS, at least MOMENTS_APART_S from each
    other, none below WORTH_NAMING.
    """
    found: list[dict] = []
    values = apart(timeline)
    for i in np.argsort(-np.nan_to_num(values), kind="stable"):
        if len(found) == MOMENTS or not values[i] >= WORTH_NAMING:
            break
        row = timeline.iloc[int(i)]
        if all(abs(row["time_s"] - m["time_s"]) >= MOMENTS_APART_S - ROW_SECONDS / 2 for m in found):
            found.append(
                {
                    "time_s": float(row["time_s"]),
                    "apart": float(values[i]),
                    "face": row["face_label"],
                    "voice": row["voice_label"],
                }
            )
    return found


def in_words(moment: dict) -> str:
    """One of strongest_disagreements as a person reads it."""
    return f"{moment['time_s']:.1f} s: face {moment['face']}, voice {moment['voice']} ({moment['apart']:.1f} of 1)"
