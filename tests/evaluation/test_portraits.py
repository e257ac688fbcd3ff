"""Faces from elsewhere: who is tested, what is measured."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from emotion.datasets import PORTRAIT_SETS, DatasetError, load_portraits
from emotion.evaluation.portraits import evaluate_portraits, portrait_crop, portrait_figures
from tests.support_world import distribution


def write_set(root, rows: list[str]) -> None:
    folder = root / "faces" / "lfw"
    folder.mkdir(parents=True)
    (folder / "index.csv").write_text("path,emotion,speaker,gender,language\n" + "\n".join(rows) + "\n")
    for row in rows:
        cv2.imwrite(str(folder / row.split(",")[0]), np.full((128, 128), 90, np.uint8))


def test_who_is_tested_does_not_depend_on_the_others(tmp_path):
    rows = [f"{name}_{i}.jpg,happy,{name},," for name in ("Ann", "Bob", "Cy", "Di") for i in range(2)]
    write_set(tmp_path / "all", rows)
    write_set(tmp_path / "some", rows[4:])
    every, some = (load_portraits("lfw", tmp_path / which) for which in ("all", "some"))
    tested = {p.person: p.is_tested for p in every}
    assert tested == {"lfw-Ann": False, "lfw-Bob": True, "lfw-Cy": False, "lfw-Di": True}
    assert all(tested[p.person] == p.is_tested for p in some)
    assert load_portraits("london", tmp_path / "all") == []


def test_a_picture_without_a_face_is_judged_whole(tmp_path):
    write_set(tmp_path, ["a.jpg,sad,a,,"])
    (portrait,) = load_portraits("lfw", tmp_path)
    crop, found = portrait_crop(portrait)
    assert crop.shape == (48, 48) and not found and abs(int(crop.mean()) - 90) < 3
    portrait.path.write_bytes(b"nothing")
    with pytest.raises(DatasetError, match="download the data set again"):
        portrait_crop(portrait)


def test_figures_are_over_the_words_that_the_set_has():
    labels = np.array([3, 3, 4, 4])
    probs = np.stack([distribution(c, 7) for c in (3, 4, 4, 4)])
    found = portrait_figures(labels, probs, np.array(["a", "b", "a", "b"]), np.array(["female", "male", "female", ""]))
    assert [row["label"] for row in found["per_class"]] == ["happy", "neutral"] and found["uar"] == 0.75
    assert {g["gender"]: (g["n"], g["accuracy"]) for g in found["by_gender"]} == {"female": (2, 1), "male": (1, 0)}


@pytest.mark.slow
def test_nobody_who_is_tested_is_trained_on(data_folder):
    pytest.importorskip("keras")
    from emotion.training.face_data import portraits_to_train_on

    trained = portraits_to_train_on(data_folder)
    tested = {str(p.path) for s in PORTRAIT_SETS for p in load_portraits(s, data_folder) if p.is_tested}
    people = {p.person: p.is_tested for s in PORTRAIT_SETS for p in load_portraits(s, data_folder)}
    assert 0.4 < np.mean(list(people.values())) < 0.6
    assert len(trained) > 1000 and not tested & set(trained.paths) and set(trained.usage) == set(PORTRAIT_SETS)


@pytest.mark.slow
def test_the_served_model_on_a_few_of_them(data_folder, tmp_path):
    found = evaluate_portraits("fast", data=data_folder, limit=20, out=tmp_path, progress=lambda *_: None)
    assert list(found) == ["face_fast-lfw", "face_fast-london"] and found["face_fast-lfw"]["n"] == 20
    assert found["face_fast-london"]["accuracy"] > 0.5 and found["face_fast-london"]["face_found"] == 1
    assert json.loads((tmp_path / "face_fast-lfw.json").read_text()) == found["face_fast-lfw"]


def test_without_the_sets_nothing_is_written(tmp_path):
    assert evaluate_portraits("fast", data=tmp_path, out=tmp_path / "out") == {}
    assert not (tmp_path / "out").exists()
