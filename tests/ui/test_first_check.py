"""The check before the first stream: what it asks for, and that a step's best moment counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.face import Face
from emotion.judge import FaceReading, FacesReading, VoiceReading
from emotion.realtime.session import Snapshot
from emotion.reliability import FaceQuality
from ui.first_check import OK, STEP_SECONDS, CheckRun, level, light, size, steps_html

SEVEN, EIGHT = np.full(7, 1 / 7, np.float32), np.full(8, 1 / 8, np.float32)
FACE = FaceReading(
    0.0, 1, Face((10.0, 10.0, 200.0, 200.0), np.zeros((6, 2), np.float32), 0.95), SEVEN, quality=FaceQuality()
)
VOICE = VoiceReading(0.0, EIGHT, voiced_seconds=1.5, level_dbfs=-25.0)
GOOD = Snapshot(0.0, "hybrid", FacesReading(0.0, (FACE,)), "", VOICE, "", None)


def seen(**changes) -> Snapshot:
    return replace(GOOD, faces=FacesReading(0.0, (replace(FACE, **changes),)))


def heard(**changes) -> Snapshot:
    return replace(GOOD, voice=replace(VOICE, **changes))


def test_nothing_to_do_where_all_is_good():
    assert (light(GOOD), size(GOOD), level(GOOD)) == (OK, OK, OK)


@pytest.mark.parametrize(
    "check, snapshot, words",
    [
        (light, replace(GOOD, face_reason="no camera"), "No picture arrives"),
        (light, replace(GOOD, face_reason="muted"), "covered or switched off"),
        (light, replace(GOOD, faces=FacesReading(0.0, ()), face_reason="no face"), "No face is in the picture"),
        (light, seen(quality=FaceQuality(dark=2.0)), "little light"),
        (light, seen(probs=None, reason="too dark"), "little light"),
        (size, replace(GOOD, faces=FacesReading(0.0, ()), face_reason="no face"), "No face is in the picture"),
        (size, seen(quality=FaceQuality(small=1.0)), "Come closer"),
        (size, seen(probs=None, reason="too small"), "Come closer"),
        (level, replace(GOOD, voice=None, voice_reason="no microphone"), "No sound arrives"),
        (level, heard(probs=None, reason="muted"), "muted"),
        (level, heard(probs=None, reason="silence", voiced_seconds=0.0), "Say a few words"),
        (level, heard(level_dbfs=-3.0), "too loud"),
        (level, heard(level_dbfs=-60.0), "very quiet"),
    ],
)
def test_what_to_do(check, snapshot, words):
    assert words in check(snapshot)


def test_each_step_has_its_time_and_its_best_moment_counts():
    run = CheckRun(["Light", "Microphone"])
    assert run.see(replace(GOOD, face_reason="starting", voice_reason="starting"), 5.0) == "Light"
    assert run.begun_s is None, "the time begins with the first picture"
    assert run.see(seen(quality=FaceQuality(dark=2.0)), 9.0) == "Light"
    assert "little light" in run.found["Light"]
    assert run.see(GOOD, 9.0 + STEP_SECONDS / 2) == "Light"
    assert run.see(heard(voiced_seconds=0.0), 9.0 + STEP_SECONDS) == "Microphone"
    assert run.found["Light"] == OK and not run.good
    assert run.see(GOOD, 9.0 + 2 * STEP_SECONDS) is None
    assert "Say a few words" in run.found["Microphone"], "what comes after the end does not count"


def test_the_step_at_work_says_what_to_do_and_the_others_what_was_found():
    run = CheckRun(["Light", "Size of the face", "Microphone"], begun_s=0.0, found={"Light": "Turn <to> a lamp."})
    html = steps_html(run, "Size of the face")
    assert "! Light" in html and "Turn &lt;to&gt; a lamp." in html
    assert "… Size of the face" in html and "· Microphone" in html
