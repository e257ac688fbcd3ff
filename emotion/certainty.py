"""Whether an answer is sure enough to name one word, and if not, why.

Below a threshold the answer is "unsure – happy or surprise". The thresholds are in models/fusion.json: above them at
most MOST_WRONG of the held-out answers were wrong (risk and coverage: El-Yaniv & Wiener 2010, JMLR 11:1605).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from emotion.paths import MODELS

MODALITIES = ("face", "voice", "together")
MOST_WRONG = 0.2  # of the answers that name a word
NO_WORD = "no word stands out"  # why an answer is unsure where nothing else is known


@lru_cache
def fusion_card() -> dict:
    """models/fusion.json: what `python -m emotion train fusion` learned; empty where it is missing."""
    try:
        return json.loads((MODELS / "fusion.json").read_text())
    except FileNotFoundError:
        return {}


@lru_cache
def sure_above() -> dict[str, float]:
    """The least probability of a sure answer of each modality; 0 where none was learned."""
    return {m: float(fusion_card().get("sure_above", {}).get(m, 0.0)) for m in MODALITIES}


@dataclass(frozen=True)
class Verdict:
    """What an answer comes to."""

    label: str  # the most probable word, or the one that was so a moment ago
    second: str  # the most probable of the others
    confidence: float  # the probability of `label`
    sure: bool
    reason: str  # why it is not sure; "" where it is

    @property
    def words(self) -> str:
        """As it is shown: "happy", or "unsure – happy or surprise"."""
        return self.label if self.sure else f"unsure – {self.label} or {self.second}"


def verdict(
    probs: np.ndarray, labels: Sequence[str], modality: str, *, why: str = "", shown: int | None = None
) -> Verdict:
    """probs: (n_labels,) of one of MODALITIES. why: what makes an answer hard just now, "" where nothing is known.

    shown: the index of the word to name (shown_word); None: the most probable one.
    """
    second, best = (int(i) for i in np.argsort(probs, kind="stable")[-2:])
    if shown is not None and shown != best:
        second, best = best, shown
    confidence = float(probs[best])
    sure = confidence >= sure_above()[modality]
    return Verdict(labels[best], labels[second], confidence, sure, "" if sure else why or NO_WORD)


def fit_sure_above(right: np.ndarray, confidence: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The least threshold, in steps of 0.01, above which at most MOST_WRONG of the answers are wrong.

    right: bool (N,); confidence: the probability of each answer (N,); weights (N,): how much each counts, all the same
    unless given. 1 where no threshold reaches it, so that no answer is sure.
    """
    weights = np.ones(len(right)) if weights is None else weights
    for threshold in np.arange(0, 1, 0.01):
        above = confidence >= threshold
        if above.any() and (weights * ~right)[above].sum() <= MOST_WRONG * weights[above].sum():
            return round(float(threshold), 2)
    return 1.0
