"""A Keras network -> a LiteRT file and its card, after comparing the answers of both."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from emotion import metrics
from emotion.checkpoint import sha256
from emotion.runner import LiteRunner, ModelError
from emotion.training.install import write_model
from emotion.training.quiet import without_messages

LICENCE = "CC BY-NC-SA 4.0"
# largest probability difference on real inputs; with int8 numbers a single answer may move much (docs/experiments.md)
MAX_PARITY_GAP = {"float32": 1e-3, "float16": 2e-2, "dynamic": 0.25}
LEAST_SAME_LABEL = 0.97


def export(
    network,
    name: str,
    *,
    examples: list[np.ndarray],
    labels: np.ndarray | None = None,
    card: dict,
    precision: str = "float32",
    folder: Path,
    run_weights: Sequence[Path] = (),
) -> dict:
    """Keras model -> LiteRT file and card in `folder`, or AssertionError when their answers differ on `examples`.

    network: its first output is the answer. examples: one array per network input, real data, first
    axis N >= 16. labels: theirs, int (N,); with them the card also gives macro-F1 of both.
    precision: "float32", "float16" (weights stored as float16) or "dynamic" (weights
    stored as int8). run_weights: the weight files of the runs that the network comes from; the card keeps their
    sha256. Returns the finished card.
    """
    data = convert(network, precision)
    with without_messages():
        runner = LiteRunner(data)
    served = np.stack([runner(*[e[i : i + 1] for e in examples]) for i in range(len(examples[0]))])
    answers = network.predict(examples if len(examples) > 1 else examples[0], verbose=0)
    expected = np.asarray(answers[0] if isinstance(answers, list) else answers)
    gap = float(np.abs(served - expected).max())
    agree = float((served.argmax(axis=1) == expected.argmax(axis=1)).mean())
    assert gap <= MAX_PARITY_GAP[precision] and agree >= LEAST_SAME_LABEL, (
        f"{name}: LiteRT differs from Keras by {gap:.4f} (same label on {agree:.1%}); the conversion is broken"
    )
    parity: dict[str, Any] = {"examples": len(expected), "largest_gap": round(gap, 6), "same_label": round(agree, 4)}
    if labels is not None:
        parity["macro_f1"] = {
            "keras": round(metrics.macro_f1(labels, expected), 4),
            "served": round(metrics.macro_f1(labels, served), 4),
        }
    card = {
        "name": name,
        **card,
        "parameters": int(network.count_params()),
        "precision": precision,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "run_weights_sha256": [sha256(file) for file in run_weights],
        "licence": LICENCE,
        "exported": date.today().isoformat(),
        "parity": parity,
    }
    write_model(name, folder, data, card)
    return card


def convert(network, precision: str) -> bytes:
    """Keras model -> LiteRT file with batch 1. precision: as in `export`. Raises ModelError on another backend."""
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            "export goes through TensorFlow; run the same command again with KERAS_BACKEND=tensorflow: "
            "the run is finished and will only be exported"
        )
    import tensorflow as tf

    fixed = [keras.Input(batch_shape=(1, *i.shape[1:]), name=i.name) for i in network.inputs]
    single = keras.Model(fixed, network(fixed if len(fixed) > 1 else fixed[0]))
    with without_messages():
        converter = tf.lite.TFLiteConverter.from_keras_model(single)
        if precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "float16":
            converter.target_spec.supported_types = [tf.float16]
        return converter.convert()
