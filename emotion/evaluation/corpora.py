"""A corpus that the voice model has never heard: other speakers, rooms, microphones, sentences, often languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, metrics
from emotion.calibration import apply_temperature, fit_temperature
from emotion.datasets import VOICE_CORPORA, Clip, load_voices
from emotion.evaluation.measurements import (
    CORPORA_COMMAND,
    CORPORA_NAME,
    METRICS,
    Progress,
    measured_voice,
    out_folder,
    outdated,
    read_metrics,
    rows_of,
    show_progress,
    write_metrics,
)
from emotion.evaluation.scores import evenly, right_answers, short_figures
from emotion.evaluation.voices import (
    seven_classes,
    seven_labels,
    training_command,
    without_model_name,
)
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.paths import MODELS
from emotion.predict import VoiceModel
from emotion.runner import ModelError

SPOKEN = {"ravdess": "English", "tess": "English", "nemo": "Polish", "ased": "Amharic"}


def only_rows_of(labels: np.ndarray, probs: np.ndarray, classes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The rows with one of these labels, and their probabilities within these classes: (M,), (M, len(classes))."""
    rows = np.isin(labels, classes)
    return np.searchsorted(classes, labels[rows]), within(probs[rows], classes)


def within(probs: np.ndarray, classes: list[int]) -> np.ndarray:
    """Probabilities (N, C) on condition that one of these classes is true: (N, len(classes))."""
    kept = probs[:, classes]
    return kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-12)


def shared_classes(labels: dict[str, np.ndarray]) -> list[int]:
    """The classes that every corpus has, ascending. labels: corpus -> (N,)."""
    return sorted(set.intersection(*(set(y.tolist()) for y in labels.values())))


def spoken_clips(data=None) -> dict[str, list[Clip]]:
    """Corpus -> its spoken clips (RAVDESS's songs stay out); corpora that are not on this disk are left out."""
    clips: dict[str, list[Clip]] = {}
    for clip in load_voices(data):
        if clip.corpus in VOICE_CORPORA:
            clips.setdefault(clip.corpus, []).append(clip)
    return clips


def corpus_figures(
    labels: dict[str, np.ndarray], probs: dict[str, np.ndarray], speakers: dict[str, np.ndarray]
) -> dict:
    """Per corpus: figures over the classes that all corpora have, and over all its own; and the mean over corpora.

    labels: corpus -> (N,) over FACE_LABELS; probs: corpus -> (N, 7).
    """
    shared = shared_classes(labels)
    rows = []
    for corpus, y in labels.items():
        own = sorted(set(y.tolist()))
        truth, p = only_rows_of(y, probs[corpus], shared)
        kept = np.isin(y, shared)
        rows.append(
            {
                "corpus": corpus,
                "speakers": len(np.unique(speakers[corpus])),
                **short_figures(truth, p),
                "interval_95": metrics.bootstrap_interval(right_answers(truth, p), speakers[corpus][kept]),
                "own_classes": {
                    "classes": [FACE_LABELS[k] for k in own],
                    **short_figures(*only_rows_of(y, probs[corpus], own)),
                },
            }
        )
    return {
        "classes": [FACE_LABELS[k] for k in shared],
        "corpora": rows,
        "mean_uar": float(np.mean([r["uar"] for r in rows])),
    }


def models_without(models: Path, seed: int) -> dict[str, VoiceModel]:
    """Corpus -> the voice model trained without it. Raises ModelError with the command that trains a missing one."""
    voice = measured_voice(models)
    names = {c: without_model_name(c, seed, voice) for c in VOICE_CORPORA}
    missing = [c for c, name in names.items() if not (models / f"{name}.json").is_file()]
    if missing:
        raise ModelError(
            "the models that never heard "
            + ", ".join(missing)
            + f" are not in {models}; train them: "
            + "; ".join(training_command(f"--leave-out {c} --install", voice) for c in missing)
        )
    loaded = {c: VoiceModel(name, folder=models) for c, name in names.items()}
    for corpus, model in loaded.items():
        if model.card["left_out"] != corpus:
            raise ModelError(
                f"{model.card['name']} was not trained without {corpus}; "
                f"train it again: {training_command(f'--leave-out {corpus} --install --force', voice)}"
            )
    return loaded


def temperature_of(corpora: list[str], labels: dict[str, np.ndarray], answers: dict[str, np.ndarray]) -> float:
    """The temperature fitted on these corpora, each never heard; 1 without any.

    labels: corpus -> (N,) over FACE_LABELS; answers: corpus -> (N, 8) before any temperature.
    """
    if not corpora:
        return 1.0
    truth, probs = (np.concatenate([of[c] for c in corpora]) for of in (labels, answers))
    return fit_temperature(truth, probs, merge=seven_classes)


