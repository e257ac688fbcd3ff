"""The faces that are trained on and those that are held out, and their soft targets."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from emotion.datasets import FaceSet, load_fer2013, near_duplicates


def face_targets(faces: FaceSet, *, votes_share: float = 0.5, smoothing: float = 0.05) -> np.ndarray:
    """Soft targets float32 (N, 7): the hard label mixed with the FER+ vote distribution where there is one."""
    classes = faces.votes.shape[1]
    hard = np.eye(classes, dtype=np.float32)[faces.labels] * (1 - smoothing) + smoothing / classes
    total = faces.votes.sum(axis=1, keepdims=True)
    # fewer than half of the ten votes on our classes: mostly contempt, unknown or not a face
    share = np.where(total >= 5, votes_share, 0.0).astype(np.float32)
    return hard * (1 - share) + share * faces.votes / np.maximum(total, 1)


def hold_out(faces: FaceSet, *, share: float = 0.1, seed: int = 0) -> np.ndarray:
    """(N,) bool: the part of Training on which choices are made, stratified by label."""
    rng = np.random.default_rng(seed)
    held = np.zeros(len(faces), bool)
    for label in np.unique(faces.labels):
        rows = np.flatnonzero(faces.labels == label)
        held[rng.choice(rows, int(len(rows) * share), replace=False)] = True
    return held


@lru_cache(maxsize=1)  # training asks for it, and then its export
def face_split(root=None) -> tuple[FaceSet, FaceSet, int]:
    """(train, validation, how many near-copies of test images were dropped), all out of `Training`.

    The same for every seed: validation faces must never have been trained on, whichever run a model started from.
    """
    every = load_fer2013(root)
    training = every.where(every.usage == "Training")
    test = every.where(every.usage != "Training")
    copies = near_duplicates(training.images, test.images)
    held = hold_out(training)
    # nor may a validation face have a near-copy that is trained on
    inner = np.zeros(len(training), bool)
    inner[~held] = near_duplicates(training.images[~held], training.images[held])
    return training.where(~held & ~copies & ~inner), training.where(held), int(copies.sum())
