"""The tip after a practice round: each follows from what was measured."""

from __future__ import annotations

import pytest

from emotion.realtime.practice_round import Round, result_of
from emotion.realtime.practice_tip import FACE_ADVICE, VOICE_ADVICE, advice, tip_of
from emotion.reliability import FACE_REASONS, VOICE_REASONS
from tests.support_practice import face, played, voice


def tip(target: str, said, **round_) -> str:
    return tip_of(result_of(played(target, said, **round_)))


def test_a_face_that_was_missing_for_a_third_of_the_round():
    gone = lambda t: t >= 4  # noqa: E731
    said = tip(
        "happy",
        lambda t: (None if gone(t) else face(happy=0.9), voice(happy=0.9), face(happy=0.9)),
        reasons=lambda t: ("no face" if gone(t) else "", ""),
    )
    assert said == "For 2 of 6 s no face was found: look at the camera, with the whole face in the picture."


def test_a_camera_that_stopped_during_the_round():
    gone = lambda t: t >= 1  # noqa: E731
    said = tip(
        "happy",
        lambda t: (None if gone(t) else face(happy=0.9), voice(happy=0.9), face(happy=0.9)),
        reasons=lambda t: ("no camera" if gone(t) else "", ""),
    )
    assert said.startswith("For 5 of 6 s no picture arrived: check the camera") and "press STOP, then START" in said


def test_a_face_that_was_away_for_a_moment_is_not_the_tip():
    said = tip(
        "happy",
        lambda t: (None if t < 1 else face(sad=0.9), None, face(sad=0.9)),
        reasons=lambda t: ("no face", ""),
        used=("face",),
    )
    assert said.startswith("Most of the time the model saw sad")


def test_a_voice_that_was_not_heard_though_the_microphone_was_chosen():
    said = lambda t: (face(happy=0.9), None, face(happy=0.9))  # noqa: E731
    reasons = lambda t: ("", "silence")  # noqa: E731
    assert tip("happy", said, reasons=reasons) == (
        "For 4.5 of 4.5 s nothing was said: say any sentence in the way of the emotion."
    )
    assert "said" not in tip("happy", said, reasons=reasons, used=("face",)), "nobody was asked to speak"
    other = tip("sad", said, reasons=reasons)
    assert other.startswith("Most of the time the model saw happy"), "a face that shows another word is told first"


def test_a_microphone_that_was_off_is_told_before_the_face():
    said = tip("sad", lambda t: (face(happy=0.9), None, face(happy=0.9)), reasons=lambda t: ("", "muted"))
    assert said == "For 4.5 of 4.5 s the microphone was switched off or covered: switch it on."


def test_an_input_that_was_hard_to_judge_where_the_target_was_not_the_word():
    hard = FACE_REASONS["dark"], VOICE_REASONS["noise"]
    heard = lambda word: lambda t: (face(**{word: 0.9}), None, face(**{word: 0.9}))  # noqa: E731
    assert tip("happy", heard("neutral"), hard=hard, used=("face",)) == (
        "There was little light on the face: put a light in front of you. That may be why it was not happy."
    )
    assert "light" not in tip("happy", heard("happy"), hard=hard, used=("face",))
    spoken = tip("sad", lambda t: (face(sad=0.9), voice(angry=0.9), face(sad=0.9)), hard=hard)
    assert spoken.startswith("There was much noise: come closer to the microphone")


@pytest.mark.parametrize(
    "said, expected",
    [
        ((face(neutral=0.8), voice(happy=0.8)), "The voice said happy, the face neutral: show happy in the face too."),
        ((face(happy=0.8), voice(angry=0.8)), "The face said happy, the voice angry: show happy in the voice too."),
    ],
)
def test_face_and_voice_that_say_different_words(said, expected):
    assert tip("happy", lambda t: (*said, face(happy=0.8))).startswith(expected)


def test_another_word_most_of_the_time_and_how_the_target_is_shown():
    said = lambda word: lambda t: (face(**{word: 0.6}, happy=0.3), voice(**{word: 0.7}), face(**{word: 0.6}))  # noqa: E731
    assert tip("happy", said("neutral")).startswith(
        "Most of the time the model saw neutral: show happy more strongly. "
    )
    assert tip("happy", said("fear")) == (
        "Most of the time the model saw fear: make clear that it is happy. "
        "Happy in the face: corners of the mouth up, cheeks raised, eyes narrow."
    )


def test_another_word_for_a_part_of_the_round_and_when():
    said = lambda t: (face(sad=0.7) if 2 <= t < 4.5 else face(happy=0.8), None, face(happy=0.8))  # noqa: E731
    assert tip("happy", said, used=("face",)).startswith("From 2 to 4.5 s the model saw sad: make clear")


def test_the_modality_with_more_of_another_word_is_the_one_named():
    said = lambda t: (face(happy=0.8) if t < 3.5 else face(fear=0.9), voice(fear=0.9), face(happy=0.8))  # noqa: E731
    both_fear = lambda t: (face(sad=0.5) if t < 3 else face(happy=0.45), voice(fear=0.9), face(happy=0.8))  # noqa: E731
    assert "the voice fear" in tip("happy", said)
    assert "the model heard fear" in tip("happy", both_fear)


@pytest.mark.parametrize(
    "weak, do",
    [
        (lambda t: t < 0.5, "begin with it as soon as the countdown is over"),
        (lambda t: 3 <= t < 3.5, "hold it without a break"),
        (lambda t: t >= 5.5, "hold it until the end"),
    ],
)
def test_the_weakest_moment_of_a_round_that_matched(weak, do):
    said = tip(
        "happy",
        lambda t: (face(happy=0.6 if weak(t) else 0.9), None, face(happy=0.9)),
        used=("face",),
    )
    assert said.startswith("The face was weakest at") and "(60%, against 90% at" in said and said.endswith(f": {do}.")


def test_a_steady_round_gets_its_figure_and_no_praise():
    said = tip("sad", lambda t: (face(sad=0.8), voice(sad=0.7), face(sad=0.8)))
    assert said == "The voice was 70% sad all the time. For more: Sad in the voice: slow, soft, low, with pauses."


def test_a_round_in_which_nothing_arrived():
    nothing = result_of(Round("fear", 0.0))
    assert tip_of(nothing).startswith("For 6 of 6 s the picture stood still")
    assert "no sound arrived" in tip_of(result_of(Round("fear", 0.0, used=("voice",))))


def test_there_is_advice_for_all_that_makes_an_input_hard_and_for_the_unknown():
    assert set(FACE_REASONS.values()) <= set(FACE_ADVICE) and set(VOICE_REASONS.values()) <= set(VOICE_ADVICE)
    assert advice("face", "something new").startswith("There was no answer: press STOP")
