"""Run folders: where weights come from, and what a card says of that."""

from __future__ import annotations

import json

import pytest

from emotion.paths import MODELS
from emotion.runner import ModelError

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")


@pytest.mark.parametrize(
    "name, words", [("face_fast.tflite", "missing.*git checkout"), ("runs/nowhere", "neither a served file")]
)
def test_a_wrong_start_is_said_before_data_are_read(tmp_path, name, words):
    from emotion.training.train_face import train_face
    from emotion.training.train_voice import train_voice

    with pytest.raises(ModelError, match=words):
        train_face("fast", run=tmp_path / "run", data=tmp_path / "no data", start_from=tmp_path / name)
    with pytest.raises(ModelError, match=words):
        train_voice(run=tmp_path / "run", data=tmp_path / "no data", start_from=tmp_path / name)


def test_a_card_names_what_a_run_started_from_and_its_teacher(tmp_path):
    from emotion.training.run_folder import origin

    run = tmp_path / "face-lite-80-seed1"
    run.mkdir()
    (run / "ema.weights.h5").touch()
    (run / "state.json").write_text(
        json.dumps(
            {
                "epoch": 3,
                "seconds": 90,
                "recipe": {},
                "backend": "torch",
                "teacher": "face_fast 123",
                "grown_from": "face-lite-80-seed0",
            }
        )
    )
    assert (
        origin(run) == "face-lite-80-seed1, 3 epochs in 1.5 min, teacher: face_fast 123, grown from: face-lite-80-seed0"
    )
    assert origin(MODELS / "face_fast.tflite").startswith(
        f"face_fast {json.loads((MODELS / 'face_fast.json').read_text())['sha256'][:12]}, "
    )
    assert origin(None) is None
