"""What the pages call a model follows from the measured files."""

from __future__ import annotations

import pytest

from ui.model_names import (
    compared,
    face_caption,
    face_purpose,
    face_strengths,
    long_name,
    short_name,
    voice_caption,
    voice_purpose,
    voice_strengths,
)

HIGH, LOW, BETWEEN = {"interval_95": [0.7, 0.8]}, {"interval_95": [0.5, 0.6]}, {"interval_95": [0.55, 0.75]}


@pytest.mark.parametrize("one, other, best", [(HIGH, LOW, 0), (LOW, HIGH, 1), (HIGH, BETWEEN, None)])
def test_better_is_only_what_the_intervals_tell_apart(one, other, best):
    assert compared(one, other) == best


def test_strengths_follow_the_figures():
    measured = {
        "face_accurate-test": LOW,
        "face_fast-test": HIGH,
        "face_accurate-lfw": HIGH,
        "face_fast-lfw": LOW,
        "face_accurate-london": HIGH,
        "face_fast-london": BETWEEN,
    }
    assert face_strengths(measured) == {
        "accurate": "better on press photos",
        "fast": "better on photos like FER-2013",
    }
    measured["face_accurate-lfw"] = BETWEEN
    assert face_strengths(measured) == {
        "accurate": "no clear difference on press photos and portraits",
        "fast": "better on photos like FER-2013",
    }


def test_what_was_not_measured_is_not_said():
    assert set(face_strengths({}).values()) == set(voice_strengths({}).values()) == {""}
    assert face_strengths({"face_fast-test": HIGH}) == {"accurate": "", "fast": ""}


def test_of_the_voices_the_better_one_is_said_to_be(monkeypatch):
    monkeypatch.setattr("ui.model_names.better_voice_model", lambda: "accurate")
    measured = {"voice-ravdess-5fold": HIGH, "voice-other-ravdess-5fold": LOW}
    assert voice_strengths(measured) == {"accurate": "better on voices never heard", "fast": ""}
    assert voice_strengths(measured | {"voice-ravdess-5fold": BETWEEN})["fast"].startswith("no clear difference")


@pytest.fixture
def cards(monkeypatch):
    """Of face models and of voices `fast` is the smaller one."""
    sizes = {"face_fast": 6e6, "face_accurate": 52e6, "voice": 2e6, "voice_accurate": 13e6}
    monkeypatch.setattr("ui.model_names.read_card", lambda file: {"network": "Net, mean of 3", "bytes": sizes[file]})
    monkeypatch.setattr("ui.model_names.better_face_model", lambda: "fast")
    monkeypatch.setattr("ui.model_names.better_voice_model", lambda: "accurate")


def test_the_sidebar_calls_a_model_by_what_it_is_for(cards):
    measured = {
        "face_accurate-test": LOW,
        "face_fast-test": HIGH,
        "face_accurate-lfw": BETWEEN,
        "face_fast-lfw": HIGH,
        "voice-ravdess-5fold": HIGH,
        "voice-other-ravdess-5fold": LOW,
    }
    assert face_purpose("fast", measured) == "Best on photos like FER-2013, fastest (default)"
    assert face_purpose("accurate", measured) == "As good on press photos, slower", "it promises nothing"
    assert voice_purpose("accurate", measured) == "Best on voices never heard (default)"
    assert voice_purpose("fast", measured) == "Fastest"
    assert face_purpose("accurate", {}) == "Slower" and face_purpose("fast", {}) == "Fastest (default)"
    assert face_caption("accurate") == "`accurate`: Net, 52 MB" and voice_caption("fast") == "`fast`: Net, 2 MB"


def test_without_cards_the_code_name_is_left(monkeypatch):
    monkeypatch.setattr("ui.model_names.read_card", lambda file: {})
    monkeypatch.setattr("ui.model_names.better_face_model", lambda: "fast")
    assert face_purpose("accurate", {}) == "Model accurate" and face_caption("accurate") == "`accurate`"


def test_names_keep_the_code_name(monkeypatch):
    monkeypatch.setattr("ui.model_names.better_voice_model", lambda: "accurate")
    monkeypatch.setattr("ui.model_names.better_face_model", lambda: "fast")
    assert [short_name(name) for name in ("face_fast", "voice", "voice fast", "voice_accurate")] == [
        "face, fast",
        "voice, accurate",
        "voice, fast",
        "voice, accurate",
    ]
    assert short_name("fusion of face_fast and voice") == "Hybrid of face, fast and voice, accurate"
    measured = {"face_accurate-test": LOW, "face_fast-test": HIGH}
    assert long_name("face_fast", measured) == "face, fast – better on photos like FER-2013, default"
    assert long_name("voice fast", {}) == "voice, fast"
