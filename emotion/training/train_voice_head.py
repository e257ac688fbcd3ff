"""Training of the accurate voice model's head on the hidden states of the frozen speech encoder."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from emotion import audio, metrics
from emotion.checkpoint import sha256
from emotion.datasets import Clip, load_voices
from emotion.labels import VOICE_LABELS
from emotion.training.hidden_states import HIDDEN_STATES, Copy, hidden_copies
from emotion.training.loop import fit, load_averaged
from emotion.training.recipe import Recipe
from emotion.training.run_folder import state_of
from emotion.training.speaker_centres import SpeakerCentres
from emotion.training.speech_encoder import encoder_files, hidden_size
from emotion.training.statistics_expert import (
    EXPERTS,
    centres_of,
    put_statistics_expert,
    solve_statistics_expert,
    unknown_speakers,
)
from emotion.training.voice_data import possible_classes, sampling_weights, split_clips
from emotion.training.voice_head import build_voice_head, course_among_possible

DEFAULT_RECIPE = Recipe(
    epochs=8,
    minutes=30,
    batch=128,
    optimizer="adamw",
    learning_rate=3e-3,
    weight_decay=0.05,
    ema=0.995,
    label_smoothing=0.1,
    mixup=0.0,
    augment=0.7,  # share of the examples that come from a changed copy
)
COPIES = 4  # changed ones
SAMPLES_PER_EPOCH = 6_400


class HeadBatches(keras.utils.PyDataset):
    """Balanced batches of hidden states (N, steps, D), masks, centres (N, D) and possible classes, of all copies."""

    def __init__(
        self, copies: list[Copy], rows: np.ndarray, clips: list[Clip], recipe: Recipe, centres: SpeakerCentres
    ):
        super().__init__()
        self.centres = centres
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
        hidden, mask = (np.stack(part) for part in zip(*pairs, strict=True))
        centre = np.stack([self.centres.draw(row, rng) for row in rows])
        smooth, possible = recipe.label_smoothing, self.possible[rows]
        y = np.eye(len(VOICE_LABELS), dtype=np.float32)[self.labels[rows]]
        y = y * (1 - smooth) + possible * smooth / possible.sum(axis=1, keepdims=True)
        return (hidden, mask, centre, possible), y

    def _example(self, row: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Hidden states and mask of one window of a clip."""
        changed = rng.random() < self.recipe.augment and len(self.copies) > 1
        copy = self.copies[int(rng.integers(1, len(self.copies))) if changed else 0]
        first, last = np.searchsorted(copy.clip, (row, row + 1))
        window = int(rng.integers(first, last))
        return copy.windows(window)


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

    The linear expert is solved, then the LSTM's is trained. fold, leave_out: as in train_voice. Only where a corpus is
    left out are speakers held out to calibrate on; else the folds do that. Returns (head with the averaged weights,
    state of the run).
    Raises DatasetError where the data are not there, ModelError where the pretrained encoder is not.
    """
    keras.utils.set_random_seed(recipe.seed)
    clips = load_voices(data)
    split = split_clips(clips, fold=fold, leave_out=leave_out, seed=recipe.seed, hold_out=leave_out is not None)
    encoder, mark = encoder_files(runs, clips)
    copies = hidden_copies(clips, COPIES, encoder=encoder, folder=runs / HIDDEN_STATES, data=data)
    print(split)
    head = build_head()
    expert = expert_file(runs, fold, leave_out)
    solve_statistics_expert(head, copies, clips, split.train, changed=recipe.augment, encoder=mark, file=expert)
    truth = np.array([VOICE_LABELS.index(clips[i].label) for i in split.validation])

    def validate(_):  # what is trained shares its weights with the head
        if not split.validation:
            return {}
        probs = predict_clips(head, copies[0], split.validation)
        return {"val_uar": metrics.uar(truth, probs), "val_accuracy": metrics.accuracy(truth, probs)}

    about = {
        "fold": fold,
        "left_out": leave_out,
        **split.about(),
        "encoder": mark,
        "copies": COPIES,
        "expert": sha256(expert),
    }
    batches = HeadBatches(copies, split.train, clips, recipe, centres_of(head, copies[0], clips, split.train))
    return head, fit(course_among_possible(head), batches, validate, recipe, run, about)


def expert_file(runs: Path, fold: int | None, leave_out: str | None) -> Path:
    """The solved linear expert, which all seeds share."""
    return runs / EXPERTS / f"{f'without-{leave_out}' if leave_out else 'all' if fold is None else fold}.npz"


def trained_head(run: Path, runs: Path) -> keras.Model:
    """The head of a finished run, with the averaged weights.

    Raises ModelError where the run is not finished, or is of another kind of head.
    """
    state, head = state_of(run), build_head()
    put_statistics_expert(head, expert_file(runs, state["fold"], state["left_out"]), state.get("expert", ""))
    load_averaged(course_among_possible(head), run)
    return head


def build_head() -> keras.Model:
    """The head, not trained."""
    return build_voice_head(frames=audio.N_FRAMES, size=hidden_size(), classes=len(VOICE_LABELS))


def predict_clips(head: keras.Model, copy: Copy, rows: list[int]) -> np.ndarray:
    """Probabilities (N, 8) of whole recordings: the mean over each one's windows, as the served model does."""
    windows = [np.arange(*np.searchsorted(copy.clip, (row, row + 1))) for row in rows]
    probs, *_ = head.predict(unknown_speakers(*copy.windows(np.concatenate(windows))), batch_size=128, verbose=0)
    return np.stack([p.mean(axis=0) for p in np.split(probs, np.cumsum([len(w) for w in windows])[:-1])])
