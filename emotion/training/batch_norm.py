"""Batch normalization after weights were averaged: its statistics must be those of the averaged network."""

from __future__ import annotations

import keras
import numpy as np


def recompute_batch_norm(model: keras.Model, x: np.ndarray, *, batch: int = 96) -> None:
    """Set the statistics of batch normalization to those of the examples `x`, under the weights that are there.

    x: inputs of the model, not augmented, float32 (N, …). The statistics of an average of networks are not the
    average of their statistics (Izmailov et al. 2018, arXiv:1803.05407, section 3.2).
    """
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    usual = [norm.momentum for norm in norms]
    for i in range(len(x) // batch):
        for norm in norms:
            norm.momentum = i / (i + 1)  # the plain mean over all batches
        model(keras.ops.convert_to_tensor(x[i * batch : (i + 1) * batch]), training=True)
    for norm, momentum in zip(norms, usual):
        norm.momentum = momentum
