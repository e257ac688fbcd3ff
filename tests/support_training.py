"""What several tests of the training code use."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from emotion.datasets import FaceSet
from emotion.labels import FACE_LABELS


def some_faces(n: int = 32) -> FaceSet:
    """Faces of noise with every label."""
    return FaceSet(
        images=np.random.default_rng(0).integers(0, 256, (n, 48, 48), dtype=np.uint8),
        labels=np.arange(n) % 7,
        votes=np.zeros((n, 7), np.float32),
        agreement=np.full(n, np.nan, np.float32),
        usage=np.full(n, "Training"),
        paths=np.full(n, "x"),
    )


def write_small_fer2013(folder: Path, *, train: int = 40, test: int = 3) -> Path:
    """A data folder with a FER-2013 of noise in Kaggle's layout, `train` and `test` pictures of each label."""
    rng = np.random.default_rng(0)
    for part, count in (("train", train), ("test", test)):
        for label in FACE_LABELS:
            place = folder / "fer2013" / part / label
            place.mkdir(parents=True)
            for i in range(count):
                picture = np.kron(rng.integers(0, 256, (12, 12)), np.ones((4, 4))).astype(np.uint8)
                cv2.imwrite(str(place / f"{i}.png"), picture)
    return folder


def as_after_training(network) -> None:
    """Give batch normalization random values. In a new EfficientNet those of residual blocks multiply by zero."""
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if "BatchNormalization" in type(layer).__name__:
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
