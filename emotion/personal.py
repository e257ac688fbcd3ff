"""The voice model after it has heard a few clips of one person, each acted as one emotion.

The network stays as it is. Its answer gets a linear correction from its own embedding (what attention pooling hands to the last layer):
multinomial logistic regression with the network's log-probabilities as offset and a ridge penalty, so that with no clips nothing
changes. Only classes that the person acted are weighed against each other anew; what the others get stays.
"""
from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from emotion.labels import VOICE_LABELS
from emotion.predict import VoiceModel

RIDGE = 3.0                   # penalty on the weights, a tenth of it on the biases; of 0.3, 1, 3, 10 and 30 (models/README.md)
EPSILON = 1e-6
FILE_NAME = "my_voice.npz"


class PersonalVoiceError(Exception):
    """The kept clips cannot be read or written; the message says what to do."""


@dataclass(frozen=True)
class Correction:
    """What was fitted to one person's clips."""

    classes: np.ndarray        # int (K,) the classes that the person acted
    centre: np.ndarray         # float (D,) mean embedding of the clips
    scale: float               # root mean square of their embeddings
    weights: np.ndarray        # float (D, K)
    bias: np.ndarray           # float (K,)

    def __call__(self, probs: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
        """The network's answers (N, C) and embeddings (N, D) -> corrected answers float32 (N, C), rows sum to 1."""
        own = probs[:, self.classes]                                     # (N, K)
        shift = (embeddings - self.centre) / self.scale @ self.weights + self.bias
        new = _softmax(np.log(own + EPSILON) + shift) * own.sum(axis=1, keepdims=True)
        out = np.array(probs, np.float32)
        out[:, self.classes] = new
        return out / out.sum(axis=1, keepdims=True)


def _softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def fit_correction(probs: np.ndarray, embeddings: np.ndarray, labels: np.ndarray, *, ridge: float = RIDGE) -> Correction:
    """Fit to one person's clips. probs: (N, C) answers of the network; embeddings: (N, D); labels: int (N,), what was acted.

    Raises ValueError where fewer than two classes were acted.
    """
    classes, target = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError("at least two different emotions are needed")
    centre, scale = embeddings.mean(axis=0), float(np.sqrt(np.square(embeddings).mean())) or 1.0
    x, offset, truth = (embeddings - centre) / scale, np.log(probs[:, classes] + EPSILON), np.eye(len(classes))[target]
    size = x.shape[1], len(classes)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = flat[:-size[1]].reshape(size), flat[-size[1]:]
        q = _softmax(offset + x @ weights + bias)
        value = -np.log(q[np.arange(len(q)), target] + 1e-12).sum() + ridge / 2 * (np.square(weights).sum() + np.square(bias).sum() / 10)
        return value, np.concatenate([(x.T @ (q - truth) + ridge * weights).ravel(), (q - truth).sum(axis=0) + ridge / 10 * bias])

    flat = minimize(loss, np.zeros(size[0] * size[1] + size[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return Correction(classes, centre, scale, flat[:-size[1]].reshape(size), flat[-size[1]:])


@dataclass(frozen=True)
class Clips:
    """One person's clips as they are kept: what the network made of them, no sound."""

    weights_sha256: str                                                  # of the network that heard them
    probs: np.ndarray = field(default_factory=lambda: np.zeros((0, len(VOICE_LABELS)), np.float32))  # (N, 8)
    embeddings: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))             # (N, D)
    labels: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))                        # (N,) into VOICE_LABELS
    at_unix_s: np.ndarray = field(default_factory=lambda: np.zeros(0))                               # (N,)

    def __len__(self) -> int:
        return len(self.labels)

    def added(self, probs: np.ndarray, embedding: np.ndarray, label: str, *, at_unix_s: float | None = None) -> "Clips":
        """With one clip more: the network's answer (8,), its embedding (D,) and the emotion that was acted."""
        old = self.embeddings if len(self) else np.zeros((0, len(embedding)), np.float32)
        return Clips(self.weights_sha256, np.vstack([self.probs, probs]).astype(np.float32), np.vstack([old, embedding]).astype(np.float32),
                     np.append(self.labels, VOICE_LABELS.index(label)), np.append(self.at_unix_s, time.time() if at_unix_s is None else at_unix_s))

    def without(self, index: int) -> "Clips":
        """Without the clip at this place."""
        rest = np.arange(len(self)) != index
        return Clips(self.weights_sha256, self.probs[rest], self.embeddings[rest], self.labels[rest], self.at_unix_s[rest])

    def count(self, label: str) -> int:
        """How many clips of this emotion there are."""
        return int((self.labels == VOICE_LABELS.index(label)).sum())

    @property
    def enough(self) -> bool:
        """Whether a correction can be fitted: clips of two emotions."""
        return len(np.unique(self.labels)) > 1

    def correction(self) -> Correction:
        """Fitted to all clips. Raises ValueError where they are not enough."""
        return fit_correction(self.probs, self.embeddings, self.labels)

    def tried_out(self) -> tuple[int, int, int]:
        """(clips, right as shipped, right with the correction), each clip judged by a correction that has not heard it.

        Among the acted emotions only. Clips that are the only one of their emotion are passed over: nothing could be learned of it.
        """
        acted, tried, before, after = np.unique(self.labels), 0, 0, 0
        for i, label in enumerate(self.labels):
            rest = self.without(i)
            if (rest.labels == label).sum() == 0 or not rest.enough:
                continue
            corrected = rest.correction()(self.probs[i:i + 1], self.embeddings[i:i + 1])[0]
            tried += 1
            before += int(acted[self.probs[i, acted].argmax()] == label)
            after += int(acted[corrected[acted].argmax()] == label)
        return tried, before, after


