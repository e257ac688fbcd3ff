"""Learns what a worse input changes in the pool: the factors of emotion.reliability.

Held-out faces of FER-2013's Training and clips of corpora that the voice has never heard, each made worse in steps
(emotion/evaluation/degraded.py), in pairs of one label. The factors a_j, c_j >= 0 with the least negative
log-likelihood of the pool, whose exponents are those fitted before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import softmax

from emotion import audio
from emotion.calibration import EPSILON, negative_log_likelihood
from emotion.evaluation.corpora import served_models_without, spoken_clips
from emotion.evaluation.degraded import FACE_CHANGES, VOICE_CHANGES, Seen, hear, see
from emotion.evaluation.pairs import pick_faces
from emotion.evaluation.scores import evenly
from emotion.evaluation.voices import seven_classes
from emotion.labels import FACE_LABELS, VOICE_TO_FACE
from emotion.paths import MODELS
from emotion.predict import load_face_model
from emotion.reliability import FaceQuality, VoiceQuality
from emotion.training.quiet import without_messages

FACES, CLIPS = 900, 120  # held-out faces; clips of each corpus
DRAWS = 6  # random faces that every voice meets
LEAST = 0.005  # a factor below this is 0
RIDGE = 0.01  # times the sum of c_j squared is added to the loss
NAMES = {"face": list(vars(FaceQuality())), "voice": list(vars(VoiceQuality()))}


@dataclass(frozen=True)
class Answers:
    """Answers of one modality to inputs made worse; arrays share their first axis N."""

    labels: np.ndarray  # int (N,), over FACE_LABELS
    probs: np.ndarray  # float (N, 7)
    costs: np.ndarray  # float (N, J), the b_j of each
    corpora: np.ndarray  # str (N,), where a voice is from; "" for faces

    def where(self, rows: np.ndarray) -> Answers:
        """These rows alone."""
        return Answers(self.labels[rows], self.probs[rows], self.costs[rows], self.corpora[rows])


def fit_factors(faces: Answers, voices: Answers, weights: dict[str, float], *, seed: int = 0) -> dict:
    """The factors of the pool with these exponents, as reliability.learned gives them; rounded."""
    known = np.isin(voices.labels, faces.labels)
    picks = pick_faces(voices.labels[known], faces.labels, draws=DRAWS, seed=seed).ravel()
    face, voice = faces.where(picks), voices.where(np.tile(np.flatnonzero(known), DRAWS))
    j, k = face.costs.shape[1], voice.costs.shape[1]

    face_logs, voice_logs = (np.log(np.maximum(a.probs, EPSILON)) for a in (face, voice))
    neutral = np.eye(len(FACE_LABELS))[FACE_LABELS.index("neutral")]

    def loss(x: np.ndarray) -> float:
        """Of fusion.pooled, but for its rule on words that neither means, which would make the loss jump."""
        exponents, offsets = x[: j + k], x[j + k :]
        logits = (weights["face"] * np.exp(-face.costs @ exponents[:j]))[:, None] * (
            face_logs - (face.costs @ offsets[:j])[:, None] * neutral
        ) + (weights["voice"] * np.exp(-voice.costs @ exponents[j:]))[:, None] * (
            voice_logs - (voice.costs @ offsets[j:])[:, None] * neutral
        )
        return negative_log_likelihood(face.labels, softmax(logits, axis=1)) + RIDGE * float((offsets**2).sum())

    found = minimize(loss, np.full(2 * (j + k), 0.05), method="L-BFGS-B", bounds=[(0, 3)] * (2 * (j + k))).x
    found = np.where(found < LEAST, 0.0, found)
    parts = np.split(found, [j, j + k, 2 * j + k])
    named = [
        {name: round(float(a), 3) for name, a in zip(NAMES[m], part)}
        for m, part in zip(("face", "voice") * 2, parts, strict=True)
    ]
    return {"exponent": {"face": named[0], "voice": named[1]}, "neutral": {"face": named[2], "voice": named[3]}}


def answers_to_worse(face_model: str, *, data=None, seed: int = 0, models: Path = MODELS) -> tuple[Answers, Answers]:
    """The answers of face and voice to the inputs made worse, where they could be judged."""
    return _faces(face_model, data, seed, models), _voices(data, seed, models)


def _answers(labels: list[int], found: list[Seen], corpora: list[str]) -> Answers:
    probs = np.array([s.probs for s in found], np.float64)
    costs = np.array([list(vars(s.quality).values()) for s in found])
    return Answers(np.array(labels), probs, costs, np.array(corpora))


def _faces(face_model: str, data, seed: int, models: Path) -> Answers:
    from emotion.training.face_data import face_split

    _, faces, _ = face_split(data)
    with without_messages():
        model = load_face_model(face_model, folder=models)
    labels, found = [], []
    for i in evenly(len(faces), FACES):
        for j, change in enumerate(FACE_CHANGES.values()):
            seen = see(model, change(faces.images[i], np.random.default_rng((seed, i, j))))
            if seen.probs is not None:
                labels.append(int(faces.labels[i]))
                found.append(seen)
    return _answers(labels, found, [""] * len(labels))


def _voices(data, seed: int, models: Path) -> Answers:
    labels, found, corpora = [], [], []
    clips = spoken_clips(data)
    for corpus, model in served_models_without(models=models).items():
        for i in evenly(len(clips[corpus]), CLIPS):
            clip = clips[corpus][i]
            wave = audio.read_audio(clip.path)
            for j, change in enumerate(VOICE_CHANGES.values()):
                seen = hear(model, change(wave, np.random.default_rng((seed, i, j))))
                if seen.probs is not None:
                    labels.append(FACE_LABELS.index(VOICE_TO_FACE[clip.label]))
                    found.append(Seen(seven_classes(seen.probs[None])[0], seen.quality))
                    corpora.append(corpus)
    return _answers(labels, found, corpora)
