"""A judgement as it is recorded, and the timeline that a list of them makes."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from emotion.analysis import ROW_SECONDS, columns
from emotion.labels import FACE_LABELS, VOICE_LABELS, valence_arousal

KIND_LABELS = {"face": FACE_LABELS, "voice": VOICE_LABELS, "together": FACE_LABELS, "settings": ()}


@dataclass(frozen=True)
class Judgement:
    """One answer of one modality, or (kind "settings") the settings from here on, as JSON in `reason`."""

    time_s: float                    # since the recording began
    wall_clock_unix_s: float
    kind: str                        # face, voice, together, settings
    probs: np.ndarray | None = None  # (n_labels,) of its kind; None: not judged, `reason` says why
    reason: str = ""
    track: int | None = None         # faces: the person's number
    main: bool = True                # faces: the largest one that was judged
    box: tuple[float, float, float, float] | None = None  # faces: x0, y0, x1, y1 in pixels


def timeline_of(judgements: pd.DataFrame) -> pd.DataFrame:
    """Store.judgements(…) -> one row per ROW_SECONDS with the columns of `emotion.analyze`, and `wall_clock` (UTC).

    Of a row's face judgements the main ones are averaged, as analysis of a file does; of the voice and Together the last counts.
    """
    table = judgements[judgements["kind"] != "settings"]
    together = bool((table["kind"] == "together").any())
    if not len(table):
        return pd.DataFrame(columns=["time_s", "faces", "face_reason", "voice_reason", "face_label", "voice_label", "wall_clock"])
    offset_s = float((table["wall_clock_unix_s"] - table["time_s"]).median())
    slots = (table["time_s"] / ROW_SECONDS + 1e-9).astype(int)
    by_slot = {slot: part for slot, part in table.groupby(slots)}
    out = pd.DataFrame([_timeline_row(slot, by_slot.get(slot), together) for slot in range(int(slots.max()) + 1)])
    out["wall_clock"] = pd.to_datetime(offset_s + out["time_s"], unit="s", utc=True)
    return out


def _timeline_row(slot: int, part: pd.DataFrame | None, together: bool) -> dict:
    of = lambda kind: part[part["kind"] == kind] if part is not None else pd.DataFrame(columns=["probs", "reason", "track", "main", "time_s"])  # noqa: E731
    faces, voices, fused = of("face"), of("voice"), of("together")
    usable = [p for p, main in zip(faces["probs"], faces["main"]) if p is not None and main]
    voice = None if not len(voices) else voices["probs"].iloc[-1]
    joint = None if not len(fused) else fused["probs"].iloc[-1]
    row = {"time_s": slot * ROW_SECONDS, "faces": int(faces["track"].nunique()),
           "face_reason": "" if usable else (faces["reason"].iloc[-1] if len(faces) else "no picture"),
           "voice_reason": voices["reason"].iloc[-1] if len(voices) else "no sound",
           **columns("face", np.mean(usable, axis=0) if usable else None, FACE_LABELS), **columns("voice", voice, VOICE_LABELS)}
    if together:
        row |= columns("together", joint, FACE_LABELS)
        row["together_reason"] = fused["reason"].iloc[-1] if len(fused) else ""
        row["valence"], row["arousal"] = valence_arousal(joint, FACE_LABELS) if joint is not None else (np.nan, np.nan)
    return row
