"""How channels change the answers of the voice model: out-of-fold clips through codecs, microphones, rooms, noise."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, metrics
from emotion.datasets import RAVDESS_FOLDS, Clip, fold_of, load_ravdess
from emotion.evaluation.measurements import (
    CHANNELS_COMMAND,
    CHANNELS_NAME,
    Progress,
    out_folder,
    show_progress,
    write_metrics,
)
from emotion.evaluation.no_voice import no_voice_figures, sounds_without_a_voice
from emotion.evaluation.simulate import Channel, channels, keyboard
from emotion.evaluation.voices import fold_voices, fold_weights, network_of
from emotion.labels import VOICE_LABELS
from emotion.paths import MODELS, data_root

CLIPS = 480  # of 1,440: with all of them this takes more than an hour


def load_rooms(root=None) -> list[np.ndarray]:
    """The room impulse responses found, float32 (R,) at audio.SAMPLE_RATE."""
    return [audio.read_audio(p) for p in sorted((data_root(root) / "noise" / "rir").glob("*.wav"))]


def channel_figures(labels: np.ndarray, probs: dict[str, np.ndarray], actors: np.ndarray) -> list[dict]:
    """Per channel: UAR, accuracy, UAR lost against `clean`, share of unchanged labels. probs: name -> (N, 8)."""
    clean = probs["clean"]
    rows = []
    for name, p in probs.items():
        rows.append(
            {
                "channel": name,
                "n": len(labels),
                "uar": metrics.uar(labels, p),
                "accuracy": metrics.accuracy(labels, p),
                "uar_lost": metrics.uar(labels, clean) - metrics.uar(labels, p),
                "same_label": float((p.argmax(axis=1) == clean.argmax(axis=1)).mean()),
                "interval_95": metrics.bootstrap_interval((p.argmax(axis=1) == labels).astype(float), actors),
            }
        )
    return rows


def _channels_of_fold(fold: int, clips: list[Clip], rooms: list[np.ndarray]) -> dict[str, Channel]:
    """Channels whose babble is made of the fold's own test actors: its model has not heard these voices."""
    rng = np.random.default_rng((fold, 4))
    talkers = [c for c in clips if c.actor in RAVDESS_FOLDS[fold]]
    voices = [audio.read_audio(talkers[i].path) for i in rng.choice(len(talkers), min(24, len(talkers)), replace=False)]
    return channels({"babble": voices, "keyboard": [keyboard(audio.CLIP_SAMPLES, rng) for _ in range(8)]}, rooms)


def evaluate_channels(
    *,
    data=None,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure the fold models (mean over seeds) on RAVDESS speech through every channel, and on sound without a voice.

    Noise here is made (hiss, keys, babble of test actors) and was in no training, but that test actors were also heard
    in the background of changed copies; the rooms are measured ones. Writes the file; returns name -> figures. Raises
    DatasetError, or ModelError when no seed has all five fold models.
    """
    folder = out_folder(out, limit)
    voices, seeds = fold_voices(models)
    every = load_ravdess(data)
    clips = [every[i] for i in np.sort(np.random.default_rng(0).permutation(len(every))[: limit or CLIPS])]
    rooms = load_rooms(data)
    made = {fold: _channels_of_fold(fold, every, rooms) for fold in sorted({fold_of(c.actor) for c in clips})}
    names = list(next(iter(made.values())))
    probs = {name: np.zeros((len(clips), len(VOICE_LABELS)), np.float32) for name in names}
    for i, clip in enumerate(clips):
        wave, fold = audio.read_audio(clip.path), fold_of(clip.actor)
        for j, name in enumerate(names):
            heard = made[fold][name](wave, np.random.default_rng((i, j)))
            probs[name][i] = voices[fold].predict(heard, audio.SAMPLE_RATE)
        if (i + 1) % 10 == 0 or i + 1 == len(clips):
            progress("channels", i + 1, len(clips))
    labels = np.array([VOICE_LABELS.index(c.label) for c in clips])
    found = write_metrics(
        CHANNELS_NAME,
        {
            "model": "voice",
            "network": network_of(voices),
            "kind": "channels",
            "data_set": "RAVDESS speech",
            "split": "ravdess-5fold",
            "seed": seeds[0] if len(seeds) == 1 else seeds,
            "date": (today or date.today()).isoformat(),
            "n": len(clips),
            "limited_to": limit,
            "weights_sha256": fold_weights(voices),
            "command": CHANNELS_COMMAND,
            "protocol": f"{CLIPS} out-of-fold clips, drawn once, through each channel, then judged by the fold's "
            "networks, which never heard their actors. Hiss, keys and babble (six other test actors) are added at the "
            "given level below the voice; rooms are measured impulse responses, also known to no model. One choice of "
            "the training (to hear the quiet around a voice, with its noise) was kept after a look at 100 clips of the "
            "first fold through these channels.",
            "channels": channel_figures(labels, probs, np.array([c.actor for c in clips])),
            "no_voice": no_voice_figures(voices[0], sounds_without_a_voice(data, limit=None if limit is None else 1)),
        },
        None,
        folder,
    )
    for row in found["channels"]:
        print(
            f"{row['channel']:18s} UAR {row['uar']:6.1%}   lost {100 * row['uar_lost']:+5.1f} points   "
            f"same label {row['same_label']:.0%}"
        )
    for row in found["no_voice"]:
        print(f"{row['sound']:18s} an emotion named in {row['judged']:.1%} of {row['readings']} readings")
    return {CHANNELS_NAME: found}
