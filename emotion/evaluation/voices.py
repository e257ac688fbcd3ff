"""Measurement of the voice model on RAVDESS speech: five folds of actors, several seeds, their mean as in the app."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, metrics
from emotion.calibration import apply_temperature, fit_temperature
from emotion.checkpoint import read_card
from emotion.datasets import RAVDESS_FOLDS, fold_of, load_ravdess
from emotion.evaluation.measurements import (
    METRICS,
    OTHER_VOICE_NAME,
    VOICE_COMMAND,
    VOICE_NAME,
    Progress,
    measured_voice,
    out_folder,
    print_table,
    rows_of,
    show_progress,
    write_metrics,
)
from emotion.evaluation.scores import evenly, figures, mean_and_spread, right_answers, short_figures
from emotion.fusion import face_labels_of_voice
from emotion.labels import FACE_LABELS, VOICE_LABELS, VOICE_TO_FACE
from emotion.paths import MODELS
from emotion.predict import VOICE_MODELS, VoiceModel
from emotion.protocols import VoiceAnswer
from emotion.runner import ModelError


def fold_model_name(fold: int, seed: int, voice: str = "voice") -> str:
    """Name of the voice model that has not heard the actors of a fold. voice: as measured_voice gives it."""
    return f"{voice}_fold{fold}_seed{seed}"


def without_model_name(corpus: str, seed: int, voice: str = "voice") -> str:
    """Name of the voice model that has not heard a corpus. voice: as measured_voice gives it."""
    return f"{voice}_without_{corpus}_seed{seed}"


def training_command(options: str, voice: str) -> str:
    """The command that trains a voice network."""
    model = " --model accurate" if voice == VOICE_MODELS["accurate"] else ""
    return f"python -m emotion train voice{model} {options}"


def fold_seeds(models: Path = MODELS, voice: str | None = None) -> list[int]:
    """Seeds with which all five fold models are there. voice: whose; None: measured_voice."""
    voice = voice or measured_voice(models)
    seeds = sorted(int(p.stem.rsplit("_seed", 1)[1]) for p in models.glob(f"{voice}_fold0_seed*.json"))
    there = lambda k, s: (models / f"{fold_model_name(k, s, voice)}.json").is_file()  # noqa: E731
    return [s for s in seeds if all(there(k, s) for k in range(len(RAVDESS_FOLDS)))]


def needed_fold_seeds(models: Path, voice: str) -> list[int]:
    """fold_seeds; raises ModelError, with the command that trains them, where there are none."""
    seeds = fold_seeds(models, voice)
    if not seeds:
        raise ModelError(
            f"the five fold models {fold_model_name(0, 0, voice)} … {fold_model_name(4, 0, voice)} are not all in "
            f"{models}; train them: for k in 0 1 2 3 4; do {training_command('--fold $k --install', voice)}; done"
        )
    return seeds


def seven_classes(probs: np.ndarray) -> np.ndarray:
    """Probabilities over VOICE_LABELS (N, 8) -> over FACE_LABELS (N, 7): calm counts as neutral."""
    return face_labels_of_voice(probs)


def seven_labels(labels: np.ndarray) -> np.ndarray:
    """Indices into VOICE_LABELS -> indices into FACE_LABELS."""
    return np.array([FACE_LABELS.index(VOICE_TO_FACE[label]) for label in VOICE_LABELS])[labels]


def voice_figures(
    labels: np.ndarray, probs: np.ndarray, *, actors: np.ndarray, genders: np.ndarray, intensities: np.ndarray
) -> dict:
    """Figures of out-of-fold answers: overall, per fold, per actor, by gender, by intensity.

    All arrays (N,), probs (N, 8). The interval resamples actors, because clips of one actor are alike.
    """
    folds = np.array([fold_of(int(a)) for a in actors])
    found = figures(labels, probs, VOICE_LABELS)
    found["interval_95"] = metrics.bootstrap_interval(right_answers(labels, probs), actors)
    group = lambda mask: short_figures(labels[mask], probs[mask])  # noqa: E731
    found["folds"] = [{"fold": int(k), "actors": list(RAVDESS_FOLDS[k]), **group(folds == k)} for k in np.unique(folds)]
    found["over_folds"] = {m: mean_and_spread([r[m] for r in found["folds"]]) for m in ("accuracy", "uar", "macro_f1")}
    found["by_actor"] = [
        {"actor": int(a), "gender": str(genders[actors == a][0]), "fold": fold_of(int(a)), **group(actors == a)}
        for a in np.unique(actors)
    ]
    found["by_gender"] = [{"gender": str(g), **group(genders == g)} for g in np.unique(genders)]
    found["by_intensity"] = [{"intensity": str(i), **group(intensities == i)} for i in np.unique(intensities)]
    found["seven_classes"] = short_figures(seven_labels(labels), seven_classes(probs))
    return found


def single_networks(labels: np.ndarray, probs: np.ndarray, folds: np.ndarray, seeds: list[int]) -> dict:
    """Figures of single networks: per seed and fold, and mean and spread over seeds.

    probs: (S, N, 8); labels, folds: (N,).
    """
    runs = [
        {"seed": s, "fold": int(k), **short_figures(labels[folds == k], probs[j, folds == k])}
        for j, s in enumerate(seeds)
        for k in np.unique(folds)
    ]
    every = [short_figures(labels, p) for p in probs]
    return {
        "runs": runs,
        "over_seeds": {m: mean_and_spread([f[m] for f in every]) for m in ("accuracy", "uar", "macro_f1", "ece")},
    }


class FoldVoice:
    """The app's voice model without one fold's actors: the mean of the fold's networks, one per seed."""

    def __init__(self, fold: int, seeds: list[int], models: Path, voice: str):
        self.networks = [VoiceModel(fold_model_name(fold, s, voice), folder=models) for s in seeds]
        for network, seed in zip(self.networks, seeds, strict=True):
            if sorted(network.card["test_actors"]) != sorted(RAVDESS_FOLDS[fold]):
                raise ModelError(
                    f"{network.card['name']} left out actors {network.card['test_actors']}, fold {fold} tests "
                    f"{list(RAVDESS_FOLDS[fold])}; train it again: "
                    + training_command(f"--fold {fold} --seed {seed} --install --force", voice)
                )
        self.card = self.networks[0].card  # the others of a fold differ in seed and weights only

    def each(self, waveform: np.ndarray, sample_rate: float) -> np.ndarray:
        """The answer of each network, without its temperature: (S, 8)."""
        return np.stack([_raw(n, n.predict(waveform, sample_rate)) for n in self.networks])

    def predict(self, waveform: np.ndarray, sample_rate: float) -> np.ndarray:
        """Their mean (8,), as the served file forms it, before any temperature."""
        return self.each(waveform, sample_rate).mean(axis=0)