def served_models_without(*, seed: int = 0, models: Path = MODELS) -> dict[str, VoiceModel]:
    """models_without, each at the temperature fitted on the other corpora.

    Raises ModelError where evaluate_corpora has not measured them.
    """
    networks, found = models_without(models, seed), read_metrics().get(CORPORA_NAME)
    if not found or found["seed"] != seed or not is_of_all_corpora(found, models):
        raise ModelError(f"the temperatures of the models without a corpus are not measured; run {CORPORA_COMMAND}")
    for corpus, network in networks.items():
        network.temperature = found["temperatures"][corpus]
    return networks


def is_of_all_corpora(found: dict, models: Path = MODELS) -> bool:
    """Whether a measurement by evaluate_corpora is whole: every clip of all corpora, by the present weights."""
    return (
        found["limited_to"] is None and set(found["temperatures"]) == set(VOICE_CORPORA) and not outdated(found, models)
    )


def evaluate_corpora(
    *,
    data=None,
    seed: int = 0,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Judge every spoken clip of each corpus by the model that was trained without that corpus, and write the file.

    Each corpus is judged at the temperature fitted on the others; the one of all is that of the served model. Corpora
    that are not on this disk are left out. limit: only that many clips of each, written to `out`. Returns name ->
    figures. Raises DatasetError or ModelError with what to do.
    """
    folder, networks = out_folder(out, limit), models_without(models, seed)
    clips = {corpus: [some[i] for i in evenly(len(some), limit)] for corpus, some in spoken_clips(data).items()}
    answers: dict[str, np.ndarray] = {}
    done, total = 0, sum(map(len, clips.values()))
    for corpus, some in clips.items():
        networks[corpus].temperature = 1.0
        answers[corpus] = np.zeros((len(some), len(VOICE_LABELS)), np.float32)
        for i, clip in enumerate(some):
            answers[corpus][i] = networks[corpus].predict(audio.read_audio(clip.path), audio.SAMPLE_RATE)
            done += 1
            if done % 50 == 0 or done == total:
                progress("corpora", done, total)
    labels = {
        corpus: seven_labels(np.array([VOICE_LABELS.index(c.label) for c in some])) for corpus, some in clips.items()
    }
    temperatures = {c: temperature_of([other for other in clips if other != c], labels, answers) for c in clips}
    probs = {c: apply_temperature(answers[c], t) for c, t in temperatures.items()}
    seven = {c: seven_classes(p) for c, p in probs.items()}
    card = networks[VOICE_CORPORA[0]].card
    found = write_metrics(
        CORPORA_NAME,
        {
            "model": "voice",
            "network": card["network"],
            "kind": "corpora",
            "data_set": ", ".join(clips),
            "split": "leave one corpus out",
            "seed": seed,
            "date": (today or date.today()).isoformat(),
            "n": total,
            "limited_to": limit,
            "weights_sha256": {networks[c].card["name"]: networks[c].card["sha256"] for c in clips},
            "command": CORPORA_COMMAND,
            "protocol": "Each corpus, all its spoken clips, is judged by a model trained on the others only, for the "
            "minutes named; the shipped model is trained on all of them. Calm counts as neutral; the answer is the "
            "likeliest of the classes compared. The temperature of each corpus is fitted on the others, which were "
            "never heard either.",
            "temperatures": temperatures,
            "temperature": temperature_of(list(clips), labels, answers),
            "languages": {c: SPOKEN[c] for c in clips},
            "minutes": {c: networks[c].card["training"]["minutes"] for c in clips},
            **corpus_figures(labels, seven, {c: np.array([x.speaker for x in some]) for c, some in clips.items()}),
        },
        {
            "corpora": np.array([c for c, some in clips.items() for _ in some]),
            "speakers": np.array([x.speaker for some in clips.values() for x in some]),
            "labels": np.concatenate(list(labels.values())).astype(np.uint8),  # over FACE_LABELS
            "probs": np.concatenate(list(probs.values())).astype(np.float16),  # (N, 8) over VOICE_LABELS
        },
        folder,
    )
    print(f"classes all have: {', '.join(found['classes'])}")
    for row in found["corpora"]:
        print(
            f"{row['corpus']:8s} {row['n']:5d} clips   UAR {row['uar']:6.1%}   accuracy {row['accuracy']:6.1%}   "
            f"ECE {row['ece']:6.1%}   over its own {len(row['own_classes']['classes'])} classes: "
            f"UAR {row['own_classes']['uar']:.1%}"
        )
    print(f"mean UAR {found['mean_uar']:.1%}")
    return {CORPORA_NAME: found}


def corpora_rows(
    folder: Path = METRICS, *, models: Path = MODELS, limit: int | None = None, **options
) -> dict[str, np.ndarray]:
    """The answers to corpora never heard by the present weights, as evaluate_corpora writes them to `folder`.

    Measured now where that has not been done; options: those of evaluate_corpora.
    """
    rows = rows_of(
        CORPORA_NAME,
        folder,
        models,
        limit=limit,
        measure=lambda: evaluate_corpora(models=models, limit=limit, **options),
    )
    assert rows is not None, "evaluate_corpora writes rows"
    return rows
