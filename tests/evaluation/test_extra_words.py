"""How the words that can be chosen are measured, and when they are called experimental."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from emotion.datasets import DatasetError, load_contempt_votes
from emotion.evaluation import extra_words
from emotion.evaluation.extra_words import ChosenWord, chosen_words, evaluate_calm, evaluate_contempt, one_word
from emotion.evaluation.measurements import CALM_NAME, EXPECTED, contempt_name, outdated, read_metrics
from emotion.labels import FACE_LABELS, MORE_FACE_LABELS
from tests.support_world import KnownFaces, make_world

CONTEMPT = MORE_FACE_LABELS.index("contempt")


@pytest.fixture
def world(tmp_path, monkeypatch):
    return make_world(tmp_path, monkeypatch)


def test_one_word_by_hand():
    labels = np.array([2, 2, 2, 2, 0, 0, 1, 1])
    said = np.array([2, 2, 2, 0, 0, 2, 1, 1])  # three of four found; one of the others taken
    found = one_word(labels, np.eye(3)[said] * 0.7 + 0.1, 2)
    assert (found["n"], found["positives"], found["named"]) == (8, 4, 4)
    assert found["recall"] == found["precision"] == found["accuracy_of_others"] == 0.75
    assert found["auc"] == pytest.approx(0.75) and found["accuracy_of_others_without"] == 1
    low, high = found["recall_interval_95"]
    assert low < 0.75 < high


def test_a_word_that_nobody_has_gives_no_figures():
    found = one_word(np.array([0, 1]), np.eye(3)[:2], 2)
    assert found["recall"] is found["precision"] is found["auc"] is None


class KnowsContempt(KnownFaces):
    """Contempt is a probability of 0.9 for surprise and 0.1 for every other face."""

    def predict_with_contempt(self, crops):
        probs = self.predict(crops)
        return probs, np.where(probs.argmax(axis=1) == FACE_LABELS.index("surprise"), 0.9, 0.1)


def set_votes(world, **of_path) -> None:
    """Change votes in the world's index.csv: path -> {column: votes}."""
    index = world["data"] / "fer2013/index.csv"
    with index.open(newline="") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        row |= of_path.get(row["path"], {})
    with index.open("w", newline="") as f:
        writer = csv.DictWriter(f, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_contempt_is_measured_against_the_annotators(world, monkeypatch):
    card = json.loads((world["models"] / "face_fast.json").read_text())
    monkeypatch.setattr(extra_words, "load_face_model", lambda model, folder: KnowsContempt(card))
    (world["models"] / "face_fast_contempt.json").write_text(
        json.dumps({"name": "face_fast_contempt", "sha256": "head", "seed": 0})
    )
    surprise = FACE_LABELS.index("surprise")
    mostly = {"ferplus_contempt": 7, "ferplus_surprise": 3, "ferplus_happiness": 0}
    tied = {"ferplus_contempt": 5, "ferplus_surprise": 5}
    paths = [f"test/surprise/PrivateTest_{surprise}{i}.png" for i in range(3)]
    happy = f"test/happy/PrivateTest_{FACE_LABELS.index('happy')}0.png"
    set_votes(world, **{paths[0]: mostly, paths[1]: mostly, paths[2]: tied, happy: mostly})
    found = evaluate_contempt("fast", **world)["face_fast-contempt"]
    assert (found["n"], found["positives"]) == (20, 3), "the tied one is left out"
    assert found["recall"] == pytest.approx(2 / 3, abs=1e-5) and found["precision"] == 1
    assert found["weights_sha256"] == {"face_fast": "face-fast", "face_fast_contempt": "head"}
    assert outdated(found, world["models"]) == []
    (row,) = chosen_words({"face_fast-contempt": found})
    assert (row.word, row.by, row.is_experimental) == ("contempt", "face_fast", True), "three faces show nothing"
    (world["models"] / "face_fast_contempt.json").write_text(json.dumps({"sha256": "another"}))
    assert outdated(found, world["models"]) == ["face_fast_contempt"]


def test_votes_are_read_of_each_picture(world):
    path = "test/angry/PrivateTest_00.png"
    set_votes(world, **{path: {k: 0 for k in ("ferplus_anger", "ferplus_contempt")}})
    votes = load_contempt_votes(np.array([path, "test/angry/PrivateTest_01.png"]), world["data"])
    assert np.isnan(votes.share[0]) and votes.majority[0] == -1, "a picture without votes"
    assert votes.share[1] == pytest.approx(0.4) and MORE_FACE_LABELS[votes.majority[1]] == "angry"
    (world["data"] / "fer2013/index.csv").unlink()
    with pytest.raises(DatasetError, match="index.csv is missing"):
        load_contempt_votes(np.array([path]), world["data"])


def test_without_votes_nothing_is_measured_and_the_next_measurement_goes_on(world, capsys):
    (world["data"] / "fer2013/index.csv").unlink()
    assert evaluate_contempt("fast", **world) == {} and "no FER+ votes" in capsys.readouterr().out


def test_calm_is_measured_on_the_pairs_of_hybrid(world):
    found = evaluate_calm(draws=3, **world)[CALM_NAME]
    assert (found["n"], found["positives"], found["pairs"]) == (192, 24, 192 * 3)
    assert found["recall"] == pytest.approx(23 / 24, abs=1e-5), "actor 2 is always taken for the next word"
    assert found["named"] > 0 and outdated(found, world["models"]) == []


@pytest.mark.parametrize(
    "recall, interval, expected",
    [(0.49, None, True), (0.5, None, False), (0.5, [0.3, 0.7], True), (0.8, [0.5, 0.9], False), (None, None, True)],
)
def test_a_word_is_experimental_unless_half_are_surely_found(recall, interval, expected):
    row = ChosenWord("contempt", "face_fast", "", 26, recall, interval, None, None)
    assert row.is_experimental is expected


def test_the_shipped_figures_are_of_the_shipped_weights():
    measured = read_metrics()
    for name in (contempt_name("fast"), contempt_name("accurate"), CALM_NAME):
        assert name in EXPECTED and outdated(measured[name]) == [] and measured[name]["limited_to"] is None
