"""Learns how much each modality counts in Hybrid, from faces and voices that nothing was trained or tested on."""
from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio
from emotion.calibration import negative_log_likelihood
from emotion.checkpoint import MODELS
from emotion.datasets import load_ravdess
from emotion.evaluation import draw_faces, fold_model_name, needed_fold_seeds, pool, seven_classes, seven_labels
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.predict import VoiceModel, better_face_model, load_face_model

GRID = np.arange(0.3, 1.51, 0.05)
DRAWS = 5


def fit_weights(labels: np.ndarray, face: np.ndarray, voice: np.ndarray) -> dict[str, float]:
    """The exponents of the pool with the least negative log-likelihood. labels (N,), face and voice (N, 7), one row a pair."""
    def loss(pair: tuple[float, float]) -> float:
        return negative_log_likelihood(labels, pool(face, voice, weights={"face": pair[0], "voice": pair[1]}))

    best = min(((f, v) for f in GRID for v in GRID), key=loss)
    return {"face": round(float(best[0]), 2), "voice": round(float(best[1]), 2)}


def train_fusion(*, data=None, face_model: str | None = None, seed: int = 0, folder: Path = MODELS) -> dict:
    """Fit the weights on held-out Training faces and each fold model's validation actors; writes `fusion.json`."""
    from emotion.train_face import face_split

    face_model = face_model or better_face_model(folder)
    _, faces, _ = face_split(data)
    face_probs = load_face_model(face_model, folder=folder).predict(faces.images)
    labels, voice_probs = [], []
    for fold in range(5):
        model = VoiceModel(fold_model_name(fold, needed_fold_seeds(folder)[0]), folder=folder)
        speakers = model.card["validation"]["speakers"]
        for clip in load_ravdess(data):
            if clip.speaker in speakers:
                labels.append(VOICE_LABELS.index(clip.label))
                voice_probs.append(model.predict(audio.read_audio(clip.path), audio.SAMPLE_RATE))
    labels = seven_labels(np.array(labels))
    picks = draw_faces(labels, faces.labels, draws=DRAWS, seed=seed)
    weights = fit_weights(np.tile(labels, DRAWS), face_probs[picks.ravel()], np.tile(seven_classes(np.stack(voice_probs)), (DRAWS, 1)))
    card = {"kind": "fusion", "weights": weights, "labels": list(FACE_LABELS), "seed": seed, "date": date.today().isoformat(),
            "command": "python -m emotion train fusion", "faces": len(faces), "clips": len(labels), "draws": DRAWS,
            "protocol": "Held-out FER-2013 Training faces (face model: " + face_model + ") paired by label with clips of each fold model's "
                        "validation actors; least negative log-likelihood on a grid. No test face is among them, and no clip is judged by a model "
                        "that trained on its actor; but a validation actor of one fold is a test actor of another, so the two numbers "
                        "fitted here have seen labels of clips that Hybrid is measured on."}
    (folder / "fusion.json").write_text(json.dumps(card, indent=1) + "\n")
    return card
