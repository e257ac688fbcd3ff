"""The timeline: one row each ROW_SECONDS, built from the readings of the two judges as they come."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from emotion.certainty import MODALITIES, verdict
from emotion.judge import FaceReading, FacesReading, VoiceReading, together
from emotion.labels import FACE_LABELS, VOICE_LABELS, valence_arousal

ROW_SECONDS = 0.5  # one row of the timeline


class AnalysisError(Exception):
    """A file that cannot be analysed; the message says why and what to do."""


class AnalysisCancelled(AnalysisError):  # noqa: N818 - a wish of the caller, not a fault
    """The caller ended the work."""


@dataclass
class _Row:
    """What was seen and heard within ROW_SECONDS, summed up as it came."""

    face_sum: np.ndarray | None = None
    face_count: int = 0
    as_it_is_sum: np.ndarray | None = None  # of the model's own answers
    main: FaceReading | None = None  # the last one that was judged
    faces: int = 0  # at most, in one picture
    face_reason: str = "no picture"
    voice: VoiceReading | None = None  # the last one


class RowBuilder:
    """Readings in, a timeline out; keeps a few numbers per row, however long the file is."""

    def __init__(self, *, as_it_is_too: bool = True) -> None:
        """as_it_is_too: whether `face_as_it_is_*` and `voice_as_it_is_*` are among the columns."""
        self._as_it_is_too = as_it_is_too
        self._rows: dict[int, _Row] = {}
        self.face: FacesReading | None = None
        self.voice: VoiceReading | None = None
        self.tracks: set[int] = set()
        self.pictures = self.windows = 0

    def see(self, reading: FacesReading) -> None:
        """A picture was judged."""
        self.face, self.pictures = reading, self.pictures + 1
        self.tracks.update(f.track for f in reading.faces)
        row = self._rows.setdefault(int(reading.time_s / ROW_SECONDS), _Row())
        row.faces, row.face_reason = max(row.faces, len(reading.faces)), reading.reason
        main = reading.main
        probs = main.probs if main else None
        if main is not None and probs is not None:
            row.main = main
            own = probs if main.as_it_is is None else main.as_it_is
            row.face_sum = probs.astype(np.float64) if row.face_sum is None else row.face_sum + probs
            row.as_it_is_sum = own.astype(np.float64) if row.as_it_is_sum is None else row.as_it_is_sum + own
            row.face_count += 1

    def hear(self, readings: list[VoiceReading]) -> None:
        """Windows of sound were judged; a reading is about the sound before its time."""
        for reading in readings:
            self.voice, self.windows = reading, self.windows + 1
            self._rows.setdefault(max(0, math.ceil(reading.time_s / ROW_SECONDS - 1e-6) - 1), _Row()).voice = reading

    def timeline(self, mode: str):
        """One row per ROW_SECONDS from the beginning to the last reading, as a DataFrame."""
        import pandas as pd

        rows = [self._rows.get(i, _Row()) for i in range(max(self._rows, default=0) + 1)]
        return pd.DataFrame([_row(i * ROW_SECONDS, row, mode, self._as_it_is_too) for i, row in enumerate(rows)])


def _row(start_s: float, found: _Row, mode: str, as_it_is_too: bool) -> dict:
    row: dict[str, Any] = {"time_s": start_s}
    face = _mean(found.face_sum, found.face_count)
    voice = found.voice
    voice_probs = voice.probs if voice else None
    row["faces"] = found.faces
    row["face_reason"] = found.face_reason
    if face is not None:
        row["face_reason"] = why_unsure("face", face, FACE_LABELS, found.main.why_hard if found.main else "")
    row["voice_reason"] = voice.reason if voice else "no sound"
    if voice is not None and voice_probs is not None:
        row["voice_reason"] = why_unsure("voice", voice_probs, VOICE_LABELS, voice.why_hard)
    row |= columns("face", face, FACE_LABELS)
    if as_it_is_too:
        row |= columns("face_as_it_is", _mean(found.as_it_is_sum, found.face_count), FACE_LABELS)
    row |= columns("voice", voice_probs, VOICE_LABELS)
    if as_it_is_too:
        own = voice.as_it_is if voice and voice.as_it_is is not None else voice_probs
        row |= columns("voice_as_it_is", own, VOICE_LABELS)
    if mode == "hybrid":
        one = together(replace(found.main, probs=face) if found.main else None, voice)
        row |= columns("together", one.probs if one else None, FACE_LABELS)
        row["together_reason"] = one.reason if one else ""
        row["valence"], row["arousal"] = valence_arousal(one.probs, FACE_LABELS) if one else (np.nan, np.nan)
    return row


def as_it_is(timeline):
    """A timeline with the models' own answers in the place of changes from what is usual for the person.

    Without Together, which was judged from those changes. timeline: a DataFrame; one without changes stays.
    """
    own = [c for c in timeline if c.startswith(("face_as_it_is_", "voice_as_it_is_"))]
    instead = {c.replace("_as_it_is", ""): timeline[c] for c in own}
    if all(timeline[c].equals(answer) for c, answer in instead.items()):
        return timeline
    together = [c for c in timeline if c.startswith("together_") or c in ("valence", "arousal")]
    return timeline.assign(**instead).drop(columns=[*together, *own])


def _mean(total: np.ndarray | None, count: int) -> np.ndarray | None:
    return None if total is None else (total / count).astype(np.float32)


def columns(name: str, probs: np.ndarray | None, labels: tuple[str, ...]) -> dict:
    """One modality's columns of a row. probs: (n_labels,) or None for what was not judged.

    `_sure` says whether the answer is sure enough to name one word; a model's own answer has no such column.
    """
    own = name not in MODALITIES
    if probs is None:
        return {
            f"{name}_label": None,
            f"{name}_confidence": np.nan,
            **({} if own else {f"{name}_sure": None}),
            **{f"{name}_{label}": np.nan for label in labels},
        }
    best = int(np.argmax(probs))
    return {
        f"{name}_label": labels[best],
        f"{name}_confidence": float(probs[best]),
        **({} if own else {f"{name}_sure": verdict(probs, labels, name).sure}),
        **{f"{name}_{label}": float(p) for label, p in zip(labels, probs)},
    }


def why_unsure(name: str, probs: np.ndarray, labels: tuple[str, ...], why: str = "") -> str:
    """Why an answer of a modality is unsure, "" where it is sure. why: what makes it hard just then."""
    return verdict(probs, labels, name, why=why).reason
