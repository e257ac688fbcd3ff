"""The face judge and a person's neutral: learned, asked for, and not inherited."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.judge import REST_SECONDS, SMOOTHING_S, FaceJudge
from emotion.labels import FACE_LABELS
from emotion.main_face import GONE_SECONDS
from emotion.person import NeutralFace

NEUTRAL, SAD = FACE_LABELS.index("neutral"), FACE_LABELS.index("sad")
RESTING = np.array([0.01, 0.01, 0.01, 0.01, 0.92, 0.02, 0.02], np.float32)
SLIGHTLY = np.array([0.01, 0.01, 0.01, 0.01, 0.8, 0.14, 0.02], np.float32)
LOOK_S = 0.1


class Shown:
    """A model that answers what the test says."""

    def __init__(self, answer: np.ndarray):
        self.answer = answer

    def predict(self, crops):
        return np.tile(self.answer, (len(crops), 1))


class Watched:
    """A judge that looks at one picture, ten times a second."""

    def __init__(self, picture: np.ndarray, **settings):
        self.model, self.picture, self.now_s = Shown(RESTING), picture, 0.0
        self.judge = FaceJudge(self.model, smoothing_s=0, **settings)

    def watch(self, answer: np.ndarray, seconds: float, picture: np.ndarray | None = None):
        """The last reading after so many seconds."""
        self.model.answer = answer
        for _ in range(round(seconds / LOOK_S)):
            reading = self.judge.look(self.picture if picture is None else picture, self.now_s)
            self.now_s += LOOK_S
        return reading


@pytest.fixture
def small_portrait(astronaut):
    return np.ascontiguousarray(astronaut[::2, ::2])  # found in a few milliseconds


def test_another_stream_begins_with_nobody_and_with_what_is_known_before(small_portrait):
    seen, known = Watched(small_portrait, adapt=True), NeutralFace(np.log(RESTING), 6.0, learned=True)
    seen.watch(RESTING, 3)
    seen.judge.model = seen.model = Shown(RESTING)  # chosen between two streams: `known` is of the new one
    seen.judge.begin_again(known)
    assert seen.watch(RESTING, LOOK_S).main.neutral.seconds == 6
    seen.judge.take_neutral()
    assert seen.watch(RESTING, 1).rest_left_s < REST_SECONDS and seen.judge.resting
    seen.judge.stop_resting()
    assert seen.watch(RESTING, 1).rest_left_s is None and not seen.judge.resting


def test_without_adapting_a_face_stays_as_it_is(small_portrait):
    main = Watched(small_portrait).watch(RESTING, 3).main
    assert main.as_it_is is None and main.neutral is None
    np.testing.assert_array_equal(main.probs, RESTING)


def test_a_face_that_was_asked_to_rest_is_judged_by_its_change(small_portrait):
    seen = Watched(small_portrait, adapt=True)
    assert seen.watch(SLIGHTLY, 0.5).main.probs.argmax() == NEUTRAL
    seen.judge.take_neutral()
    left = [seen.watch(RESTING, 1).rest_left_s for _ in range(round(REST_SECONDS))]
    assert left == sorted(left, reverse=True) and left[0] > REST_SECONDS - 2
    reading = seen.watch(SLIGHTLY, 0.5)
    assert reading.rest_left_s is None and not reading.main.neutral.learned
    assert reading.main.probs.argmax() == SAD and reading.main.neutral.seconds == REST_SECONDS
    np.testing.assert_array_equal(reading.main.as_it_is, SLIGHTLY)
    seen.judge.adapt = False  # at once, and back
    np.testing.assert_array_equal(seen.watch(SLIGHTLY, LOOK_S).main.probs, SLIGHTLY)
    seen.judge.adapt = True
    assert seen.watch(SLIGHTLY, LOOK_S).main.probs.argmax() == SAD


def test_the_answer_follows_a_change_within_a_second_and_a_half(small_portrait):
    seen = Watched(small_portrait, adapt=True)
    seen.judge.smoothing_s = SMOOTHING_S
    seen.watch(RESTING, 40)
    sadder = np.array([0.01, 0.01, 0.01, 0.01, 0.6, 0.34, 0.02], np.float32)
    assert seen.watch(sadder, LOOK_S).main.probs.argmax() == NEUTRAL
    assert seen.watch(sadder, 1.4).main.probs.argmax() == SAD


def test_the_next_person_does_not_inherit_a_neutral(small_portrait):
    seen, nobody = Watched(small_portrait, adapt=True), np.full_like(small_portrait, 128)
    seen.judge.take_neutral()
    seen.watch(RESTING, REST_SECONDS + 0.5)
    before = seen.watch(SLIGHTLY, LOOK_S).main
    assert not before.neutral.learned
    seen.watch(RESTING, GONE_SECONDS + 0.5, nobody)
    after = seen.watch(SLIGHTLY, 0.5).main
    assert after.track != before.track and after.neutral.learned and after.neutral.seconds < 0.5
    assert after.probs.argmax() == NEUTRAL


def test_a_rest_without_a_face_waits_and_one_that_goes_away_is_given_up(small_portrait):
    seen, nobody = Watched(small_portrait, adapt=True), np.full_like(small_portrait, 128)
    seen.judge.take_neutral()
    assert seen.watch(RESTING, 2, nobody).rest_left_s == REST_SECONDS
    assert seen.watch(RESTING, 1).rest_left_s < REST_SECONDS
    assert seen.watch(RESTING, REST_SECONDS, nobody).rest_left_s is None
    assert seen.watch(RESTING, 0.5).main.neutral.learned
    seen.judge.take_neutral()
    seen.judge.begin_again()
    assert seen.watch(RESTING, LOOK_S).rest_left_s is None


def test_what_is_neutral_to_one_model_is_not_to_another(small_portrait):
    seen = Watched(small_portrait, adapt=True)
    seen.judge.take_neutral()
    assert not seen.watch(RESTING, REST_SECONDS + 0.5).main.neutral.learned
    seen.judge.model = seen.model = Shown(RESTING)
    main = seen.watch(RESTING, 0.3).main
    assert main.neutral.learned and main.neutral.seconds < 0.3
