"""The word that is shown while answers come in: it does not flicker between two that are nearly level."""

from __future__ import annotations

import numpy as np

MARGIN = 0.15  # another word that is so much more probable is shown at once
HOLD_S = 0.3  # one that is only a little more probable, after it has been so for this long


class ShownWord:
    """Follows one stream of answers. Time comes in with them, so their number per second makes no difference."""

    def __init__(self) -> None:
        self._word: int | None = None
        self._behind_since_s: float | None = None  # since when it is no longer the most probable one

    def see(self, probs: np.ndarray, time_s: float) -> int:
        """probs: (n_labels,), the answer at time_s -> the index of the word to show."""
        best = int(probs.argmax())
        gone = self._word is not None and self._word >= len(probs)  # more words were chosen, and now they are not
        if self._word is None or gone or best == self._word:
            self._word, self._behind_since_s = best, None
            return best
        if self._behind_since_s is None or time_s < self._behind_since_s:
            self._behind_since_s = time_s
        if probs[best] - probs[self._word] >= MARGIN or time_s - self._behind_since_s >= HOLD_S:
            self._word, self._behind_since_s = best, None
        return self._word
