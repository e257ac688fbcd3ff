"""What is neutral for one person's face and usual for the person's voice, and answers as changes from there.

An expression is a change of one's own face: with one's own neutral known, a slight smile or a sad look that is far from
the poses of the training pictures can be told. A voice is told the speaker's centre: how this voice differs from
everybody's, whatever the emotion. Nothing here knows who somebody is, and nothing is kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from emotion.calibration import EPSILON
from emotion.labels import FACE_LABELS, VOICE_LABELS

NEUTRAL = FACE_LABELS.index("neutral")
HALF_KNOWN_S = 0.5  # after so many seconds of a face that was said to be neutral half of the difference is believed
HALF_LEARNED_S = 20.0  # … of one that nobody said to be neutral
MOST_LEARNED = 4.0  # log-odds that are taken off at most, where nobody said so
FORGOTTEN_S = 300.0  # time constant with which what was seen earlier fades
SURE_POWER = 6  # an answer counts by this power of its probability of `neutral`: docs/experiments.md
LONGEST_LOOK_S = 0.5  # a look counts for the time since the one before it, but not for more
NEUTRAL_AHEAD = 1.0  # a face that is as neutral as ever gets `neutral` by these log-odds over each other word
SHARPER = 2.0  # differences between words count so much more once the neutral is known: docs/experiments.md
MORE_EXPECTED = 0.43  # of the differences between emotions beside the share that training takes: docs/experiments.md
ENOUGH_OF_ONE_S = 6.0  # an emotion that was heard for so long counts half as much as it ever can
HALF_HEARD_S = 6.0  # after so many seconds of speech half of a speaker's difference from everybody is believed
WORTH_A_WORD_S = 0.5  # less of a face or voice is neither spoken of nor kept
START_S = 6.0  # what was known on another day counts as so many seconds
LEAST_LOG_PROB = -6.0  # what is less likely than this in the neutral face counts as this likely


@dataclass(frozen=True)
class NeutralFace:
    """One person's neutral face, as one face model sees it."""

    log_probs: np.ndarray  # float (7,), mean log-probability of each of FACE_LABELS
    seconds: float  # of the neutral face that were seen
    learned: bool = False  # from all that was seen of the face; nobody said that it was neutral

    def changed(self, probs: np.ndarray) -> np.ndarray:
        """Answers of the same face model (…, 7) to this person -> the change from the person's neutral, (…, 7).

        The difference between the neutral face's log-probabilities and those of a face of which nothing is known (all
        words alike, neutral NEUTRAL_AHEAD) is taken off, shrunk while little has been seen. What is left is made
        sharper, because without it every neutral face would seem unsure.
        """
        logits = (np.log(np.maximum(probs, EPSILON)) - self._offset()) * (1 + self._known * (SHARPER - 1))
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return (odds / odds.sum(axis=-1, keepdims=True)).astype(np.float32)

    @property
    def _known(self) -> float:
        """How much of the neutral face is believed, 0…1."""
        return self.seconds / (self.seconds + (HALF_LEARNED_S if self.learned else HALF_KNOWN_S))

    def _offset(self) -> np.ndarray:
        """What is taken off the log-probabilities, (7,)."""
        usual = np.zeros(len(FACE_LABELS))
        usual[NEUTRAL] = NEUTRAL_AHEAD
        offset = self._known * (np.maximum(self.log_probs, LEAST_LOG_PROB) - usual)
        return np.clip(offset, -MOST_LEARNED, MOST_LEARNED) if self.learned else offset


