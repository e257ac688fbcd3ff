"""A trained voice network, or the mean of several, -> the file and the card that can be served."""

from __future__ import annotations

from pathlib import Path

import keras

from emotion import audio
from emotion.datasets import load_voices
from emotion.evaluation.voices import fold_model_name, without_model_name
from emotion.training.networks import mean_network
from emotion.training.run_folder import AVERAGED
from emotion.training.to_tflite import export
from emotion.training.train_voice import build_network, predict_recordings
from emotion.training.voice_card import mean_card, voice_card
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
    probs = predict_recordings(network, [mels.power(i) for i in rows])
    card = voice_card(state, clips, rows, probs, about={"network": "CNN-BiLSTM with attention pooling", "input": INPUT})
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

    Raises ModelError as mean_card does.
    """
    card = mean_card(runs, data=data, voice="voice", about={"input": INPUT})
    clips = load_voices(data)
    networks = []
    for run in runs:
        networks.append(build_network())
        networks[-1].load_weights(run / AVERAGED)
    print(f"exporting into {folder}", flush=True)
    return export(
        mean_network(networks),
        "voice",
        examples=first_windows(MelCache(clips, cache), list(range(0, len(clips), len(clips) // 48))),
        card=card,
        precision="float32",
        folder=folder,
        run_weights=[run / AVERAGED for run in runs],
    )
