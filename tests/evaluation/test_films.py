"""Hybrid on real films: what is read from a film's name, and the figures of models that always say the same."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import DatasetError
from emotion.evaluation.films import FILMS, JUDGED_BY, film_figures, films
from emotion.evaluation.measurements import FILMS_NAME, read_metrics
from emotion.labels import FACE_LABELS, VOICE_LABELS


class Says:
    """A model that always says the same word."""

    card = {"sha256": "says"}

    def __init__(self, word, labels):
        self.probs = np.full(len(labels), 0.02, np.float32) + (1 - 0.02 * len(labels)) * np.eye(len(labels))[
            labels.index(word)
        ].astype(np.float32)

    def predict(self, given, sample_rate=None):
        return self.probs if sample_rate else np.tile(self.probs, (len(given), 1))


@pytest.fixture
def of_the_actor(data_folder):
    if not (data_folder / "media").is_dir():
        pytest.skip("there are no films of RAVDESS")
    return films(data_folder)


def test_a_missing_film_is_named(tmp_path):
    with pytest.raises(DatasetError, match=next(iter(FILMS))):
        films(tmp_path)


def test_a_film_says_what_is_shown_and_by_whom(of_the_actor):
    assert [(f.label, f.actor) for f in of_the_actor] == [("neutral", 1), ("surprise", 1), ("sad", 1)]
    assert [f.sound == f.pictures for f in of_the_actor] == [True, True, False]


def test_figures_of_models_that_always_say_the_same(of_the_actor):
    film = of_the_actor[1]  # surprise
    found = film_figures(film, Says("surprise", FACE_LABELS), Says("calm", VOICE_LABELS), adapt=False)
    assert found["face"]["right"] == found["face"]["named"] == found["face"]["right_of_named"] == 1
    assert found["voice"]["right"] == 0 and found["voice"]["seconds"] < found["face"]["seconds"]
    calm = film_figures(of_the_actor[0], Says("sad", FACE_LABELS), Says("calm", VOICE_LABELS), adapt=False)
    assert calm["voice"]["right"] == 1, "calm counts as neutral"


def test_the_measured_films_are_all_there():
    rows = read_metrics()[FILMS_NAME]["rows"]
    assert {r["film"] for r in rows} == set(FILMS) and {r["adapted"] for r in rows} == {True, False}
    assert all(0 <= r[m]["right"] <= 1 for r in rows for m in JUDGED_BY)
