"""The Practice page with the real models and a real store; tests/e2e/test_practice.py has the stream itself."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from emotion.checkpoint import read_card
from emotion.predict import VOICE_MODELS, better_face_model, better_voice_model
from emotion.realtime.practice_film import PracticePictures
from emotion.realtime.practice_round import Round, result_of
from tests.support import LONG_S, finished_round, html_of, run
from ui.practice_scores import attempt_of

pytestmark = pytest.mark.slow  # each runs whole pages with the real models

PAGE = "pages/practice.py"


def with_result(**state):
    return run(
        PAGE, consent=True, **{"practice-result": finished_round(), "practice-ended_unix_s": 1_700_000_000.0, **state}
    )


def words(app) -> str:
    return " ".join(
        str(e.value) for kind in ("title", "subheader", "caption", "info", "markdown") for e in getattr(app, kind)
    )


def test_nothing_is_captured_before_the_notice_is_accepted():
    app = run(PAGE)
    assert not app.exception and "practice-session" not in app.session_state
    app.button[0].click().run()
    assert not app.exception and app.session_state["practice-session"].threads_alive() == 0


def test_before_the_stream_there_is_a_target_and_no_round(store):
    app = run(PAGE, consent=True, **{"practice-target": "fear"})
    assert not app.exception
    assert "fear</div>" in html_of(app) and "not how well you act" in words(app) and "not what you feel" in words(app)
    start = next(b for b in app.button if b.label == "Start round")
    assert start.disabled and "practice-round" not in app.session_state
    assert "No scores are kept" in words(app)


def test_a_random_target_is_another_one(store):
    app = run(PAGE, consent=True, **{"practice-target": "fear"})
    next(b for b in app.button if b.label == "Random target").click().run()
    assert not app.exception and app.session_state["practice-target"] != "fear"
    assert f"{app.session_state['practice-target']}</div>" in html_of(app)


def test_scores_and_explanation_are_shown_and_nothing_is_kept_unasked(store):
    app = with_result()
    assert not app.exception
    html, text = html_of(app), words(app)
    assert "score-face" in html and html.count("80%") >= 2, "face and together"
    assert "silence (4.5 s)" in text and "This score comes from the face alone" in text and "practice-chart" in text
    assert "Not kept." in text and app.toggle(key="practice-keep").value is False and not len(store.attempts())


def test_a_score_is_kept_once_when_asked(store):
    app = with_result()
    app.toggle(key="practice-keep").set_value(True).run()
    app.run()
    assert not app.exception and "Kept on this machine." in words(app)
    kept = store.attempts()
    assert (
        len(kept) == 1
        and kept["target"][0] == "happy"
        and kept["face"][0] == pytest.approx(0.8)
        and kept["voice"].isna().all()
    )
    assert list(app.dataframe[0].value["face"]) == ["80% (2023-11-14)"] and list(app.dataframe[0].value["voice"]) == [
        "–"
    ]
    store.delete_attempts()
    app.run()
    assert "Not kept." in words(app) and not len(store.attempts()), "deleted, and not written again"


def test_switching_off_keeps_what_was_kept(store):
    app = with_result(keep_scores=True)
    app.toggle(key="practice-keep").set_value(False).run()
    assert len(store.attempts()) == 1, "switching off keeps what was kept; deleting has its own button"


def models_now() -> str:
    """As the scores of a session without any choices name them: adapted, and without clips."""
    names = f"face_{better_face_model()}", VOICE_MODELS[better_voice_model()]
    return "+".join([*(read_card(name)["sha256"][:12] for name in names), "a"])


def test_a_new_best_is_said_and_other_models_do_not_count_but_stay_listed(store):
    now = models_now()
    store.add_attempt(at_unix_s=1.0, target="happy", models=now, face=0.5, voice=None, together=0.9)
    store.add_attempt(at_unix_s=2.0, target="happy", models="others", face=1.0, voice=None, together=1.0)
    app = with_result(keep_scores=True)
    assert not app.exception and html_of(app).count("new best") == 1
    listed = app.dataframe[0].value
    assert list(listed["together"]) == ["90% (1970-01-01)", "100% (1970-01-01)"], "comparable ones first"
    assert listed["with"][0].endswith("adapted (now)") and "of another version" in listed["with"][1]
    assert "Best round of happy before: 90% (1970-01-01), its course was not kept, with the same models." in words(app)
    app.run()
    assert html_of(app).count("new best") == 1, "and still after it was kept"


def test_a_best_round_with_other_models_is_named_and_drawn_beside_this_one(store):
    store.add_attempt(
        at_unix_s=1.0, target="happy", models="a+b", face=None, voice=None, together=0.7, curve=[0.7, None] * 6
    )
    app = with_result()
    text = words(app)
    assert "70% (1970-01-01), with face of another version, voice of another version." in text
    assert "The scores cannot be compared." in text and "best round (dashed)" in text


def test_a_first_round_has_none_to_compare_with(store):
    text = words(with_result())
    assert "No earlier round of happy to compare with." in text and "best round (dashed)" not in text


def test_the_course_of_together_is_kept_with_the_score(store):
    with_result(keep_scores=True)
    assert store.attempts()["curve"][0] == pytest.approx([0.8] * 12)


def test_the_best_round_of_this_visit_counts_though_it_is_not_kept(store):
    earlier = attempt_of(finished_round(share=0.6), at_unix_s=1.0, models=models_now())
    app = with_result(**{"practice-visit": [earlier]})
    assert "Best round of happy before: 60%" in words(app) and html_of(app).count("new best") == 2
    assert not len(store.attempts())


def test_a_round_without_judgements_is_not_kept(store):
    app = run(
        PAGE,
        consent=True,
        keep_scores=True,
        **{"practice-result": result_of(Round("sad", 0.0)), "practice-ended_unix_s": 1.0},
    )
    assert not app.exception and not len(store.attempts()) and "No score" in words(app)


def test_a_round_ends_with_its_stream(store):
    app = run(PAGE, consent=True, **{"practice-round": Round("sad", 0.0)})
    assert not app.exception and "practice-round" not in app.session_state
    assert "does not count. Press START" in app.info[0].value


def test_a_round_in_which_the_models_were_changed_does_not_count():
    def page():
        from ui.practice_stage import drop_round_that_does_not_count

        drop_round_that_does_not_count(playing=True)

    app = AppTest.from_function(page, default_timeout=LONG_S)
    app.session_state["practice-round"], app.session_state["practice-models"] = Round("sad", 0.0), models_now()
    app.run()
    assert not app.exception and not app.info and "practice-round" in app.session_state
    app.session_state["practice-models"] = "others"
    app.run()
    assert "The models were changed" in app.info[0].value and "practice-round" not in app.session_state


def with_two_rounds(pictures: PracticePictures) -> PracticePictures:
    for value in (0.9, 0.8):
        pictures.begin(0.0)
        pictures.take(np.full((48, 64, 3), 128, np.uint8), 0.0)
        pictures.finish("happy", value=value, models="a+b")
    return pictures


def test_the_film_of_a_round_is_shown_beside_the_best_one_and_can_be_deleted():
    def page():
        import streamlit as st

        from ui.practice_replay import draw_film

        draw_film(st.session_state["pictures"])

    app = AppTest.from_function(page, default_timeout=LONG_S)
    app.session_state["pictures"] = pictures = PracticePictures()
    app.run()
    assert not app.exception and not app.get("video"), "no pictures arrived"
    with_two_rounds(pictures)
    app.run()
    assert len(app.get("video")) == 1 and "only in memory" in words(app)
    assert "This round: 80%" in html_of(app) and "Best round before: 90%" in html_of(app)
    app.button[0].click().run()
    assert not app.exception and not app.get("video") and not pictures.shown[0].jpegs


def test_without_a_stream_all_pictures_are_deleted(store):
    app = with_result()
    pictures = with_two_rounds(app.session_state["practice-session"].practice_pictures)
    app.run()
    assert not app.exception and not app.get("video") and not pictures.shown[0].jpegs


def test_deleting_asks_first(store):
    """The answer is given in a real browser, in tests/e2e: AppTest cannot press a button inside a dialog."""
    store.add_attempt(at_unix_s=1.0, target="happy", models="a+b", face=0.5, voice=None, together=0.9)
    app = run(PAGE, consent=True)
    next(b for b in app.button if b.label == "Delete my scores").click().run()
    assert not app.exception and any(b.label == "Delete" for b in app.button) and len(store.attempts()) == 1
