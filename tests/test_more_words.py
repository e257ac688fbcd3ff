"""Contempt and calm beside the seven words: what they take from the others, and when they are named."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.fusion import fuse
from emotion.judge import FaceJudge
from emotion.labels import (
    CIRCUMPLEX,
    COLOURS,
    EMOJI,
    FACE_LABELS,
    MORE_FACE_LABELS,
    MORE_LABELS,
    VOICE_LABELS,
)
from emotion.more_words import with_contempt, with_more_words
from emotion.shown_word import ShownWord
from tests.support_world import distribution, face_answer

CALM, CONTEMPT, NEUTRAL = (MORE_LABELS.index(word) for word in ("calm", "contempt", "neutral"))


def voice_answer(**shares: float) -> np.ndarray:
    rest = (1 - sum(shares.values())) / (len(VOICE_LABELS) - len(shares))
    return np.array([shares.get(label, rest) for label in VOICE_LABELS])


def test_every_word_has_a_colour_a_sign_and_a_place():
    for of in (COLOURS, EMOJI, CIRCUMPLEX):
        assert set(of) == set(MORE_LABELS)
    assert MORE_FACE_LABELS[:7] == FACE_LABELS == MORE_LABELS[:7], "the index of a usual word stays"


@pytest.mark.parametrize("contempt", [0.0, 0.25, 1.0])
def test_contempt_takes_from_all_alike(contempt):
    seven = np.random.default_rng(0).dirichlet(np.ones(7), 5)
    eight = with_contempt(seven, np.full(5, contempt))
    assert eight.shape == (5, 8) and eight.sum(axis=1) == pytest.approx(np.ones(5))
    np.testing.assert_allclose(eight[:, :7], seven * (1 - contempt))


def test_calm_takes_from_neutral_as_the_voice_says():
    seven = face_answer(neutral=0.8)
    both = with_more_words(seven, voice=voice_answer(calm=0.6, neutral=0.2))
    assert both[[CALM, NEUTRAL]] == pytest.approx([0.6, 0.2]) and both.sum() == pytest.approx(1)
    np.testing.assert_allclose(np.delete(both, [CALM, CONTEMPT, NEUTRAL]), np.delete(seven, NEUTRAL))
    assert with_more_words(seven)[CALM] == 0, "without a voice nothing is calm"
    silent = with_more_words(seven, voice=np.eye(8)[VOICE_LABELS.index("angry")])
    assert np.isfinite(silent).all() and silent[NEUTRAL] == pytest.approx(0.8)


def test_without_more_words_the_joint_judgement_is_as_it_was():
    face, voice = face_answer(neutral=0.9), voice_answer(calm=0.9)
    plain = fuse(face, voice, contempt=0.9)
    assert plain.label == "neutral" and plain.more is None and plain.labels == FACE_LABELS
    assert plain.answer is plain.probs


def test_contempt_and_calm_are_named_where_they_lead():
    face, voice = face_answer(neutral=0.9), voice_answer(calm=0.9)
    calm = fuse(face, voice, more_words=True)
    assert calm.label == "calm" and calm.labels == MORE_LABELS and calm.answer.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(calm.probs, fuse(face, voice).probs)
    assert fuse(face, voice, more_words=True, contempt=0.7).label == "contempt"
    assert "face says contempt" in fuse(face, voice, more_words=True, contempt=0.7).reason
    assert fuse(face, None, more_words=True).label == "neutral"
    assert fuse(None, voice, more_words=True, contempt=0.7).label == "calm", "no face, no contempt"


def test_an_unreliable_voice_or_face_adds_no_word():
    face, voice = face_answer(neutral=0.9), voice_answer(calm=0.9)
    assert fuse(face, voice, more_words=True, voice_reliability=0).more[CALM] == 0
    assert fuse(face, voice, more_words=True, face_reliability=0, contempt=0.7).more[CONTEMPT] == 0


@pytest.mark.parametrize("contempt", [-0.1, 1.1, float("nan")])
def test_contempt_that_is_no_probability_is_refused(contempt):
    with pytest.raises(ValueError, match="contempt"):
        fuse(face_answer(happy=0.9), more_words=True, contempt=contempt)


def test_the_shown_word_survives_the_switch():
    shown = ShownWord()
    assert shown.see(distribution(CALM, 9), 0.0) == CALM
    assert shown.see(distribution(2, 7), 0.1) == 2, "a word that is no longer there is not shown"
    assert shown.see(distribution(CONTEMPT, 9), 0.2) == CONTEMPT


class Plain:
    """A face model that cannot tell contempt."""

    card: dict = {}

    def predict(self, crops):
        return np.tile(face_answer(neutral=0.9).astype(np.float32), (len(crops), 1))


class Contemptuous(Plain):
    """One that can, and says what the test wants."""

    def __init__(self, contempt: float):
        self.contempt = contempt

    def predict_with_contempt(self, crops):
        return self.predict(crops), np.full(len(crops), self.contempt, np.float32)


def test_a_judge_tells_contempt_only_where_it_is_asked_for(astronaut):
    judge, picture = FaceJudge(Contemptuous(0.8), smoothing_s=0), astronaut[::2, ::2]
    plain = judge.look(picture, 0.0).main
    assert plain.contempt is None and plain.labels == FACE_LABELS and plain.answer is plain.probs
    judge.more_words = True
    asked = judge.look(picture, 0.1).main
    assert asked.contempt == pytest.approx(0.8) and asked.labels[asked.shown] == "contempt"
    assert asked.answer.sum() == pytest.approx(1) and asked.probs == pytest.approx(plain.probs)
    judge.more_words = False
    again = judge.look(picture, 0.2).main
    assert again.contempt is None and again.labels[again.shown] == "neutral"


def test_contempt_is_smoothed_along_its_track(astronaut):
    model = Contemptuous(0.0)
    judge, picture = FaceJudge(model, smoothing_s=0.5, more_words=True), astronaut[::2, ::2]
    judge.look(picture, 0.0)
    model.contempt = 1.0
    between = judge.look(picture, 0.1).main.contempt
    assert between == pytest.approx(1 - np.exp(-0.1 / 0.5), abs=1e-4)


def test_a_model_that_cannot_tell_contempt_keeps_the_seven(astronaut):
    found = FaceJudge(Plain(), smoothing_s=0, more_words=True).look(astronaut[::2, ::2], 0.0).main
    assert found.contempt is None and found.labels == FACE_LABELS
