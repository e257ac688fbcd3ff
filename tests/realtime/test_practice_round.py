"""Practice rounds: what is counted, the scores, the sentences."""

from __future__ import annotations

import random

import pytest

from emotion.realtime.practice_round import (
    SLOTS,
    TARGETS,
    VOICE_FROM_SECONDS,
    WINDOW_SECONDS,
    Round,
    advance,
    phase,
    random_target,
    result_of,
    seconds_left,
    so_far,
)
from emotion.realtime.practice_words import HINTS, explain
from emotion.realtime.session import Moment
from tests.support_practice import BEGAN, OPENS, face, played, voice

WORDS = {"no face": "no face in the picture", "silence": "silence"}


def test_a_round_counts_down_opens_and_is_over():
    r = Round("happy", BEGAN)
    assert [phase(r, BEGAN + t) for t in (0, 2.99, 3.0, 8.99, 9.0)] == [
        "countdown",
        "countdown",
        "open",
        "open",
        "over",
    ]
    assert [seconds_left(r, BEGAN + t) for t in (0, 1, 3, 8, 20)] == [3, 2, 6, 1, 0]


def test_a_round_that_matches_fully_and_one_that_does_not_at_all():
    sure, none = (
        played("happy", lambda t: (face(happy=1.0), voice(happy=1.0), face(happy=1.0))),
        played("sad", lambda t: (face(happy=1.0), voice(happy=1.0), face(happy=1.0))),
    )
    for r, value in ((sure, 1.0), (none, 0.0)):
        result = result_of(r)
        assert [result.face.value, result.voice.value, result.together.value] == pytest.approx([value] * 3)
        assert result.agreement == 1.0
    assert result_of(none).face.rival == ("happy", pytest.approx(1.0))


def test_only_the_window_counts():
    """Happy in the countdown and after the end, sad in between."""
    said = lambda t: (face(sad=0.8) if 0 <= t < WINDOW_SECONDS else face(happy=0.99), None, None)  # noqa: E731
    assert result_of(played("sad", said)).face.value == pytest.approx(0.8)
    assert result_of(played("happy", said)).face.value == pytest.approx(0.2 / 6)


def test_half_seconds_count_alike_however_often_the_stream_spoke():
    def said(t):
        if t < 3:
            return face(happy=0.9), None, None
        return (face(happy=0.1), None, None) if t % 0.5 == 0 else (None, None, None)

    assert result_of(played("happy", said, every_s=0.25)).face.value == pytest.approx(0.5)
    assert result_of(played("happy", said, every_s=0.125)).face.value == pytest.approx(0.5)


def test_reading_the_same_history_twice_changes_nothing():
    moments = [Moment(-0.5, face(happy=0.7), None, None), Moment(-0.25, face(happy=0.7), None, None)]
    once = advance(Round("happy", BEGAN), now_s=OPENS + 1, moments=moments)
    later = [Moment(m.time_s - 0.25 + 0.001, m.face, m.voice, m.together) for m in moments]
    assert len(once.samples) == 2 and advance(once, now_s=OPENS + 1.25, moments=later) is once


def test_calm_counts_as_neutral():
    result = result_of(played("neutral", lambda t: (None, voice(calm=0.5, neutral=0.3), face(neutral=0.8))))
    assert result.voice.value == pytest.approx(0.8) and result.face.value is None


def test_a_voice_that_still_hears_the_countdown_is_left_out():
    """Happy speech during the countdown keeps the first voice judgements happy; only the face speaks for that time."""

    def said(t):
        early = t < VOICE_FROM_SECONDS
        return (
            face(sad=0.6),
            voice(happy=1.0) if early else voice(sad=0.9),
            face(happy=1.0) if early else face(sad=0.95),
        )

    result = result_of(played("sad", said))
    assert result.voice.value == pytest.approx(0.9) and result.voice.curve[:3] == (None,) * 3
    assert result.voice.possible == SLOTS - 3 == result.voice.judged
    assert result.together.curve[0] == pytest.approx(0.6) and result.together.curve[-1] == pytest.approx(0.95)


def test_what_was_not_judged_is_told_and_does_not_count():
    gone = lambda t: t >= 4  # noqa: E731
    r = played(
        "happy",
        lambda t: (None if gone(t) else face(happy=0.9), None, None if gone(t) else face(happy=0.9)),
        reasons=lambda t: ("no face" if gone(t) else "", "silence"),
    )
    result = result_of(r)
    assert result.face.value == pytest.approx(0.9) and (result.face.judged, result.face.possible) == (8, 12)
    assert result.face.reasons == (("no face", 4),) and result.voice.value is None
    said = explain(result, reasons=WORDS)
    assert said["face"][0] == "Judged for 4 of 6 s; not judged: no face in the picture (2 s)."
    assert said["voice"][0] == "Judged for 0 of 4.5 s; not judged: silence (4.5 s)." and "No score" in said["voice"][1]
    assert said["together"][0] == "This score comes from the face alone."


