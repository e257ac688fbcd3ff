"""A person's own neutral face, and answers as changes from it."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.person import (
    FORGOTTEN_S,
    HALF_HEARD_S,
    HALF_KNOWN_S,
    LEAST_LOG_PROB,
    LONGEST_LOOK_S,
    MORE_EXPECTED,
    MOST_LEARNED,
    NEUTRAL_AHEAD,
    SHARPER,
    LearnedCentre,
    LearnedNeutral,
    SpeakerCentre,
    neutral_face,
)
from tests.support_world import face_answer

NEUTRAL, SAD, HAPPY, FEAR = (FACE_LABELS.index(n) for n in ("neutral", "sad", "happy", "fear"))


def test_the_neutral_face_itself_is_neutral_and_no_other_word_stands_out():
    resting = face_answer(neutral=0.6, sad=0.3)  # a face that looks sad at rest
    person = neutral_face(resting[None], seconds=1e9)
    probs = person.changed(resting)
    assert probs.sum() == pytest.approx(1) and probs.argmax() == NEUTRAL
    np.testing.assert_allclose(np.delete(probs, NEUTRAL), probs[SAD], rtol=1e-5)
    assert np.log(probs[NEUTRAL] / probs[SAD]) == pytest.approx(SHARPER * NEUTRAL_AHEAD, abs=1e-5)


def test_a_small_change_of_a_neutral_face_is_told():
    person = neutral_face(face_answer(neutral=0.9)[None], seconds=1e9)
    slightly = face_answer(neutral=0.8, sad=0.15)
    assert slightly.argmax() == NEUTRAL and person.changed(slightly).argmax() == SAD
    both = person.changed(np.stack([slightly, face_answer(neutral=0.9)]))
    assert both.shape == (2, 7) and both.argmax(axis=1).tolist() == [SAD, NEUTRAL]


def test_little_that_was_seen_changes_little():
    resting, slightly = face_answer(neutral=0.9), face_answer(neutral=0.8, sad=0.15)
    sad = [neutral_face(resting[None], seconds=s).changed(slightly)[SAD] for s in (0, HALF_KNOWN_S, 10 * HALF_KNOWN_S)]
    assert sad[0] == pytest.approx(slightly[SAD]) and sad[0] < sad[1] < sad[2]


def test_a_word_that_never_came_does_not_win_by_a_trace():
    never = face_answer(neutral=0.97, disgust=1e-7)
    person = neutral_face(never[None], seconds=1e9)
    probs = person.changed(face_answer(neutral=0.9, disgust=1e-4, sad=0.08))
    assert probs.argmax() == SAD and np.log(1e-7) < LEAST_LOG_PROB


def test_without_a_picture_there_is_no_person():
    with pytest.raises(ValueError, match="at least one picture"):
        neutral_face(np.zeros((0, 7)), seconds=1)


# --- learned from what is seen ---


def seen(*shown: tuple[np.ndarray, float]) -> LearnedNeutral:
    """Answers, each for so many seconds, a look every tenth of a second."""
    learned, now_s = LearnedNeutral(), 0.0
    for probs, seconds in shown:
        for _ in range(round(seconds * 10)):
            learned.see(probs, now_s)
            now_s += 0.1
    return learned


def test_what_is_neutral_is_learned_and_a_small_change_from_it_told():
    resting, slightly = face_answer(neutral=0.9, sad=0.02), face_answer(neutral=0.8, sad=0.15)
    for seconds, word in ((1, NEUTRAL), (120, SAD)):
        person = seen((resting, seconds), (slightly, 2)).face
        assert person.learned and person.changed(slightly).argmax() == word
        assert person.changed(resting).argmax() == NEUTRAL
    assert LearnedNeutral().face is None


def test_whoever_smiles_all_the_time_is_still_smiling():
    smiling = face_answer(happy=0.9)
    assert seen((smiling, 3600)).face.changed(smiling)[HAPPY] > 0.85
    # nor do outbursts change what is neutral
    resting = face_answer(neutral=0.9)
    calm, lively = seen((resting, 60)).face, seen((resting, 60), (smiling, 60)).face
    np.testing.assert_allclose(calm.log_probs, lively.log_probs, atol=0.1)


def test_no_more_than_so_much_is_taken_off():
    resting = face_answer(neutral=0.999)
    person = seen((resting, 600)).face
    before, after = (np.log(p[SAD] / p[NEUTRAL]) for p in (resting, person.changed(resting)))
    assert 0 < after - before * SHARPER <= SHARPER * 2 * MOST_LEARNED + 1e-6


def test_what_was_seen_long_ago_fades_and_a_gap_counts_for_nothing():
    early, late = face_answer(neutral=0.8, sad=0.15), face_answer(neutral=0.8, fear=0.15)
    person = seen((early, 60), (late, 1200)).face
    assert person.log_probs[FEAR] > person.log_probs[SAD] + 1
    learned = LearnedNeutral()
    for now_s in (0.0, 100.0, 50.0):
        learned.see(early, now_s)
    assert learned.face.seconds <= LONGEST_LOOK_S


def test_a_speakers_centre_is_believed_as_far_as_it_was_heard():
    offset = np.array([2.0, -4.0])
    for seconds, share in ((0.0, 0.0), (HALF_HEARD_S, 0.5), (1e9, 1.0)):
        np.testing.assert_allclose(SpeakerCentre(offset, seconds).believed, share * offset, rtol=1e-5)


def test_ten_angry_sentences_do_not_make_anger_usual():
    """Sound of a speaker who is off by (1, 0), and is angry or sad, which are known to be off by (0, 5) and (0, -5)."""
    angry, sad = (VOICE_LABELS.index(label) for label in ("angry", "sad"))
    differences = np.zeros((len(VOICE_LABELS), 2))
    differences[angry, 1], differences[sad, 1] = 5.0, -5.0
    share = 1 / (1 + MORE_EXPECTED)  # what training takes of the differences
    learned = LearnedCentre()
    for i, emotion in enumerate([angry] * 10 + [sad]):
        sound = np.array([1.0, 0.0]) + differences[emotion]
        probs = np.eye(len(VOICE_LABELS))[emotion]
        learned.hear(probs, sound - share * differences, seconds=3, time_s=3.0 * i)
    np.testing.assert_allclose(learned.centre.offset, [1, 0], atol=1e-9)


def test_no_emotion_counts_for_much_more_than_another():
    """Where what is expected of anger is wrong by (0, 3), ten angry clips count less than their number."""
    angry, sad = (VOICE_LABELS.index(label) for label in ("angry", "sad"))
    learned, offsets = LearnedCentre(), np.zeros((len(VOICE_LABELS), 1))
    for emotion, clips in ((angry, 30), (sad, 3)):
        for _ in range(clips):
            wrong = offsets + (3.0 if emotion == angry else 0.0)
            learned.hear(np.eye(len(VOICE_LABELS))[emotion], wrong, seconds=3, time_s=0)
    assert 1.5 < learned.centre.offset[0] < 2.0 and learned.centre.seconds == 99


def test_a_voice_that_was_heard_long_ago_fades():
    learned, like = LearnedCentre(), np.full(len(VOICE_LABELS), 1 / len(VOICE_LABELS))
    early, late = np.full((len(VOICE_LABELS), 1), 1.0), np.full((len(VOICE_LABELS), 1), -1.0)
    assert learned.centre is None
    learned.hear(like, early, seconds=10, time_s=0)
    learned.hear(like, late, seconds=10, time_s=10 * FORGOTTEN_S)
    assert learned.centre.offset[0] < -0.99 and learned.centre.seconds == pytest.approx(10, abs=0.01)
    learned.hear(like, late, seconds=10, time_s=0)  # a clock that goes back
    assert learned.centre.seconds == pytest.approx(20, abs=0.01)
