"""Parts of the Practice page that need no stream: what stands over the picture, models in words, the chart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.checkpoint import read_card
from emotion.fusion import fuse
from emotion.labels import FACE_LABELS
from emotion.realtime.practice_round import COUNTDOWN_SECONDS, Round, Sample
from emotion.realtime.session import Snapshot
from tests.support import finished_round
from tests.support_practice import face
from ui.plots.practice_plot import curve_svg
from ui.practice_overlay import overlay, trouble_now
from ui.practice_setting import in_words

ROUND = Round("happy", 0.0)
COUNTING, OPEN = 1.5, COUNTDOWN_SECONDS + 1.5  # seconds since the round began


def snapshot(now_s: float, **changed) -> Snapshot:
    there = Snapshot(now_s=now_s, mode="hybrid", faces=None, face_reason="", voice=None, voice_reason="", together=None)
    return replace(there, **changed)


def test_the_clock_counts_down_and_then_tells_the_seconds_left():
    assert 'class="clock get-ready" role="timer">2<' in overlay(snapshot(COUNTING), "happy", ROUND)
    assert 'class="clock act-now" role="timer">5<' in overlay(snapshot(OPEN), "happy", ROUND)
    assert "clock" not in overlay(snapshot(OPEN), "happy", None)


def test_the_score_now_and_so_far():
    now = snapshot(OPEN, together=fuse(face(happy=0.62), None))
    played = replace(ROUND, samples=(Sample(0.0, None, None, face(happy=0.4)),))
    share = now.together.probs[FACE_LABELS.index("happy")]
    html = overlay(now, "happy", played)
    assert f"<b>{share:.0%}</b>" in html and "score <b>40%</b>" in html
    assert "<b>–</b>" in overlay(snapshot(OPEN), "happy", None) and "score" not in overlay(now, "happy", None)


@pytest.mark.parametrize("at_s", [COUNTING, OPEN])
def test_a_camera_that_stopped_and_a_face_that_is_gone_are_told_during_the_round(at_s):
    assert trouble_now(snapshot(at_s, face_reason="no camera"), ROUND).startswith(
        "No picture arrived: check the camera"
    )
    assert "look at the camera" in overlay(snapshot(at_s, face_reason="no face"), "happy", ROUND)
    assert not trouble_now(snapshot(at_s, face_reason="starting"), ROUND)
    assert not trouble_now(snapshot(at_s, face_reason="no camera"), replace(ROUND, used=("voice",)))


def test_silence_is_told_while_it_counts_and_a_muted_microphone_before():
    assert not trouble_now(snapshot(COUNTING, voice_reason="silence"), ROUND)
    assert trouble_now(snapshot(OPEN, voice_reason="silence"), ROUND).startswith("Nothing was said: say any sentence")
    assert "switch it on" in trouble_now(snapshot(COUNTING, voice_reason="muted"), ROUND)
    assert not trouble_now(snapshot(OPEN, voice_reason="no microphone"), replace(ROUND, used=("face",)))


def test_models_in_words():
    face_mark, voice_mark = (read_card(name)["sha256"][:12] for name in ("face_fast", "voice"))
    assert in_words(f"{face_mark}+{voice_mark}+a") == "face fast, voice fast, adapted"
    assert in_words(f"{face_mark}+{voice_mark}+01234567") == "face fast, voice fast, my voice"
    assert in_words("old+other") == "face of another version, voice of another version"
    assert in_words("others") == "face of another version, voice of another version"


def test_the_best_round_is_a_dashed_curve_on_the_same_axis():
    result = finished_round()
    alone, both = curve_svg(result), curve_svg(result, (None, *[0.5] * 11))
    assert "best-round" not in alone and "dashed" not in alone
    drawn = both.split('class="best-round"')[1]
    assert drawn.count("<circle") == 11 and both.count("<circle") == alone.count("<circle") + 11
    ours = both.split("<circle")[2].split('cx="')[1].split('"')[0]
    assert f'cx="{ours}"' in drawn, "the second half second stands at the same place"
    assert np.isfinite(float(ours))
