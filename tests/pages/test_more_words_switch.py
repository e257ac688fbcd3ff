"""The switch for more words, on Live, on Analyse and on Results."""

from __future__ import annotations

import cv2
import pytest

from emotion.runner import ModelError
from tests.support import finished_job, run

pytestmark = pytest.mark.slow  # each runs whole pages with the real models


def test_the_switch_is_off_and_reaches_the_stream_of_live():
    app = run(consent=True, face_model="fast")
    session = app.session_state["live-session"]
    assert not app.toggle(key="more_words").value and not session.settings.more_words
    app.toggle(key="more_words").set_value(True).run()
    assert not app.exception and not app.warning and session.settings.more_words
    assert app.session_state["live-session"] is session, "the same stream goes on"
    assert "Experimental: contempt" in app.toggle(key="more_words").help


def test_practice_stays_with_the_seven_words():
    app = run("pages/practice.py", consent=True, face_model="fast", more_words=True)
    assert not app.exception and not app.session_state["practice-session"].settings.more_words


def test_without_a_head_live_goes_on_with_the_seven_words(monkeypatch):
    def missing(*_, **__):
        raise ModelError("face_fast_contempt.json is missing")

    monkeypatch.setattr("emotion.predict.FaceModel.ready_for_contempt", missing)
    app = run(consent=True, face_model="fast", more_words=True)
    assert not app.exception and "face_fast_contempt.json is missing" in app.warning[0].value
    assert not app.session_state["live-session"].settings.more_words


def test_analyse_shows_and_names_them(tmp_path, astronaut):
    cv2.imwrite(str(tmp_path / "a.png"), astronaut[..., ::-1])
    app = run("pages/analyse.py", consent=True, face_model="fast", more_words=True)
    app.text_input[0].set_value(str(tmp_path / "a.png")).run()
    next(b for b in app.button if b.label == "Analyse").click().run()
    finished_job(app.session_state["analysis"])
    app.run()
    assert not app.exception and app.session_state["analysis-made-with"]["more words"] == "contempt, calm"
    assert {"face_contempt", "together_calm"} <= set(app.session_state["analysis"].result.timeline)


def test_results_say_which_are_experimental():
    app = run("pages/results.py", **{"results-faces": True})
    (words,) = [d.value for d in app.dataframe if "told by" in d.value]
    rows = words.set_index(["word", "told by"])
    assert not app.exception and rows.loc[("contempt", "face_fast"), ""] == "experimental"
    assert rows.loc[("calm", "Together"), ""] == "" and rows.loc[("calm", "voice"), "examples"] == 192
