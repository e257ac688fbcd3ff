"""Training of the voice model on every corpus found, with or without one RAVDESS fold or one whole corpus."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from emotion import audio, metrics
from emotion.datasets import load_voices
from emotion.labels import VOICE_LABELS
from emotion.training.from_tflite import load_tflite_weights
from emotion.training.loop import fit
from emotion.training.networks import build_voice_network
from emotion.training.recipe import Recipe
from emotion.training.run_folder import origin, read_state, weights_of
from emotion.training.voice_batches import VoiceBatches
from emotion.training.voice_data import MelCache, first_windows, load_noises, split_clips

DEFAULT_RECIPE = Recipe(
    epochs=20,
    minutes=60,
    batch=48,
    optimizer="sgd",
    learning_rate=0.1,
    weight_decay=5e-4,
    ema=0.998,
    label_smoothing=0.05,
    mixup=0.2,
    augment=0.7,
)


def train_voice(
    *,
    run: Path,
    data=None,
    fold: int | None = None,
    leave_out: str | None = None,
    recipe: Recipe = DEFAULT_RECIPE,
    cache: Path = Path("runs/voice-mel.npz"),
    start_from: Path | None = None,
) -> tuple[keras.Model, dict]:
    """Train the voice model on every corpus found.

    fold: RAVDESS fold 0…4 left out for testing; leave_out: one of datasets.VOICE_CORPORA left out whole. Neither
    trains the served model. start_from: a served file of one network (`models/voice_fold0_seed0.tflite`) or a run
    folder, which must have left out the same clips; a short training from there needs a third of the recipe's learning
    rate. Returns (network with the averaged weights, state of the run).
    Raises DatasetError where the data are not there, ModelError where start_from has no weights.
    """
    if start_from is not None:
        weights_of(start_from)  # a wrong name is said before minutes are spent on data
    keras.utils.set_random_seed(recipe.seed)
    clips = load_voices(data)
    split = split_clips(clips, fold=fold, leave_out=leave_out, seed=recipe.seed)
    mels, noises = MelCache(clips, cache), load_noises(data)
    print(split)
    network = build_network()
    if start_from is not None and read_state(run) is None:
        some = np.random.default_rng(recipe.seed).choice(split.train, min(512, len(split.train)), replace=False)
        _start_from(start_from, network, first_windows(mels, some))
    truth = np.array([VOICE_LABELS.index(clips[i].label) for i in split.validation])

    def validate(network):
        probs = predict_recordings(network, [mels.power(i) for i in split.validation])
        return {"val_uar": metrics.uar(truth, probs), "val_accuracy": metrics.accuracy(truth, probs)}

    about = {
        "fold": fold,
        "left_out": leave_out,
        **split.about(),
        "grown_from": origin(start_from),
    }
    return network, fit(network, VoiceBatches(mels, split.train, noises, recipe), validate, recipe, run, about)


def build_network() -> keras.Model:
    """The voice network, not trained."""
    return build_voice_network(frames=audio.N_FRAMES, mels=audio.FAST.n_mels, classes=len(VOICE_LABELS))


def predict_recordings(network, powers: list[np.ndarray]) -> np.ndarray:
    """Keras probabilities (N, 8) of whole recordings: the mean over each one's windows, as the served model does."""
    features = [audio.recording_features(p) for p in powers]
    probs = network.predict(
        (np.concatenate([f[0] for f in features]), np.concatenate([f[1] for f in features])), batch_size=128, verbose=0
    )
    ends = np.cumsum([len(f[0]) for f in features])
    return np.stack([p.mean(axis=0) for p in np.split(probs, ends[:-1])])


def _start_from(source: Path, network: keras.Model, examples: list[np.ndarray]) -> None:
    weights = weights_of(source)
    if source.suffix == ".tflite":
        load_tflite_weights(weights, network, examples)
    else:
        network.load_weights(weights)
