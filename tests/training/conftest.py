"""A pair of large networks that several files compare; building them takes a minute."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support_training import as_after_training


@pytest.fixture(scope="session")
def dense_and_b7():
    """A dense network whose answers differ from face to face, EfficientNetB7 filled from it, and some faces."""
    keras = pytest.importorskip("keras")
    from emotion.training.dense_to_b7 import fill_from_dense
    from emotion.training.networks import build_face_network

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    dense, whole = (build_face_network(n, size=40, classes=7) for n in ("DenseB7", "EfficientNetB7"))
    as_after_training(dense)
    kernel, bias = dense.get_layer("logits").get_weights()
    faces = np.kron(rng.uniform(0, 255, (32, 10, 10, 1)), np.ones((1, 4, 4, 1))).astype(np.float32)
    found = keras.Model(dense.input, dense.get_layer("logits").input).predict(faces, verbose=0)
    kernel = kernel / (found @ kernel).std(axis=0)
    dense.get_layer("logits").set_weights([kernel, -(found @ kernel).mean(axis=0)])
    fill_from_dense(whole, dense, faces)
    return dense, whole, faces
