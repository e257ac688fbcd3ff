"""How one speaker's voice differs from everybody's, as heard in some clips: what a head is trained to be told.

The centre of a speaker is the mean of the hidden states less what is expected of the emotions that were heard, so
that ten angry clips do not make anger the speaker's normal voice. Nobody labels a user's speech, so the app takes the
model's own answers for the emotions; training takes the labels, less sure than they are.
"""

from __future__ import annotations

import numpy as np

from emotion.datasets import Clip
from emotion.labels import VOICE_LABELS
from emotion.training.hidden_states import Copy
from emotion.training.voice_data import sampling_weights

EXPECTED_SHARE = 0.7  # of the difference between an emotion's mean and everybody's that counts as expected
HALF_KNOWN_CLIPS = 2.0  # after so many clips half of the difference is believed
UNKNOWN = 0.25  # share of the examples whose speaker was not heard before
MOST_CLIPS = 40  # that were heard before; few are as likely as many
MIXTURES = ("any", "mostly one emotion", "as they come")
SURE = 0.8  # how sure the labels are taken to be


def expected_means(means: np.ndarray, clips: list[Clip], train: np.ndarray) -> np.ndarray:
    """What the mean of a clip's hidden states is expected to be, of each emotion: (C, D).

    means: (N, D) of all clips; train: which of them count, as indices. EXPECTED_SHARE of the way from everybody's
    mean to the emotion's own.
    """
    weight = sampling_weights([clips[i] for i in train])
    labels = np.array([VOICE_LABELS.index(clips[i].label) for i in train])
    every = weight @ means[train]
    out = np.tile(every, (len(VOICE_LABELS), 1))
    for k in np.unique(labels):
        own = labels == k
        mean = weight[own] @ means[train][own] / weight[own].sum()
        out[k] += EXPECTED_SHARE * (mean - every)
    return out.astype(np.float32)


def clip_means(copy: Copy, statistics: np.ndarray) -> np.ndarray:
    """Mean of the hidden states of each clip, float32 (N, D). statistics: of the copy's windows, (W, 2 D)."""
    size = statistics.shape[1] // 2
    clips = int(copy.clip[-1]) + 1
    means = np.zeros((clips, size), np.float32)
    np.add.at(means, copy.clip, statistics[:, :size].astype(np.float32))
    return means / np.bincount(copy.clip, minlength=clips)[:, None]


class SpeakerCentres:
    """Centres of speakers, drawn anew for each example."""

    def __init__(self, means: np.ndarray, clips: list[Clip], train: np.ndarray, expected: np.ndarray):
        """means, clips, train: as in expected_means; expected: what it gave. Only `train` is heard."""
        self.labels = np.array([VOICE_LABELS.index(c.label) for c in clips])
        self.rest = means - self._expected(expected)
        self.speakers = [c.speaker for c in clips]
        rows: dict[str, list[int]] = {}
        for i in train:
            rows.setdefault(self.speakers[i], []).append(int(i))
        self.of_speaker = {speaker: np.array(own) for speaker, own in rows.items()}

    def _expected(self, expected: np.ndarray) -> np.ndarray:
        classes = len(VOICE_LABELS)
        sure = np.eye(classes, dtype=np.float32) * SURE + (1 - SURE) / classes
        return (sure @ expected)[self.labels]

    def draw(self, clip: int, rng: np.random.Generator) -> np.ndarray:
        """A centre of the speaker of this clip (D,), from a random number of the speaker's other clips; or zeros."""
        rows = self.of_speaker[self.speakers[clip]]
        rows = rows[rows != clip]
        if not len(rows) or rng.random() < UNKNOWN:
            return np.zeros(self.rest.shape[1], np.float32)
        count = min(len(rows), round(np.exp(rng.uniform(0, np.log(MOST_CLIPS)))))
        heard = rng.choice(rows, count, replace=False, p=self._mixture(rows, rng))
        return shrunk(self.rest[heard].mean(axis=0), count)

    def _mixture(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """How likely each of these clips is heard, (n,): all alike, mostly one emotion, or some emotions more often."""
        labels, how = self.labels[rows], MIXTURES[rng.integers(len(MIXTURES))]
        if how == "any":
            weight = np.ones(len(rows))
        elif how == "mostly one emotion":
            weight = np.where(labels == rng.choice(labels), 1.0, 0.1)
        else:
            weight = rng.dirichlet(np.full(len(VOICE_LABELS), 0.5))[labels] + 1e-3
        return weight / weight.sum()


def shrunk(centre: np.ndarray, clips: float) -> np.ndarray:
    """What is believed of a centre after so many clips."""
    return (centre * (clips / (clips + HALF_KNOWN_CLIPS))).astype(np.float32)
