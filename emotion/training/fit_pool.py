"""Learns how hybrid mode judges, `fusion.json`: the exponents of face and voice, reliability, and when to be unsure.

From faces that no model was trained on, and voices of corpora that no model has heard: the app's users are strangers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from emotion.calibration import negative_log_likelihood
from emotion.certainty import fit_sure_above
from emotion.evaluation.corpora import corpora_rows
from emotion.evaluation.measurements import VOICE_NAME, read_metrics
from emotion.evaluation.pairs import pick_faces, pool
from emotion.evaluation.scores import evenly
from emotion.evaluation.voices import at_temperature, served_temperature, seven_classes, seven_labels, voice_rows
from emotion.fusion import weights_without
from emotion.labels import FACE_LABELS
from emotion.paths import MODELS
from emotion.predict import better_face_model, load_face_model
from emotion.training.fit_reliability import answers_to_worse, fit_factors
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
    corpora: np.ndarray  # (N,) str, where the voice is from

    def where(self, mask: np.ndarray) -> Pairs:
        return Pairs(self.labels[mask], self.face[mask], self.voice[mask], self.corpora[mask])


def fit_weights(labels: np.ndarray, face: np.ndarray, voice: np.ndarray) -> dict[str, float]:
    """The exponents with the least negative log-likelihood. labels (N,), face and voice (N, 7), rows are pairs."""

    def loss(pair: tuple[float, float]) -> float:
        return negative_log_likelihood(labels, pool(face, voice, weights={"face": pair[0], "voice": pair[1]}))

    best = min(((f, v) for f in GRID for v in GRID), key=loss)
    return {"face": round(float(best[0]), 2), "voice": round(float(best[1]), 2)}


def held_out_loss(card: dict, pairs: Pairs) -> float:
    """Negative log-likelihood of a fusion card on pairs, each corpus's with the weights fitted without that corpus."""
    total = 0.0
    for corpus in np.unique(pairs.corpora):
        own = pairs.where(pairs.corpora == corpus)
        pooled = pool(own.face, own.voice, weights=weights_without(card, str(corpus)))
        total += len(own.labels) * negative_log_likelihood(own.labels, pooled)
    return total / len(pairs.labels)


def measured_on(pairs: Pairs, card: dict) -> dict:
    """The card with its held-out figure on these pairs, so that two cards can be compared."""
    loss = round(held_out_loss(card, pairs), 4)
    return card | {"validation": {"pairs": len(pairs.labels), "negative_log_likelihood": loss}}


def held_out_pairs(face_model: str, *, data=None, seed: int = 0, models: Path = MODELS) -> tuple[Pairs, int, int]:
    """(pairs, how many faces, how many clips) from held-out Training faces and clips of corpora never heard.

    As many clips of each corpus as the smallest one has. Every clip meets DRAWS random faces of its label.
    """
    from emotion.training.face_data import face_split

    _, faces, _ = face_split(data)
    with without_messages():
        model = load_face_model(face_model, folder=models)
    face_probs = model.predict(faces.images)
    heard = corpora_rows(data=data, models=models)
    each = [np.flatnonzero(heard["corpora"] == corpus) for corpus in np.unique(heard["corpora"])]
    fewest = min(map(len, each))
    some = np.concatenate([rows[evenly(len(rows), fewest)] for rows in each])
    labels = heard["labels"][some].astype(int)
    picks = pick_faces(labels, faces.labels, draws=DRAWS, seed=seed)  # (draws, n_clips)
    pairs = Pairs(
        labels=np.tile(labels, DRAWS),
        face=face_probs[picks.ravel()],
        voice=np.tile(seven_classes(heard["probs"][some].astype(np.float32)), (DRAWS, 1)),
        corpora=np.tile(heard["corpora"][some], DRAWS),
    )
    return pairs, len(faces), len(labels)


