"""Model files that describe themselves: `models/NAME.tflite` beside its card `models/NAME.json`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from emotion.paths import MODELS, RESTORE_MODELS
from emotion.runner import ModelError

SERVED = ("face_accurate", "face_fast", "voice_accurate", "voice")  # the networks of the app


def sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_card(name: str, folder: Path = MODELS) -> dict:
    """The card of a model. Raises ModelError when it is not there or no card."""
    path = folder / f"{name}.json"
    try:
        card = json.loads(path.read_text())
    except FileNotFoundError as e:
        what = "contempt" if name.endswith("_contempt") else name.partition("_")[0]
        model = " --model accurate" if name == "voice_accurate" else ""
        known = what in ("face", "voice", "contempt")
        train = f", or train it: python -m emotion train {what}{model} --install" if known else ""
        raise ModelError(f"{path} is missing; {RESTORE_MODELS}{train}") from e
    except ValueError as e:
        raise ModelError(f"{path} is not valid JSON ({e}); {RESTORE_MODELS}") from e
    if not isinstance(card, dict):
        raise ModelError(f"{path} is no card of a model; {RESTORE_MODELS}")
    return card


def verified_file(name: str, folder: Path = MODELS) -> tuple[Path, dict]:
    """(weights file, card) of a model whose sha256 matches its card; raises ModelError otherwise."""
    card = read_card(name, folder)
    path = folder / f"{name}.tflite"
    if not path.exists():
        raise ModelError(f"{path} is missing; {RESTORE_MODELS}")
    if "sha256" not in card:
        raise ModelError(f"{folder / name}.json names no sha256; {RESTORE_MODELS}")
    found = sha256(path)
    if found != card["sha256"]:
        raise ModelError(
            f"{path} was altered: its sha256 is {found[:12]}…, the card says {card['sha256'][:12]}…; {RESTORE_MODELS}"
        )
    return path, card
