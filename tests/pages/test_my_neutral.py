"""My neutral on the page Me, and what Live and Capture begin from, with the real models and a real file."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from emotion.labels import FACE_LABELS
from emotion.person import START_S, NeutralFace, Person, SpeakerCentre
from emotion.remembered import FILE, write_person
from tests.support import run

pytestmark = pytest.mark.slow  # each test runs whole pages

PAGE = "pages/me.py"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A folder of its own for what is kept."""
    monkeypatch.setenv("EMOTION_HOME", str(tmp_path))
    return tmp_path


def keep(home, face_model, voice_model, **other) -> Person:
    """Somebody who was seen for 40 s and heard for 25 s by these models; other: weights in their place."""
    size = voice_model.card["speaker_centre"]
    person = Person(
        NeutralFace(np.log(np.full(len(FACE_LABELS), 1 / 7)), 40.0), SpeakerCentre(np.linspace(-1, 1, size), 25.0)
    )
    models = {"face_sha256": face_model.card["sha256"], "voice_sha256": voice_model.card["sha256"]} | other
    write_person(home / FILE, person, today=date(2026, 11, 27), **models)
    return person


def words(app) -> str:
    return " ".join(str(e.value) for kind in ("caption", "info", "error", "markdown") for e in getattr(app, kind))


def delete(app):
    next(b for b in app.button if b.label == "Delete my neutral").click()
    return app.run()


def test_what_is_kept_is_said_used_and_deleted(home, face_model, voice_model):
    keep(home, face_model, voice_model)
    app = run(PAGE, consent=True, face_model="fast")
    assert not app.exception and "face 40 s, voice 25 s" in words(app)
    live = run(consent=True, face_model="fast").session_state["live-session"]
    assert live.person.face.seconds == live.person.voice.seconds == START_S
    assert "kept on this machine (face 6 s, voice 6 s" in words(
        run("pages/capture.py", consent=True, face_model="fast")
    )
    assert "kept on this machine" not in words(run("pages/capture.py", consent=True, face_model="fast", adapt=False))
    assert "Nothing is kept." in words(delete(app)) and not (home / FILE).exists()


def test_what_other_models_saw_is_not_used(home, face_model, voice_model):
    keep(home, face_model, voice_model, face_sha256="x", voice_sha256="x")
    app = run(PAGE, consent=True, face_model="fast")
    assert "A neutral is kept for other models" in words(app)
    assert run(consent=True, face_model="fast").session_state["live-session"].person == Person()


def test_a_broken_file_gets_a_message_and_can_be_deleted(home):
    (home / FILE).write_text("nothing of the kind")
    app = run(PAGE, consent=True)
    assert not app.exception and "does not hold what this program wrote" in words(app)
    assert "other models" not in words(app) and "Nothing is kept." not in words(app)
    assert not run(consent=True).exception
    assert "Nothing is kept." in words(delete(app)) and not (home / FILE).exists()


def test_the_question_is_answered_in_the_page(home, face_model, voice_model):
    person = keep(home, face_model, voice_model)
    (home / FILE).unlink()
    asked = person, {"face_sha256": face_model.card["sha256"], "voice_sha256": voice_model.card["sha256"]}
    for answer, kept in (("Not now", False), ("Keep it", True)):
        app = run(consent=True, face_model="fast", **{"my-neutral-asked": asked})
        assert "Remember your neutral?" in words(app) and "face 40 s, voice 25 s" in words(app)
        next(b for b in app.button if b.label == answer).click()
        app.run()
        assert not app.exception and "Remember your neutral?" not in words(app)
        assert (home / FILE).exists() is kept