class LearnedNeutral:
    """What is neutral for one face, learned from all that is seen of it.

    Each answer counts for its time by a power of its probability of `neutral`, so outbursts count for little, and
    somebody who smiles for an hour is still smiling. What was seen earlier fades.
    """

    def __init__(self, start: NeutralFace | None = None) -> None:
        """start: what was known before."""
        self._seconds = 0.0 if start is None else start.seconds
        self._sum = np.zeros(len(FACE_LABELS)) if start is None else self._seconds * start.log_probs
        self._last_s: float | None = None

    def see(self, probs: np.ndarray, time_s: float) -> None:
        """The model's own answer (7,) at time_s of the stream; times that go back count for nothing."""
        passed_s = 0.0 if self._last_s is None else max(0.0, time_s - self._last_s)
        self._last_s = time_s
        kept = math.exp(-passed_s / FORGOTTEN_S)
        weight = float(probs[NEUTRAL]) ** SURE_POWER * min(passed_s, LONGEST_LOOK_S)
        self._sum = self._sum * kept + weight * np.maximum(np.log(np.maximum(probs, EPSILON)), LEAST_LOG_PROB)
        self._seconds = self._seconds * kept + weight

    @property
    def face(self) -> NeutralFace | None:
        """The neutral face as known so far; None while nothing neutral was seen."""
        return NeutralFace(self._sum / self._seconds, self._seconds, learned=True) if self._seconds > 0 else None


def neutral_face(probs: np.ndarray, *, seconds: float) -> NeutralFace:
    """The neutral face that got these answers. probs: (N, 7), N > 0, of pictures that last `seconds` in all."""
    if not len(probs):
        raise ValueError("no answers to a neutral face: at least one picture is needed")
    return NeutralFace(np.log(np.maximum(probs, EPSILON)).mean(axis=0), seconds)


@dataclass(frozen=True)
class SpeakerCentre:
    """How one speaker's voice differs from everybody's, as one voice model hears it."""

    offset: np.ndarray  # float (D,), mean offset of the speaker's speech
    seconds: float  # of speech that were heard

    @property
    def believed(self) -> np.ndarray:
        """The offset shrunk while little was heard, float32 (D,): what the voice model is told."""
        return (self.offset * (self.seconds / (self.seconds + HALF_HEARD_S))).astype(np.float32)


class LearnedCentre:
    """A speaker's centre, learned from all that is heard: mean offset of the sound from what its answers let expect.

    Every emotion that was heard counts, but no one of them for much more than the others. So ten angry sentences do not
    make anger the speaker's usual voice.
    """

    def __init__(self, start: SpeakerCentre | None = None) -> None:
        """start: what was known before."""
        self._seconds = np.zeros(len(VOICE_LABELS) + 1)  # of each emotion; at the end those of the start
        self._sums = np.zeros((len(VOICE_LABELS) + 1, 1 if start is None else len(start.offset)))  # of weighted offsets
        if start is not None:
            self._seconds[-1], self._sums[-1] = start.seconds, start.seconds * start.offset
        self._last_s: float | None = None

    def hear(self, probs: np.ndarray, offsets: np.ndarray, *, seconds: float, time_s: float) -> None:
        """Sound at time_s with so many seconds of new speech.

        probs: (8,), what is taken to be its emotion: the model's own answer before its temperature, or one that is
        known; offsets: (8, D), of the sound from each emotion.
        """
        passed_s = 0.0 if self._last_s is None else max(0.0, time_s - self._last_s)
        self._last_s = time_s
        kept, new = math.exp(-passed_s / FORGOTTEN_S), np.append(seconds * probs, 0.0)
        # what emotions differ by counts in full here: training was more careful (EXPECTED_SHARE of speaker_centres.py)
        offsets = offsets + MORE_EXPECTED * (offsets - offsets.mean(axis=0))
        self._sums = self._sums * kept + new[:, None] * np.vstack([offsets, offsets[:1]])
        self._seconds = self._seconds * kept + new

    @property
    def centre(self) -> SpeakerCentre | None:
        """The centre as known so far; None while nothing was heard."""
        total = float(self._seconds.sum())
        if total <= 0:
            return None
        weight = 1 / (self._seconds + ENOUGH_OF_ONE_S)  # the mean of an emotion counts by s / (s + ENOUGH_OF_ONE_S)
        return SpeakerCentre((weight[:, None] * self._sums).sum(axis=0) / (weight * self._seconds).sum(), total)


@dataclass(frozen=True)
class Person:
    """What is known of one person; None: nothing."""

    face: NeutralFace | None = None
    voice: SpeakerCentre | None = None

    def weak(self) -> Person:
        """The same as the start of another day, which what is seen and heard then soon outweighs."""
        shorter = lambda part: part and replace(part, seconds=min(part.seconds, START_S))  # noqa: E731
        return Person(shorter(self.face), shorter(self.voice))


NOBODY = Person()
