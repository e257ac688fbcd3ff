"""The voice as in Live, a window of three seconds every half second: alone and in Hybrid, by the amount of speech."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, fusion, metrics, vad
from emotion.datasets import fold_of, load_ravdess
from emotion.evaluation.measurements import (
    WINDOWS_COMMAND,
    WINDOWS_NAME,
    Progress,
    face_name,
    out_folder,
    read_metrics,
    show_progress,
    write_metrics,
)
from emotion.evaluation.pairs import Counts, counts_of, pick_faces, pool, private_faces
from emotion.evaluation.scores import evenly, right_answers, short_figures
from emotion.evaluation.voices import fold_weights, network_of, served_fold_voices, seven_classes, seven_labels
from emotion.judge import SMOOTHING_S, VoiceJudge, VoiceReading
from emotion.labels import VOICE_LABELS
from emotion.paths import MODELS
from emotion.predict import better_face_model

# limits of the groups; with less speech than the first nothing is judged
SPEECH_SECONDS = (vad.MIN_VOICED_SECONDS, 0.5, 1.0, 1.5, audio.CLIP_SECONDS)
DRAWS = 10  # random faces for every window


def window_figures(
    labels: np.ndarray,
    probs: np.ndarray,
    voiced: np.ndarray,
    counts: Counts,
    actors: np.ndarray,
    *,
    face_labels: np.ndarray,
    face_probs: np.ndarray,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[dict]:
    """A row per amount of speech, and one of all windows: the voice alone (8 classes); face, voice, Hybrid on pairs.

    Pairs have one label (7 classes). labels: int (N,) over VOICE_LABELS; probs: (N, 8); voiced: (N,) seconds of speech;
    counts: of each window; actors: (N,); face_labels (F,), face_probs (F, 7) over FACE_LABELS.
    """
    known = np.isin(seven_labels(labels), face_labels)  # a limited set may lack a label
    labels, probs, voiced, actors = (a[known] for a in (labels, probs, voiced, actors))
    counts = counts[np.tile(np.flatnonzero(known), draws)]
    seven = seven_labels(labels)
    picks = pick_faces(seven, face_labels, draws=draws, seed=seed).ravel()
    face, voice, truth = (
        face_probs[picks].astype(np.float64),
        np.tile(seven_classes(probs), (draws, 1)).astype(np.float64),
        np.tile(seven, draws),
    )
    hybrid = pool(
        face,
        voice,
        weights=fusion.learned_weights(without="ravdess"),
        voice_counts=counts,
    )
    rows = []
    for low, high in [*zip(SPEECH_SECONDS, SPEECH_SECONDS[1:]), (SPEECH_SECONDS[0], SPEECH_SECONDS[-1])]:
        own = (voiced > low) & (voiced <= high)
        if not own.any():
            continue
        pairs = np.tile(own, draws)
        rows.append(
            {
                "above_s": low,
                "up_to_s": high,
                "voice": short_figures(labels[own], probs[own]),
                "interval_95": metrics.bootstrap_interval(right_answers(labels[own], probs[own]), actors[own]),
                "pairs": {
                    m: short_figures(truth[pairs], p[pairs])
                    for m, p in (("face", face), ("voice", voice), ("hybrid", hybrid))
                },
            }
        )
    return rows


def evaluate_windows(
    *,
    data=None,
    seed: int = 0,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure what Live shows while it hears RAVDESS's clips, and write the file.

    Each clip is judged by the networks of its fold, which never heard its actor. limit: only that many clips, written
    to `out`. Returns name -> figures. Raises DatasetError, or ModelError when no seed has all five fold models.
    """
    folder, face_model = out_folder(out, limit), better_face_model(models)
    voices = served_fold_voices(models)
    faces = private_faces(
        face_model, folder, data=data, limit=limit, out=out, models=models, today=today, progress=progress
    )
    every = load_ravdess(data)
    clips = [every[i] for i in evenly(len(every), limit)]
    readings: list[tuple[int, VoiceReading]] = []
    for i, clip in enumerate(clips):
        judge = VoiceJudge(voices[fold_of(clip.actor)])
        readings += [(i, r) for r in judge.hear(audio.read_audio(clip.path)) + judge.finish()]
        if (i + 1) % 20 == 0 or i + 1 == len(clips):
            progress("windows", i + 1, len(clips))
    judged = [(i, r.probs, r.voiced_seconds, r.quality) for i, r in readings if r.probs is not None]
    clip_of = np.array([i for i, *_ in judged])
    found = write_metrics(
        WINDOWS_NAME,
        {
            "model": "voice",
            "network": network_of([v.voice for v in voices]),
            "kind": "windows",
            "data_set": "RAVDESS speech",
            "split": "ravdess-5fold",
            "seed": seed,
            "draws": DRAWS,
            "date": (today or date.today()).isoformat(),
            "clips": len(clips),
            "n": len(judged),
            "without_voice": len(readings) - len(judged),
            "limited_to": limit,
            "weights_sha256": {
                **fold_weights([v.voice for v in voices]),
                **read_metrics(folder)[face_name(face_model, "PrivateTest")]["weights_sha256"],
            },
            "command": WINDOWS_COMMAND,
            "smoothing_s": SMOOTHING_S,
            "face_model": face_model,
            "fusion_weights": dict(fusion.learned_weights()),
            "protocol": "Every clip is played from its beginning to the judge of the Live page: each half second the "
            f"last {audio.CLIP_SECONDS:g} s are judged by the fold's networks, which never heard the actor, and "
            f"smoothed over {SMOOTHING_S:g} s. Where voice activity detection finds no speech nothing is judged. For "
            f"Hybrid every window meets random PrivateTest faces of its label ({DRAWS} seeded draws), with the pool's "
            "weights fitted on other corpora. The voice has the app's temperature. Intervals resample actors.",
            "speech": window_figures(
                np.array([VOICE_LABELS.index(clips[i].label) for i in clip_of]),
                np.stack([probs for _, probs, *_ in judged]),
                np.array([voiced_s for _, _, voiced_s, _ in judged]),
                counts_of([quality for *_, quality in judged], without="ravdess"),
                np.array([clips[i].actor for i in clip_of]),
                face_labels=faces["labels"].astype(int),
                face_probs=faces["probs"].astype(np.float32),
                seed=seed,
            ),
        },
        None,
        folder,
    )
    for row in found["speech"]:
        print(
            f"{row['above_s']:.1f} to {row['up_to_s']:.1f} s of speech  {row['voice']['n']:5d} windows   voice UAR "
            f"{row['voice']['uar']:6.1%}  ECE {row['voice']['ece']:6.1%}   "
            + "  ".join(f"{m} {f['accuracy']:.1%}" for m, f in row["pairs"].items())
        )
    return {WINDOWS_NAME: found}