def read_clips(home: Path, model: VoiceModel) -> Clips:
    """What is kept in this folder for this model; no clips where there is no file, or where other weights heard them.

    Raises PersonalVoiceError where the file cannot be read.
    """
    path = home / FILE_NAME
    if not path.exists():
        return Clips(model.card["sha256"])
    try:
        with np.load(path, allow_pickle=False) as kept:
            clips = Clips(str(kept["weights_sha256"]), *(kept[k] for k in ("probs", "embeddings", "labels", "at_unix_s")))
            n = len(clips.labels)
            sound = (clips.probs.shape == (n, len(VOICE_LABELS)) and clips.embeddings.shape[:1] == (n,) and clips.at_unix_s.shape == (n,)
                     and np.isin(clips.labels, range(len(VOICE_LABELS))).all())
    except Exception as e:  # numpy and zipfile raise many kinds
        raise PersonalVoiceError(f"{path} cannot be read ({e}); delete it and record the clips again") from e
    if not sound:
        raise PersonalVoiceError(f"{path} does not hold what this program wrote; delete it and record the clips again")
    return clips if clips.weights_sha256 == model.card["sha256"] else Clips(model.card["sha256"])


def write_clips(home: Path, clips: Clips) -> None:
    """Keep the clips in this folder; with none left the file goes. Raises PersonalVoiceError where the disk refuses."""
    path = home / FILE_NAME
    part = path.with_suffix(".part")
    try:
        if not len(clips):
            path.unlink(missing_ok=True)
            return
        home.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as f:
            np.savez(f, weights_sha256=np.array(clips.weights_sha256), probs=clips.probs, embeddings=clips.embeddings, labels=clips.labels,
                     at_unix_s=clips.at_unix_s)
        os.replace(part, path)
    except OSError as e:
        raise PersonalVoiceError(f"{path} cannot be written ({e}); check free disk space and the permissions of {home}") from e


class PersonalVoice:
    """The voice model with one person's correction; answers wherever a VoiceModel does."""

    def __init__(self, model: VoiceModel, correction: Correction):
        self.model, self.correction = model, correction
        self.labels, self.card = model.labels, model.card

    def predict(self, waveform: np.ndarray, sample_rate: float) -> np.ndarray:
        """As VoiceModel.predict, corrected."""
        probs, embedding = self.model.listen(waveform, sample_rate)
        return self.correction(probs[None], embedding[None])[0]
