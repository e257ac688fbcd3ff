"""What is neutral for one person, and answers as changes from it.

An expression is a change of one's own face: with one's own neutral known, a slight smile or a sad look that is far from
the poses of the training pictures can be told. Nothing here knows who somebody is, and nothing is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion.calibration import EPSILON
from emotion.labels import FACE_LABELS

HALF_KNOWN_S = 0.5  # after so many seconds of a neutral face half of the difference is believed
NEUTRAL_AHEAD = 1.0  # a face that is as neutral as ever gets `neutral` by these log-odds over each other word
LEAST_LOG_PROB = -6.0  # what is less likely than this in the neutral face counts as this likely


@dataclass(frozen=True)
class Person:
    """One person's neutral face, as one face model sees it."""

    neutral_face: np.ndarray  # float (7,), mean log-probability of each of FACE_LABELS
    seconds: float  # of the neutral face that were seen

    def changed(self, probs: np.ndarray) -> np.ndarray:
        """Answers of the same face model (…, 7) to this person -> the change from the person's neutral, (…, 7).

        The difference between the neutral face's log-probabilities and those of a face of which nothing is known (all
        words alike, neutral NEUTRAL_AHEAD) is taken off, shrunk while little has been seen.
        """
        usual = np.zeros(len(FACE_LABELS))
        usual[FACE_LABELS.index("neutral")] = NEUTRAL_AHEAD
        share = self.seconds / (self.seconds + HALF_KNOWN_S)
        offset = share * (np.maximum(self.neutral_face, LEAST_LOG_PROB) - usual)
        logits = np.log(np.maximum(probs, EPSILON)) - offset
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return (odds / odds.sum(axis=-1, keepdims=True)).astype(np.float32)


def person_of(probs: np.ndarray, *, seconds: float) -> Person:
    """The person whose neutral face got these answers. probs: (N, 7), N > 0, of pictures that last `seconds` in all."""
    if not len(probs):
        raise ValueError("no answers to a neutral face: at least one picture is needed")
    return Person(np.log(np.maximum(probs, EPSILON)).mean(axis=0), seconds)
