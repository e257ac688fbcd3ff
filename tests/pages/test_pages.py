"""Live, Capture, About and the sidebar, run by Streamlit's own test runner with the real models."""

from __future__ import annotations

import re

import pytest

from emotion import predict
from emotion.checkpoint import SERVED
from tests.support import html_of, run

pytestmark = pytest.mark.slow  # each runs whole pages with the real models


def test_nothing_is_captured_before_the_notice_is_accepted():
    app = run()
    assert not app.exception
    text = " ".join(m.value for m in app.markdown)
    assert "Nothing leaves this machine" in text and "not a feeling" in text and "unlawful" in text
    assert "live-session" not in app.session_state, "no stream object before consent"
    app.button[0].click().run()
    assert not app.exception
    assert app.session_state["live-session"].threads_alive() == 0, "and no thread before START"


def test_sidebar_has_the_fusion_mode_and_applies_without_a_new_stream():
    app = run(consent=True)
    assert app.sidebar.radio[0].label == "Fusion mode" and app.sidebar.radio[0].options == ["Simple", "Hybrid"]
    session = app.session_state["live-session"]
    assert session.settings.mode == "hybrid"
    app.sidebar.radio[0].set_value("Simple")
    app.slider(key="max_faces").set_value(2)
    app.toggle(key="mirror").set_value(False).run()
    assert not app.exception
    assert app.session_state["live-session"] is session, "the same stream object goes on"
    assert (session.settings.mode, session.settings.max_faces, session.settings.mirror) == ("simple", 2, False)


def test_together_is_shown_in_hybrid_only():
    assert "readout-together" in html_of(run(consent=True))
    simple = html_of(run(consent=True, fusion_mode="Simple"))
    assert "readout-together" not in simple and "readout-face" in simple and "readout-voice" in simple


def large(app) -> list[str]:
    """The readouts that are large."""
    return re.findall(r'class="readout [a-z ]*large readout-([a-z]+)"', html_of(app))


def test_one_answer_is_large_in_each_mode():
    assert large(run(consent=True)) == ["together"]
    app = run(consent=True, fusion_mode="Simple")
    assert large(app) == ["face"]
    app.button_group[0].set_value("Microphone only").run()
    assert not app.exception and large(app) == ["voice"]


def test_face_model_can_be_changed():
    app = run(consent=True)
    names = {"EfficientNetB7": "accurate", "ResNet14": "fast"}
    used = [names.pop(app.session_state["live-session"]._face_judge.model.card["network"])]
    app.sidebar.radio(key="face_model").set_value(*names.values()).run()
    assert not app.exception
    assert app.session_state["live-session"]._face_judge.model.card["network"] in names
    assert used == [predict.better_face_model()], "the sidebar starts with the model that did better"


def test_the_voice_model_can_be_chosen():
    app = run(consent=True)
    voice = app.sidebar.radio(key="voice_model")
    assert voice.value == "accurate" and voice.options == ["Best on voices never heard (default)", "Fastest"]
    app = voice.set_value("fast").run()
    assert not app.exception and app.session_state["voice_model"] == "fast"


def test_one_voice_model_is_no_choice(monkeypatch):
    monkeypatch.setattr("ui.sidebar.voice_models", lambda: ["fast"])
    assert [box.key for box in run(consent=True).sidebar.radio] == ["fusion_mode", "face_model"]


def keys_in_sidebar(app) -> set[str]:
    return {box.key for kind in ("radio", "slider", "toggle") for box in getattr(app.sidebar, kind)}


def test_the_sidebar_has_what_acts_on_the_page_and_all_values_are_kept():
    app = run(consent=True)
    assert keys_in_sidebar(app) == {"fusion_mode", "face_model", "voice_model", "adapt", "more_words"}
    app.sidebar.radio(key="fusion_mode").set_value("Simple")
    app.slider(key="smoothing_s").set_value(1.5)
    app.slider(key="max_faces").set_value(2)
    app.toggle(key="mirror").set_value(False).run()
    for page, shown in (
        ("results", set()),
        ("about", set()),
        ("diary", set()),
        ("confusion_matrices", set()),
        ("sessions", {"adapt"}),
        ("capture", {"fusion_mode", "face_model", "voice_model", "max_faces", "adapt"}),
    ):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception and keys_in_sidebar(app) == shown, page
    assert app.slider(key="max_faces").value == 2
    app.switch_page("pages/live.py").run()
    assert app.radio(key="fusion_mode").value == "Simple" and app.slider(key="smoothing_s").value == 1.5
    settings = app.session_state["live-session"].settings
    assert (settings.mode, settings.smoothing_s, settings.max_faces, settings.mirror) == ("simple", 1.5, 2, False)


@pytest.mark.parametrize(
    "page",
    [
        "pages/live.py",
        "pages/capture.py",
        "pages/analyse.py",
        "pages/practice.py",
        "pages/me.py",
        "pages/sessions.py",
        "pages/diary.py",
        "pages/results.py",
        "pages/confusion_matrices.py",
        "pages/about.py",
    ],
)
def test_each_page_runs_by_itself(page):
    app = run(page, consent=True)
    assert not app.exception
    assert len(app.title) == 1


def test_about_shows_every_model_with_its_licence():
    cards = [j.value for j in run("pages/about.py", **{f"card-{name}": True for name in SERVED}).json]
    assert len(cards) == len(SERVED) and all("CC BY-NC-SA" in card for card in cards)
    assert all(any(word in card for card in cards) for word in ("EfficientNetB7", "ResNet14", "CNN-BiLSTM", "OpenAI"))


def test_a_missing_model_gets_a_message_not_a_traceback(monkeypatch, tmp_path):
    import streamlit as st

    from emotion import predict

    real = predict.load_face_model
    st.cache_resource.clear()
    monkeypatch.setattr(predict, "load_face_model", lambda name: real(name, folder=tmp_path))
    app = run("pages/live.py", consent=True)
    st.cache_resource.clear()
    assert not app.exception
    assert "missing" in app.error[0].value and "git checkout" in app.error[0].value
