"""What face training feeds the network."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.paths import MODELS
from tests.support_training import some_faces

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")


def test_a_teacher_answers_the_very_faces_that_are_trained_on():
    """Half of each target is the teacher's answer to the changed face, whatever the size of the trained network."""
    from emotion.training.face_batches import FaceBatches
    from emotion.training.face_data import face_targets
    from emotion.training.recipe import Recipe

    faces = some_faces()
    face = keras.Input((48, 48, 1))
    teacher = keras.Model(
        face, keras.layers.Softmax()(keras.layers.Flatten()(keras.layers.AveragePooling2D(16)(face))[:, :7])
    )
    targets = face_targets(faces)
    batches = [
        FaceBatches(faces, targets, size=size, recipe=Recipe(batch=8, mixup=0.0), teacher=teacher) for size in (48, 64)
    ]
    (seen, half), (larger, same) = (b[0] for b in batches)
    assert larger.shape == (8, 64, 64, 1)
    np.testing.assert_allclose(half, same, atol=1e-5)
    plain = FaceBatches(faces, targets, size=48, recipe=Recipe(batch=8, mixup=0.0))[0]
    np.testing.assert_array_equal(seen, plain[0])
    np.testing.assert_allclose(half, (plain[1] + teacher.predict_on_batch(seen)) / 2, atol=1e-5)


def test_training_goes_on_at_the_size_that_is_served():
    from emotion.training.train_face import SIZES

    assert {m: json.loads((MODELS / f"face_{m}.json").read_text())["input_size"] for m in ("fast", "accurate")} == {
        m: SIZES[m] for m in ("fast", "accurate")
    }
    assert SIZES["lite"] == SIZES["accurate"], "one is filled with the other"
