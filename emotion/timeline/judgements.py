"""A judgement as it is recorded, and the timeline that recorded judgements make."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from emotion.labels import FACE_LABELS, VOICE_LABELS, valence_arousal
from emotion.timeline.rows import ROW_SECONDS, TRACK_COLUMNS, columns, why_unsure

KIND_LABELS = {
    "face": FACE_LABELS,
    "as_it_is": FACE_LABELS,  # where the main face's answer is a change from its neutral: the model's own answer
    "voice": VOICE_LABELS,
    "voice_own": VOICE_LABELS,  # where the voice's answer comes with the speaker's centre: the answer without it
    "together": FACE_LABELS,
    "speaker": (),  # who speaks, as `track`; None: nobody is named, `reason` says why
    "settings": (),
}


@dataclass(frozen=True)
class Judgement:
    """One answer of one modality, or (kind "settings") the settings from here on, as JSON in `reason`."""

    time_s: float  # since the recording began
    wall_clock_unix_s: float
    kind: str  # of KIND_LABELS
    probs: np.ndarray | None = None  # (n_labels,) of its kind; None: not judged, `reason` says why
    reason: str = ""
    track: int | None = None  # faces: the person's number; together: of whose face; speaker: who
    main: bool = True  # faces: the main one
    box: tuple[float, float, float, float] | None = None  # faces: x0, y0, x1, y1 in pixels


def settings_changes(judgements: pd.DataFrame, begun_with: dict) -> dict[str, dict]:
    """Changes of settings within Store.judgements(…), oldest first: {"after 12.5 s": {"mode": "simple"}}."""
    before, changes = begun_with, {}
    for time_s, reason in judgements.loc[judgements["kind"] == "settings", ["time_s", "reason"]].itertuples(
        index=False
    ):
        now = json.loads(reason)
        if different := {key: value for key, value in now.items() if value != before.get(key)}:
            changes[f"after {time_s:.1f} s"] = different
        before = now
    return changes


def timeline_of(judgements: pd.DataFrame, *, carry: bool = True) -> pd.DataFrame:
    """Store.judgements(…) -> one row per ROW_SECONDS with the columns of `emotion.analyze`, and `wall_clock` (UTC).

    Of a row's face judgements the main ones are averaged, as in the analysis of a file; of the voice and Together the
    last one counts. carry: a row without judgements, as a busy machine leaves it, gets those of the row before it, but
    of none further back.
    """
    table = judgements[judgements["kind"] != "settings"]
    if not len(table):
        return pd.DataFrame(
            columns=["time_s", "faces", "face_reason", "voice_reason", "face_label", "voice_label", "wall_clock"]
        )
    offset_s = float((table["wall_clock_unix_s"] - table["time_s"]).median())
    slots = (table["time_s"] / ROW_SECONDS + 1e-9).astype(int)
    parts: dict[str, dict[int, list]] = {kind: {} for kind in KIND_LABELS if kind != "settings"}
    for slot, kind, *found in zip(slots, table["kind"], table["probs"], table["reason"], table["track"], table["main"]):
        parts[kind].setdefault(slot, []).append(found)
    out = pd.DataFrame(
        [
            _timeline_row(
                slot,
                _found(parts, slot, carry=carry),
                with_together=bool(parts["together"]),
                with_as_it_is=bool(parts["as_it_is"]),
                with_voice_as_it_is=bool(parts["voice_own"]),
            )
            for slot in range(int(slots.max()) + 1)
        ]
    )
    out = out.astype({name: "Int64" for name in TRACK_COLUMNS if name in out})
    out["wall_clock"] = pd.to_datetime(offset_s + out["time_s"], unit="s", utc=True)
    return out


def _found(parts: dict[str, dict[int, list]], slot: int, *, carry: bool) -> dict[str, list]:
    """kind -> the judgements of a row: its own or, carried, those of the row before it.

    The model's own answer comes from the same row as the answer that it belongs to.
    """
    of = {"as_it_is": "face", "voice_own": "voice"}
    out = {}
    for kind, by_slot in parts.items():
        there = slot if parts[of.get(kind, kind)].get(slot) or not carry else slot - 1
        out[kind] = by_slot.get(there) or []
    return out


def _timeline_row(
    slot: int, found: dict[str, list], *, with_together: bool, with_as_it_is: bool, with_voice_as_it_is: bool
) -> dict:
    """found: kind -> [probs, reason, track, main] of each judgement, oldest first."""
    mains = [(probs, reason, track) for probs, reason, track, main in found["face"] if probs is not None and main]
    usable = [probs for probs, *_ in mains]
    face = np.mean(usable, axis=0) if usable else None
    speaker_reason, speaker = found["speaker"][-1][1:3] if found["speaker"] else ("", None)
    voice, voice_reason = found["voice"][-1][:2] if found["voice"] else (None, "no sound")
    row = {
        "time_s": slot * ROW_SECONDS,
        "faces": len({track for *_, track, _ in found["face"] if pd.notna(track)}),
        "face_reason": (found["face"][-1][1] if found["face"] else "no picture")
        if face is None
        else why_unsure("face", face, FACE_LABELS, mains[-1][1]),
        "voice_reason": voice_reason if voice is None else why_unsure("voice", voice, VOICE_LABELS, voice_reason),
        "main_face": _number(mains[-1][2]) if mains else None,
        "speaker": _number(speaker),
        "speaker_reason": speaker_reason,
        **columns("face", face, FACE_LABELS),
        **columns("voice", voice, VOICE_LABELS),
    }
    if with_as_it_is:
        # before anything was known there is none: it is the same as the face's
        own = usable and ([probs for probs, *_ in found["as_it_is"]] or usable)
        row |= columns("face_as_it_is", np.mean(own, axis=0) if own else None, FACE_LABELS)
    if with_voice_as_it_is:
        own_voice = found["voice_own"][-1][0] if found["voice_own"] and voice is not None else voice
        row |= columns("voice_as_it_is", own_voice, VOICE_LABELS)
    if with_together:
        together, reason, about = found["together"][-1][:3] if found["together"] else (None, "", None)
        if together is not None:  # recorded before it was: of the main face
            row["together_face"] = row["main_face"] if pd.isna(about) else _number(about)
        else:
            row["together_face"] = None
        row |= columns("together", together, FACE_LABELS)
        row["together_reason"] = reason
        affect = (np.nan, np.nan) if together is None else valence_arousal(together, FACE_LABELS)
        row["valence"], row["arousal"] = affect
    return row


def _number(track: float | None) -> int | None:
    """A track as the store gives it, among columns with empty cells."""
    return None if track is None or pd.isna(track) else int(track)


def face_answers(judgements: pd.DataFrame) -> dict[tuple[int, int], np.ndarray]:
    """Store.judgements(…) -> (row of timeline_of, track): mean of the answers (7,) to this face in this row."""
    faces = judgements[(judgements["kind"] == "face") & judgements["probs"].notna() & judgements["track"].notna()]
    slots = (faces["time_s"] / ROW_SECONDS + 1e-9).astype(int)
    found: dict[tuple[int, int], list[np.ndarray]] = {}
    for slot, track, probs in zip(slots, faces["track"], faces["probs"]):
        found.setdefault((int(slot), int(track)), []).append(probs)
    return {key: np.mean(answers, axis=0) for key, answers in sorted(found.items())}
