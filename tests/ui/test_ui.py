"""Pieces of the pages that are plain functions."""

from __future__ import annotations

import re

import numpy as np
import pytest

from emotion.labels import FACE_LABELS
from ui.panels import REASONS, readout, style
from ui.plots.live_plots import circumplex_svg, timeline_svg
from ui.webrtc import (
    OWN_TURN_VARIABLES,
    RELAY_ONLY_VARIABLE,
    SOURCES,
    TURN_VARIABLES,
    TurnError,
    constraints,
    insecure_host,
    rtc_configuration,
)

PROBS = np.array([0.05, 0.05, 0.1, 0.5, 0.1, 0.1, 0.1], np.float32)


def test_readout_names_the_answer_its_percentage_and_a_bar_per_class(monkeypatch):
    monkeypatch.setattr("emotion.certainty.sure_above", lambda: {"face": 0.4})
    html = readout("Face", PROBS, FACE_LABELS)
    assert "<h3>Face</h3>" in html and ">happy</span><span class='percent'>50%" in html
    assert re.findall(r"width:([\d.]+)%", html) == ["5.0", "5.0", "10.0", "50.0", "10.0", "10.0", "10.0"]


def test_readout_of_an_unsure_answer_names_two_words_and_says_why(monkeypatch):
    monkeypatch.setattr("emotion.certainty.sure_above", lambda: {"face": 0.6})
    html = readout("Face", PROBS, FACE_LABELS, reason="little light on the face", note="#1")
    assert ">unsure – happy or surprise</span>" in html and "little light on the face; #1" in html


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_readout_without_an_answer_says_why(reason):
    html = readout("Voice", None, FACE_LABELS, reason=reason)
    assert REASONS[reason] in html and "percent" not in html


def test_the_style_has_a_rule_for_each_piece():
    for name in (".readout", ".vitals", ".chart", ".target", ".scores"):
        assert f"{name} " in style()


def test_words_from_outside_are_escaped():
    assert "<script>" not in readout("Face", None, FACE_LABELS, reason="<script>alert(1)</script>")


def test_timeline_breaks_where_nothing_was_judged():
    joined = timeline_svg([(-3.0, PROBS), (-2.5, PROBS), (-2.0, PROBS)], FACE_LABELS, span_s=60)
    broken = timeline_svg([(-3.0, PROBS), (-2.5, None), (-2.0, PROBS)], FACE_LABELS, span_s=60)
    assert joined.count("<polyline") == 7 and broken.count("<polyline") == 14
    assert timeline_svg([], FACE_LABELS, span_s=60).count("<polyline") == 0


def test_timeline_puts_now_right_and_certainty_on_top():
    def last_point(p):
        svg = timeline_svg([(-60.0, p), (-59.0, p)], ("happy",), span_s=60) + timeline_svg(
            [(0.0, p)], ("happy",), span_s=60
        )
        return [tuple(map(float, m.split(" ")[-1].split(","))) for m in re.findall(r'points="([^"]+)"', svg)]

    (old_x, sure_y), (now_x, _) = last_point(np.array([1.0]))
    _, unsure_y = last_point(np.array([0.0]))[0]
    assert now_x > old_x and sure_y < unsure_y


def test_circumplex_marks_the_newest_point():
    svg = circumplex_svg([(0.0, 0.0), (1.0, 1.0)])
    x, y = re.search(r'class="now" cx="([\d.]+)" cy="([\d.]+)"', svg).groups()
    assert (float(x), float(y)) == (300.0, 20.0)
    assert 'class="now"' not in circumplex_svg([])


@pytest.mark.parametrize(
    "url, host",
    [
        ("http://localhost:8501/", ""),
        ("http://127.0.0.1:8501", ""),
        ("https://example.org/app", ""),
        (None, ""),
        ("http://192.168.1.7:8501/", "192.168.1.7"),
        ("http://lab.example:8501", "lab.example"),
    ],
)
def test_plain_http_from_another_host_is_noticed(url, host):
    assert insecure_host(url) == host


def test_sources_ask_for_no_more_than_chosen():
    asked = {name: (bool(constraints(name)["video"]), bool(constraints(name)["audio"])) for name in SOURCES}
    assert asked == {
        "Camera and microphone": (True, True),
        "Camera only": (True, False),
        "Microphone only": (False, True),
    }


@pytest.fixture
def no_turn(monkeypatch):
    for name in (*TURN_VARIABLES, *OWN_TURN_VARIABLES, RELAY_ONLY_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_no_outside_server_without_turn_credentials(no_turn):
    assert rtc_configuration() == {"iceServers": []}
    no_turn.setenv("TWILIO_ACCOUNT_SID", "x")
    assert rtc_configuration() is None


def test_a_turn_server_of_ones_own(no_turn):
    no_turn.setenv("TWILIO_ACCOUNT_SID", "x")  # one's own comes first
    for name, value in zip(OWN_TURN_VARIABLES, ("turn:turn.example:3478", "ada", "secret")):
        no_turn.setenv(name, value)
    server = {"urls": ["turn:turn.example:3478"], "username": "ada", "credential": "secret"}
    assert rtc_configuration() == {"iceServers": [server]}
    no_turn.setenv(RELAY_ONLY_VARIABLE, "1")
    assert rtc_configuration() == {"iceServers": [server], "iceTransportPolicy": "relay"}


@pytest.mark.parametrize(
    "url, user, password, words",
    [
        ("turn:turn.example:3478", "ada", "", "set all three"),
        ("", "ada", "secret", "set all three"),
        ("turn.example:3478", "ada", "secret", "got 'turn.example:3478'"),
        ("stun:turn.example:3478", "ada", "secret", "turn:HOST:3478"),
    ],
)
def test_half_a_turn_server_is_an_error_in_words(no_turn, url, user, password, words):
    for name, value in zip(OWN_TURN_VARIABLES, (url, user, password)):
        no_turn.setenv(name, value)
    with pytest.raises(TurnError, match=words) as error:
        rtc_configuration()
    assert "secret" not in str(error.value)
