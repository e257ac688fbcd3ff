"""The faces of a timeline one by one: a row for each face each ROW_SECONDS, and what each person comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from emotion.certainty import verdict
from emotion.timeline.rows import ROW_SECONDS, columns
from emotion.timeline.summary import MODALITIES, labels_of

PEOPLE_NOTE = (
    "A person who leaves the picture for more than a second comes back under another number. Who speaks is a guess "
    "from mouths and sound; the voice counts for that person alone."
)


def faces_table(timeline: pd.DataFrame, answers: Mapping[tuple[int, int], np.ndarray | None]) -> pd.DataFrame:
    """A row for each face and each row of the timeline in which it could be judged.

    timeline: of RowBuilder or judgements.timeline_of; answers: (row, track) -> (7,) over FACE_LABELS,
    or over the words that the timeline has of the face. Columns: time_s,
    track, main, speaks; face_*; voice_* where this person speaks; together_* (Hybrid) where it is about this face.
    """
    kept = [name for name in timeline if name.startswith(("voice_", "together_")) and "as_it_is" not in name]
    kept = [name for name in kept if name not in ("voice_reason", "together_reason", "together_face")]
    rows, labels = [], labels_of(timeline, "face")
    for (slot, track), probs in answers.items():
        whole = timeline.iloc[slot]
        speaks, about = _is(whole, "speaker", track), _is(whole, "together_face", track)
        row: dict[str, Any] = {"time_s": whole["time_s"], "track": track}
        row |= {"main": _is(whole, "main_face", track), "speaks": speaks, **columns("face", probs, labels)}
        row |= {name: whole[name] if (speaks if name.startswith("voice_") else about) else None for name in kept}
        rows.append(row)
    names = ["time_s", "track", "main", "speaks", *columns("face", None, labels), *kept]
    kinds = {"track": np.int64, "main": np.bool_, "speaks": np.bool_}  # told, so that an empty table has them too

    def column(name: str) -> Any:
        values = [row[name] for row in rows]
        if name.endswith(("_label", "_sure")):
            return pd.Series(values, dtype=None if values else object)
        return np.array(values, kinds.get(name, np.float64))

    return pd.DataFrame({name: column(name) for name in names})


def _is(row: pd.Series, column: str, track: int) -> bool:
    return column in row and pd.notna(row[column]) and int(row[column]) == track


def people(faces: pd.DataFrame) -> list[dict]:
    """faces_table -> what each face track comes to, in the order of their numbers.

    Each has track; from_s and until_s; seconds, main_seconds and speaks_seconds; and for each modality, where there is
    an answer, label, confidence, sure, words and probs of the mean one. The voice is that of the time in which this
    person speaks, Together that of the time in which it is about this person.
    """
    return [_person(int(track), rows) for track, rows in faces.groupby("track", sort=True)]


def _person(track: int, rows: pd.DataFrame) -> dict:
    out: dict[str, Any] = {
        "track": track,
        "from_s": float(rows["time_s"].min()),
        "until_s": float(rows["time_s"].max()) + ROW_SECONDS,
        "seconds": len(rows) * ROW_SECONDS,
        "main_seconds": int(rows["main"].sum()) * ROW_SECONDS,
        "speaks_seconds": int(rows["speaks"].sum()) * ROW_SECONDS,
    }
    for name in MODALITIES:
        labels = labels_of(rows, name)
        judged = rows[rows[f"{name}_label"].notna()] if f"{name}_label" in rows else rows[:0]
        if len(judged):
            mean = judged[[f"{name}_{label}" for label in labels]].astype(float).mean().to_numpy()
            found = verdict(mean, labels, name)
            out[name] = {
                "label": found.label,
                "confidence": found.confidence,
                "sure": found.sure,
                "words": found.words,
                "probs": {label: float(p) for label, p in zip(labels, mean)},
            }
    return out


def people_in_words(found: list[dict]) -> pd.DataFrame:
    """people(…) as a table for a page or a report: a row per person."""
    answer = lambda person, name: f"{person[name]['words']} {person[name]['confidence']:.0%}" if name in person else "–"
    return pd.DataFrame(
        [
            {
                "person": f"#{p['track']}",
                "in view": f"{p['seconds']:.1f} s, {p['from_s']:.1f} to {p['until_s']:.1f} s",
                "main face": f"{p['main_seconds']:.1f} s",
                "speaks": f"{p['speaks_seconds']:.1f} s",
                **{name: answer(p, name) for name in MODALITIES if any(name in q for q in found)},
            }
            for p in found
        ]
    )
