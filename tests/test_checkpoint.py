"""Model files and their cards: what is served, and files that are missing or altered."""

from __future__ import annotations

import json
import shutil

import pytest

from emotion.checkpoint import SERVED, read_card, sha256, verified_file
from emotion.evaluation.measurements import CORPORA_NAME, read_metrics
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.paths import MODELS
from emotion.predict import FACE_MODELS, VOICE_MODELS, FaceModel, voice_models
from emotion.runner import ModelError


@pytest.mark.parametrize("name", sorted(p.stem for p in MODELS.glob("*.tflite")))
def test_every_served_model_is_what_its_card_says(name):
    path, card = verified_file(name)
    assert path.stat().st_size == card["bytes"] < 95_000_000
    assert card["parity"]["same_label"] >= 0.9 and card["licence"] == "CC BY-NC-SA 4.0"
    assert tuple(card["labels"]) == (FACE_LABELS if card["kind"] == "face" else VOICE_LABELS)
    for training in card["training"].get("networks", [card["training"]]):
        assert {"recipe", "epochs", "minutes", "backend"} <= set(training)


def test_a_missing_card_missing_weights_and_altered_weights(tmp_path):
    with pytest.raises(ModelError, match="missing.*git checkout"):
        FaceModel("face_fast", folder=tmp_path)
    shutil.copy(MODELS / "face_fast.json", tmp_path)
    with pytest.raises(ModelError, match="face_fast.tflite is missing"):
        FaceModel("face_fast", folder=tmp_path)
    data = bytearray((MODELS / "face_fast.tflite").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "face_fast.tflite").write_bytes(data)
    with pytest.raises(ModelError, match="altered.*git checkout"):
        FaceModel("face_fast", folder=tmp_path)
    (tmp_path / "face_fast.json").write_text("{")
    with pytest.raises(ModelError, match="not valid JSON"):
        read_card("face_fast", tmp_path)


def test_a_file_that_is_no_model(tmp_path):
    (tmp_path / "face_fast.tflite").write_bytes(b"no model" * 100)
    card = read_card("face_fast") | {"sha256": sha256(tmp_path / "face_fast.tflite")}
    (tmp_path / "face_fast.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="cannot be loaded"):
        FaceModel("face_fast", folder=tmp_path)


@pytest.mark.parametrize("model", voice_models())
def test_the_served_voice_is_calibrated_by_its_measurement(model):
    card = read_card(VOICE_MODELS[model])
    (measured,) = (
        found
        for found in read_metrics().values()
        if found["kind"] == "voice" and f"{card['name']}_fold0_seed0" in found["weights_sha256"]
    )
    assert card["network"] == measured["network"]
    unheard = read_metrics()[CORPORA_NAME]
    if all(name.startswith(f"{card['name']}_without") for name in unheard["weights_sha256"]):
        measured_on = unheard  # whoever uses it is a stranger to it
    else:
        measured_on = measured
    assert card["temperature"] == pytest.approx(measured_on["temperature"], abs=1e-4)
    assert [n["recipe"]["seed"] for n in card["training"]["networks"]] == measured["seed"]


def test_what_doctor_and_tables_call_served_can_be_chosen_by_name():
    assert set(SERVED) == {f"face_{name}" for name in FACE_MODELS} | {VOICE_MODELS[name] for name in voice_models()}
