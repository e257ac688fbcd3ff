"""A pair of large networks that several tests compare; building them takes a minute."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support_training import as_after_training


@pytest.fixture(scope="session")
def lite_and_b7():
    """EfficientNet-Lite2 whose answers differ from face to face, EfficientNetB7 filled from it, and some faces."""
    keras = pytest.importorskip("keras")
    from emotion.training.batch_norm import recompute_batch_norm
    from emotion.training.lite_to_b7 import fill_from_lite
    from emotion.training.networks import build_face_network

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    lite, whole = (build_face_network(n, size=40, classes=7) for n in ("EfficientNetLite2", "EfficientNetB7"))
    as_after_training(lite)
    faces = np.kron(rng.uniform(0, 255, (32, 10, 10, 1)), np.ones((1, 4, 4, 1))).astype(np.float32)
    recompute_batch_norm(lite, faces, batch=len(faces))
    fill_from_lite(whole, lite)
    return lite, whole, faces
