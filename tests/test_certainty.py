"""When an answer names a word, and when it is unsure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion import certainty, metrics
from emotion.certainty import MODALITIES, fit_sure_above, sure_above, verdict
from emotion.fusion import fuse
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.paths import MODELS


@pytest.fixture
def half(monkeypatch):
    """Every answer below one half is unsure."""
    monkeypatch.setattr(certainty, "sure_above", lambda: dict.fromkeys(MODALITIES, 0.5))


def answer(labels=FACE_LABELS, **shares) -> np.ndarray:
    probs = np.full(len(labels), (1 - sum(shares.values())) / (len(labels) - len(shares)))
    for label, share in shares.items():
        probs[labels.index(label)] = share
    return probs


def test_a_sure_answer_is_one_word(half):
    found = verdict(answer(happy=0.6, surprise=0.3), FACE_LABELS, "face", why="dark")
    assert (found.label, found.sure, found.words, found.reason) == ("happy", True, "happy", "")


def test_an_unsure_answer_names_two_words_and_says_why(half):
    probs = answer(VOICE_LABELS, happy=0.4, calm=0.35)
    found = verdict(probs, VOICE_LABELS, "voice")
    assert found.words == "unsure – happy or calm" and found.reason == certainty.NO_WORD
    assert verdict(probs, VOICE_LABELS, "voice", why="much noise").reason == "much noise"
    assert verdict(np.full(7, 1 / 7), FACE_LABELS, "together").sure is False
    assert verdict(np.eye(7)[3], FACE_LABELS, "together").sure is True


def test_together_is_unsure_where_face_and_voice_disagree(half):
    one = fuse(answer(happy=0.45, sad=0.2), answer(VOICE_LABELS, sad=0.45, happy=0.2))
    assert not one.sure and one.words.startswith("unsure – ") and one.reason == "face says happy, voice says sad"
    assert fuse(answer(happy=0.8), answer(VOICE_LABELS, happy=0.8)).words == "happy"
    alone = fuse(answer(happy=0.3), None)
    assert not alone.sure and alone.reason == f"face only; {certainty.NO_WORD}"


def test_the_threshold_is_the_least_one_with_few_wrong_answers():
    confidence = np.linspace(0.3, 0.99, 200)
    right = confidence > 0.62  # below it all are wrong
    threshold = fit_sure_above(right, confidence)
    above = confidence >= threshold
    assert (~right)[above].mean() <= certainty.MOST_WRONG < (~right)[confidence >= threshold - 0.01].mean()
    assert fit_sure_above(np.ones(5, bool), np.full(5, 0.2)) == 0
    assert fit_sure_above(np.zeros(5, bool), np.full(5, 0.9)) == 1, "no answer is sure"
    # a wrong source that counts a tenth
    weights = np.where(np.arange(20) < 10, 0.1, 1.0)
    assert fit_sure_above(np.arange(20) >= 10, np.full(20, 0.5), weights) == 0


def test_risk_and_coverage():
    curve = metrics.risk_coverage(np.array([False, True, True, True]), np.array([0.2, 0.4, 0.6, 0.8]), steps=10)
    assert curve[0] == {"threshold": 0.0, "coverage": 1.0, "risk": 0.25}
    assert [p["coverage"] for p in curve] == [1, 1, 1, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25]
    assert curve[3]["risk"] == 0


def test_the_app_s_thresholds_are_learned():
    card = json.loads((MODELS / "fusion.json").read_text())
    assert sure_above() == card["sure_above"] and all(0.2 < t < 1 for t in sure_above().values())
