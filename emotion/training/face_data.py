"""The faces that are trained on and those that are held out, and their soft targets."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from emotion.datasets import FACE_SIZE, PORTRAIT_SETS, FaceSet, load_fer2013, load_portraits, near_duplicates
from emotion.evaluation.portraits import portrait_crops
from emotion.labels import FACE_LABELS


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


def portraits_to_train_on(root=None) -> FaceSet:
    """The pictures of LFW and the London set whose people are not tested, framed as the app does; empty without them.

    Near-copies of FER-2013's test pictures are left out. Each one's usage is the name of its set.
    """
    some = [p for source in PORTRAIT_SETS for p in load_portraits(source, root) if not p.is_tested]
    classes = len(FACE_LABELS)
    faces = FaceSet(
        images=portrait_crops(tuple(some))[0] if some else np.zeros((0, FACE_SIZE, FACE_SIZE), np.uint8),
        labels=np.array([FACE_LABELS.index(p.label) for p in some], int),
        votes=np.zeros((len(some), classes), np.float32),
        agreement=np.full(len(some), np.nan, np.float32),
        usage=np.array([p.source for p in some], str),
        paths=np.array([str(p.path) for p in some], str),
    )
    if not some:
        return faces
    test = load_fer2013(root, usages=("PublicTest", "PrivateTest", "Test"))
    return faces.where(~near_duplicates(faces.images, test.images))


def joined(*sets: FaceSet) -> FaceSet:
    """One set of several."""
    return FaceSet(*(np.concatenate([getattr(s, f) for s in sets]) for f in FaceSet.__dataclass_fields__))
