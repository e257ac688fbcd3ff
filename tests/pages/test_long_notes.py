"""A voice note that is too long for a page is refused in words on Capture and Me."""

from __future__ import annotations

import io

import pytest

from emotion import audio
from tests.support import run
from tests.support_media import silent_flac
from ui import voice_clips


@pytest.fixture
def long_note(tmp_path, monkeypatch) -> bytes:
    monkeypatch.setattr(audio, "NOTE_SECONDS", 2.0)
    return silent_flac(tmp_path / "note.flac", 5).read_bytes()


def test_me_refuses_it(long_note, monkeypatch):
    said = []
    monkeypatch.setattr(voice_clips.st, "error", said.append)
    assert voice_clips.heard("note.flac", long_note, model=None) is None
    assert "note.flac lasts longer than 2 s" in said[0]


@pytest.mark.slow
def test_capture_refuses_it(long_note, monkeypatch):
    note = io.BytesIO(long_note)
    note.name = "note.flac"
    monkeypatch.setattr("streamlit.audio_input", lambda *_, **__: note)
    app = run("pages/capture.py", consent=True)
    assert not app.exception
    assert "note.flac lasts longer than 2 s" in app.error[0].value