def _raw(network: VoiceModel, probs: np.ndarray) -> np.ndarray:
    """A network's answer without its temperature: softmax(z / T) raised to T and normalised is softmax(z)."""
    return apply_temperature(probs, 1 / network.temperature)


class ServedFoldVoice:
    """A FoldVoice as the app would serve it: the mean of its networks at a temperature.

    An EmbeddingPredictor, and an AdaptingPredictor where its networks are.
    """

    def __init__(self, voice: FoldVoice, temperature: float):
        self.voice, self.temperature, self.card = voice, temperature, voice.card

    def predict(self, waveform: np.ndarray, sample_rate: float) -> np.ndarray:
        """As VoiceModel.predict."""
        return apply_temperature(self.voice.predict(waveform, sample_rate), self.temperature)

    def predict_with_embedding(self, waveform: np.ndarray, sample_rate: float) -> tuple[np.ndarray, np.ndarray]:
        """As VoiceModel.predict_with_embedding; the networks' embeddings are joined."""
        networks = self.voice.networks
        each = [n.predict_with_embedding(waveform, sample_rate) for n in networks]
        mean = np.mean([_raw(n, probs) for n, (probs, _) in zip(networks, each, strict=True)], axis=0)
        return apply_temperature(mean, self.temperature), np.concatenate([embedding for _, embedding in each])

    def answer(self, waveform: np.ndarray, sample_rate: float, centre: np.ndarray | None = None) -> VoiceAnswer:
        """As VoiceModel.answer; the networks' embeddings are joined."""
        networks = self.voice.networks
        each = [n.answer(waveform, sample_rate, centre) for n in networks]
        probs, as_it_is = (
            np.mean([_raw(n, getattr(a, name)) for n, a in zip(networks, each, strict=True)], axis=0)
            for name in ("probs", "as_it_is")
        )
        return VoiceAnswer(
            apply_temperature(probs, self.temperature),
            apply_temperature(as_it_is, self.temperature),
            as_it_is,
            np.concatenate([a.embedding for a in each]),
            np.mean([a.offsets for a in each], axis=0),
        )


