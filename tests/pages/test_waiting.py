"""What takes a while says so meanwhile."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from emotion.realtime.practice_film import PracticePictures
from tests.support import LONG_S, finished_job, run, write_wav

pytestmark = pytest.mark.slow  # each test runs whole pages


@pytest.fixture
def waited(monkeypatch) -> list[str]:
    """The words of every spinner since the test began."""
    said: list[str] = []
    spinner = streamlit.spinner
    monkeypatch.setattr(streamlit, "spinner", lambda text, **more: said.append(text) or spinner(text, **more))
    return said


@pytest.fixture
def note(tmp_path, speech) -> tuple[str, bytes, str]:
    """A sentence as an upload."""
    return "a.wav", write_wav(tmp_path / "a.wav", speech, 16_000).read_bytes(), "audio/wav"


def test_the_result_of_an_analysis(note, waited):
    app = run("pages/analyse.py", consent=True)
    app.file_uploader[0].set_value(note).run()
    app.button[0].click().run()
    finished_job(app.session_state["analysis"])
    waited.clear()
    app.run()
    assert not app.exception and waited == ["Drawing the result …"]


def test_a_clip_of_my_voice(note, waited, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOTION_HOME", str(tmp_path))
    app = run("pages/me.py", consent=True)
    assert "Listening to the clip …" not in waited
    app.file_uploader[0].set_value(note).run()
    assert not app.exception and "Listening to the clip …" in waited


def test_photo_and_voice_note_of_capture(note, waited, astronaut):
    app = run("pages/capture.py", consent=True)
    photo, sound = app.file_uploader
    photo.set_value(("a.png", cv2.imencode(".png", astronaut[..., ::-1])[1].tobytes(), "image/png"))
    sound.set_value(note)
    app.run()
    assert not app.exception and {"Looking at the photo …", "Listening to the note …"} <= set(waited)


def test_the_film_of_a_round(waited):
    def page():
        import streamlit as st

        from ui.practice_replay import draw_film

        draw_film(st.session_state["pictures"])

    pictures = PracticePictures()
    pictures.begin(0.0)
    pictures.take(np.full((48, 64, 3), 128, np.uint8), 0.0)
    pictures.finish("happy", value=0.9, models="a+b")
    app = AppTest.from_function(page, default_timeout=LONG_S)
    app.session_state["pictures"] = pictures
    app.run()
    assert not app.exception and waited == ["Making the film of the round …"]
