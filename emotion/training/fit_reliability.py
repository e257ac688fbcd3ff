"""Learns how much worse input makes an answer count less: the factors of emotion.reliability.

Held-out faces of FER-2013's Training and clips of corpora that the voice has never heard, each made worse in steps
(emotion/evaluation/degraded.py). Of each modality the factors a_j >= 0 with the least negative log-likelihood of its
own answers, each raised to its reliability exp(-sum of a_j b_j) and normalised.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import softmax

from emotion import audio
from emotion.calibration import EPSILON
from emotion.evaluation.corpora import served_models_without, spoken_clips
from emotion.evaluation.degraded import FACE_CHANGES, VOICE_CHANGES, Seen, hear, see
from emotion.evaluation.scores import evenly
from emotion.evaluation.voices import seven_classes
from emotion.labels import FACE_LABELS, VOICE_TO_FACE
from emotion.paths import MODELS
from emotion.predict import load_face_model
from emotion.training.quiet import without_messages

FACES, CLIPS = 700, 60  # held-out faces; clips of each corpus
LEAST = 0.005  # a factor below this is 0


def fit_factors(labels: np.ndarray, probs: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """The factors a (J,) >= 0. labels: int (N,); probs: float (N, C); costs: the b_j of each answer (N, J)."""

    logs, rows = np.log(np.maximum(probs.astype(np.float64), EPSILON)), np.arange(len(labels))

    def loss(factors: np.ndarray) -> tuple[float, np.ndarray]:
        """Negative log-likelihood and its gradient."""
        power = np.exp(-costs @ factors)[:, None]  # (N, 1)
        found = softmax(power * logs, axis=1)
        value = -np.log(np.maximum(found[rows, labels], EPSILON)).mean()
        slope = (found * logs).sum(axis=1) - logs[rows, labels]  # by power, (N,)
        return float(value), -(costs * (slope * power[:, 0])[:, None]).mean(axis=0)

    start = np.full(costs.shape[1], 0.05)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, 2)] * len(start))
    return np.where(found.x < LEAST, 0.0, found.x)


def fit_reliability(
    face_model: str, *, data=None, seed: int = 0, models: Path = MODELS
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """({"face": {"dark": a, …}, "voice": {…}}, how many answers of each were used)."""
    answers = {"face": _faces(face_model, data, seed, models), "voice": _voices(data, seed, models)}
    factors = {}
    for modality, (labels, seen) in answers.items():
        names = list(vars(seen[0].quality))
        costs = np.array([list(vars(s.quality).values()) for s in seen])
        found = fit_factors(np.array(labels), np.array([s.probs for s in seen]), costs)
        factors[modality] = {name: round(float(a), 3) for name, a in zip(names, found)}
    return factors, {modality: len(labels) for modality, (labels, _) in answers.items()}


def _faces(face_model: str, data, seed: int, models: Path) -> tuple[list[int], list[Seen]]:
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
    return labels, found


def _voices(data, seed: int, models: Path) -> tuple[list[int], list[Seen]]:
    labels, found = [], []
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
    return labels, found
