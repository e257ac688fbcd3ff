"""Measurement of Hybrid on pairs of a face and a voice with the same label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from emotion import fusion, metrics
from emotion.certainty import sure_above
from emotion.datasets import DatasetError
from emotion.evaluation.faces import evaluate_face
from emotion.evaluation.measurements import (
    FUSION_COMMAND,
    FUSION_NAME,
    VOICE_NAME,
    Progress,
    face_name,
    out_folder,
    print_table,
    read_metrics,
    rows_of,
    show_progress,
    write_metrics,
)
from emotion.evaluation.scores import figures, right_answers, short_figures
from emotion.evaluation.voices import at_temperature, served_temperature, seven_classes, seven_labels, voice_rows
from emotion.labels import FACE_LABELS
from emotion.paths import MODELS
from emotion.predict import better_face_model
from emotion.reliability import FaceQuality, VoiceQuality, learned, neutral_offset, reliability

FUSION_DRAWS = 100  # random pairings of every clip with a face of its label
FUSION_METHODS = ("face", "voice", "average", "hybrid")
MODALITY_OF = {"face": "face", "voice": "voice", "hybrid": "together"}  # method -> whose threshold it has


@dataclass(frozen=True)
class Counts:
    """What counts of many answers of one modality (emotion/reliability.py)."""

    reliability: np.ndarray  # float (N,), 0…1
    neutral_offset: np.ndarray  # float (N,), 0 or more

    def __getitem__(self, rows: np.ndarray) -> Counts:
        return Counts(self.reliability[rows], self.neutral_offset[rows])


def counts_of(qualities: Sequence[FaceQuality | VoiceQuality | None], *, without: str | None = None) -> Counts:
    """Of answers to inputs of these qualities. without: with what was learned without this corpus."""
    factors = learned(without)
    return Counts(
        np.array([1.0 if q is None else reliability(q, factors) for q in qualities]),
        np.array([0.0 if q is None else neutral_offset(q, factors) for q in qualities]),
    )


def pool(
    face: np.ndarray,
    voice: np.ndarray,
    *,
    weights: dict[str, float] | None = None,
    face_counts: Counts | None = None,
    voice_counts: Counts | None = None,
) -> np.ndarray:
    """What emotion.fuse(mode="hybrid") answers, for many pairs at once.

    face, voice: (N, 7) over FACE_LABELS -> (N, 7); counts: of the faces and the voices, in full unless given.
    """
    weights = weights or fusion.learned_weights()
    in_full = Counts(np.ones(len(face)), np.zeros(len(face)))
    f, v = face_counts or in_full, voice_counts or in_full
    return fusion.pooled(
        face,
        voice,
        weights["face"] * f.reliability[:, None],
        weights["voice"] * v.reliability[:, None],
        face_neutral_offset=f.neutral_offset[:, None],
        voice_neutral_offset=v.neutral_offset[:, None],
    )


def private_faces(model: str, folder: Path, **options) -> dict[str, np.ndarray]:
    """The answers of this face model to FER-2013's PrivateTest, measured now where that has not been done.

    options: those of evaluate_face. Raises DatasetError where the copy of FER-2013 does not tell that split.
    """
    rows = rows_of(
        face_name(model, "PrivateTest"),
        folder,
        options["models"],
        limit=options["limit"],
        measure=lambda: evaluate_face(model, **options),
    )
    if rows is None:
        raise DatasetError(
            "fusion is measured on FER-2013's PrivateTest faces, and this copy has Public and Private merged; "
            "use one with index.csv, which names each picture's official usage"
        )
    return rows


def pick_faces(voice_labels: np.ndarray, face_labels: np.ndarray, *, draws: int, seed: int) -> np.ndarray:
    """For every clip a random face of its label, `draws` times: row numbers of faces (draws, n_clips)."""
    rng = np.random.default_rng(seed)
    picks = np.zeros((draws, len(voice_labels)), int)
    for label in np.unique(voice_labels):
        clips = np.flatnonzero(voice_labels == label)
        picks[:, clips] = rng.choice(np.flatnonzero(face_labels == label), (draws, len(clips)))
    return picks


def sure_figures(labels: np.ndarray, probs: np.ndarray, modality: str) -> dict:
    """How often a modality names a word and is wrong then, and the same at other thresholds. probs: (N, 7)."""
    right, confidence = probs.argmax(axis=1) == labels, probs.max(axis=1)
    threshold = sure_above()[modality]
    sure = confidence >= threshold
    return {
        "above": threshold,
        "coverage": float(sure.mean()),
        "wrong": float(1 - right[sure].mean()) if sure.any() else None,
        "curve": metrics.risk_coverage(right, confidence),
    }


def fusion_figures(
    face_labels: np.ndarray,
    face_probs: np.ndarray,
    voice_labels: np.ndarray,
    voice_probs: np.ndarray,
    speakers: np.ndarray,
    *,
    corpus: str = "ravdess",
    draws: int = FUSION_DRAWS,
    seed: int = 0,
) -> dict:
    """Face alone, voice alone, their average and Hybrid on pairs of one label.

    face_labels (F,), face_probs (F, 7); voice_labels, speakers (V,), voice_probs (V, 7); labels over FACE_LABELS.
    corpus: of the clips; the pool's weights are those fitted without it. Intervals resample speakers; the value of a
    clip is its mean over the draws.
    """
    known = np.isin(voice_labels, face_labels)  # a limited set may lack a label
    voice_labels, voice_probs, speakers = voice_labels[known], voice_probs[known], speakers[known]
    picks = pick_faces(voice_labels, face_labels, draws=draws, seed=seed)
    face = face_probs[picks.ravel()].astype(np.float64)
    voice = np.tile(voice_probs.astype(np.float64), (draws, 1))
    labels = np.tile(voice_labels, draws)
    hybrid = pool(face, voice, weights=fusion.learned_weights(without=corpus))
    answers = {"face": face, "voice": voice, "average": (face + voice) / 2, "hybrid": hybrid}
    hits = {m: right_answers(labels, p).reshape(draws, -1) for m, p in answers.items()}  # (draws, n_clips)
    methods = {
        m: {
            **short_figures(labels, p),
            "n": len(voice_labels),
            "interval_95": metrics.bootstrap_interval(hits[m].mean(axis=0), speakers),
            "std_over_draws": float(hits[m].mean(axis=1).std()),
            **({"sure": sure_figures(labels, p, MODALITY_OF[m])} if m in MODALITY_OF else {}),
        }
        for m, p in answers.items()
    }
    better = max(("face", "voice"), key=lambda m: methods[m]["accuracy"])
    gain = (hits["hybrid"] - hits[better]).mean(axis=0)
    whole = figures(labels, answers["hybrid"], FACE_LABELS)
    per_draw = lambda count: count / draws  # noqa: E731
    whole["confusion"] = [[per_draw(c) for c in row] for row in whole["confusion"]]
    whole["per_class"] = [{**row, "support": row["support"] // draws} for row in whole["per_class"]]
    return {
        **whole,
        "n": len(voice_labels),
        "draws": draws,
        "pairs": len(labels),
        "methods": methods,
        "interval_95": methods["hybrid"]["interval_95"],
        "better_single": better,
        "gain": float(gain.mean()),
        "gain_interval_95": metrics.bootstrap_interval(gain, speakers),
    }


def evaluate_fusion(
    model: str | None = None,
    *,
    data=None,
    draws: int = FUSION_DRAWS,
    seed: int = 0,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure Hybrid on pairs of a PrivateTest face and an out-of-fold voice with the same label, and write the file.

    Uses the files of evaluate_face and evaluate_voice; runs these first where files are missing or of other weights.
    Returns name -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder, model = out_folder(out, limit), model or better_face_model(models)
    same = {"data": data, "limit": limit, "out": out, "models": models, "today": today, "progress": progress}
    face_file = face_name(model, "PrivateTest")
    voices = voice_rows(folder, **same)
    faces = private_faces(model, folder, **same)
    used = read_metrics(folder)
    temperature = served_temperature(models)
    found = {
        "model": f"fusion of face_{model} and voice",
        "network": "weighted logarithmic opinion pool",
        "kind": "fusion",
        "data_set": "FER-2013 PrivateTest × RAVDESS speech",
        "split": "paired",
        "labels": list(FACE_LABELS),
        "seed": seed,
        "date": (today or date.today()).isoformat(),
        "weights_sha256": {**used[face_file]["weights_sha256"], **used[VOICE_NAME]["weights_sha256"]},
        "command": FUSION_COMMAND,
        "limited_to": limit,
        "fusion_weights": dict(fusion.learned_weights()),
        "temperature": None,
        "voice_temperature": temperature,
        "protocol": "No set with labelled picture and voice is at hand, so the pairs are made: every out-of-fold "
        f"RAVDESS clip (calm counts as neutral, 7 classes) meets a random PrivateTest face of its label, {draws} "
        "seeded draws. Errors of the two are therefore independent, which in one real person they are not. The "
        "voice has the app's temperature; the pool's weights are fitted on other corpora. Intervals resample actors.",
        **fusion_figures(
            faces["labels"].astype(int),
            faces["probs"].astype(np.float32),
            seven_labels(voices["labels"].astype(int)),
            seven_classes(at_temperature(voices, used[VOICE_NAME]["temperatures"], temperature)),
            voices["actors"].astype(int),
            draws=draws,
            seed=seed,
        ),
    }
    found = write_metrics(FUSION_NAME, found, None, folder)
    print_table({f"{FUSION_NAME} {m}": {**found, **found["methods"][m]} for m in FUSION_METHODS})
    return {FUSION_NAME: found}
