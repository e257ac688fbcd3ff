"""Model files that are missing, cut off or altered: the page says which, and how to get it back."""

from __future__ import annotations

import json
import shutil

import pytest
import streamlit as st

from emotion import face, predict
from emotion.face import detect_faces
from emotion.paths import MODELS
from emotion.runner import ModelError
from tests.support import run

FILES = {"face": "face_fast", "voice": "voice"}  # of the models `fast`


def spoilt(folder, name: str, how: str, *, source=MODELS) -> None:
    """A copy of a model's two files, of which one is not as it should be."""
    shutil.copy(source / f"{name}.json", folder)
    data = bytearray((source / f"{name}.tflite").read_bytes())
    if how == "truncated":
        data = data[: len(data) // 2]
    elif how == "altered":
        data[len(data) // 2] ^= 1
    if how != "missing":
        (folder / f"{name}.tflite").write_bytes(data)


@pytest.fixture
def nothing_loaded():
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.mark.parametrize("how, words", [("missing", "missing"), ("truncated", "altered"), ("altered", "altered")])
@pytest.mark.parametrize("kind", ["face", "voice"])
def test_the_page_names_the_file_and_what_to_do(nothing_loaded, monkeypatch, tmp_path, kind, how, words):
    spoilt(tmp_path, FILES[kind], how)
    load = getattr(predict, f"load_{kind}_model")
    monkeypatch.setattr(predict, f"load_{kind}_model", lambda name: load("fast", folder=tmp_path))
    if kind == "voice":
        whole = predict.load_face_model
        monkeypatch.setattr(predict, "load_face_model", lambda name: whole("fast"))
    page = run("pages/live.py", consent=True)
    assert not page.exception
    assert f"{FILES[kind]}.tflite" in page.error[0].value and words in page.error[0].value
    assert "git checkout" in page.error[0].value and "doctor" in page.caption[-1].value


@pytest.mark.parametrize("card", [[1, 2], {"labels": []}])
def test_a_card_that_is_none_is_named(tmp_path, card):
    spoilt(tmp_path, "face_fast", "as it is")
    (tmp_path / "face_fast.json").write_text(json.dumps(card))
    with pytest.raises(ModelError, match="face_fast.json.*git checkout"):
        predict.load_face_model("fast", folder=tmp_path)


@pytest.mark.parametrize("how, words", [("missing", "missing"), ("truncated", "altered"), ("altered", "altered")])
def test_a_face_detector_that_cannot_be_loaded_names_its_file(monkeypatch, tmp_path, astronaut, how, words):
    """The live page shows it as the error of the stream, which goes on."""
    (tmp_path / "blazeface").mkdir()
    for file in (MODELS / "blazeface").glob("*.tflite"):
        spoilt(tmp_path / "blazeface", file.stem, how, source=file.parent)
    caches = (face._short_range, face._full_range)
    monkeypatch.setattr(face, "MODELS", tmp_path)
    try:
        for cache in caches:
            cache.cache_clear()
        with pytest.raises(ModelError, match=f"blazeface.*{words}.*git checkout"):
            detect_faces(astronaut)
    finally:
        for cache in caches:
            cache.cache_clear()
