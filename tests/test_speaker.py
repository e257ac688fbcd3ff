"""Who speaks: known mouths and known sound; and whom Together is about."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.judge import HOP_SECONDS, STEPS_PER_HOP
from emotion.speaker import WINDOW_SECONDS, Joined, Speaker, SpeakerFinder, joined, movement
from tests.support_speech import STILL, Syllables, told

A, B = Syllables(1), Syllables(2)
still = lambda t: STILL + 0.002 * np.sin(40 * t)  # noqa: E731
nobody = lambda t: None  # noqa: E731


def names(said: list) -> list:
    return [s and s.track for s in said]


def test_the_one_whose_mouth_moves_speaks():
    said = told(SpeakerFinder(), {4: A.opening, 9: still}, A.level, 0, 8)
    assert names(said)[2:] == [4] * 14
    assert names(told(SpeakerFinder(), {4: still, 9: A.opening}, A.level, 0, 8))[2:] == [9] * 14


@pytest.mark.parametrize("seed", range(4))
def test_of_two_mouths_that_move_the_one_that_goes_with_the_sound_speaks(seed):
    speaks, moves = Syllables(seed), Syllables(seed + 50)
    said = names(told(SpeakerFinder(), {1: moves.opening, 2: speaks.opening}, speaks.level, 0, 20))[4:]
    assert said.count(2) >= 0.9 * len(said) and said.count(1) <= 0.05 * len(said)


def test_two_mouths_alike_are_several():
    said = told(SpeakerFinder(), {1: A.opening, 2: A.opening}, A.level, 0, 6)
    assert names(said) == [None] * 12 and said[-1].reason == "several mouths move"


def test_a_voice_from_elsewhere_is_nobodys():
    said = told(SpeakerFinder(), {1: still, 2: still}, A.level, 0, 6)
    assert names(said) == [None] * 12 and said[-1].reason == "no mouth moves"


def test_lips_without_a_voice_do_not_speak():
    said = told(SpeakerFinder(), {1: A.opening, 2: still}, nobody, 0, 6)
    assert names(said) == [None] * 12 and said[-1].reason == "no voice"


def test_with_one_face_there_is_nothing_to_choose():
    assert told(SpeakerFinder(), {1: A.opening}, A.level, 0, 4) == [None] * 8
    assert told(SpeakerFinder(), {}, A.level, 0, 4) == [None] * 8, "both absent"


def test_another_one_goes_on_and_is_named_within_a_second_and_a_half():
    finder = SpeakerFinder()
    told(finder, {1: A.opening, 2: still}, A.level, 0, 6)
    said = names(told(finder, {1: still, 2: B.opening}, B.level, 6, 12))
    assert said[3:] == [2] * 9


def test_a_face_that_leaves_while_it_speaks_is_named_until_its_voice_is_over():
    finder, there = SpeakerFinder(), lambda t: A.opening(t) if t < 6 else None
    told(finder, {1: there, 2: still}, A.level, 0, 6)
    said = told(finder, {1: there, 2: still}, nobody, 6, 6 + WINDOW_SECONDS + 1)
    assert names(said)[0] == 1 and names(said)[-1] is None and said[-1] is None, "one face is left"


def test_the_order_in_which_pictures_and_sound_come_does_not_matter():
    late, even = SpeakerFinder(), SpeakerFinder()
    wanted = names(told(even, {1: A.opening, 2: still}, A.level, 0, 4))
    for t in np.arange(0, 4, 0.08):
        late.see({1: A.opening(t), 2: still(t)}, t)
    got = []
    for k in range(8):
        steps = k * HOP_SECONDS + (np.arange(STEPS_PER_HOP) + 0.5) * HOP_SECONDS / STEPS_PER_HOP
        late.hear(np.array([[A.level(t), 1.0] for t in steps]), (k + 1) * HOP_SECONDS, HOP_SECONDS)
        got.append(late.name((k + 1) * HOP_SECONDS))
    assert names(got) == wanted


def test_memory_does_not_grow():
    finder = SpeakerFinder()
    for i in range(20_000):
        finder.see({i // 100: 0.1, i // 100 + 1: 0.1}, i * 0.05)
    assert sum(map(len, finder._mouths.values())) < 1000
    for k in range(2_000):
        finder.hear(np.zeros((STEPS_PER_HOP, 2)), (k + 1) * HOP_SECONDS, HOP_SECONDS)
    assert len(finder._sound) < 1000


def test_what_was_heard_twice_counts_once():
    finder = SpeakerFinder()
    finder.hear(np.ones((STEPS_PER_HOP, 2)), 0.5, HOP_SECONDS)
    finder.hear(np.ones((STEPS_PER_HOP, 2)), 0.7, HOP_SECONDS)
    assert len(finder._sound) == round(0.7 / HOP_SECONDS * STEPS_PER_HOP)


def test_looks_far_apart_are_no_movement():
    assert len(movement(np.array([[0.0, 0.1], [3.0, 0.2], [3.1, 0.1]]))) == 1


SOMEBODY = Speaker(0.0, 2)


@pytest.mark.parametrize(
    "speaker, judged, main, pinned, track, voice_too",
    [
        (None, [1], 1, None, 1, True),  # one face
        (None, [], None, None, None, True),  # no face: the voice alone
        (SOMEBODY, [1, 2], 1, None, 2, True),
        (SOMEBODY, [1, 2], 1, 1, 1, False),  # another one is pinned
        (SOMEBODY, [1, 2], 2, 2, 2, True),
        (SOMEBODY, [1], 1, None, 1, False),  # who speaks has left the picture: the voice is not the other one's
        (SOMEBODY, [], 2, None, None, True),  # both absent
        (Speaker(0.0, None, "several mouths move"), [1, 2], 1, None, 1, True),
        (Speaker(0.0, None, "no mouth moves"), [1, 2], None, None, None, True),  # the main face is away
    ],
)
def test_the_voice_joins_the_face_that_speaks_and_no_other(speaker, judged, main, pinned, track, voice_too):
    whose = joined(speaker, judged, main, pinned)
    assert (whose.track, whose.voice_too) == (track, voice_too)
    assert bool(whose.note) == (speaker is not None), "with several faces it says why"


def test_without_a_voice_nothing_is_said_of_the_speaker():
    assert joined(Speaker(0.0, None, "no voice"), [1, 2], 1) == Joined(1, True, "")
