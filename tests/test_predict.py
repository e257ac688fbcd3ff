"""The served models: probabilities, any input."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.checkpoint import read_card
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.predict import better_voice_model, load_face_model, load_voice_model, voice_models
from emotion.runner import ModelError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", ["fast", "accurate"])
def test_face_probabilities(name):
    model = load_face_model(name)
    assert model.labels == FACE_LABELS
    crops = RNG.integers(0, 256, (3, 48, 48), dtype=np.uint8)
    probs = model.predict(crops)
    assert probs.shape == (3, 7) and probs.dtype == np.float32
    np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(model.predict(crops[::-1])[::-1], probs, atol=1e-6)  # order in, order out
    assert model.predict(crops[:0]).shape == (0, 7)


@pytest.mark.parametrize("shape", [(1, 20, 20), (2, 300, 300), (1, 100, 80, 3), (1, 1, 1)])
def test_face_crops_of_any_size(face_model, shape):
    assert face_model.predict(RNG.integers(0, 256, shape, dtype=np.uint8)).shape == (shape[0], 7)


def test_brightness_and_contrast_hardly_matter(face_model, astronaut):
    from emotion.face import crop_face, detect_faces

    crop = crop_face(astronaut, detect_faces(astronaut)[0]).astype(float)
    plain, dim, flat = (
        face_model.predict(np.clip(c, 0, 255).astype(np.uint8)[None])[0] for c in (crop, crop * 0.5, crop * 0.5 + 60)
    )
    assert np.abs(plain - dim).max() < 0.15 and np.abs(plain - flat).max() < 0.15


@pytest.mark.parametrize("rate, seconds", [(8_000, 0.2), (16_000, 3), (44_100, 1.3), (48_000, 11)])
def test_voice_probabilities(voice_model, rate, seconds):
    probs = voice_model.predict(RNG.normal(0, 0.1, int(rate * seconds)), rate)
    assert probs.shape == (8,) and probs.dtype == np.float32 and probs.sum() == pytest.approx(1, abs=1e-5)
    assert voice_model.labels == VOICE_LABELS


def test_voice_of_silence_is_finite(voice_model):
    assert np.isfinite(voice_model.predict(np.zeros(16_000, np.float32), 16_000)).all()


def test_an_empty_waveform_is_refused(voice_model):
    from emotion.audio import AudioError

    with pytest.raises(AudioError, match="empty"):
        voice_model.predict(np.zeros(0, np.float32), 16_000)


def test_an_unknown_model_name():
    with pytest.raises(ValueError, match="accurate"):
        load_face_model("best")


def write_cards(folder, **uars):
    for file, uar in uars.items():
        (folder / f"{file}.json").write_text(json.dumps({"validation": {"uar": uar}}))


def test_the_better_voice_model_that_is_there_is_the_default(tmp_path):
    assert voice_models(tmp_path) == ["fast"] and better_voice_model(tmp_path) == "fast", "a message names its file"
    write_cards(tmp_path, voice=0.6)
    assert voice_models(tmp_path) == ["fast"] and better_voice_model(tmp_path) == "fast"
    write_cards(tmp_path, voice_accurate=0.5)
    assert voice_models(tmp_path) == ["accurate", "fast"] and better_voice_model(tmp_path) == "fast"
    write_cards(tmp_path, voice_accurate=0.7)
    assert better_voice_model(tmp_path) == "accurate"


def test_a_voice_model_is_chosen_by_name(voice_model, tmp_path):
    assert load_voice_model("fast").card["sha256"] == read_card("voice")["sha256"]
    with pytest.raises(ModelError, match="voice_accurate.json is missing"):
        load_voice_model("accurate", folder=tmp_path)
    with pytest.raises(ValueError, match="'accurate', 'fast'"):
        load_voice_model("best")