def thresholds(card: dict, pairs: Pairs, *, data=None, models: Path = MODELS) -> dict[str, float]:
    """The least probability of a sure answer, by modality: above it at most certainty.MOST_WRONG are wrong.

    Face: held-out faces. Together: the pairs, each corpus's with the weights fitted without it. Voice: the four corpora
    that its networks never heard, and RAVDESS's folds, whose actors they never heard, which count as much as the four
    together. Of the four alone no threshold would reach it.
    """
    pooled = np.zeros_like(pairs.face)
    for corpus in np.unique(pairs.corpora):
        own = pairs.corpora == corpus
        some = pairs.where(own)
        pooled[own] = pool(some.face, some.voice, weights=weights_without(card, str(corpus)))
    heard = corpora_rows(data=data, models=models)
    folds = voice_rows(data=data, models=models)
    temperatures = read_metrics()[VOICE_NAME]["temperatures"]
    at_home = seven_classes(at_temperature(folds, temperatures, served_temperature(models)))
    voice = np.concatenate([seven_classes(heard["probs"].astype(np.float32)), at_home])
    said = np.concatenate([heard["labels"].astype(int), seven_labels(folds["labels"].astype(int))])
    sources = np.concatenate([heard["corpora"].astype(str), np.full(len(at_home), "folds")])
    names, source, counts = np.unique(sources, return_inverse=True, return_counts=True)
    each = np.where(names == "folds", len(names) - 1, 1) / counts  # how much a clip of each source counts
    found = {
        "face": (pairs.labels, pairs.face, None),
        "voice": (said, voice, each[source]),
        "together": (pairs.labels, pooled, None),
    }
    return {
        modality: fit_sure_above(probs.argmax(axis=1) == labels, probs.max(axis=1), weights)
        for modality, (labels, probs, weights) in found.items()
    }


def train_fusion(
    *, data=None, face_model: str | None = None, seed: int = 0, models: Path = MODELS, folder: Path
) -> tuple[dict, Pairs]:
    """Fit weights, reliability and thresholds and write `fusion.json` into `folder`. Returns (card, the pairs).

    Beside the weights that the app uses the card holds, for each corpus, those fitted without its clips: hybrid mode
    is measured with them. models: the folder with the face model and the models without a corpus.
    """
    face_model = face_model or better_face_model(models)
    pairs, faces, clips = held_out_pairs(face_model, data=data, seed=seed, models=models)

    worse_faces, worse_voices = answers_to_worse(face_model, data=data, seed=seed, models=models)

    def fitted(some: Pairs, of: np.ndarray) -> dict:
        weights = fit_weights(some.labels, some.face, some.voice)
        return weights | {"reliability": fit_factors(worse_faces, worse_voices.where(of), weights, seed=seed)}

    every = fitted(pairs, np.full(len(worse_voices.labels), True))
    card = {
        "kind": "fusion",
        "weights": {m: every[m] for m in ("face", "voice")},
        "reliability": every["reliability"],
        "without": {
            str(c): fitted(pairs.where(pairs.corpora != c), worse_voices.corpora != c) for c in np.unique(pairs.corpora)
        },
        "labels": list(FACE_LABELS),
        "seed": seed,
        "date": date.today().isoformat(),
        "command": "python -m emotion train fusion",
        "faces": faces,
        "clips": clips,
        "draws": DRAWS,
        "protocol": f"Held-out FER-2013 Training faces (face model: {face_model}) paired by label with clips of "
        "four corpora, each answered by a network that has not heard its corpus, at the temperature fitted on the "
        "others; least negative log-likelihood on a grid. No test face is among them. Hybrid is measured on the clips "
        "of a corpus with the weights fitted on the other three. Reliability: the same faces and clips made worse in "
        f"steps ({len(worse_faces.labels)} and {len(worse_voices.labels)} answers), in pairs. Thresholds: see "
        "emotion/training/fit_pool.py.",
    }
    card["sure_above"] = thresholds(card, pairs, data=data, models=models)
    card = measured_on(pairs, card)
    replace_files(folder, {"fusion.json": card_as_json(card)})
    return card, pairs