def test_too_little_judged_is_no_score():
    result = result_of(
        played(
            "happy",
            lambda t: (face(happy=1.0) if 2 <= t < 3 else None, None, None),
            reasons=lambda t: ("no face", "silence"),
        )
    )
    assert result.face.judged == 2 and result.face.value is None and result.face.rival is None
    assert (
        result.together.value is None
        and "neither the face nor the voice" in explain(result, reasons=WORDS)["together"][0]
    )


def test_together_has_a_score_whenever_face_or_voice_has():
    """Three of the voice's nine half seconds are a third, three of the window's twelve are not."""
    heard = lambda t: 3 <= t < 4.5  # noqa: E731
    result = result_of(
        played("sad", lambda t: (None, voice(sad=0.6) if heard(t) else None, face(sad=0.6) if heard(t) else None))
    )
    assert result.voice.judged == 3 and result.together.value == result.voice.value == pytest.approx(0.6)


def test_a_stream_that_said_nothing_has_no_score_and_a_reason():
    result = result_of(Round("fear", BEGAN))
    assert result.face.value is result.voice.value is result.together.value is result.agreement is None
    assert result.face.reasons == (("no picture", 12),) and result.face.best is None
    assert all(explain(result, reasons=WORDS).values())


def test_strongest_and_weakest_moment_and_the_next_emotion():
    rising = lambda t: (face(surprise=0.1 + 0.1 * max(0, int(t)), fear=0.3), None, None)  # noqa: E731
    score = result_of(played("surprise", rising)).face
    assert score.best == (5.25, pytest.approx(0.6)) and score.weakest == (0.25, pytest.approx(0.1))
    assert score.rival == ("fear", pytest.approx(0.3)) and score.value == pytest.approx(0.35)
    text = explain(result_of(played("surprise", rising)), reasons=WORDS)["face"]
    assert (
        "The next emotion was fear: 30% on average." in text
        and "Strongest at 5.2 s (60%), weakest at 0.2 s (10%)." in text
    )
    steady = explain(
        result_of(played("surprise", lambda t: (face(surprise=0.2, fear=0.5), None, None))), reasons=WORDS
    )["face"]
    assert (
        "It looked more like fear: 50% on average." in steady and "About the same all the time, 20% to 20%." in steady
    )


def test_agreement_of_face_and_voice_is_told():
    def said(t):
        return face(happy=0.8), voice(angry=0.7) if t < 3 else voice(happy=0.6), face(happy=0.9)

    result = result_of(played("happy", said))
    assert result.agreement == pytest.approx(6 / 9) and result.disagreement == ("happy", "angry")
    text = " ".join(explain(result, reasons=WORDS)["together"])
    assert (
        "agreed for 67%" in text
        and "face mostly said happy and the voice angry" in text
        and "Together is higher than face and voice alone" in text
    )
    agreed = explain(
        result_of(played("happy", lambda t: (face(happy=0.8), voice(happy=0.6), face(happy=0.7)))), reasons=WORDS
    )["together"]
    assert agreed[0].startswith("Face and voice always agreed") and "The face raised the score" in agreed[1]


def test_every_target_has_a_hint_and_comes_up_but_not_twice_in_a_row():
    assert set(HINTS) == set(TARGETS)
    rng, before, seen = random.Random(0), None, set()
    for _ in range(200):
        drawn = random_target(but=before, rng=rng)
        assert drawn != before
        seen.add(drawn)
        before = drawn
    assert seen == set(TARGETS)


def test_the_score_so_far_is_the_mean_of_what_was_judged_until_now():
    assert so_far(Round("happy", BEGAN)) is None
    rising = lambda t: (face(happy=0.2 if t < 1 else 0.6), None, face(happy=0.2 if t < 1 else 0.6))  # noqa: E731
    moments = [Moment(t - 2, *rising(t)) for t in (0.0, 0.25, 0.5, 1.0)]
    half_way = advance(Round("happy", BEGAN), now_s=OPENS + 2, moments=moments)
    assert so_far(half_way) == pytest.approx((0.2 + 0.2 + 0.6) / 3)
    whole = played("happy", rising)
    assert so_far(whole) == pytest.approx(result_of(whole).together.value)


def test_what_made_the_input_hard_is_counted_where_it_was_judged():
    moments = [Moment(-0.5, face(happy=0.7), None, None), Moment(-0.25, None, voice(happy=0.7), None)]
    r = advance(
        Round("happy", BEGAN), now_s=OPENS + 3, moments=moments, face_hard="the head is turned", voice_hard="much noise"
    )
    result = result_of(r)
    assert result.face.hard == (("the head is turned", 1),) and result.voice.hard == (("much noise", 1),)
    assert result.face.words == (*[None] * 5, "happy", *[None] * 6)
