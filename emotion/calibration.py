"""Temperature scaling (Guo et al. 2017, arXiv:1706.04599) and offsets of single classes, on probabilities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

EPSILON = 1e-7


def apply_temperature(probs: np.ndarray, temperature: float | np.ndarray) -> np.ndarray:
    """Softmax of log-probabilities divided by `temperature` (> 0). probs: float (..., C); rows sum to 1 again.

    temperature: one number, or one of each row (..., 1).

    Above 1 the answer becomes less sure, below 1 surer; the order of the classes stays.
    """
    if not np.all(np.asarray(temperature) > 0):
        raise ValueError(f"temperature must be above 0, got {temperature}")
    logits = np.log(np.maximum(probs, EPSILON)) / temperature
    exp = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return (exp / exp.sum(axis=-1, keepdims=True)).astype(np.float32)


def add_offsets(probs: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Softmax of log-probabilities plus `offsets` (C,), in log-odds. probs: float (..., C); rows sum to 1 again."""
    weighted = probs * np.exp(offsets)
    return (weighted / weighted.sum(axis=-1, keepdims=True)).astype(np.float32)


def negative_log_likelihood(labels: np.ndarray, probs: np.ndarray) -> float:
    """Mean -log p(label). labels: int (N,); probs: float (N, C)."""
    return float(-np.log(np.maximum(probs[np.arange(len(labels)), labels], EPSILON)).mean())


def fit_temperature(
    labels: np.ndarray, probs: np.ndarray, *, merge: Callable[[np.ndarray], np.ndarray] = lambda probs: probs
) -> float:
    """The temperature in 0.2…5 with the least negative log-likelihood on held-out (labels, probs).

    merge: turns probabilities of the model's classes (N, C) into those of the classes that the labels name.
    """
    grid = np.exp(np.linspace(np.log(0.2), np.log(5.0), 161))
    return float(min(grid, key=lambda t: negative_log_likelihood(labels, merge(apply_temperature(probs, t)))))


def fit_offset(labels: np.ndarray, probs: np.ndarray) -> tuple[int, float]:
    """(the class that is answered too rarely, its offset in log-odds) on held-out (labels, probs).

    The class is the one whose share of the answers falls shortest of its share of the labels. Its offset is half of the
    one in 0…2 with the least negative log-likelihood: the shares of other pictures are not known
    (docs/experiments.md, "more of one word").
    """
    classes = probs.shape[1]
    missing = np.bincount(labels, minlength=classes) - np.bincount(probs.argmax(axis=1), minlength=classes)
    rarest = int(missing.argmax())
    one = np.eye(classes)[rarest]
    grid = np.linspace(0, 2, 81)
    best = min(grid, key=lambda offset: negative_log_likelihood(labels, add_offsets(probs, offset * one)))
    return rarest, float(best) / 2
