"""Learns how much each modality counts in Hybrid, from faces that nothing was trained on and voices heard for the first time."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np

from emotion.calibration import negative_log_likelihood
from emotion.datasets import RAVDESS_FOLDS
from emotion.evaluation.pairs import draw_faces, pool
from emotion.evaluation.voices import seven_classes, seven_labels, voice_rows
from emotion.labels import FACE_LABELS
from emotion.paths import MODELS
from emotion.predict import better_face_model, load_face_model

GRID = np.arange(0.3, 1.51, 0.05)
DRAWS = 5


def fit_weights(labels: np.ndarray, face: np.ndarray, voice: np.ndarray) -> dict[str, float]:
    """The exponents of the pool with the least negative log-likelihood. labels (N,), face and voice (N, 7), one row a pair."""

    def loss(pair: tuple[float, float]) -> float:
        return negative_log_likelihood(labels, pool(face, voice, weights={"face": pair[0], "voice": pair[1]}))

    best = min(((f, v) for f in GRID for v in GRID), key=loss)
    return {"face": round(float(best[0]), 2), "voice": round(float(best[1]), 2)}


def train_fusion(*, data=None, face_model: str | None = None, seed: int = 0, folder: Path = MODELS) -> dict:
    """Fit the weights on held-out Training faces and out-of-fold voices; writes `fusion.json`.

    Beside the weights that the app uses it holds, for each fold, those fitted without the fold's clips: Hybrid is measured with them.
    """
    from emotion.training.train_face import face_split

    face_model = face_model or better_face_model(folder)
    _, faces, _ = face_split(data)
    face_probs = load_face_model(face_model, folder=folder).predict(faces.images)
    voices = voice_rows(data=data, models=folder)
    labels = seven_labels(voices["labels"].astype(int))
    picks = draw_faces(labels, faces.labels, draws=DRAWS, seed=seed)  # (draws, n_clips)
    heard = seven_classes(voices["probs"].astype(np.float32))

    def fitted(clips: np.ndarray) -> dict[str, float]:
        return fit_weights(
            np.tile(labels[clips], DRAWS), face_probs[picks[:, clips].ravel()], np.tile(heard[clips], (DRAWS, 1))
        )

    card = {
        "kind": "fusion",
        "weights": fitted(np.ones(len(labels), bool)),
        "without_fold": [fitted(voices["folds"] != k) for k in range(len(RAVDESS_FOLDS))],
        "labels": list(FACE_LABELS),
        "seed": seed,
        "date": date.today().isoformat(),
        "command": "python -m emotion train fusion",
        "faces": len(faces),
        "clips": len(labels),
        "draws": DRAWS,
        "protocol": "Held-out FER-2013 Training faces (face model: "
        + face_model
        + ") paired by label with RAVDESS clips, each answered by "
        "networks that have not heard its actor; least negative log-likelihood on a grid. No test face is among them. "
        "Hybrid is measured on the clips of a fold with the weights fitted on the other four.",
    }
    (folder / "fusion.json").write_text(json.dumps(card, indent=1) + "\n")
    return card
