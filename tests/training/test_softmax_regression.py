"""Softmax regression by a solver: it finds the minimum, and a class that is not possible does not compete."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.training.softmax_regression import fit_softmax_regression


@pytest.fixture
def examples():
    """Three classes around three points, in 5 numbers with a large common offset."""
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    x = rng.normal(0, 1, (300, 5)) + 2 * np.eye(5)[labels] + 100
    weight = rng.uniform(0.5, 1.5, 300)
    return x.astype(np.float32), labels, weight / weight.sum(), np.ones((300, 3))


def loss(kernel, bias, x, labels, weight, possible, ridge):
    logits = x.astype(np.float64) @ kernel.astype(np.float64) + bias
    logits = np.where(possible > 0, logits, -np.inf)
    log_sum = np.log(np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1)) + logits.max(axis=1)
    return weight @ (log_sum - logits[np.arange(len(x)), labels]) + ridge / 2 * np.sum(kernel**2)


def test_nothing_near_it_is_better(examples):
    kernel, bias = fit_softmax_regression(*examples, ridge=0.01)
    assert ((examples[0] @ kernel + bias).argmax(axis=1) == examples[1]).mean() > 0.85
    found = loss(kernel, bias, *examples, 0.01)
    rng = np.random.default_rng(1)
    for _ in range(20):
        step = rng.normal(0, 0.05, kernel.shape)
        shift = -examples[0].mean(axis=0) @ step  # the centre keeps its logits
        assert loss(kernel + step, bias + shift, *examples, 0.01) > found
    assert loss(kernel, bias + [0.1, 0, 0], *examples, 0.01) > found


def test_a_larger_ridge_gives_smaller_weights(examples):
    strong, weak = (np.abs(fit_softmax_regression(*examples, ridge=r)[0]).sum() for r in (1.0, 0.01))
    assert strong < weak / 2


def test_an_example_without_weight_is_as_if_it_were_not_there(examples):
    x, labels, weight, possible = examples
    weight = np.where(np.arange(300) < 200, weight, 0)
    weight /= weight.sum()
    whole = fit_softmax_regression(x, labels, weight, possible, ridge=0.1)
    part = fit_softmax_regression(x[:200], labels[:200], weight[:200], possible[:200], ridge=0.1)
    np.testing.assert_allclose(whole[0], part[0], atol=5e-3)


def test_a_class_that_is_not_possible_does_not_compete(examples):
    x, labels, weight, _ = examples
    # the second half is never said to be class 2, though it looks like it: that must teach nothing about class 2
    half = np.arange(300) >= 150
    keep = ~(half & (labels == 2))
    extra = x[half & (labels == 2)]
    x = np.concatenate([x[keep], extra])
    labels = np.concatenate([labels[keep], np.zeros(len(extra), int)])
    weight = np.full(len(x), 1 / len(x))
    possible = np.ones((len(x), 3))
    everything = fit_softmax_regression(x, labels, weight, possible, ridge=0.01)
    possible[-len(extra) :, 2] = 0
    among = fit_softmax_regression(x, labels, weight, possible, ridge=0.01)
    share = lambda fitted: ((extra @ fitted[0] + fitted[1]).argmax(axis=1) == 2).mean()  # noqa: E731
    assert share(among) > share(everything) + 0.2
