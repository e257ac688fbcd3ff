"""Figures of merit of one set of answers."""

from __future__ import annotations

import numpy as np

from emotion import metrics


def evenly(n: int, limit: int | None) -> np.ndarray:
    """At most `limit` row numbers, evenly over all n, so that every class comes along."""
    return np.arange(n) if limit is None or limit >= n else np.linspace(0, n - 1, limit).astype(int)


def figures(labels: np.ndarray, probs: np.ndarray, names: tuple[str, ...]) -> dict:
    """Every figure of merit of one set. labels: int (N,); probs: float (N, C) over `names`."""
    return {
        "n": len(labels),
        "accuracy": metrics.accuracy(labels, probs),
        "macro_f1": metrics.macro_f1(labels, probs),
        "uar": metrics.uar(labels, probs),
        "ece": metrics.ece(labels, probs),
        "per_class": [
            {"label": name, **row} for name, row in zip(names, metrics.per_class(labels, probs), strict=True)
        ],
        "confusion": metrics.confusion(labels, probs.argmax(axis=1), len(names)).tolist(),
        "reliability": metrics.reliability(labels, probs),
    }


def short_figures(labels: np.ndarray, probs: np.ndarray) -> dict:
    """Count, accuracy, macro-F1, UAR and ECE only, for subgroups."""
    return {
        "n": len(labels),
        "accuracy": metrics.accuracy(labels, probs),
        "macro_f1": metrics.macro_f1(labels, probs),
        "uar": metrics.uar(labels, probs),
        "ece": metrics.ece(labels, probs),
    }


def right_answers(labels: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """(N,) of 1.0 where the likeliest class is the label, 0.0 elsewhere."""
    return (probs.argmax(axis=1) == labels).astype(float)


def mean_and_spread(values) -> dict:
    """Mean and sample standard deviation (None for a single value)."""
    values = np.asarray(values, float)
    return {"mean": float(values.mean()), "std": float(values.std(ddof=1)) if len(values) > 1 else None}
