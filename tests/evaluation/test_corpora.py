"""Leaving a corpus out: known answers, and refusals that say what to do."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from emotion.calibration import apply_temperature
from emotion.datasets import VOICE_CORPORA, load_voices
from emotion.evaluation import corpora
from emotion.evaluation.corpora import (
    corpus_figures,
    evaluate_corpora,
    only_rows_of,
    served_models_without,
    temperature_of,
)
from emotion.evaluation.measurements import CORPORA_NAME, outdated, read_metrics
from emotion.evaluation.voices import measured_voice, without_model_name
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.paths import MODELS
from emotion.runner import ModelError

VOICE = measured_voice()
NAMES = {c: without_model_name(c, 0, VOICE) for c in VOICE_CORPORA}


def test_only_rows_of_keeps_the_rows_and_the_columns_of_the_classes_compared():
    probs = np.array([[0.1, 0.6, 0.1, 0.2], [0.5, 0.2, 0.2, 0.1], [0.0, 0.9, 0.1, 0.0]], np.float32)
    truth, kept = only_rows_of(np.array([3, 1, 0]), probs, [0, 3])
    assert truth.tolist() == [1, 0]
    np.testing.assert_allclose(kept, [[1 / 3, 2 / 3], [0, 0]], rtol=1e-5)  # the second row gave them nothing


def test_figures_are_over_the_classes_all_have_and_over_each_ones_own():
    happy, sad, fear = (FACE_LABELS.index(n) for n in ("happy", "sad", "fear"))
    labels = {"one": np.array([happy, happy, sad, fear]), "two": np.array([happy, sad, sad])}
    right = {c: np.eye(7, dtype=np.float32)[y] * 0.9 + 0.01 for c, y in labels.items()}
    right["one"][3] = np.eye(7)[sad]  # a mistake in a class that `two` has not
    right["two"][2] = np.eye(7)[happy]  # one of two sad ones
    found = corpus_figures(labels, right, {"one": np.array(["a", "a", "b", "b"]), "two": np.array(["c", "d", "d"])})
    one, two = found["corpora"]
    assert (
        found["classes"] == ["happy", "sad"] and one["n"] == 3 and one["uar"] == 1 and two["uar"] == pytest.approx(0.75)
    )
    assert one["own_classes"]["n"] == 4 and one["own_classes"]["uar"] == pytest.approx(2 / 3) and one["speakers"] == 2
    assert found["mean_uar"] == pytest.approx(0.875)


def test_a_corpus_gets_the_temperature_of_the_others():
    happy, angry = (VOICE_LABELS.index(n) for n in ("happy", "angry"))
    right, wrong = (np.full(8, 0.3 / 7, np.float32) for _ in range(2))
    right[happy] = wrong[angry] = 0.7
    answers = {"one": np.stack([right] * 10), "two": np.stack([right] * 9 + [wrong]), "three": np.stack([wrong] * 10)}
    labels = {corpus: np.full(10, FACE_LABELS.index("happy")) for corpus in answers}
    assert temperature_of(["one"], labels, answers) == pytest.approx(0.2)  # always right, so as sure as can be
    assert temperature_of(["three"], labels, answers) == pytest.approx(5.0)
    both = temperature_of(["one", "two"], labels, answers)
    sure = apply_temperature(right, both)[happy]
    assert sure == pytest.approx(0.95, abs=0.01), "19 of 20 are right"
    assert temperature_of([], labels, answers) == 1


def test_what_is_served_to_strangers_has_the_measured_temperatures():
    found = read_metrics()[CORPORA_NAME]
    assert set(found["temperatures"]) == set(VOICE_CORPORA) and not outdated(found)
    networks = served_models_without()
    for corpus, network in networks.items():
        assert network.temperature == found["temperatures"][corpus] != network.card["temperature"]


def test_temperatures_that_were_not_measured_are_not_guessed(monkeypatch):
    found = read_metrics()[CORPORA_NAME]
    some = {c: t for c, t in found["temperatures"].items() if c != "ased"}
    for changed in ({"limited_to": 5}, {"temperatures": some}, {"weights_sha256": {NAMES["tess"]: "other"}}):
        monkeypatch.setattr(corpora, "read_metrics", lambda now=found | changed: {CORPORA_NAME: now})
        with pytest.raises(ModelError, match="run python -m emotion evaluate corpora"):
            served_models_without()


def test_the_songs_of_a_corpus_go_with_it(data_folder):
    families = {c.corpus: c.family for c in load_voices(data_folder)}
    assert families["ravdess-song"] == families["ravdess"] == "ravdess" and set(families.values()) == set(VOICE_CORPORA)


def test_without_the_models_the_commands_that_train_them_are_named(tmp_path):
    with pytest.raises(ModelError, match="train voice --leave-out tess"):
        evaluate_corpora(models=tmp_path, out=tmp_path)


@pytest.mark.slow
def test_the_served_models_on_corpora_they_have_not_heard(data_folder, tmp_path):
    found = evaluate_corpora(data=data_folder, limit=12, out=tmp_path, progress=lambda *_: None)["voice-unseen-corpora"]
    assert [r["corpus"] for r in found["corpora"]] == list(VOICE_CORPORA) and found["n"] == 48
    assert json.loads((tmp_path / "voice-unseen-corpora.json").read_text()) == found


def test_a_model_that_heard_the_corpus_is_refused(tmp_path):
    for name in (VOICE, *NAMES.values()):
        for suffix in (".json", ".tflite"):
            shutil.copy(MODELS / f"{name}{suffix}", tmp_path)
    card = tmp_path / f"{NAMES['tess']}.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"left_out": None}))
    with pytest.raises(ModelError, match="not trained without tess"):
        evaluate_corpora(models=tmp_path, out=tmp_path)
