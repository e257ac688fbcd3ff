"""The timeline: one row each ROW_SECONDS, built from the readings of the two judges as they come."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from emotion.certainty import MODALITIES, verdict
from emotion.joint import RecentFaces, together
from emotion.judge import HOP_SECONDS, FaceReading, FacesReading, VoiceReading
from emotion.labels import FACE_LABELS, MORE_FACE_LABELS, MORE_LABELS, VOICE_LABELS, valence_arousal
from emotion.more_words import with_contempt
from emotion.speaker import Speaker, SpeakerFinder, joined

ROW_SECONDS = 0.5  # one row of the timeline
STANDS_SECONDS = 2.0  # a picture stands until the next one, at most for so long
LEAST_OF_ROW = 0.1  # of a row has to be there so that the last picture begins it; time stamps are rounded
WAITING_WINDOWS = 15  # so many windows of sound wait for the pictures of their time, in files that hold them apart


# face numbers, empty where there is none: the main face, who speaks, and whom Together is about
TRACK_COLUMNS = ("main_face", "speaker", "together_face")


class AnalysisError(Exception):
    """A file that cannot be analysed; the message says why and what to do."""


class AnalysisCancelled(AnalysisError):  # noqa: N818 - a wish of the caller, not a fault
    """The caller ended the work."""


@dataclass
class _Row:
    """What was seen and heard within ROW_SECONDS, summed up as it came."""

    face_sum: np.ndarray | None = None
    face_count: int = 0
    contempt_sum: float = 0.0  # of the main face
    as_it_is_sum: np.ndarray | None = None  # of the model's own answers
    faces: int = 0  # at most, in one picture
    face_reason: str = "no picture"
    voice: VoiceReading | None = None  # the last one
    speaker: Speaker | None = None
    main: int | None = None  # the main face's track, in the last picture that had one
    tracks: dict[int, np.ndarray] = field(default_factory=dict)  # track -> sum of its answers
    contempts: dict[int, float] = field(default_factory=dict)  # track -> sum of how probable contempt was
    counts: dict[int, int] = field(default_factory=dict)  # track -> how many answers
    last: dict[int, FaceReading] = field(default_factory=dict)  # track -> the last one


class RowBuilder:
    """Readings in, a timeline out; keeps a few numbers per row, however long the file is."""

    def __init__(self, *, as_it_is_too: bool = True, more_words: bool = False) -> None:
        """as_it_is_too: whether `face_as_it_is_*` and `voice_as_it_is_*` are among the columns.

        more_words: whether contempt and calm are, and are named where they lead; the readings of faces then tell
        contempt.
        """
        self._as_it_is_too, self._more_words = as_it_is_too, more_words
        self._rows: dict[int, _Row] = {}
        self.face: FacesReading | None = None
        self.voice: VoiceReading | None = None
        self.tracks: set[int] = set()
        self.speaker: Speaker | None = None  # who spoke last, where that is known by now
        self._finder, self._waiting = SpeakerFinder(), deque[float]()
        self.pictures = self.windows = 0
        self.recent = RecentFaces()

    def see(self, reading: FacesReading) -> None:
        """A picture was judged."""
        self._stand_until(int(reading.time_s / ROW_SECONDS))
        self.face, self.pictures = reading, self.pictures + 1
        self.recent.see(reading)
        self.tracks.update(f.track for f in reading.faces)
        self._count(int(reading.time_s / ROW_SECONDS), reading)
        self._finder.see(reading.mouths, reading.time_s)
        self._name_speakers(reading.time_s)

    def end(self, pictures_end_s: float = 0.0) -> None:
        """The file is over: the last picture is still seen in the rows that sound goes on in.

        pictures_end_s: until when the last picture lasts by the file's own word.
        """
        self._stand_until(max(max(self._rows, default=0) + 1, math.ceil(pictures_end_s / ROW_SECONDS - LEAST_OF_ROW)))

    def _stand_until(self, end: int) -> None:
        """The last picture is seen in the rows before `end` that have none of their own."""
        if self.face is not None:
            first, past_s = int(self.face.time_s / ROW_SECONDS) + 1, self.face.time_s + STANDS_SECONDS
            for slot in range(first, min(end, math.ceil(past_s / ROW_SECONDS - 1e-6))):
                self._count(slot, self.face)

    def _count(self, slot: int, reading: FacesReading) -> None:
        """A picture is seen in this row."""
        row = self._rows.setdefault(slot, _Row())
        row.faces, row.face_reason = max(row.faces, len(reading.faces)), reading.reason
        for f in reading.faces:
            if f.probs is not None:
                row.tracks[f.track] = row.tracks.get(f.track, 0) + f.probs.astype(np.float64)
                row.contempts[f.track] = row.contempts.get(f.track, 0.0) + (f.contempt or 0.0)
                row.counts[f.track] = row.counts.get(f.track, 0) + 1
                row.last[f.track] = f
        row.main = reading.main.track if reading.main else row.main
        probs = reading.main.probs if reading.main else None
        if probs is not None:
            own = reading.main.as_it_is if reading.main else None
            own = probs if own is None else own
            row.face_sum = probs.astype(np.float64) if row.face_sum is None else row.face_sum + probs
            row.as_it_is_sum = own.astype(np.float64) if row.as_it_is_sum is None else row.as_it_is_sum + own
            row.contempt_sum += (reading.main.contempt or 0.0) if reading.main else 0.0
            row.face_count += 1

    def hear(self, readings: list[VoiceReading]) -> None:
        """Windows of sound were judged; a reading is about the sound before its time."""
        for reading in readings:
            self.voice, self.windows = reading, self.windows + 1
            self._rows.setdefault(_slot_until(reading.time_s), _Row()).voice = reading
            if reading.loudness is not None:
                self._finder.hear(reading.loudness, reading.time_s, HOP_SECONDS)
                self._waiting.append(reading.time_s)
        self._name_speakers(self.face.time_s if self.face else -math.inf)

    def _name_speakers(self, seen_s: float) -> None:
        """Name who spoke until each window of sound, once all pictures until then were seen."""
        while self._waiting and (self._waiting[0] <= seen_s or len(self._waiting) > WAITING_WINDOWS):
            time_s = self._waiting.popleft()
            self.speaker = self._rows[_slot_until(time_s)].speaker = self._finder.name(time_s)

    def timeline(self, mode: str):
        """One row per ROW_SECONDS from the beginning to the last reading, as a DataFrame."""
        import pandas as pd

        self._name_speakers(math.inf)
        rows = [self._rows.get(i, _Row()) for i in range(max(self._rows, default=0) + 1)]
        table = pd.DataFrame(
            [
                _row(i, row, rows[_began(i, row) : i + 1], mode, self._as_it_is_too, self._more_words)
                for i, row in enumerate(rows)
            ]
        )
        for name in TRACK_COLUMNS:
            if name in table:  # one by one: astype of the whole table takes longer than all else here
                table[name] = table[name].astype("Int64")
        return table

    def answers(self) -> dict[tuple[int, int], np.ndarray | None]:
        """(row, track) -> mean of the answers to this face in this row; only where it could be judged.

        Each is (7,) over FACE_LABELS; with more words (8,) over MORE_FACE_LABELS.
        """
        return {
            (i, track): self._words(_mean(total, row.counts[track]), row.contempts[track] / row.counts[track])
            for i, row in sorted(self._rows.items())
            for track, total in sorted(row.tracks.items())
        }

    def _words(self, probs: np.ndarray | None, contempt: float) -> np.ndarray | None:
        return with_contempt(probs, contempt) if self._more_words and probs is not None else probs


def _slot_until(time_s: float) -> int:
    """The row that ends at this time or holds it."""
    return max(0, math.ceil(time_s / ROW_SECONDS - 1e-6) - 1)


def _began(i: int, row: _Row) -> int:
    """The row in which the stretch of speech began that row i has heard."""
    stretch_s = row.voice.stretch_s if row.voice and row.voice.probs is not None else 0.0
    return min(i, max(0, int(((i + 1) * ROW_SECONDS - stretch_s) / ROW_SECONDS + 1e-6)))


def _row(i: int, found: _Row, stretch: list[_Row], mode: str, as_it_is_too: bool, more_words: bool) -> dict:
    """stretch: the rows since the stretch of speech began, this one included."""
    row: dict[str, Any] = {"time_s": i * ROW_SECONDS}
    face, own_face = _mean(found.face_sum, found.face_count), _mean(found.as_it_is_sum, found.face_count)
    face_labels = MORE_FACE_LABELS if more_words else FACE_LABELS
    if more_words and face is not None and own_face is not None:
        contempt = found.contempt_sum / found.face_count
        face, own_face = with_contempt(face, contempt), with_contempt(own_face, contempt)
    voice = found.voice
    voice_probs = voice.probs if voice else None
    row["faces"] = found.faces
    row["face_reason"] = found.face_reason
    if face is not None:
        hard = found.last[found.main].why_hard if found.main in found.last else ""
        row["face_reason"] = why_unsure("face", face, face_labels, hard)
    row["voice_reason"] = voice.reason if voice else "no sound"
    if voice is not None and voice_probs is not None:
        row["voice_reason"] = why_unsure("voice", voice_probs, VOICE_LABELS, voice.why_hard)
    row["main_face"] = found.main
    row["speaker"] = found.speaker.track if found.speaker else None
    row["speaker_reason"] = found.speaker.reason if found.speaker else ""
    row |= columns("face", face, face_labels)
    if as_it_is_too:
        row |= columns("face_as_it_is", own_face, face_labels)
    row |= columns("voice", voice_probs, VOICE_LABELS)
    if as_it_is_too:
        own = voice.as_it_is if voice and voice.as_it_is is not None else voice_probs
        row |= columns("voice_as_it_is", own, VOICE_LABELS)
    if mode == "hybrid":
        whose = joined(found.speaker, found.counts, found.main)
        about = None
        if whose.track is not None:
            with_it = [r for r in (stretch if whose.voice_too else [found]) if whose.track in r.tracks]
            n = sum(r.counts[whose.track] for r in with_it)
            mean = _mean(np.sum([r.tracks[whose.track] for r in with_it], axis=0), n)
            contempt = sum(r.contempts[whose.track] for r in with_it) / n
            about = replace(found.last[whose.track], probs=mean, contempt=contempt if more_words else None)
        one = together(about, voice if whose.voice_too else None, note=whose.note, more_words=more_words)
        labels = MORE_LABELS if more_words else FACE_LABELS
        row |= columns("together", one.answer if one else None, labels)
        row["together_face"] = whose.track if one else None
        row["together_reason"] = one.reason if one else ""
        row["valence"], row["arousal"] = valence_arousal(one.answer, labels) if one else (np.nan, np.nan)
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
    given = np.full(len(labels), np.nan) if probs is None else probs
    best = None if probs is None else int(np.argmax(probs))
    row: dict[str, Any] = {
        f"{name}_label": None if best is None else labels[best],
        f"{name}_confidence": np.nan if best is None else float(given[best]),
    }
    if name in MODALITIES:
        row[f"{name}_sure"] = None if probs is None else verdict(probs, labels, name).sure
    return row | {f"{name}_{label}": float(p) for label, p in zip(labels, given)}


def why_unsure(name: str, probs: np.ndarray, labels: tuple[str, ...], why: str = "") -> str:
    """Why an answer of a modality is unsure, "" where it is sure. why: what makes it hard just then."""
    return verdict(probs, labels, name, why=why).reason
