"""How the factors of a worse input are learned."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.fusion import pooled
from emotion.labels import FACE_LABELS
from emotion.training.fit_reliability import NAMES, Answers, fit_factors

WEIGHTS = {"face": 1.0, "voice": 1.0}
NEUTRAL = FACE_LABELS.index("neutral")


def answers(labels: np.ndarray, rng: np.random.Generator, modality: str, *, too_sure: float, neutral: float) -> Answers:
    """Calibrated answers, then made too sure, and too neutral, by the first of their costs."""
    n, j = len(labels), len(NAMES[modality])
    scores = rng.normal(0, 1, (n, 7)) + 1.5 * np.eye(7)[labels]
    true = np.exp(1.5 * scores)  # p(label | scores) of equal classes: proportional to exp(1.5 score)
    costs = np.zeros((n, j))
    costs[:, 0] = rng.uniform(0, 2, n)
    said = true ** np.exp(too_sure * costs[:, :1])
    said[:, NEUTRAL] *= np.exp(neutral * costs[:, 0])
    return Answers(labels, said / said.sum(axis=1, keepdims=True), costs, np.full(n, ""))


def fitted(**how) -> dict:
    rng = np.random.default_rng(0)
    faces = answers(rng.integers(0, 7, 4000), rng, "face", **how)
    voices = answers(rng.integers(0, 7, 2000), rng, "voice", too_sure=0.0, neutral=0.0)
    return fit_factors(faces, voices, WEIGHTS)


def test_answers_that_are_too_sure_get_a_smaller_exponent():
    found = fitted(too_sure=0.4, neutral=0.0)
    assert found["exponent"]["face"]["dark"] == pytest.approx(0.4, abs=0.1)
    assert found["exponent"]["voice"]["short"] == pytest.approx(0, abs=0.05)


def test_answers_that_are_neutral_too_readily_get_an_offset():
    found = fitted(too_sure=0.0, neutral=1.0)
    assert 0.4 < found["neutral"]["face"]["dark"] < 1.1, "the ridge holds it back"
    assert found["neutral"]["face"]["blur"] == pytest.approx(0.05, abs=0.06), "never seen: it stays near the start"


def test_no_factor_is_below_zero():
    found = fitted(too_sure=-0.3, neutral=-1.0)
    assert found["exponent"]["face"]["dark"] == found["neutral"]["face"]["dark"] == 0


def test_an_offset_lowers_neutral_alone():
    face = np.full((1, 7), 1 / 7)
    found = pooled(face, face, 1.0, 1.0, face_neutral_offset=np.array([[1.0]]))[0]
    assert found.argmin() == NEUTRAL and np.ptp(np.delete(found, NEUTRAL)) < 1e-9
