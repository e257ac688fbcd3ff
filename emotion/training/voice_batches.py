"""Batches of voices for the training loop."""

from __future__ import annotations

import keras
import numpy as np

from emotion import audio
from emotion.labels import VOICE_LABELS
from emotion.training.augment import add_noise, augment_voice, mask_features, mixup, pad_with_quiet
from emotion.training.recipe import Recipe
from emotion.training.voice_data import MelCache, part_of, sampling_weights

SAMPLES_PER_EPOCH = 12_800
PART_SHARE = 0.25  # of the examples are only a part of a clip, as Live hears a voice that has just begun


class VoiceBatches(keras.utils.PyDataset):
    """Balanced, augmented batches of normalized log-mel windows."""

    def __init__(self, mels: MelCache, rows: np.ndarray, noises: list[np.ndarray], recipe: Recipe):
        super().__init__()
        self.mels, self.rows, self.noises, self.recipe, self.epoch = mels, rows, noises, recipe, 0
        self.weights = sampling_weights([mels.clips[r] for r in rows])

    def __len__(self) -> int:
        return SAMPLES_PER_EPOCH // self.recipe.batch

    def example(self, row: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        power = self.mels.power(row)
        if rng.random() < PART_SHARE:
            power = part_of(power, rng)
        # clips are trimmed; with noise, what comes before and after a voice is not quiet
        if rng.random() < 0.7 * self.recipe.augment:
            power = pad_with_quiet(power, rng)
        if rng.random() < 0.35 * self.recipe.augment:  # other people talking
            power = add_noise(power, self.mels.power(int(rng.choice(self.rows))), rng.uniform(3, 25))
        power = audio.trim(augment_voice(power, rng, self.noises, strength=self.recipe.augment))
        shortest = min(len(power), 100)
        length = audio.N_FRAMES if rng.random() < 0.7 else int(rng.integers(shortest, max(len(power), shortest + 1)))
        start = int(rng.integers(0, max(1, len(power) - length + 1)))
        mel, mask = audio.normalise(power[start : start + min(length, audio.N_FRAMES)])
        return mask_features(mel, rng), mask

    def __getitem__(self, i: int):
        rng = np.random.default_rng((self.recipe.seed, self.epoch, i))
        rows = rng.choice(self.rows, self.recipe.batch, p=self.weights)
        pairs = [self.example(r, rng) for r in rows]
        classes = len(VOICE_LABELS)
        labels = np.array([VOICE_LABELS.index(self.mels.clips[r].label) for r in rows])
        smooth = self.recipe.label_smoothing
        y = np.eye(classes, dtype=np.float32)[labels] * (1 - smooth) + smooth / classes
        mel, mask = np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])
        mel, y = mixup(mel, y, rng, alpha=self.recipe.mixup, chance=self.recipe.mixup_share)
        return (mel, mask), y
