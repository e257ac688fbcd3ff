"""Figures of merit from labels and probabilities. labels: int (N,); probs: float (N, C), rows sum to 1."""

from __future__ import annotations

import numpy as np


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts int (C, C): rows are true labels, columns predictions."""
    out = np.zeros((classes, classes), int)
    np.add.at(out, (np.asarray(labels), np.asarray(predicted)), 1)
    return out


def accuracy(labels: np.ndarray, probs: np.ndarray) -> float:
    """Share of rows whose largest probability is the label's."""
    return float((probs.argmax(axis=1) == labels).mean())


def per_class(labels: np.ndarray, probs: np.ndarray) -> list[dict]:
    """precision, recall, F1 and support of each class; 0 where undefined, recall NaN-free by support 0 -> None."""
    counts = confusion(labels, probs.argmax(axis=1), probs.shape[1])
    rows = []
    for c in range(len(counts)):
        hit, support, said = counts[c, c], counts[c].sum(), counts[:, c].sum()
        precision = hit / said if said else 0.0
        recall = hit / support if support else None
        f1 = 2 * hit / (support + said) if support + said else None
        rows.append(
            {
                "precision": float(precision),
                "recall": None if recall is None else float(recall),
                "f1": None if f1 is None else float(f1),
                "support": int(support),
            }
        )
    return rows


def macro_f1(labels: np.ndarray, probs: np.ndarray) -> float:
    """Mean F1 over the classes that occur among the labels."""
    return float(np.mean([r["f1"] for r in per_class(labels, probs) if r["support"]]))


def uar(labels: np.ndarray, probs: np.ndarray) -> float:
    """Unweighted average recall over the classes that occur among the labels (balanced accuracy)."""
    return float(np.mean([r["recall"] for r in per_class(labels, probs) if r["support"]]))


def reliability(labels: np.ndarray, probs: np.ndarray, *, bins: int = 15) -> list[dict]:
    """Equal-width confidence bins: count, mean confidence, accuracy; empty bins are left out."""
    confidence, hit = probs.max(axis=1), probs.argmax(axis=1) == labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {
            "count": int((which == b).sum()),
            "confidence": float(confidence[which == b].mean()),
            "accuracy": float(hit[which == b].mean()),
        }
        for b in range(bins)
        if (which == b).any()
    ]


def ece(labels: np.ndarray, probs: np.ndarray, *, bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017, arXiv:1706.04599): mean |accuracy - confidence| over bins."""
    rows = reliability(labels, probs, bins=bins)
    return float(sum(r["count"] * abs(r["accuracy"] - r["confidence"]) for r in rows) / len(labels))


def bootstrap_interval(
    values: np.ndarray, groups: np.ndarray, *, draws: int = 2000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of the mean of `values` (N,), resampling whole `groups` (N,), such as actors."""
    rng = np.random.default_rng(seed)
    ids, inverse = np.unique(groups, return_inverse=True)
    sums = np.bincount(inverse, values)
    counts = np.bincount(inverse)
    picks = rng.integers(0, len(ids), (draws, len(ids)))
    means = sums[picks].sum(axis=1) / counts[picks].sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def wilson_interval(share: float, n: int, *, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share of n independent answers (Wilson 1927, J. Am. Stat. Assoc. 22:209)."""
    middle, half = share + z * z / (2 * n), z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    whole = 1 + z * z / n
    return (middle - half) / whole, (middle + half) / whole


def risk_coverage(right: np.ndarray, confidence: np.ndarray, *, steps: int = 20) -> list[dict]:
    """Of the answers at or above each threshold: their share of all (coverage) and how many of them are wrong (risk).

    right: bool (N,); confidence: the probability of each answer (N,). Thresholds without an answer are left out.
    """
    out = []
    for threshold in np.arange(steps) / steps:
        above = confidence >= threshold
        if above.any():
            risk = float(1 - right[above].mean())
            out.append({"threshold": float(threshold), "coverage": float(above.mean()), "risk": risk})
    return out


def auc(positive: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve: how often a positive has the higher score, ties count half (Hanley & McNeil 1982).

    positive: bool (N,), of both kinds; score: (N,).
    """
    from scipy.stats import rankdata  # here, because it takes a second to import and the app starts without it

    ranks = rankdata(score)
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(positive) - n)))
