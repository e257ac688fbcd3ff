"""What several tests of the training code use."""

from __future__ import annotations

import struct
import zipfile
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


def as_ctranslate2(arrays: dict[str, np.ndarray]) -> bytes:
    """A CTranslate2 model file, version 6, of a Whisper network with these arrays."""
    types = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}
    text = lambda t: struct.pack("<H", len(t) + 1) + t.encode() + b"\0"  # noqa: E731
    out = [struct.pack("<I", 6), text("WhisperSpec"), struct.pack("<II", 3, len(arrays))]
    for name, array in arrays.items():
        out += [text(name), struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)]
        out += [struct.pack("<BI", types[array.dtype.name], array.nbytes), array.tobytes()]
    return b"".join(out)


def small_whisper(*, layers: int = 4, size: int = 16, heads: int = 2, mels: int = 80, steps: int = 150) -> dict:
    """Arrays as an encoder of Whisper has them, random and much smaller."""
    rng = np.random.default_rng(0)
    some = lambda *shape: (rng.normal(0, 1, shape) / np.sqrt(shape[-1])).astype(np.float16)  # noqa: E731
    arrays = {
        "encoder/num_heads": np.array(heads, np.int16),
        "encoder/conv1/weight": some(size, mels, 3),
        "encoder/conv1/bias": some(size),
        "encoder/conv2/weight": some(size, size, 3),
        "encoder/conv2/bias": some(size),
        "encoder/position_encodings/encodings": some(steps, size),
    }
    for i in range(layers):
        for part, ins, outs in (("self_attention", size, 3 * size), ("ffn", size, 4 * size)):
            place = f"encoder/layer_{i}/{part}"
            arrays |= {
                f"{place}/layer_norm/gamma": 1 + some(size),
                f"{place}/layer_norm/beta": some(size),
                f"{place}/linear_0/weight": some(outs, ins),
                f"{place}/linear_0/bias": some(outs),
                f"{place}/linear_1/weight": some(size, size if part == "self_attention" else outs),
                f"{place}/linear_1/bias": some(size),
            }
    return arrays


def write_wheel(path: Path, member: str, data: bytes) -> Path:
    """A Python package that holds one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(member, data)
    return path
