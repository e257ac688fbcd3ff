"""Hybrid on speakers that the voice never heard: known answers, and what is committed."""

from __future__ import annotations

import numpy as np
import pytest

from emotion import fusion
from emotion.datasets import VOICE_CORPORA
from emotion.evaluation import stranger_pairs
from emotion.evaluation.measurements import (
    FUSION_NAME,
    STRANGERS_NAME,
    WINDOWS_NAME,
    measured_voice,
    outdated,
    read_metrics,
)
from emotion.evaluation.voices import at_temperature, served_temperature
from emotion.labels import VOICE_LABELS
from tests.support_world import distribution


def test_each_corpus_is_pooled_with_the_weights_fitted_without_it(monkeypatch):
    """The face always says class 0, the voice the truth; whose exponent is larger decides."""
    weights = {"one": {"face": 1.0, "voice": 0.1}, "two": {"face": 0.1, "voice": 1.0}}
    monkeypatch.setattr(fusion, "learned_weights", lambda without=None: weights[without])
    happy, sad = VOICE_LABELS.index("happy"), VOICE_LABELS.index("sad")
    of_face = [3, 5]  # happy and sad among the classes of faces
    faces = {"labels": np.array(of_face), "probs": np.stack([distribution(0, 7)] * 2)}
    heard = {
        "corpora": np.array(["one", "one", "two", "two"]),
        "speakers": np.array(["a", "b", "c", "c"]),
        "labels": np.array(of_face * 2),
        "probs": np.stack([distribution(happy, 8), distribution(sad, 8)] * 2),
    }
    found = stranger_pairs.stranger_figures(faces, heard, draws=3, seed=0)
    one, two = found["corpora"]
    assert (one["corpus"], one["speakers"], one["n"]) == ("one", 2, 2) and two["speakers"] == 1
    assert one["methods"]["hybrid"]["accuracy"] == 0 and two["methods"]["hybrid"]["accuracy"] == 1
    assert found["means"]["hybrid"]["accuracy"] == 0.5 and found["means"]["voice"]["accuracy"] == 1


def test_answers_of_the_folds_at_one_temperature():
    """An answer of 0.8 and 0.2 at temperature 1 is 2/3 and 1/3 at temperature 2."""
    once = np.array([[0.8, 0.2], [2 / 3, 1 / 3]])
    rows = {"probs": once, "folds": np.array([0, 1])}
    np.testing.assert_allclose(at_temperature(rows, [1.0, 2.0], 2.0), [[2 / 3, 1 / 3]] * 2, rtol=1e-5)


def test_hybrid_is_measured_as_the_app_answers():
    measured = read_metrics()
    assert not outdated(measured[STRANGERS_NAME]) and not outdated(measured[FUSION_NAME])
    assert measured[FUSION_NAME]["voice_temperature"] == pytest.approx(served_temperature(), abs=1e-4)
    for name in (FUSION_NAME, WINDOWS_NAME, STRANGERS_NAME):
        assert measured[name]["fusion_weights"] == fusion.learned_weights()
    assert [row["corpus"] for row in measured[STRANGERS_NAME]["corpora"]] == list(VOICE_CORPORA)


def test_figures_of_a_voice_that_is_no_longer_the_default_are_out_of_date(monkeypatch):
    found = read_metrics()[STRANGERS_NAME]
    voices = [name for name in found["weights_sha256"] if name.startswith(measured_voice())]
    monkeypatch.setattr("emotion.evaluation.measurements.better_voice_model", lambda _: "fast")
    assert len(voices) == 4 and outdated(found) == voices
