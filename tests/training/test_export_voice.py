"""Means of voice runs: what they need."""

from __future__ import annotations

import json

import pytest

from emotion.runner import ModelError

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")


def test_a_mean_needs_finished_runs_and_a_measurement_with_the_same_seeds(tmp_path):
    from emotion.training.export_voice import average_voice
    from emotion.training.networks import build_voice_network

    with pytest.raises(ModelError, match="not a finished run"):
        average_voice([tmp_path], folder=tmp_path / "mean")
    build_voice_network(frames=300, mels=64, classes=8).save_weights(tmp_path / "ema.weights.h5")
    (tmp_path / "state.json").write_text(
        json.dumps({"epoch": 1, "seconds": 60, "recipe": {"seed": 77}, "backend": "torch"})
    )
    with pytest.raises(ModelError, match="python -m emotion evaluate voice"):
        average_voice([tmp_path], folder=tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
