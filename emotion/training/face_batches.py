"""Batches of faces for the training loop."""

from __future__ import annotations

import keras
import numpy as np

from emotion.datasets import PORTRAIT_SETS, FaceSet
from emotion.face import prepare_crops
from emotion.training.augment import augment_face, mixup
from emotion.training.recipe import Recipe

MIN_PER_CLASS = 1500  # rarer labels (disgust) are repeated up to this in each epoch
PORTRAITS_REPEATED = 3  # there are few, and they are what a camera shows


class FaceBatches(keras.utils.PyDataset):
    """Augmented batches of grey faces at the network's input size.

    With a teacher, half of each target is its answer to the same augmented face (Hinton et al. 2015, arXiv:1503.02531;
    Beyer et al. 2022, arXiv:2106.05237), which changes every time, so the network cannot memorize it.
    """

    def __init__(
        self, faces: FaceSet, targets: np.ndarray, *, size: int, recipe: Recipe, teacher: keras.Model | None = None
    ):
        super().__init__()
        self.faces, self.targets, self.size, self.recipe, self.teacher = faces, targets, size, recipe, teacher
        self.epoch = 0
        repeats = np.maximum(1, MIN_PER_CLASS // np.maximum(np.bincount(faces.labels), 1))[faces.labels]
        repeats[np.isin(faces.usage, PORTRAIT_SETS)] *= PORTRAITS_REPEATED
        self.rows = np.repeat(np.arange(len(faces)), repeats)

    def __len__(self) -> int:
        return len(self.rows) // self.recipe.batch

    def __getitem__(self, i: int):
        order = np.random.default_rng((self.recipe.seed, self.epoch)).permutation(self.rows)
        rows = order[i * self.recipe.batch : (i + 1) * self.recipe.batch]
        rng = np.random.default_rng((self.recipe.seed, self.epoch, i))
        images = np.stack([augment_face(self.faces.images[r], rng, strength=self.recipe.augment) for r in rows])
        targets = self.targets[rows]
        if self.teacher is not None:
            answers = self.teacher.predict_on_batch(prepare_crops(images, self.teacher.input_shape[1]))
            targets = (targets + answers) / 2
        return mixup(
            prepare_crops(images, self.size), targets, rng, alpha=self.recipe.mixup, chance=self.recipe.mixup_share
        )
