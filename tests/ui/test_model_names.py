"""What the pages call a model follows from the measured files."""

from __future__ import annotations

import pytest

from ui.model_names import compared, face_strengths, long_name, short_name, voice_strengths

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
