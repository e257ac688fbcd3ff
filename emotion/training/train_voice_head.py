"""Training of the accurate voice model's head on the hidden states of the frozen speech encoder."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from emotion import audio, metrics
from emotion.datasets import Clip, load_voices
from emotion.labels import VOICE_LABELS
from emotion.training.hidden_states import HIDDEN_STATES, PER_DEVIATION, Copy, hidden_copies
from emotion.training.loop import fit
from emotion.training.recipe import Recipe
from emotion.training.speech_encoder import encoder_files, hidden_size
from emotion.training.voice_data import sampling_weights, split_clips
from emotion.training.voice_head import build_voice_head

DEFAULT_RECIPE = Recipe(
    epochs=24,
    minutes=30,
    batch=64,
    optimizer="adamw",
    learning_rate=1e-3,
    weight_decay=0.05,
    ema=0.995,
    label_smoothing=0.1,
    mixup=0.0,
    augment=0.7,  # share of the examples that come from a changed copy
)
COPIES = 4  # changed ones
SAMPLES_PER_EPOCH = 6_400


class HeadBatches(keras.utils.PyDataset):
    """Balanced batches of hidden states (N, steps, D), masks and possible classes, from copy 0 and changed copies."""

    def __init__(self, copies: list[Copy], rows: np.ndarray, clips: list[Clip], recipe: Recipe):
        super().__init__()
        self.copies, self.rows, self.recipe, self.epoch = copies, rows, recipe, 0
        self.labels = np.array([VOICE_LABELS.index(c.label) for c in clips])
        self.possible = possible_classes(clips)
        self.weights = sampling_weights([clips[r] for r in rows])

    def __len__(self) -> int:
        return SAMPLES_PER_EPOCH // self.recipe.batch

    def __getitem__(self, i: int):
        rng, recipe = np.random.default_rng((self.recipe.seed, self.epoch, i)), self.recipe
        rows = rng.choice(self.rows, recipe.batch, p=self.weights)
        pairs = [self._example(row, rng) for row in rows]
        hidden, mask = np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])
        smooth, possible = recipe.label_smoothing, self.possible[rows]
        y = np.eye(len(VOICE_LABELS), dtype=np.float32)[self.labels[rows]]
        y = y * (1 - smooth) + possible * smooth / possible.sum(axis=1, keepdims=True)
        return (hidden, mask, possible), y

    def _example(self, row: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        changed = rng.random() < self.recipe.augment and len(self.copies) > 1
        copy = self.copies[int(rng.integers(1, len(self.copies))) if changed else 0]
        first, last = np.searchsorted(copy.clip, (row, row + 1))
        window = int(rng.integers(first, last))
        return copy.hidden[window].astype(np.float32) / PER_DEVIATION, copy.mask[window].astype(np.float32)


def possible_classes(clips: list[Clip]) -> np.ndarray:
    """Which classes the corpus of each clip has: float32 (N, 8), 0 or 1.

    Only they compete in training: that a corpus has no "calm" says nothing about its clips.
    """
    labels: dict[str, set[str]] = {c.corpus: set() for c in clips}
    for c in clips:
        labels[c.corpus].add(c.label)
    return np.array([[label in labels[c.corpus] for label in VOICE_LABELS] for c in clips], np.float32)


def train_voice_head(
    *,
    run: Path,
    runs: Path,
    data=None,
    fold: int | None = None,
    leave_out: str | None = None,
    recipe: Recipe = DEFAULT_RECIPE,
) -> tuple[keras.Model, dict]:
    """Train a head on every corpus found. runs: where encoder and hidden states are kept for all runs.

    fold, leave_out: as in train_voice. Returns (head with the averaged weights, state of the run).
    Raises DatasetError where the data are not there, ModelError where the pretrained encoder is not.
    """
    keras.utils.set_random_seed(recipe.seed)
    clips = load_voices(data)
    split = split_clips(clips, fold=fold, leave_out=leave_out, seed=recipe.seed)
    encoder, mark = encoder_files(runs, clips)
    copies = hidden_copies(clips, COPIES, encoder=encoder, folder=runs / HIDDEN_STATES, data=data)
    print(split)
    head = build_head()
    truth = np.array([VOICE_LABELS.index(clips[i].label) for i in split.validation])

    def validate(_):  # what is trained shares its weights with the head
        probs = predict_clips(head, copies[0], split.validation)
        return {"val_uar": metrics.uar(truth, probs), "val_accuracy": metrics.accuracy(truth, probs)}

    about = {
        "fold": fold,
        "left_out": leave_out,
        **split.about(),
        "encoder": mark,
        "copies": COPIES,
    }
    state = fit(among_possible(head), HeadBatches(copies, split.train, clips, recipe), validate, recipe, run, about)
    return head, state


def build_head() -> keras.Model:
    """The head, not trained."""
    return build_voice_head(frames=audio.N_FRAMES, size=hidden_size(), classes=len(VOICE_LABELS))


def among_possible(head: keras.Model) -> keras.Model:
    """The head as it is trained: with a third input, the possible classes (N, 8), the others' probabilities being 0.

    Keras' cross-entropy divides probabilities by their sum.
    """
    possible = keras.Input((len(VOICE_LABELS),), name="possible")
    return keras.Model([*head.inputs, possible], keras.layers.Multiply()([head.outputs[0], possible]))


def predict_clips(head: keras.Model, copy: Copy, rows: list[int]) -> np.ndarray:
    """Probabilities (N, 8) of whole recordings: the mean over each one's windows, as the served model does."""
    windows = [np.arange(*np.searchsorted(copy.clip, (row, row + 1))) for row in rows]
    every = np.concatenate(windows)
    probs, _ = head.predict(
        (copy.hidden[every].astype(np.float32) / PER_DEVIATION, copy.mask[every].astype(np.float32)),
        batch_size=128,
        verbose=0,
    )
    return np.stack([p.mean(axis=0) for p in np.split(probs, np.cumsum([len(w) for w in windows])[:-1])])
