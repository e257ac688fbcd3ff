"""The voice model, corrected by a few clips of one person, each acted as one emotion.

The network is not changed. Its answer gets a linear correction from its own embedding (what the LSTM gives to its last
layer): multinomial logistic regression with the network's log-probabilities as offset, a ridge penalty and its own
temperature.
Only the classes that the person acted are changed against each other; their sum stays the same.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from emotion.audio import SAMPLE_RATE
from emotion.calibration import apply_temperature
from emotion.judge import VoiceJudge
from emotion.labels import VOICE_LABELS
from emotion.predict import VOICE_MODELS, VoiceModel
from emotion.protocols import EmbeddingPredictor, VoiceAnswer

RIDGE = 3.0  # penalty on the weights, a tenth of it on the biases; how it was chosen: docs/experiments.md
TEMPERATURE = 1.5  # fitted to a few clips, the answers are too sure; how it was chosen: docs/experiments.md
EPSILON = 1e-6
ENOUGH_VOICED_SECONDS = 1.0  # a window with less speech is not learned from


class PersonalVoiceError(Exception):
    """The kept clips cannot be read or written; the message says what to do."""


@dataclass(frozen=True)
class Correction:
    """What was fitted to one person's clips."""

    classes: np.ndarray  # int (K,) the classes that the person acted
    centre: np.ndarray  # float (D,) mean embedding, classes weighing the same
    scale: float  # root mean square of their embeddings
    weights: np.ndarray  # float (D, K)
    bias: np.ndarray  # float (K,)

    def __call__(self, probs: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
        """The network's answers (N, C) and embeddings (N, D) -> corrected answers float32 (N, C), rows sum to 1."""
        own = probs[:, self.classes]  # (N, K)
        # einsum and not @: the last digits of BLAS depend on its threads and on the processor
        shift = np.einsum("nd,dk->nk", (embeddings - self.centre) / self.scale, self.weights) + self.bias
        out = np.array(probs, np.float32)
        out[:, self.classes] = _softmax(np.log(own + EPSILON) + shift) * own.sum(axis=1, keepdims=True)
        return apply_temperature(out, TEMPERATURE)


def _softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def fit_correction(
    probs: np.ndarray,
    embeddings: np.ndarray,
    labels: np.ndarray,
    clip: np.ndarray | None = None,
    *,
    ridge: float = RIDGE,
) -> Correction:
    """Fit to one person's clips.

    probs: (N, C) answers of the network; embeddings: (N, D); labels: int (N,), what was acted;
    clip: int (N,) from 0 on, the clip that a row is a window of (default: each row is a clip).
    All windows of a clip together have the weight of one clip, because they are similar. Every class has the same
    weight, however many clips it has: how often an emotion was acted says nothing about how often it will occur.
    Raises ValueError where fewer than two classes were acted.
    """
    from scipy.optimize import minimize  # takes a second to import

    classes, target = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError("at least two different emotions are needed")
    clip = np.arange(len(labels)) if clip is None else clip
    share = 1 / np.bincount(clip)[clip]  # (N,)
    share *= (share.sum() / (len(classes) * np.bincount(target, weights=share)))[target]
    centre, scale = np.average(embeddings, axis=0, weights=share), float(np.sqrt(np.square(embeddings).mean())) or 1.0
    x, offset, truth = (embeddings - centre) / scale, np.log(probs[:, classes] + EPSILON), np.eye(len(classes))[target]
    size = x.shape[1], len(classes)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = flat[: -size[1]].reshape(size), flat[-size[1] :]
        q = _softmax(offset + x @ weights + bias)
        value = -(share * np.log(q[np.arange(len(q)), target] + 1e-12)).sum() + ridge / 2 * (
            np.square(weights).sum() + np.square(bias).sum() / 10
        )
        slope = share[:, None] * (q - truth)
        return value, np.concatenate([(x.T @ slope + ridge * weights).ravel(), slope.sum(axis=0) + ridge / 10 * bias])

    flat = minimize(
        loss, np.zeros(size[0] * size[1] + size[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200}
    ).x
    return Correction(classes, centre, scale, flat[: -size[1]].reshape(size), flat[-size[1] :])


class _KeepsEmbeddings:
    """A model for a VoiceJudge that keeps the answer and the embedding of each window."""

    def __init__(self, model: EmbeddingPredictor):
        self.model, self.card = model, model.card
        self.kept: list[tuple[np.ndarray, np.ndarray]] = []

    def predict(self, waveform: np.ndarray, sample_rate: float) -> np.ndarray:
        self.kept.append(self.model.predict_with_embedding(waveform, sample_rate))
        return self.kept[-1][0]


def windows_of(model: EmbeddingPredictor, wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A clip cut into windows as on the live page: answers (W, 8) and embeddings (W, D).

    Only windows with enough speech, or the one with the most. Learning from windows and not from the whole clip is what
    helps on the live page (docs/experiments.md). wave: float32 (T,) at audio.SAMPLE_RATE.
    Raises PersonalVoiceError with the reason where there is no voice in it.
    """
    keeper = _KeepsEmbeddings(model)
    judge = VoiceJudge(keeper, smoothing_s=0)
    readings = judge.hear(wave) + judge.finish()
    voiced = np.array([r.voiced_seconds for r in readings if r.probs is not None])
    if not len(voiced):
        raise PersonalVoiceError(readings[-1].reason if readings else "too short")
    used = np.flatnonzero(voiced >= min(ENOUGH_VOICED_SECONDS, voiced.max()))
    return np.stack([keeper.kept[i][0] for i in used]), np.stack([keeper.kept[i][1] for i in used])


@dataclass(frozen=True)
class Clips:
    """One person's clips as they are kept: the network's answers and embeddings of their windows, no sound."""

    weights_sha256: str  # of the network that judged them
    # of all windows, (W, 8)
    probs: np.ndarray = field(default_factory=lambda: np.zeros((0, len(VOICE_LABELS)), np.float32))
    embeddings: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))  # (W, D)
    clip: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))  # (W,) which clip a window is of
    labels: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))  # (N,) into VOICE_LABELS

    def __len__(self) -> int:
        return len(self.labels)

    def added(self, probs: np.ndarray, embeddings: np.ndarray, label: str) -> Clips:
        """With one clip more: the results of windows_of, (W, 8) and (W, D), and the emotion that was acted."""
        old = self.embeddings if len(self) else np.zeros((0, embeddings.shape[1]), np.float32)
        return Clips(
            self.weights_sha256,
            np.vstack([self.probs, probs]).astype(np.float32),
            np.vstack([old, embeddings]).astype(np.float32),
            np.append(self.clip, np.full(len(probs), len(self))),
            np.append(self.labels, VOICE_LABELS.index(label)),
        )

    def without(self, index: int) -> Clips:
        """Without the clip at this place."""
        kept = self.clip != index
        clip = self.clip[kept]
        return Clips(
            self.weights_sha256,
            self.probs[kept],
            self.embeddings[kept],
            clip - (clip > index),
            np.delete(self.labels, index),
        )

    def without_last(self) -> Clips:
        """Without the newest clip."""
        return self.without(len(self) - 1)

    def count(self, label: str) -> int:
        """How many clips of this emotion there are."""
        return int((self.labels == VOICE_LABELS.index(label)).sum())

    @property
    def mark(self) -> str:
        """Eight characters that tell these clips from any others."""
        return hashlib.sha256(
            b"".join(np.ascontiguousarray(a).tobytes() for a in (self.probs, self.embeddings, self.clip, self.labels))
        ).hexdigest()[:8]

    @property
    def enough(self) -> bool:
        """Whether a correction can be fitted: clips of two emotions."""
        return len(np.unique(self.labels)) > 1

    def correction(self) -> Correction:
        """Fitted to all clips. Raises ValueError where they are not enough."""
        return fit_correction(self.probs, self.embeddings, self.labels[self.clip], self.clip)

    def tried_out(self) -> tuple[int, int, int]:
        """(clips, right as shipped, right with the correction), each clip judged by a correction fitted to the others.

        Among the acted emotions only. A clip that is the only one of its emotion is left out: the others hold none.
        """
        acted, tried, before, after = np.unique(self.labels), 0, 0, 0
        for i, label in enumerate(self.labels):
            rest = self.without(i)
            if (rest.labels == label).sum() == 0 or not rest.enough:
                continue
            own = self.clip == i
            corrected = rest.correction()(self.probs[own], self.embeddings[own]).mean(axis=0)
            tried += 1
            before += int(acted[self.probs[own].mean(axis=0)[acted].argmax()] == label)
            after += int(acted[corrected[acted].argmax()] == label)
        return tried, before, after


def clips_file(home: Path, voice_model: str) -> Path:
    """Where the clips for the voice model `accurate` or `fast` are kept: what they hold depends on the network."""
    return home / f"my_{VOICE_MODELS[voice_model]}.npz"


def read_clips(path: Path, weights_sha256: str) -> Clips:
    """The clips kept in this file (clips_file) for the voice model with these weights.

    No clips where there is no file, or where they were judged with other weights.
    Raises PersonalVoiceError where the file cannot be read.
    """
    try:
        if not path.exists():
            return Clips(weights_sha256)
        with np.load(path, allow_pickle=False) as kept:
            clips = Clips(str(kept["weights_sha256"]), *(kept[k] for k in ("probs", "embeddings", "clip", "labels")))
            n, windows = len(clips.labels), len(clips.clip)
            valid = (
                clips.probs.shape == (windows, len(VOICE_LABELS))
                and clips.embeddings.shape[:1] == (windows,)
                and clips.clip.dtype.kind in "iu"
                and np.array_equal(np.unique(clips.clip), np.arange(n))
                and clips.embeddings.ndim == 2
                and clips.labels.dtype.kind in "iu"
                and np.isin(clips.labels, range(len(VOICE_LABELS))).all()
                and np.isfinite(clips.probs).all()
                and np.isfinite(clips.embeddings).all()
            )
    except Exception as e:  # numpy and zipfile raise many kinds
        reason = (
            e if isinstance(e, OSError) else "it is damaged"
        )  # numpy's own message suggests an unsafe way to load it
        raise PersonalVoiceError(f"{path} cannot be read ({reason}); delete it and record the clips again") from e
    if not valid:
        raise PersonalVoiceError(f"{path} does not hold what this program wrote; delete it and record the clips again")
    return clips if clips.weights_sha256 == weights_sha256 else Clips(weights_sha256)


def write_clips(path: Path, clips: Clips) -> None:
    """Keep the clips in this file; without clips it is deleted. Raises PersonalVoiceError on a disk error."""
    part = path.with_suffix(".part")
    try:
        if not len(clips):
            path.unlink(missing_ok=True)
            part.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # as emotion.timeline.store makes it
        with part.open("wb") as f:
            np.savez(
                f,
                weights_sha256=np.array(clips.weights_sha256),
                probs=clips.probs,
                embeddings=clips.embeddings,
                clip=clips.clip,
                labels=clips.labels,
            )
        os.replace(part, path)
    except OSError as e:
        raise PersonalVoiceError(
            f"{path} cannot be written ({e}); check free disk space and the permissions of {path.parent}"
        ) from e


class PersonalVoice:
    """The voice model, corrected by one person's clips: a VoicePredictor.

    Raises ValueError where the clips are not enough, PersonalVoiceError where they are of another network.
    """

    def __init__(self, model: VoiceModel, clips: Clips):
        self.model, self.clips, self.correction = model, clips, clips.correction()
        self.labels, self.card = model.labels, model.card
        # also because the first call is slow
        _, embedding = model.predict_with_embedding(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)
        if len(embedding) != clips.embeddings.shape[1]:
            raise PersonalVoiceError(
                "the kept clips do not fit the voice model; delete them on the page Me and record them again"
            )

    def predict(self, waveform: np.ndarray, sample_rate: float) -> np.ndarray:
        """As VoiceModel.predict, corrected."""
        probs, embedding = self.model.predict_with_embedding(waveform, sample_rate)
        return self.correction(probs[None], embedding[None])[0]

    def answer(self, waveform: np.ndarray, sample_rate: float, centre: np.ndarray | None = None) -> VoiceAnswer:
        """As VoiceModel.answer, both answers corrected."""
        found = self.model.answer(waveform, sample_rate, centre)
        both, embeddings = np.stack([found.probs, found.as_it_is]), np.stack([found.embedding] * 2)
        probs, as_it_is = self.correction(both, embeddings)
        return replace(found, probs=probs, as_it_is=as_it_is)