def fold_voices(models: Path = MODELS, voice: str | None = None) -> tuple[list[FoldVoice], list[int]]:
    """The five FoldVoice, and the seeds they are made of. voice: whose; None: measured_voice.

    Raises ModelError when no seed has all five fold models.
    """
    voice = voice or measured_voice(models)
    seeds = needed_fold_seeds(models, voice)
    return [FoldVoice(fold, seeds, models, voice) for fold in range(len(RAVDESS_FOLDS))], seeds


def fold_weights(voices: list[FoldVoice]) -> dict[str, str]:
    """Name -> sha256 of every network in them."""
    return {n.card["name"]: n.card["sha256"] for v in voices for n in v.networks}


def network_of(voices: list[FoldVoice]) -> str:
    """The network in words."""
    count = len(voices[0].networks)
    return voices[0].networks[0].card["network"] + (f", mean of {count}" if count > 1 else "")


def calibrated_by_fold(labels: np.ndarray, probs: np.ndarray, folds: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Each fold's probabilities at the temperature fitted on the other folds: (N, 8), and the temperature per fold."""
    out, temperatures = np.zeros_like(probs), []
    for k in range(len(RAVDESS_FOLDS)):
        others, own = folds != k, folds == k
        temperatures.append(fit_temperature(labels[others], probs[others]) if others.any() else 1.0)
        out[own] = apply_temperature(probs[own], temperatures[-1])
    return out, temperatures


def evaluate_voice(
    model: str | None = None,
    *,
    data=None,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure a voice model on RAVDESS speech, five speaker-independent folds, and write the files.

    model: `accurate` or `fast`; None: the better one, which all other measurements of the voice are of. Each clip is
    judged by the networks of its fold, one per seed, which have never heard its actor; the figures are of their mean,
    and of each alone. Returns name -> figures. Raises DatasetError, or ModelError when no seed has all five fold
    models.
    """
    folder, measured = out_folder(out, limit), measured_voice(models)
    name = VOICE_NAME if model is None or VOICE_MODELS[model] == measured else OTHER_VOICE_NAME
    voices, seeds = fold_voices(models, VOICE_MODELS[model] if model else measured)
    clips = load_ravdess(data)
    clips = [clips[i] for i in evenly(len(clips), limit)]
    labels = np.array([VOICE_LABELS.index(c.label) for c in clips])
    actors = np.array([c.actor for c in clips])
    folds = np.array([fold_of(c.actor) for c in clips])
    each = np.zeros((len(seeds), len(clips), len(VOICE_LABELS)), np.float32)
    for i, clip in enumerate(clips):
        each[:, i] = voices[folds[i]].each(audio.read_audio(clip.path), audio.SAMPLE_RATE)
        if (i + 1) % 20 == 0 or i + 1 == len(clips):
            progress("voice", i + 1, len(clips))
    mean = each.mean(axis=0)
    probs, temperatures = calibrated_by_fold(labels, mean, folds)
    alone = np.stack([calibrated_by_fold(labels, of_seed, folds)[0] for of_seed in each])
    groups = {
        "actors": actors,
        "genders": np.array([c.gender for c in clips]),
        "intensities": np.array([c.intensity for c in clips]),
    }
    found = {
        "model": "voice" if name == VOICE_NAME else f"voice {model}",
        "network": network_of(voices),
        "kind": "voice",
        "data_set": "RAVDESS speech",
        "split": "ravdess-5fold",
        "labels": list(VOICE_LABELS),
        "seed": seeds[0] if len(seeds) == 1 else seeds,
        "date": (today or date.today()).isoformat(),
        "weights_sha256": fold_weights(voices),
        "command": VOICE_COMMAND,
        "limited_to": limit,
        "protocol": "Five speaker-independent folds: each clip is judged by networks trained without its actor. "
        + (
            "One network, so nothing is known about other seeds."
            if len(seeds) == 1
            else f"The answer is the mean of {len(seeds)} networks, as in the app; what one alone reaches stands apart."
        )
        + " The temperature of each fold is fitted on the other folds' clips.",
        **voice_figures(labels, probs, **groups),
        "single": single_networks(labels, alone, folds, seeds),
        # the served mean gets `temperature`: fitted on all clips, each judged by networks that have not heard its actor
        "temperature": fit_temperature(labels, mean),
        "temperatures": temperatures,
    }
    found = write_metrics(
        name,
        found,
        {
            "paths": np.array([c.path.stem for c in clips]),
            "labels": labels.astype(np.uint8),
            "actors": actors.astype(np.uint8),
            "genders": groups["genders"],
            "intensities": groups["intensities"],
            "folds": folds.astype(np.uint8),
            "predicted": probs.argmax(axis=1).astype(np.uint8),
            "probs": probs.astype(np.float16),
            "probs_by_seed": alone.transpose(1, 0, 2).astype(np.float16),
        },
        folder,
    )
    print_table({name: found})
    for metric, v in found["single"]["over_seeds"].items():
        print(
            f"one network alone: {metric} {v['mean']:.1%}"
            + ("" if v["std"] is None else f" ± {v['std']:.1%} over {len(seeds)} seeds")
        )
    return {name: found}


def voice_rows(
    folder: Path = METRICS, *, models: Path = MODELS, limit: int | None = None, **options
) -> dict[str, np.ndarray]:
    """The out-of-fold answers to RAVDESS clips by the present weights, as evaluate_voice writes them to `folder`.

    Measured now where that has not been done; options: those of evaluate_voice.
    """
    rows = rows_of(
        VOICE_NAME,
        folder,
        models,
        limit=limit,
        measure=lambda: evaluate_voice(models=models, limit=limit, **options),
    )
    assert rows is not None, "evaluate_voice writes rows"
    return rows


def served_temperature(models: Path = MODELS) -> float:
    """The temperature at which the app shows the measured voice's answers, from its card."""
    return float(read_card(measured_voice(models), models)["temperature"])


def at_temperature(rows: dict[str, np.ndarray], temperatures: list[float], temperature: float) -> np.ndarray:
    """The answers of voice_rows at one temperature: (N, 8). temperatures: of each fold, as they were written."""
    own = np.array(temperatures)[rows["folds"].astype(int)]
    return apply_temperature(rows["probs"].astype(np.float32), (temperature / own)[:, None])


def served_fold_voices(models: Path = MODELS) -> list[ServedFoldVoice]:
    """The five folds' voices at the app's temperature. Raises ModelError when no seed has all five fold models."""
    temperature = served_temperature(models)
    return [ServedFoldVoice(v, temperature) for v in fold_voices(models)[0]]
