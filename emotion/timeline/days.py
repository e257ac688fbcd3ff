"""Recorded sessions -> a table of days. A session belongs to the day on which it began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import numpy as np
import pandas as pd

from emotion.fusion import voice_to_face_labels
from emotion.labels import CIRCUMPLEX, FACE_LABELS
from emotion.timeline.rows import ROW_SECONDS
from emotion.timeline.store import SessionInfo

AFFECT_OF_LABELS = np.array([CIRCUMPLEX[label] for label in FACE_LABELS])  # (7, 2) valence, arousal
AFFECT = ("valence", "arousal")


@dataclass(frozen=True)
class SessionFigures:
    """The sums of one session: small, so that years of sessions can be kept."""

    rows: tuple[int, ...]  # judged rows by their most probable label, in the order of FACE_LABELS
    sums: tuple[float, float]  # of valence and arousal over the judged rows
    squares: tuple[float, float]  # of their squares


def answers(judgements: pd.DataFrame) -> np.ndarray:
    """Store.judgements(…) -> float (judged rows, 7) over FACE_LABELS, of each ROW_SECONDS that was judged.

    Together where it is there, else the face, else the voice. The rows are those of `timeline_of(carry=False)` in
    judgements.py (a test compares), in a hundredth of the time, which matters for hours of recordings.
    """
    slots = (judgements["time_s"] / ROW_SECONDS + 1e-9).astype(int)
    found: dict[int, np.ndarray] = {}
    for kind in ("voice", "face", "together"):  # a later kind replaces an earlier one
        mine = (judgements["kind"] == kind) & judgements["main"].astype(bool)
        part = pd.DataFrame({"slot": slots[mine], "probs": judgements["probs"][mine]})
        if kind != "face":
            part = part.drop_duplicates("slot", keep="last")
        part = part[part["probs"].notna()]
        if not len(part):
            continue
        # slots are in order, as the judgements are
        numbers, first = np.unique(part["slot"].to_numpy(), return_index=True)
        stacked = np.stack(list(part["probs"])).astype(float)  # (judgements, labels)
        mean = np.add.reduceat(stacked, first) / np.diff([*first, len(stacked)])[:, None]  # (slots, labels)
        found |= zip(numbers.tolist(), (voice_to_face_labels(p) for p in mean) if kind == "voice" else mean)
    return np.array([found[slot] for slot in sorted(found)], float).reshape(-1, len(FACE_LABELS))


def session_figures(judgements: pd.DataFrame) -> SessionFigures:
    """Store.judgements(…) -> the sums of that session."""
    probs = answers(judgements)  # (rows, 7)
    affect = probs @ AFFECT_OF_LABELS  # (rows, 2)
    counts = (
        np.bincount(probs.argmax(axis=1), minlength=len(FACE_LABELS)) if len(probs) else np.zeros(len(FACE_LABELS), int)
    )
    return SessionFigures(
        rows=tuple(counts.tolist()),
        sums=tuple(affect.sum(axis=0).tolist()),
        squares=tuple((affect**2).sum(axis=0).tolist()),
    )


def local_day(unix_s: float, *, zone: tzinfo) -> date:
    """The calendar day of a moment."""
    return datetime.fromtimestamp(unix_s, zone).date()


def in_period(
    sessions: Sequence[SessionInfo], *, days: int | None, now_unix_s: float, zone: tzinfo
) -> list[SessionInfo]:
    """The sessions that began on one of the last `days` calendar days, today included; None: all."""
    if days is None:
        return list(sessions)
    first = local_day(now_unix_s, zone=zone) - timedelta(days=days - 1)
    return [s for s in sessions if local_day(s.started_unix_s, zone=zone) >= first]


def day_table(sessions: Sequence[SessionInfo], figures: Mapping[int, SessionFigures], *, zone: tzinfo) -> pd.DataFrame:
    """A row per day with sessions, oldest first.

    Columns: day (date), sessions, minutes, judged_minutes; one per FACE_LABELS with its share of the judged time (0…1);
    valence and arousal, the mean over the judged time (-1…1), with valence_sd and arousal_sd, the standard deviation.
    NaN where nothing was judged.
    """
    by_day: dict[date, list[SessionInfo]] = {}
    for s in sessions:
        by_day.setdefault(local_day(s.started_unix_s, zone=zone), []).append(s)
    columns = [
        "day",
        "sessions",
        "minutes",
        "judged_minutes",
        *FACE_LABELS,
        *(c for a in AFFECT for c in (a, f"{a}_sd")),
    ]
    return pd.DataFrame(
        [_day(day, mine, [figures[s.id] for s in mine]) for day, mine in sorted(by_day.items())], columns=columns
    )


def _day(day: date, sessions: list[SessionInfo], figures: list[SessionFigures]) -> dict:
    rows = np.sum([f.rows for f in figures], axis=0)  # (7,)
    judged = int(rows.sum())
    out = {
        "day": day,
        "sessions": len(sessions),
        "minutes": sum(s.duration_s for s in sessions) / 60,
        "judged_minutes": judged * ROW_SECONDS / 60,
    }
    if judged:
        mean = np.sum([f.sums for f in figures], axis=0) / judged
        spread = np.sqrt(np.maximum(np.sum([f.squares for f in figures], axis=0) / judged - mean**2, 0))
        out |= dict(zip(FACE_LABELS, (rows / judged).tolist()))
        out |= {
            name: value
            for a, m, sd in zip(AFFECT, mean.tolist(), spread.tolist())
            for name, value in ((a, m), (f"{a}_sd", sd))
        }
    return out
