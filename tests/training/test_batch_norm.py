"""Batch normalization's statistics after weights were averaged."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")
RNG = np.random.default_rng(0)


def test_recomputed_statistics_are_those_of_the_examples():
    from emotion.training.batch_norm import recompute_batch_norm

    norm = keras.layers.BatchNormalization(momentum=0.9)
    model = keras.Sequential([keras.Input((5,)), norm])
    norm.set_weights([np.ones(5), np.zeros(5), np.full(5, 50.0), np.full(5, 9.0)])  # as if averaged over something else
    x = RNG.normal(2.0, 3.0, (1000, 5)).astype(np.float32)
    recompute_batch_norm(model, x, batch=100)
    np.testing.assert_allclose(norm.get_weights()[2], x.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(norm.get_weights()[3], x.var(axis=0), rtol=0.05)  # within batches
    assert norm.momentum == 0.9
