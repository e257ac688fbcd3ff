"""What is neutral for one person, kept on this machine from one visit to the next if the person wants it.

Numbers only, no picture and no sound: what one face model and one voice model say of the neutral person. What other
models said is of no use and is not read.
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from emotion.labels import FACE_LABELS
from emotion.person import NOBODY, WORTH_A_WORD_S, NeutralFace, Person, SpeakerCentre

FILE = "my_neutral.json"  # beside the clips of My voice


class RememberedError(Exception):
    """The kept neutral cannot be read or written; the message says what to do."""


def write_person(path: Path, person: Person, *, face_sha256: str, voice_sha256: str, today: date) -> None:
    """Keep a person in this file, as far as enough is known of face and voice; what is not known now stays as it was.

    face_sha256, voice_sha256: of the models that saw and heard the person. Raises RememberedError on a disk error.
    """
    kept = _kept_before(path) | {"kept_on": today.isoformat()}
    if person.face is not None and person.face.seconds >= WORTH_A_WORD_S:
        kept["face"] = {
            "weights_sha256": face_sha256,
            "log_probs": np.asarray(person.face.log_probs, float).round(5).tolist(),
            "seconds": round(person.face.seconds, 1),
        }
    if person.voice is not None and person.voice.seconds >= WORTH_A_WORD_S:
        kept["voice"] = {
            "weights_sha256": voice_sha256,
            "offset": np.asarray(person.voice.offset, float).round(5).tolist(),
            "seconds": round(person.voice.seconds, 1),
        }
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # as emotion.timeline.store makes it
        part.write_text(json.dumps(kept) + "\n", encoding="utf-8")
        os.replace(part, path)
    except OSError as e:
        raise RememberedError(
            f"{path} cannot be written ({e}); check free disk space and the permissions of {path.parent}"
        ) from e


def _kept_before(path: Path) -> dict[str, Any]:
    """What is in the file; nothing where it cannot be read: it is replaced."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def read_person(path: Path, *, face_sha256: str, voice_sha256: str) -> Person:
    """The kept person, as far as these models saw and heard it; NOBODY where nothing is kept.

    Raises RememberedError where the file cannot be read.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        face, voice = kept.get("face"), kept.get("voice")
        return Person(
            NeutralFace(_numbers(face["log_probs"], len(FACE_LABELS)), _seconds(face), learned=True)
            if face and face["weights_sha256"] == face_sha256
            else None,
            SpeakerCentre(_numbers(voice["offset"]), _seconds(voice))
            if voice and voice["weights_sha256"] == voice_sha256
            else None,
        )
    except FileNotFoundError:
        return NOBODY
    except OSError as e:
        raise RememberedError(f"{path} cannot be read ({e}); check the permissions of {path.parent}") from e
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise RememberedError(f"{path} does not hold what this program wrote; delete it and let it learn again") from e


def forget_person(path: Path) -> None:
    """Delete what is kept. Raises RememberedError on a disk error."""
    try:
        path.unlink(missing_ok=True)
        path.with_suffix(".part").unlink(missing_ok=True)
    except OSError as e:
        raise RememberedError(f"{path} cannot be deleted ({e}); check the permissions of {path.parent}") from e


def _numbers(values: list, count: int | None = None) -> np.ndarray:
    out = np.array(values, float)
    if out.ndim != 1 or not len(out) or not np.isfinite(out).all() or len(out) != (count or len(out)):
        raise ValueError("not the numbers that were written")
    return out


def _seconds(part: dict) -> float:
    seconds = float(part["seconds"])
    if not 0 < seconds < float("inf"):
        raise ValueError("not a length of time")
    return seconds
