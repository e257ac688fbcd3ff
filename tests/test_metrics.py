"""Figures of merit and calibration against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from emotion import metrics
from emotion.calibration import apply_temperature, fit_temperature, negative_log_likelihood

LABELS = np.array([0, 0, 1, 2])
PROBS = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.2, 0.7, 0.1], [0.5, 0.2, 0.3]])  # says 0, 1, 1, 0


def test_accuracy_uar_and_confusion():
    assert metrics.accuracy(LABELS, PROBS) == 0.5
    assert metrics.uar(LABELS, PROBS) == pytest.approx((0.5 + 1 + 0) / 3)
    assert metrics.confusion(LABELS, PROBS.argmax(1), 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_per_class_and_macro_f1():
    rows = metrics.per_class(LABELS, PROBS)
    assert [r["support"] for r in rows] == [2, 1, 1]
    assert rows[1]["precision"] == 0.5 and rows[1]["recall"] == 1
    assert metrics.macro_f1(LABELS, PROBS) == pytest.approx((0.5 + 2 / 3 + 0) / 3)


def test_a_class_without_support_does_not_count():
    assert metrics.uar(np.array([0, 0]), np.array([[1, 0], [1, 0]])) == 1


def test_ece_of_a_calibrated_and_of_an_overconfident_model():
    labels = np.array([0] * 7 + [1] * 3)
    calibrated, overconfident = np.tile([0.7, 0.3], (10, 1)), np.tile([1.0, 0.0], (10, 1))
    assert metrics.ece(labels, calibrated) == pytest.approx(0, abs=1e-9)
    assert metrics.ece(labels, overconfident) == pytest.approx(0.3)


def test_interval_widens_when_groups_differ():
    alike = metrics.bootstrap_interval(np.tile([0, 1], 50), np.repeat(np.arange(10), 10))
    apart = metrics.bootstrap_interval(np.repeat([0, 1], 50), np.repeat(np.arange(10), 10))
    assert apart[1] - apart[0] > alike[1] - alike[0]
    assert alike[0] <= 0.5 <= alike[1]


def test_auc_counts_pairs_in_the_right_order():
    positive, score = np.array([True, True, False, False]), np.array([0.9, 0.4, 0.4, 0.1])
    assert metrics.auc(positive, score) == pytest.approx(3.5 / 4)  # one tie
    assert metrics.auc(~positive, score) == pytest.approx(0.5 / 4)


def test_temperature_keeps_order_and_softens():
    soft = apply_temperature(PROBS, 2.0)
    assert (soft.argmax(1) == PROBS.argmax(1)).all() and soft.max() < PROBS.max()
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(apply_temperature(PROBS, 1.0), PROBS, atol=1e-5)
    with pytest.raises(ValueError):
        apply_temperature(PROBS, 0)


def test_fitted_temperature_undoes_overconfidence():
    rng = np.random.default_rng(0)
    truth = apply_temperature(rng.dirichlet(np.ones(5), 4000), 1.0)
    labels = np.array([rng.choice(5, p=p / p.sum()) for p in truth.astype(float)])
    overconfident = apply_temperature(truth, 1 / 2.5)
    found = fit_temperature(labels, overconfident)
    assert found == pytest.approx(2.5, rel=0.1)
    assert negative_log_likelihood(labels, apply_temperature(overconfident, found)) < negative_log_likelihood(
        labels, overconfident
    )
