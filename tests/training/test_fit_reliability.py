"""How the factors of the reliability are learned."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.calibration import apply_temperature
from emotion.training.fit_reliability import fit_factors


def test_a_factor_is_found_again():
    """Answers that are too sure by exp(0.4 b) where the cost b is not 0; the other cost has no effect."""
    rng = np.random.default_rng(0)
    true = rng.dirichlet([0.4] * 4, 30_000)
    labels = (true.cumsum(axis=1) > rng.random((len(true), 1))).argmax(axis=1)
    costs = np.column_stack([rng.uniform(0, 3, len(true)), rng.uniform(0, 3, len(true))])
    said = apply_temperature(true, np.exp(-0.4 * costs[:, :1]))
    found = fit_factors(labels, said, costs)
    assert found[0] == pytest.approx(0.4, abs=0.05) and found[1] == pytest.approx(0, abs=0.03)


def test_no_factor_is_below_zero():
    rng = np.random.default_rng(0)
    true = rng.dirichlet([0.4] * 4, 5000)
    labels = (true.cumsum(axis=1) > rng.random((len(true), 1))).argmax(axis=1)
    costs = rng.uniform(0, 3, (len(true), 1))
    assert fit_factors(labels, apply_temperature(true, np.exp(0.4 * costs)), costs)[0] == 0
