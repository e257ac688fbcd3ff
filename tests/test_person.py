"""A person's own neutral face, and answers as changes from it."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.labels import FACE_LABELS
from emotion.person import HALF_KNOWN_S, LEAST_LOG_PROB, NEUTRAL_AHEAD, person_of

NEUTRAL, SAD, DISGUST = (FACE_LABELS.index(n) for n in ("neutral", "sad", "disgust"))


def answer(**shares: float) -> np.ndarray:
    rest = (1 - sum(shares.values())) / (len(FACE_LABELS) - len(shares))
    return np.array([shares.get(label, rest) for label in FACE_LABELS])


def test_the_neutral_face_itself_is_neutral_and_no_other_word_stands_out():
    resting = answer(neutral=0.6, sad=0.3)  # a face that looks sad at rest
    person = person_of(resting[None], seconds=1e9)
    probs = person.changed(resting)
    assert probs.sum() == pytest.approx(1) and probs.argmax() == NEUTRAL
    np.testing.assert_allclose(np.delete(probs, NEUTRAL), probs[SAD], rtol=1e-5)
    assert np.log(probs[NEUTRAL] / probs[SAD]) == pytest.approx(NEUTRAL_AHEAD, abs=1e-5)


def test_a_small_change_of_a_neutral_face_is_told():
    person = person_of(answer(neutral=0.9)[None], seconds=1e9)
    slightly = answer(neutral=0.8, sad=0.15)
    assert slightly.argmax() == NEUTRAL and person.changed(slightly).argmax() == SAD
    both = person.changed(np.stack([slightly, answer(neutral=0.9)]))
    assert both.shape == (2, 7) and both.argmax(axis=1).tolist() == [SAD, NEUTRAL]


def test_little_that_was_seen_changes_little():
    resting, slightly = answer(neutral=0.9), answer(neutral=0.8, sad=0.15)
    sad = [person_of(resting[None], seconds=s).changed(slightly)[SAD] for s in (0, HALF_KNOWN_S, 10 * HALF_KNOWN_S)]
    assert sad[0] == pytest.approx(slightly[SAD]) and sad[0] < sad[1] < sad[2]


def test_a_word_that_never_came_does_not_win_by_a_trace():
    never = answer(neutral=0.97, disgust=1e-7)
    person = person_of(never[None], seconds=1e9)
    probs = person.changed(answer(neutral=0.9, disgust=1e-4, sad=0.08))
    assert probs.argmax() == SAD and np.log(1e-7) < LEAST_LOG_PROB


def test_without_a_picture_there_is_no_person():
    with pytest.raises(ValueError, match="at least one picture"):
        person_of(np.zeros((0, 7)), seconds=1)
