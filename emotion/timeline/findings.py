"""What a timeline comes to, in a few sentences: the beginning of a report."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from emotion.timeline.disagreement import apart, in_words, strongest_disagreements
from emotion.timeline.rows import ROW_SECONDS
from emotion.timeline.summary import MODALITIES, figures

WORDS_NAMED, LEAST_SHARE = 3, 0.05  # so many words of each are named, none of a smaller share
REASONS_NAMED = 2
NO_PICTURE = "no picture"  # the reason in every row of a file without pictures
DIFFER = "face and voice differ"
# so begins what emotion.fusion and emotion.joint say of it
JUDGED_FROM = (
    "face ",
    "voice ",
    "#",
    "the voice is of ",
    "from the ",
    "the face is unreliable",
    "the voice is unreliable",
)
WHOSE = {"together": "Face and voice together", "face": "Face", "voice": "Voice"}


def findings(timeline: pd.DataFrame, faces: pd.DataFrame | None = None) -> list[str]:
    """Who was there, what word for which share of the time, how often unsure and why, where face and voice differ.

    timeline: of emotion.analyze or judgements.timeline_of; faces: people.faces_table.
    """
    found = figures(timeline)
    judged = [m for m in WHOSE if m in found and found[m]["judged_share"] > 0]
    lines = [_who(timeline, faces)]
    if not judged:
        reasons = sorted({reason for m in MODALITIES if m in found for reason in found[m]["not_judged"]})
        return [*lines, f"Nothing was judged: {', '.join(reasons) or 'no face and no voice'}."]
    lines += [f"{WHOSE[m]}: {_words(found[m]['share_of_time'])}{_judged(found[m])}." for m in judged]
    if faces is not None and faces["track"].nunique() > 1:
        lines += [f"Person #{track}: {_person(rows)}." for track, rows in faces.groupby("track", sort=True)]
    lines += [line for m in judged if (line := _unsure(timeline, m, found[m]["unsure_share"]))]
    if np.isfinite(apart(timeline)).any():
        moments = strongest_disagreements(timeline)
        lines.append(
            f"Face and voice were furthest apart at {in_words(moments[0])}."
            if moments
            else "Face and voice said nearly the same whenever both were judged."
        )
    return lines


def _who(timeline: pd.DataFrame, faces: pd.DataFrame | None) -> str:
    seconds = len(timeline) * ROW_SECONDS
    length = f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} minutes"
    if (timeline["face_reason"] == NO_PICTURE).all():
        return f"{length} of sound."
    several = 0 if faces is None else faces["track"].nunique()
    if several:
        return f"{length}; {several} {'person' if several == 1 else 'people'} seen."
    seen = int(timeline["faces"].max()) if "faces" in timeline and len(timeline) else 0
    return f"{length}; {'a face was seen' if seen else 'no face'}."


def _words(shares: dict[str, float]) -> str:
    """The most frequent words, each with its share."""
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    named = [(word, share) for word, share in ranked[:WORDS_NAMED] if share >= LEAST_SHARE] or ranked[:1]
    return ", ".join(f"{word} {share:.0%}" for word, share in named)


def _judged(found: dict) -> str:
    """Of how much of the time that is, and why of no more."""
    if found["judged_share"] >= 0.995:
        return " of the time"
    reasons = sorted(found["not_judged"].items(), key=lambda item: -item[1])[:REASONS_NAMED]
    why = f" (else {', '.join(reason for reason, _ in reasons)})" if reasons else ""
    return f" of the {found['judged_share']:.0%} of the time that could be judged{why}"


def _person(rows: pd.DataFrame) -> str:
    judged = rows["face_label"].dropna()
    words = _words(judged.value_counts(normalize=True).to_dict()) if len(judged) else "not judged"
    return f"{words} of {len(rows) * ROW_SECONDS:.1f} s in view"


def _unsure(timeline: pd.DataFrame, modality: str, share: float) -> str:
    """How often an answer was unsure, and the most frequent reasons; "" where it never was."""
    if not share:
        return ""
    unsure = timeline[timeline[f"{modality}_sure"].eq(False)]
    reasons = Counter(reason for text in unsure[f"{modality}_reason"].dropna() for reason in _reasons(str(text)))
    why = ", ".join(f"{reason} ({n / len(unsure):.0%})" for reason, n in reasons.most_common(REASONS_NAMED))
    return f"{WHOSE[modality]} unsure {share:.0%} of the judged time" + (f", most often: {why}" if why else "") + "."


def _reasons(text: str) -> list[str]:
    """A row's reason -> what made its answer unsure; of Together that both differ, not what it was judged from."""
    parts = [DIFFER if part.startswith("face says ") else part for part in text.split("; ") if part]
    return [p for p in parts if p == DIFFER or not (p.startswith(JUDGED_FROM) or p.endswith(": with the main face"))]
