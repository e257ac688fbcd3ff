"""Temperature and offsets."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.calibration import add_offsets, apply_temperature, fit_offset, fit_temperature
from emotion.predict import load_face_model


def test_an_offset_adds_log_odds():
    probs = np.array([[0.2, 0.3, 0.5]])
    np.testing.assert_allclose(add_offsets(probs, np.log([2, 1, 1])), [[0.4, 0.3, 0.5]] / np.float64(1.2), rtol=1e-6)
    back = add_offsets(add_offsets(probs, np.array([0.4, 0, 0])), np.array([-0.4, 0, 0]))
    np.testing.assert_allclose(back, probs, rtol=1e-6)


def test_half_of_the_best_offset_of_the_word_that_is_answered_too_rarely():
    """Answers whose odds for class 1 are a third of what they should be."""
    rng = np.random.default_rng(0)
    true = rng.dirichlet([1, 1, 1], 20_000)
    labels = (true.cumsum(axis=1) > rng.random((len(true), 1))).argmax(axis=1)
    rarest, offset = fit_offset(labels, add_offsets(true, np.log([1, 1 / 3, 1])))
    assert rarest == 1 and offset == pytest.approx(np.log(3) / 2, abs=0.05)


def test_calibrated_again_by_what_it_was_calibrated_with_it_stays():
    rng = np.random.default_rng(1)
    true = rng.dirichlet([0.5] * 4, 20_000)
    labels = (true.cumsum(axis=1) > rng.random((len(true), 1))).argmax(axis=1)
    assert fit_temperature(labels, apply_temperature(true, 0.5)) == pytest.approx(2, rel=0.05)


def test_the_served_model_says_what_its_card_says():
    """Its offsets are applied after the temperature."""
    model, faces = load_face_model("fast"), np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    given = model.card.get("class_offsets", {})
    assert {label: o for label, o in zip(model.labels, model.offsets) if o} == given
    answers = model.predict(faces)
    model.offsets = np.zeros(7)
    np.testing.assert_allclose(
        add_offsets(model.predict(faces), np.array([given.get(label, 0) for label in model.labels])), answers, atol=1e-6
    )
