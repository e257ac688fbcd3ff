"""Multinomial logistic regression with a ridge penalty, solved by L-BFGS: no seed, no learning rate."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

STEPS = 150  # of L-BFGS; its answers hardly change after that
IMPOSSIBLE = np.float32(-1e4)  # added to the logit of a class that an example cannot have


def fit_softmax_regression(
    x: np.ndarray, labels: np.ndarray, weight: np.ndarray, possible: np.ndarray, *, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (D, C) and bias (C,) that minimise the weighted cross-entropy + ridge / 2 · |kernel|².

    x: (N, D) features; labels: int (N,); weight: (N,), how much each example counts, sum 1; possible: (N, C), 0 or 1,
    the classes that compete for each example.
    """
    n, size = x.shape
    classes = possible.shape[1]
    centre = (weight @ x.astype(np.float32)).astype(np.float32)  # a bias does its work, and is not penalised
    centred = x.astype(np.float32)
    centred -= centre
    target = np.eye(classes, dtype=np.float32)[labels]
    penalty = (1 - possible.astype(np.float32)) * IMPOSSIBLE
    weight = weight.astype(np.float32)

    def loss_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        kernel, bias = _split(flat, size, classes)
        logits = centred @ kernel + bias + penalty
        logits -= logits.max(axis=1, keepdims=True)
        exps = np.exp(logits)
        sums = exps.sum(axis=1, keepdims=True)
        loss = weight @ (np.log(sums[:, 0]) - logits[np.arange(n), labels])
        slope = (exps / sums - target) * weight[:, None]
        of_kernel = centred.T @ slope + ridge * kernel
        value = float(loss) + ridge / 2 * float(np.sum(kernel.astype(np.float64) ** 2))
        return value, np.concatenate([of_kernel.ravel(), slope.sum(axis=0)]).astype(np.float64)

    found = minimize(
        loss_and_slope, np.zeros((size + 1) * classes), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    )
    kernel, bias = _split(found.x, size, classes)
    return kernel, bias - centre @ kernel


def _split(flat: np.ndarray, size: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    flat = flat.astype(np.float32)
    return flat[: size * classes].reshape(size, classes), flat[size * classes :]
