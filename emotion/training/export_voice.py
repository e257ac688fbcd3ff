"""A trained voice network, or the mean of several, -> the file and the card that can be served."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from emotion import audio, metrics
from emotion.calibration import apply_temperature, fit_temperature
from emotion.datasets import load_voices
from emotion.evaluation.measurements import VOICE_COMMAND, VOICE_NAME, read_metrics
from emotion.evaluation.voices import fold_model_name, without_model_name
from emotion.labels import VOICE_LABELS
from emotion.runner import ModelError
from emotion.training.networks import mean_network
from emotion.training.run_folder import AVERAGED, read_state, training_card
from emotion.training.to_tflite import export
from emotion.training.train_voice import build_network, predict_recordings
from emotion.training.voice_data import MelCache, first_windows, spoken_clips_of

INPUT = f"log-mel, {audio.N_FRAMES} frames of 10 ms x {audio.FAST.n_mels} bands, {audio.SAMPLE_RATE} Hz mono"


def model_name(state: dict) -> str:
    """`voice`, `voice_foldK_seedS` or `voice_without_CORPUS_seedS`."""
    seed = state["recipe"]["seed"]
    if state["left_out"]:
        return without_model_name(state["left_out"], seed)
    return "voice" if state["fold"] is None else fold_model_name(state["fold"], seed)


def export_voice(
    network: keras.Model,
    state: dict,
    run: Path,
    *,
    data=None,
    cache: Path = Path("runs/voice-mel.npz"),
    folder: Path,
) -> dict:
    """Calibrate a trained voice network on its validation speakers and write its files, named by `model_name`.

    run: the folder that its weights come from. Returns the card.
    """
    print(f"exporting into {folder}", flush=True)
    clips = load_voices(data)
    mels = MelCache(clips, cache)
    rows = spoken_clips_of(clips, state["validation_speakers"])
    truth = np.array([VOICE_LABELS.index(clips[i].label) for i in rows])
    probs = predict_recordings(network, [mels.power(i) for i in rows])
    temperature = fit_temperature(truth, probs)
    card = {
        "kind": "voice",
        "network": "CNN-BiLSTM with attention pooling",
        "labels": list(VOICE_LABELS),
        "input": INPUT,
        "temperature": round(temperature, 4),
        "fold": state["fold"],
        "left_out": state["left_out"],
        "test_actors": list(state["test_actors"]),
        "validation": {
            "speakers": list(state["validation_speakers"]),
            "clips": len(rows),
            "uar": round(metrics.uar(truth, probs), 4),
            "ece_scaled": round(metrics.ece(truth, apply_temperature(probs, temperature)), 4),
        },
        "training": training_card(
            state,
            data=", ".join(sorted({c.corpus for c in clips if c.family != state["left_out"]})),
            clips=state["train_clips"],
        ),
    }
    return export(
        network,
        model_name(state),
        examples=first_windows(mels, rows[:48]),
        card=card,
        precision="float32",
        folder=folder,
        run_weights=[run / AVERAGED] if (run / AVERAGED).is_file() else [],
    )


def average_voice(runs: list[Path], *, data=None, cache: Path = Path("runs/voice-mel.npz"), folder: Path) -> dict:
    """Write `voice` as the mean of several seeds' finished runs, all trained on every corpus. Returns the card.

    Each seed held other actors out, so none are left to calibrate the mean on: its temperature and its figures are
    those of the fold models' mean, measured by evaluate_voice with the same seeds. Raises ModelError where a run or
    that measurement is missing.
    """
    networks, cards = [], []
    for run in runs:
        state = read_state(run)
        if state is None:
            raise ModelError(f"{run} is not a finished run; train it: python -m emotion train voice --seed S")
        networks.append(build_network())
        networks[-1].load_weights(run / AVERAGED)
        cards.append(training_card(state))
    seeds = [c["recipe"]["seed"] for c in cards]
    measured = read_metrics().get(VOICE_NAME)
    if not measured or measured["seed"] != seeds:
        raise ModelError(
            f"the mean of seeds {seeds} takes its temperature from the same mean over the folds, which is not "
            "measured; train the folds with these seeds (python -m emotion train voice --fold K --seed S --install) "
            f"and run {VOICE_COMMAND}"
        )
    print(f"exporting into {folder}", flush=True)
    clips = load_voices(data)
    card = {
        "kind": "voice",
        "network": measured["network"],
        "labels": list(VOICE_LABELS),
        "input": INPUT,
        "temperature": round(measured["temperature"], 4),
        "fold": None,
        "left_out": None,
        "test_actors": [],
        "validation": {
            "how": "the same mean of the fold models, on RAVDESS clips of actors they have not heard",
            "clips": measured["n"],
            "uar": round(measured["uar"], 4),
            "ece_scaled": round(measured["ece"], 4),
        },
        "training": {
            "data": ", ".join(sorted({c.corpus for c in clips})),
            "minutes": round(sum(c["minutes"] for c in cards), 1),
            "networks": cards,
        },
    }
    return export(
        mean_network(networks),
        "voice",
        examples=first_windows(MelCache(clips, cache), list(range(0, len(clips), len(clips) // 48))),
        card=card,
        precision="float32",
        folder=folder,
        run_weights=[run / AVERAGED for run in runs],
    )
