"""Measurement of Hybrid where the input gets worse: every step of a face's with every step of a voice's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, fusion, metrics
from emotion.datasets import Clip, fold_of, load_fer2013, load_ravdess
from emotion.evaluation.corpora import served_models_without, spoken_clips
from emotion.evaluation.degraded import FACE_CHANGES, VOICE_CHANGES, Seen, hear, see
from emotion.evaluation.measurements import (
    FUSION_COMMAND,
    GRID_NAME,
    Progress,
    out_folder,
    show_progress,
    write_metrics,
)
from emotion.evaluation.pairs import Counts, counts_of, pick_faces, pool
from emotion.evaluation.scores import evenly
from emotion.evaluation.voices import fold_weights, served_fold_voices, seven_classes, seven_labels
from emotion.labels import VOICE_LABELS
from emotion.paths import MODELS
from emotion.predict import better_face_model, load_face_model
from emotion.protocols import VoicePredictor

FACES, CLIPS, STRANGERS, DRAWS = 420, 240, 120, 20  # faces; clips of the folds, of each other corpus


@dataclass(frozen=True)
class Heard:
    """Voices that were made worse: those of one corpus, or all folds of RAVDESS."""

    labels: np.ndarray  # (V,) over FACE_LABELS
    seen: dict[str, list[Seen]]  # change -> what was made of each
    without: str  # the corpus without which the pool was fitted that they are measured with


def answered(seen: list[Seen], *, without: str) -> tuple[np.ndarray, np.ndarray, Counts]:
    """(which were judged, bool (N,); probabilities (N, 7), even where not judged; how much each counts)."""
    judged = np.array([s.probs is not None for s in seen])
    probs = np.full((len(seen), 7), 1 / 7)
    if judged.any():
        given = np.stack([s.probs for s in seen if s.probs is not None])
        probs[judged] = given if given.shape[1] == 7 else seven_classes(given)
    return judged, probs, counts_of([s.quality for s in seen], without=without)


def pooled_cell(
    face_labels: np.ndarray, face: list[Seen], heard: Heard, voice: list[Seen], *, draws: int, seed: int
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(how many pairs; of those in which both were judged: labels (N,), face, voice and Hybrid, each (N, 7))."""
    known = np.isin(heard.labels, face_labels)  # a limited set may lack a label
    clips = np.tile(np.flatnonzero(known), draws)
    picks = pick_faces(heard.labels[known], face_labels, draws=draws, seed=seed).ravel()
    face_judged, face_probs, face_counts = answered(face, without=heard.without)
    voice_judged, voice_probs, voice_counts = answered(voice, without=heard.without)
    both = face_judged[picks] & voice_judged[clips]
    f, v = picks[both], clips[both]
    hybrid = pool(
        face_probs[f],
        voice_probs[v],
        weights=fusion.learned_weights(without=heard.without),
        face_counts=face_counts[f],
        voice_counts=voice_counts[v],
    )
    return len(both), heard.labels[v], face_probs[f], voice_probs[v], hybrid


