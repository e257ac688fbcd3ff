"""Means of face runs: what they are a mean of."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.paths import MODELS
from emotion.runner import ModelError

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")


def test_a_mean_of_faces_is_of_their_weights_and_names_its_runs(tmp_path):
    from emotion.training.export_face import average_face
    from emotion.training.networks import build_face_network

    def run(seed, **about):
        folder = tmp_path / f"face-fast-48-seed{seed}"
        folder.mkdir()
        network = build_face_network("ResNet14", size=48, classes=7)
        network.save_weights(folder / "ema.weights.h5")
        (folder / "state.json").write_text(
            json.dumps(
                {
                    "model": "fast",
                    "size": 48,
                    "train_faces": 9,
                    "dropped_near_copies": 1,
                    "epoch": 2,
                    "seconds": 60,
                    "recipe": {"seed": seed},
                    "backend": "torch",
                    **about,
                }
            )
        )
        return folder, network.get_weights()

    (one, w1), (two, w2), (three, w3) = run(0), run(1, grown_from="x"), run(2)
    network, state = average_face([one, two, three])
    for mean, *each in zip(network.get_weights(), w1, w2, w3, strict=True):
        np.testing.assert_allclose(mean, sum(each) / 3, atol=1e-6)
    assert [(n["recipe"]["seed"], n["grown_from"], n["epochs"]) for n in state["networks"]] == [
        (0, None, 2),
        (1, "x", 2),
        (2, None, 2),
    ]
    with pytest.raises(ModelError, match="did not all start from"):
        average_face([one, two], start_from=MODELS / "face_fast.tflite")
    with pytest.raises(ModelError, match="no mean of both"):
        average_face([one, run(3, size=64)[0]])
    with pytest.raises(ModelError, match="nor a run folder"):
        average_face([one, tmp_path / "face-fast-48-seed9"])
    (two / "state.json").unlink()
    with pytest.raises(ModelError, match="in which an epoch was finished"):  # cut off in its first epoch
        average_face([one, two])


def test_what_the_runs_started_from_can_be_half_of_the_mean(tmp_path, data_folder):
    """The start, and a run that is the start plus one: half a one above it."""
    from emotion.training.export_face import average_face
    from emotion.training.face_data import face_split
    from emotion.training.run_folder import origin
    from emotion.training.train_face import build_network, put_start

    start = MODELS / "face_fast.tflite"
    network = build_network("fast", 48)
    put_start(start, network, "fast", face_split(data_folder)[0], size=48, seed=0)
    folder = tmp_path / "face-fast-48-seed0"
    folder.mkdir()
    weights = network.get_weights()
    network.set_weights([w + 1 for w in weights])
    network.save_weights(folder / "ema.weights.h5")
    about = {"model": "fast", "size": 48, "train_faces": 9, "dropped_near_copies": 1, "epoch": 1, "seconds": 60}
    state = about | {"recipe": {"seed": 0}, "backend": "torch", "grown_from": origin(start)}
    (folder / "state.json").write_text(json.dumps(state))
    mean, found = average_face([folder], start_from=start, data=data_folder)
    for ours, its in zip(mean.get_weights(), weights, strict=True):
        np.testing.assert_allclose(ours, its + 0.5, atol=1e-4)
    assert found["averaged_with"] == origin(start)
