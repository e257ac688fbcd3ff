"""Before and after a person's neutral is known: what is counted, and a few real pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.evaluation.own_neutral import evaluate_person, film_rows, learned_from, other_days_row, sitting_rows
from emotion.labels import FACE_LABELS
from tests.support_world import face_answer

HAPPY, NEUTRAL, SAD = (FACE_LABELS.index(n) for n in ("happy", "neutral", "sad"))


REST, SLIGHT = face_answer(neutral=0.9, happy=0.02), face_answer(neutral=0.7, happy=0.25)


def test_a_slight_smile_counts_as_found_once_the_neutral_is_known():
    labels, people = np.array([NEUTRAL, HAPPY, NEUTRAL]), np.array(["a", "a", "b"])
    rows = sitting_rows(labels, np.stack([REST, SLIGHT, REST]), people)
    assert [row["seen"] for row in rows] == [
        "80% of a minute neutral",
        "50% of a minute neutral",
        "10% of a minute neutral",
    ]
    assert {row["as_it_is"]["other"] for row in rows} == {0.0} and {row["asked"]["other"] for row in rows} == {1.0}
    assert rows[0]["learned"] == {"neutral": 1.0, "other": 1.0, "accuracy": 1.0}


def test_people_with_one_photo_tell_nothing_about_other_days():
    labels = np.array([NEUTRAL, HAPPY, SAD])
    row = other_days_row(labels, np.stack([REST, SLIGHT, face_answer(sad=0.9)]), np.array(["a", "a", "b"]))
    assert row["n"] == 2 and row["people"] == 1 and "asked" not in row


def test_the_word_of_a_film_is_that_of_its_mean():
    rows = film_rows({"neutral": np.stack([REST] * 30), "happy": np.stack([SLIGHT] * 30)})
    assert [(r["expected"], r["as_it_is"]["label"], r["learned"]["label"], r["asked"]["label"]) for r in rows] == [
        ("neutral", "neutral", "neutral", "neutral"),
        ("happy", "neutral", "happy", "happy"),
    ]
    assert rows[0]["as_it_is"]["strongest_other"] != "neutral"


def test_nothing_seen_is_nothing_learned():
    assert learned_from(REST[None], [0.0]) is None


def test_without_the_sets_nothing_is_written(tmp_path):
    assert evaluate_person("fast", data=tmp_path, out=tmp_path / "out") == {}
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_served_model_on_a_few_people(data_folder, tmp_path):
    found = evaluate_person("fast", data=data_folder, limit=120, out=tmp_path, progress=lambda *_: None)
    assert {row["set"] for row in found["rows"]} == {"lfw", "london"} and len(found["films"]) == 3
    assert json.loads((tmp_path / "face-own-neutral.json").read_text()) == found
    whole = found["rows"][-1]
    assert whole["asked"]["other"] >= whole["as_it_is"]["other"]