def grid_figures(
    face_labels: np.ndarray,
    faces: dict[str, list[Seen]],
    heard: list[Heard],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[dict]:
    """A row per pair of changes: accuracy of face, voice and Hybrid, and ECE, of the pairs in which both were judged.

    face_labels: (F,) over FACE_LABELS; faces: change -> what was made of each; heard: the voices, all counted together.
    """
    rows = []
    for face_change, seen in faces.items():
        for voice_change in heard[0].seen:
            cells = [pooled_cell(face_labels, seen, h, h.seen[voice_change], draws=draws, seed=seed) for h in heard]
            truth, f, v, hybrid = (np.concatenate(parts) for parts in list(zip(*cells))[1:])
            if not len(truth):
                continue
            right = {m: metrics.accuracy(truth, p) for m, p in (("face", f), ("voice", v), ("hybrid", hybrid))}
            rows.append(
                {
                    "face_change": face_change,
                    "voice_change": voice_change,
                    "both_judged": len(truth) / sum(n for n, *_ in cells),
                    **right,
                    "gain": right["hybrid"] - max(right["face"], right["voice"]),
                    "ece": metrics.ece(truth, hybrid),
                }
            )
    return rows


def summed_up(cells: list[dict]) -> dict:
    """What a grid comes to."""
    return {
        "clean_gain": next((r["gain"] for r in cells if r["face_change"] == r["voice_change"] == "as it is"), None),
        "worst_gain": min((r["gain"] for r in cells), default=None),
        "mean_gain": float(np.mean([r["gain"] for r in cells])) if cells else None,
        "mean_ece": float(np.mean([r["ece"] for r in cells])) if cells else None,
        "cells": cells,
    }


def _changed(
    clips: list[Clip], voice_of: Callable[[Clip], VoicePredictor], seed: int, step: Callable[[], None]
) -> dict:
    """Change -> what the voice models make of each clip."""
    out: dict[str, list[Seen]] = {name: [] for name in VOICE_CHANGES}
    for i, clip in enumerate(clips):
        wave = audio.read_audio(clip.path)
        for j, (name, change) in enumerate(VOICE_CHANGES.items()):
            out[name].append(hear(voice_of(clip), change(wave, np.random.default_rng((seed, i, j)))))
        step()
    return out


def _labels(clips: list[Clip]) -> np.ndarray:
    return seven_labels(np.array([VOICE_LABELS.index(c.label) for c in clips]))


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
    """Measure Hybrid where PrivateTest faces and voices are both made worse in steps; write the file.

    The voices: of corpora that the network has never heard, as a user's; and RAVDESS's folds, of a corpus that it
    knows. model: the face model; None: the better one. limit: only that many faces and clips, written to `out`. Returns
    name -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder, model = out_folder(out, limit), model or better_face_model(models)
    network, folds = load_face_model(model, folder=models), served_fold_voices(models)
    pictures = load_fer2013(data, usages=("PrivateTest", "Test"))
    pictures = pictures.where(evenly(len(pictures), min(FACES, limit or FACES)))
    strangers, clips = served_models_without(models=models), spoken_clips(data)
    every = load_ravdess(data)
    some = [every[i] for i in evenly(len(every), min(CLIPS, limit or CLIPS))]
    each = {c: [clips[c][i] for i in evenly(len(clips[c]), min(STRANGERS, limit or STRANGERS))] for c in strangers}
    total, done = len(pictures) + len(some) + sum(map(len, each.values())), 0

    def step() -> None:
        nonlocal done
        done += 1
        if done % 20 == 0 or done == total:
            progress("grid", done, total)

    seen: dict[str, list[Seen]] = {name: [] for name in FACE_CHANGES}
    for i, picture in enumerate(pictures.images):
        for j, (name, change) in enumerate(FACE_CHANGES.items()):
            seen[name].append(see(network, change(picture, np.random.default_rng((seed, i, j)))))
        step()
    never_heard = [
        Heard(_labels(of), _changed(of, lambda _, c=corpus: strangers[c], seed, step), corpus)  # type: ignore[misc]
        for corpus, of in each.items()
    ]
    known = Heard(_labels(some), _changed(some, lambda clip: folds[fold_of(clip.actor)], seed, step), "ravdess")
    grids = {
        "never_heard": summed_up(grid_figures(pictures.labels, seen, never_heard, seed=seed)),
        "folds": summed_up(grid_figures(pictures.labels, seen, [known], seed=seed)),
    }
    found = write_metrics(
        GRID_NAME,
        {
            "model": f"fusion of face_{model} and voice",
            "network": "weighted logarithmic opinion pool",
            "kind": "grid",
            "data_set": f"FER-2013 PrivateTest × {', '.join(each)}; × RAVDESS's folds",
            "split": "made worse in steps",
            "seed": seed,
            "draws": DRAWS,
            "date": (today or date.today()).isoformat(),
            "n": sum(map(len, each.values())),
            "n_folds": len(some),
            "faces": len(pictures),
            "limited_to": limit,
            "weights_sha256": {
                network.card["name"]: network.card["sha256"],
                **{m.card["name"]: m.card["sha256"] for m in strangers.values()},
                **fold_weights([v.voice for v in folds]),
            },
            "command": FUSION_COMMAND,
            "fusion_weights": dict(fusion.learned_weights()),
            "protocol": "Each face is put into a picture and goes through detector, crop and model as in the app; of "
            "each clip the last window is judged. Both are made worse in steps. Never heard: clips of four corpora, "
            "each judged by a network that was trained without it, as the app is used; pooled with what was fitted "
            "without it. Folds: RAVDESS clips judged by networks that never heard their actor but know the corpus. "
            f"Every clip meets random faces of its label ({DRAWS} seeded draws); counted are the pairs in which both "
            "were judged.",
            **grids,
        },
        None,
        folder,
    )
    for name in grids:
        for row in found[name]["cells"]:
            print(
                f"{name:12s} {row['face_change']:24s} {row['voice_change']:24s} "
                + "   ".join(f"{m} {row[m]:.1%}" for m in ("face", "voice", "hybrid"))
                + f"   ECE {row['ece']:.1%}"
            )
    return {GRID_NAME: found}
