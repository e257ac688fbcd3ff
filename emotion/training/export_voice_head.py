"""A trained head, or the mean of several with the speech encoder before them, -> the file and the card to be served."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from emotion import audio, metrics
from emotion.calibration import apply_temperature, fit_temperature
from emotion.datasets import load_voices
from emotion.labels import VOICE_LABELS
from emotion.training.hidden_states import HIDDEN_STATES, PER_DEVIATION, Copy, hidden_copies, windows_of_clip
from emotion.training.run_folder import AVERAGED, training_card
from emotion.training.speech_encoder import LAYERS, SOURCE, encoder_files, load_encoder
from emotion.training.to_tflite import export
from emotion.training.train_voice_head import predict_clips
from emotion.training.voice_data import spoken_clips_of
from emotion.training.voice_head import with_encoder

NAME = "voice_accurate"
NETWORK = f"Whisper tiny.en, {LAYERS} layers, frozen; BiLSTM, attention and statistics pooling"
INPUT = (
    f"log-mel, {audio.N_FRAMES} frames of 10 ms x {audio.ACCURATE.n_mels} bands as Whisper has them, "
    f"{audio.SAMPLE_RATE} Hz mono"
)
EXAMPLES = 48  # on which the exported file is compared


def head_name(state: dict) -> str:
    """`voice_accurate`, `voice_accurate_foldK_seedS` or `voice_accurate_without_CORPUS_seedS`."""
    seed = state["recipe"]["seed"]
    if state["left_out"]:
        return f"{NAME}_without_{state['left_out']}_seed{seed}"
    return NAME if state["fold"] is None else f"{NAME}_fold{state['fold']}_seed{seed}"


def export_voice_head(head: keras.Model, state: dict, run: Path, *, runs: Path, data=None, folder: Path) -> dict:
    """Calibrate a trained head on its validation speakers and write its files, named by `head_name`.

    The one trained on everything is written with the encoder before it, the others alone: they read the hidden states
    of its file. run: the folder that its weights come from. Returns the card.
    """
    print(f"exporting into {folder}", flush=True)
    clips = load_voices(data)
    encoder, _ = encoder_files(runs, clips)
    (copy,) = hidden_copies(clips, 0, encoder=encoder, folder=runs / HIDDEN_STATES, data=data)
    rows = spoken_clips_of(clips, state["validation_speakers"])
    truth = np.array([VOICE_LABELS.index(clips[i].label) for i in rows])
    probs = predict_clips(head, copy, rows)
    temperature = fit_temperature(truth, probs)
    name = head_name(state)
    card = {
        "kind": "voice",
        "network": NETWORK,
        "labels": list(VOICE_LABELS),
        "input": INPUT,
        "log_mel": "accurate",
        "encoder": state["encoder"],
        "encoder_source": SOURCE,
        "head_only": name != NAME,
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
            changed_copies=state["copies"],
        ),
    }
    some = rows[:EXAMPLES]
    if card["head_only"]:
        network, examples = head, _hidden_examples(copy, some)
    else:
        windows = [windows_of_clip(clips, i, 0, []) for i in some]
        network = with_encoder(load_encoder(runs), [head])
        examples = [np.stack([w[part][0] for w in windows]) for part in (0, 1)]
    weights = [run / AVERAGED] if (run / AVERAGED).is_file() else []
    return export(network, name, examples=examples, card=card, precision="float16", folder=folder, run_weights=weights)


def _hidden_examples(copy: Copy, rows: list[int]) -> list[np.ndarray]:
    """Network inputs of some clips, the first window of each."""
    first = np.searchsorted(copy.clip, rows)
    return [copy.hidden[first].astype(np.float32) / PER_DEVIATION, copy.mask[first].astype(np.float32)]
