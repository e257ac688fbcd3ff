"""Measurement of Hybrid where the input gets worse: every step of a face's with every step of a voice's."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, fusion, metrics
from emotion.datasets import fold_of, load_fer2013, load_ravdess
from emotion.evaluation.degraded import FACE_CHANGES, VOICE_CHANGES, Seen, hear, see
from emotion.evaluation.measurements import (
    FUSION_COMMAND,
    GRID_NAME,
    Progress,
    out_folder,
    show_progress,
    write_metrics,
)
from emotion.evaluation.pairs import pick_faces, pool
from emotion.evaluation.scores import evenly
from emotion.evaluation.voices import fold_weights, served_fold_voices, seven_classes, seven_labels
from emotion.labels import VOICE_LABELS
from emotion.paths import MODELS
from emotion.predict import better_face_model, load_face_model
from emotion.reliability import reliability

FACES, CLIPS, DRAWS = 420, 240, 20


def answered(seen: list[Seen]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(which were judged, bool (N,); probabilities (N, 7), even where not judged; reliability (N,))."""
    judged = np.array([s.probs is not None for s in seen])
    probs = np.full((len(seen), 7), 1 / 7)
    if judged.any():
        given = np.stack([s.probs for s in seen if s.probs is not None])
        probs[judged] = given if given.shape[1] == 7 else seven_classes(given)
    return judged, probs, np.array([1.0 if s.quality is None else reliability(s.quality) for s in seen])


def grid_figures(
    face_labels: np.ndarray,
    faces: dict[str, list[Seen]],
    voice_labels: np.ndarray,
    voices: dict[str, list[Seen]],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[dict]:
    """A row per pair of changes: accuracy of face, voice and Hybrid, and ECE, of the pairs in which both were judged.

    face_labels (F,), voice_labels (V,) over FACE_LABELS; faces, voices: change -> what was made of each.
    """
    picks = pick_faces(voice_labels, face_labels, draws=draws, seed=seed).ravel()
    labels, weights = np.tile(voice_labels, draws), fusion.learned_weights(without="ravdess")
    rows = []
    for face_change, seen in faces.items():
        face_judged, face, face_counts = (a[picks] for a in answered(seen))
        for voice_change, heard in voices.items():
            voice_judged, voice, voice_counts = (np.concatenate([a] * draws) for a in answered(heard))
            both = face_judged & voice_judged
            if not both.any():
                continue
            f, v, truth = face[both], voice[both], labels[both]
            hybrid = pool(f, v, weights=weights, reliability=voice_counts[both], face_reliability=face_counts[both])
            right = {m: metrics.accuracy(truth, p) for m, p in (("face", f), ("voice", v), ("hybrid", hybrid))}
            rows.append(
                {
                    "face_change": face_change,
                    "voice_change": voice_change,
                    "both_judged": float(both.mean()),
                    **right,
                    "gain": right["hybrid"] - max(right["face"], right["voice"]),
                    "ece": metrics.ece(truth, hybrid),
                }
            )
    return rows


def evaluate_grid(
    model: str | None = None,
    *,
    data=None,
    seed: int = 0,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure Hybrid on PrivateTest faces and out-of-fold RAVDESS clips, both made worse in steps; write the file.

    model: the face model; None: the better one. limit: only that many faces and clips, written to `out`. Returns name
    -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder, model = out_folder(out, limit), model or better_face_model(models)
    network, voices = load_face_model(model, folder=models), served_fold_voices(models)
    pictures = load_fer2013(data, usages=("PrivateTest", "Test"))
    pictures = pictures.where(evenly(len(pictures), min(FACES, limit or FACES)))
    every = load_ravdess(data)
    clips = [every[i] for i in evenly(len(every), min(CLIPS, limit or CLIPS))]
    seen: dict[str, list[Seen]] = {name: [] for name in FACE_CHANGES}
    for i, picture in enumerate(pictures.images):
        for j, (name, change) in enumerate(FACE_CHANGES.items()):
            seen[name].append(see(network, change(picture, np.random.default_rng((seed, i, j)))))
        if (i + 1) % 20 == 0 or i + 1 == len(pictures):
            progress("grid, faces", i + 1, len(pictures))
    heard: dict[str, list[Seen]] = {name: [] for name in VOICE_CHANGES}
    for i, clip in enumerate(clips):
        wave, voice = audio.read_audio(clip.path), voices[fold_of(clip.actor)]
        for j, (name, voice_change) in enumerate(VOICE_CHANGES.items()):
            heard[name].append(hear(voice, voice_change(wave, np.random.default_rng((seed, i, j)))))
        if (i + 1) % 20 == 0 or i + 1 == len(clips):
            progress("grid, voices", i + 1, len(clips))
    rows = grid_figures(
        pictures.labels,
        seen,
        seven_labels(np.array([VOICE_LABELS.index(c.label) for c in clips])),
        heard,
        seed=seed,
    )
    found = write_metrics(
        GRID_NAME,
        {
            "model": f"fusion of face_{model} and voice",
            "network": "weighted logarithmic opinion pool",
            "kind": "grid",
            "data_set": "FER-2013 PrivateTest × RAVDESS speech",
            "split": "made worse in steps",
            "seed": seed,
            "draws": DRAWS,
            "date": (today or date.today()).isoformat(),
            "n": len(clips),
            "faces": len(pictures),
            "limited_to": limit,
            "weights_sha256": {network.card["name"]: network.card["sha256"], **fold_weights([v.voice for v in voices])},
            "command": FUSION_COMMAND,
            "fusion_weights": dict(fusion.learned_weights()),
            "protocol": "Each face is put into a picture and goes through detector, crop and model as in the app; of "
            "each clip the last window is judged by networks that never heard its actor. Both are made worse in steps. "
            f"Every clip meets random faces of its label ({DRAWS} seeded draws); counted are the pairs in which both "
            "were judged. The pool's weights and the factors of the reliability are fitted on other faces and corpora.",
            "cells": rows,
            "clean_gain": next((r["gain"] for r in rows if r["face_change"] == r["voice_change"] == "as it is"), None),
            "worst_gain": min((r["gain"] for r in rows), default=None),
            "mean_ece": float(np.mean([r["ece"] for r in rows])) if rows else None,
        },
        None,
        folder,
    )
    for row in found["cells"]:
        print(
            f"{row['face_change']:24s} {row['voice_change']:24s} "
            + "   ".join(f"{m} {row[m]:.1%}" for m in ("face", "voice", "hybrid"))
            + f"   ECE {row['ece']:.1%}"
        )
    return {GRID_NAME: found}
