"""Learns how much face and voice count in hybrid mode: the exponents of the pool, `fusion.json`.

From faces that no model was trained on, and voices that the fold models have not heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from emotion.calibration import negative_log_likelihood
from emotion.datasets import RAVDESS_FOLDS
from emotion.evaluation.pairs import pick_faces, pool
from emotion.evaluation.voices import seven_classes, seven_labels, voice_rows
from emotion.labels import FACE_LABELS
from emotion.paths import MODELS
from emotion.predict import better_face_model, load_face_model
from emotion.training.install import card_as_json, replace_files
from emotion.training.quiet import without_messages

GRID = np.arange(0.3, 1.51, 0.05)
DRAWS = 5


@dataclass(frozen=True)
class Pairs:
    """Pairs of a face and a voice of one label; arrays share their first axis N."""

    labels: np.ndarray  # (N,) int, index into FACE_LABELS
    face: np.ndarray  # (N, 7) probabilities
    voice: np.ndarray  # (N, 7) probabilities
    folds: np.ndarray  # (N,) int, the voice's RAVDESS fold

    def where(self, mask: np.ndarray) -> Pairs:
        return Pairs(self.labels[mask], self.face[mask], self.voice[mask], self.folds[mask])


def fit_weights(labels: np.ndarray, face: np.ndarray, voice: np.ndarray) -> dict[str, float]:
    """The exponents with the least negative log-likelihood. labels (N,), face and voice (N, 7), rows are pairs."""

    def loss(pair: tuple[float, float]) -> float:
        return negative_log_likelihood(labels, pool(face, voice, weights={"face": pair[0], "voice": pair[1]}))

    best = min(((f, v) for f in GRID for v in GRID), key=loss)
    return {"face": round(float(best[0]), 2), "voice": round(float(best[1]), 2)}


def held_out_loss(card: dict, pairs: Pairs) -> float:
    """Negative log-likelihood of a fusion card on pairs, each fold's with the weights fitted without that fold."""
    total = 0.0
    for fold in np.unique(pairs.folds):
        own = pairs.where(pairs.folds == fold)
        pooled = pool(own.face, own.voice, weights=card["without_fold"][fold])
        total += len(own.labels) * negative_log_likelihood(own.labels, pooled)
    return total / len(pairs.labels)


def measured_on(pairs: Pairs, card: dict) -> dict:
    """The card with its held-out figure on these pairs, so that two cards can be compared."""
    loss = round(held_out_loss(card, pairs), 4)
    return card | {"validation": {"pairs": len(pairs.labels), "negative_log_likelihood": loss}}


def held_out_pairs(face_model: str, *, data=None, seed: int = 0, models: Path = MODELS) -> tuple[Pairs, int, int]:
    """(pairs, how many faces, how many clips) from held-out Training faces and out-of-fold voices.

    Every clip meets DRAWS random faces of its label.
    """
    from emotion.training.face_data import face_split

    _, faces, _ = face_split(data)
    with without_messages():
        model = load_face_model(face_model, folder=models)
    face_probs = model.predict(faces.images)
    voices = voice_rows(data=data, models=models)
    labels = seven_labels(voices["labels"].astype(int))
    heard = seven_classes(voices["probs"].astype(np.float32))
    picks = pick_faces(labels, faces.labels, draws=DRAWS, seed=seed)  # (draws, n_clips)
    pairs = Pairs(
        labels=np.tile(labels, DRAWS),
        face=face_probs[picks.ravel()],
        voice=np.tile(heard, (DRAWS, 1)),
        folds=np.tile(voices["folds"].astype(int), DRAWS),
    )
    return pairs, len(faces), len(labels)


def train_fusion(
    *, data=None, face_model: str | None = None, seed: int = 0, models: Path = MODELS, folder: Path
) -> tuple[dict, Pairs]:
    """Fit the weights and write `fusion.json` into `folder`. Returns (card, the pairs).

    Beside the weights that the app uses the card holds, for each fold, those fitted without the fold's clips: hybrid
    mode is measured with them. models: the folder with the face model and the fold models.
    """
    face_model = face_model or better_face_model(models)
    pairs, faces, clips = held_out_pairs(face_model, data=data, seed=seed, models=models)

    def fitted(some: Pairs) -> dict[str, float]:
        return fit_weights(some.labels, some.face, some.voice)

    card = {
        "kind": "fusion",
        "weights": fitted(pairs),
        "without_fold": [fitted(pairs.where(pairs.folds != k)) for k in range(len(RAVDESS_FOLDS))],
        "labels": list(FACE_LABELS),
        "seed": seed,
        "date": date.today().isoformat(),
        "command": "python -m emotion train fusion",
        "faces": faces,
        "clips": clips,
        "draws": DRAWS,
        "protocol": f"Held-out FER-2013 Training faces (face model: {face_model}) paired by label with RAVDESS clips, "
        "each answered by networks that have not heard its actor; least negative log-likelihood on a grid. No test "
        "face is among them. Hybrid is measured on the clips of a fold with the weights fitted on the other four.",
    }
    card = measured_on(pairs, card)
    replace_files(folder, {"fusion.json": card_as_json(card)})
    return card, pairs
