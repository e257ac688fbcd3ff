"""The training loop: it goes on where it was cut off, from old run folders too, and says what to do where it cannot."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from emotion.runner import ModelError
from tests.support_training import some_faces

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")

# modules as they were named when older runs were written -> today's, for the classes in `last.keras`
OLD_MODULES = {
    "emotion.training.torch_kernels": "emotion.fused",
    "emotion.training.keras_internals": "emotion.fused",
}


def plain_network():
    x = keras.Input((48, 48, 1))
    # as EfficientNet has one: it keeps a whole number
    y = keras.layers.Normalization(axis=-1)(keras.layers.Rescaling(1 / 255)(x))
    y = keras.layers.Dense(7, activation="softmax")(keras.layers.Flatten()(y))
    return keras.Model(x, y)


def network_of_own_layers():
    from emotion.training.torch_kernels import FusedBatchNormalization, FusedConv2D, FusedPointwiseConv2D

    x = keras.Input((48, 48, 1))
    y = FusedConv2D(4, 3, strides=(4, 4), use_bias=False)(keras.layers.Rescaling(1 / 255)(x))
    y = FusedPointwiseConv2D(4, 1)(FusedBatchNormalization(momentum=0.9)(y))
    return keras.Model(x, keras.layers.Dense(7, activation="softmax")(keras.layers.Flatten()(y)))


@pytest.fixture
def train(tmp_path, monkeypatch):
    """train(NAME, epochs=…, …) -> (weights, state) of the run in the folder NAME."""
    from emotion.training.face_batches import FaceBatches
    from emotion.training.face_data import face_targets
    from emotion.training.loop import fit
    from emotion.training.recipe import Recipe

    monkeypatch.setattr("emotion.training.face_batches.MIN_PER_CLASS", 30)
    faces = some_faces()

    def run(
        name, *, epochs=2, optimizer="adamw", network=plain_network, validate=lambda m: {"ok": 1.0}, before="at first"
    ):
        keras.utils.set_random_seed(0)
        model = network()
        # epochs rule, not the clock
        recipe = Recipe(epochs=epochs, minutes=1e6, batch=8, optimizer=optimizer, learning_rate=1e-3)
        batches = FaceBatches(faces, face_targets(faces), size=48, recipe=recipe)
        state = fit(model, batches, validate, recipe, tmp_path / name, {"grown_from": before})
        return model.get_weights(), state

    return run


def cut_off_after_an_epoch(run: Path):
    """Stops a run in the validation of its second epoch."""

    def validate(model):
        if (run / "state.json").exists():
            raise KeyboardInterrupt
        return {"ok": 1.0}

    return validate


def same_weights(one, two):
    for ours, theirs in zip(one, two, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_training_stops_and_goes_on_where_it_was(tmp_path, train, optimizer):
    """A run that is cut off in its second epoch and called again ends with the weights of one that was not."""
    with pytest.raises(KeyboardInterrupt):
        train("cut", optimizer=optimizer, validate=cut_off_after_an_epoch(tmp_path / "cut"))
    weights, state = train("cut", optimizer=optimizer, before="later")
    assert state["grown_from"] == "at first"
    assert [h["epoch"] for h in state["history"]] == [1, 2] and state["seconds"] > state["history"][0]["minutes"] * 60
    same_weights(weights, train("whole", optimizer=optimizer)[0])
    # it names the backend's own optimizer, and another backend exports a finished run
    (tmp_path / "cut" / "last.keras").unlink()
    assert train("cut", optimizer=optimizer)[1]["epoch"] == 2, "a finished run is not trained further"


def with_old_module_names(file: Path) -> set[str]:
    """Rewrite a `last.keras` as the code before the move of modules wrote it; returns the module names in it."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for today, old in OLD_MODULES.items():
        parts["config.json"] = parts["config.json"].replace(f'"{today}"'.encode(), f'"{old}"'.encode())
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    found = set()

    def walk(value):
        if isinstance(value, dict):
            if str(value.get("module", "")).startswith("emotion."):
                found.add(value["module"])
            walk(list(value.values()))
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(json.loads(parts["config.json"]))
    return found


def test_a_run_of_the_code_before_the_move_of_modules_goes_on(tmp_path, train):
    with pytest.raises(KeyboardInterrupt):
        train("old", network=network_of_own_layers, validate=cut_off_after_an_epoch(tmp_path / "old"))
    names = with_old_module_names(tmp_path / "old" / "last.keras")
    assert names == {"emotion.fused"} and not any(map(importlib.util.find_spec, names))
    weights, state = train("old", network=network_of_own_layers)
    assert state["epoch"] == 2
    same_weights(weights, train("whole", network=network_of_own_layers)[0])


def test_a_run_that_cannot_go_on_says_what_to_do_and_is_exported_as_it_is(tmp_path, train):
    weights, _ = train("run", epochs=1)
    with pytest.raises(ModelError, match="training cannot go on.*--seed.*--epochs 0"):
        train("run", optimizer="sgd")  # the file holds another optimizer's values
    (tmp_path / "run" / "last.keras").write_bytes(b"cut off while it was written")
    with pytest.raises(ModelError, match="last.keras.*--seed.*--epochs 0"):
        train("run")
    (tmp_path / "run" / "last.keras").unlink()
    with pytest.raises(ModelError, match="last.keras.*--seed.*--epochs 0"):
        train("run")
    again, state = train("run", epochs=0)
    assert state["epoch"] == 1
    same_weights(again, weights)


def test_averaged_weights_that_cannot_be_loaded(tmp_path, train):
    train("run", epochs=1, network=network_of_own_layers)
    with pytest.raises(ModelError, match="ema.weights.h5 cannot be loaded.*another run folder"):
        train("run")  # of another network
    (tmp_path / "run" / "ema.weights.h5").unlink()
    with pytest.raises(ModelError, match="ema.weights.h5 cannot be loaded.*another run folder"):
        train("run", network=network_of_own_layers)


def test_another_backend_is_named_where_a_run_cannot_go_on(tmp_path, train):
    train("run", epochs=1)
    file = tmp_path / "run" / "state.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"backend": "jax"}))
    (tmp_path / "run" / "last.keras").unlink()
    with pytest.raises(ModelError, match="KERAS_BACKEND=jax"):
        train("run")
