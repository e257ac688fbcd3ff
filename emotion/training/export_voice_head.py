"""A trained head, or the mean of several with the speech encoder before them, -> the file and the card to be served."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from emotion import audio
from emotion.datasets import Clip, load_voices
from emotion.evaluation.voices import fold_model_name, without_model_name
from emotion.labels import VOICE_LABELS
from emotion.predict import VOICE_MODELS
from emotion.training.hidden_states import HIDDEN_STATES, hidden_copies, windows_of_clip
from emotion.training.run_folder import AVERAGED, state_of
from emotion.training.speech_encoder import SOURCE, encoder_files, hidden_size, load_encoder
from emotion.training.statistics_expert import unknown_speakers
from emotion.training.to_tflite import export
from emotion.training.train_voice_head import predict_clips, trained_head
from emotion.training.voice_card import mean_card, voice_card
from emotion.training.voice_data import spoken_clips_of
from emotion.training.voice_head import served_network

NAME = VOICE_MODELS["accurate"]
NETWORK = "BiLSTM and linear expert on Whisper tiny.en"
INPUT = (
    f"log-mel, {audio.N_FRAMES} frames of 10 ms x {audio.ACCURATE.n_mels} bands as Whisper has them, "
    f"{audio.SAMPLE_RATE} Hz mono"
)
EXAMPLES = 48  # on which the exported file is compared


def head_name(state: dict) -> str:
    """`voice_accurate`, `voice_accurate_foldK_seedS` or `voice_accurate_without_CORPUS_seedS`."""
    seed = state["recipe"]["seed"]
    if state["left_out"]:
        return without_model_name(state["left_out"], seed, NAME)
    return NAME if state["fold"] is None else fold_model_name(state["fold"], seed, NAME)


def export_voice_head(head: keras.Model, state: dict, run: Path, *, runs: Path, data=None, folder: Path) -> dict:
    """Calibrate a trained head on its validation speakers, if it has any, and write its files, named by `head_name`.

    The one trained on everything is written with the encoder before it, the others alone: they read the hidden states
    of its file. run: the folder that its weights come from. Returns the card.
    """
    print(f"exporting into {folder}", flush=True)
    clips = load_voices(data)
    encoder, _ = encoder_files(runs, clips)
    (copy,) = hidden_copies(clips, 0, encoder=encoder, folder=runs / HIDDEN_STATES, data=data)
    rows = spoken_clips_of(clips, state["validation_speakers"])
    name = head_name(state)
    card = voice_card(
        state,
        clips,
        rows,
        predict_clips(head, copy, rows) if rows else np.zeros((0, len(VOICE_LABELS))),
        about={
            "network": NETWORK,
            "input": INPUT,
            "log_mel": "accurate",
            "encoder": state["encoder"],
            "encoder_source": SOURCE,
            "head_only": name != NAME,
            "speaker_centre": hidden_size(),
        },
        changed_copies=state["copies"],
    )
    some = _some(clips)
    if card["head_only"]:
        network, examples = served_network([head]), unknown_speakers(*copy.windows(np.searchsorted(copy.clip, some)))
    else:
        network, examples = served_network([head], load_encoder(runs)), _examples(clips, some)
    weights = [run / AVERAGED] if (run / AVERAGED).is_file() else []
    return export(network, name, examples=examples, card=card, precision="float16", folder=folder, run_weights=weights)


def average_voice_heads(of_seed: list[Path], *, runs: Path, data=None, folder: Path) -> dict:
    """Write `voice_accurate` as the encoder and the mean of several seeds' heads, all trained on every corpus.

    of_seed: their finished runs; runs: where the encoder is. Returns the card. Raises ModelError as mean_card does.
    """
    about = {
        "input": INPUT,
        "log_mel": "accurate",
        "encoder_source": SOURCE,
        "head_only": False,
        "speaker_centre": hidden_size(),
    }
    card = mean_card(of_seed, data=data, voice=NAME, about=about) | {"encoder": state_of(of_seed[0])["encoder"]}
    heads = [trained_head(run, runs) for run in of_seed]
    clips = load_voices(data)
    print(f"exporting into {folder}", flush=True)
    return export(
        served_network(heads, load_encoder(runs)),
        NAME,
        examples=_examples(clips, _some(clips)),
        card=card,
        precision="float16",
        folder=folder,
        run_weights=[run / AVERAGED for run in of_seed],
    )


def _some(clips: list[Clip]) -> list[int]:
    return list(range(0, len(clips), max(1, len(clips) // EXAMPLES)))


def _examples(clips: list[Clip], rows: list[int]) -> list[np.ndarray]:
    """Log-mel and masks of some clips, the first window of each, and centres of zeros."""
    windows = [windows_of_clip(clips, i, 0, []) for i in rows]
    mel, mask = (np.stack([w[part][0] for w in windows]) for part in (0, 1))
    return [mel, mask, np.zeros((len(rows), hidden_size()), np.float32)]
