"""EfficientNetB7 as dense convolutions: the network, its weights in B7 and back, and the teacher's maps."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.runner import ModelError

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")
RNG = np.random.default_rng(0)


def test_the_dense_convolution_is_the_separable_one():
    from emotion.training.dense_b7 import DenseSeparableConv2D

    x = RNG.normal(size=(2, 9, 9, 5)).astype(np.float32)
    one, two = (
        kind(4, 3, strides=2, padding="same", depth_multiplier=6, use_bias=False)
        for kind in (DenseSeparableConv2D, keras.layers.SeparableConv2D)
    )
    one.build(x.shape)
    two.build(x.shape)
    one.set_weights(two.get_weights())
    np.testing.assert_allclose(np.asarray(one(x)), np.asarray(two(x)), atol=1e-5)


def test_b7_filled_from_a_dense_network_answers_as_it_does(dense_and_b7):
    dense, whole, faces = dense_and_b7
    expected = dense.predict(faces, verbose=0)
    assert expected.std(axis=0).min() > 0.05  # its answers differ from face to face
    # swish is linear to within a hundredth
    np.testing.assert_allclose(whole.predict(faces, verbose=0), expected, atol=5e-3)


def test_a_filter_is_rounded_to_255_steps():
    from emotion.training.dense_to_b7 import _as_int8

    kernel = RNG.normal(size=(1, 1, 50, 3)) * [0.01, 1, 0]
    steps = np.abs(kernel).max(axis=(0, 1, 2)) / 127
    rounded = _as_int8(kernel)
    assert np.abs(rounded - kernel).max(axis=(0, 1, 2)) == pytest.approx(steps / 2, rel=0.2)
    np.testing.assert_allclose(rounded[..., :2] / steps[:2], np.round(rounded[..., :2] / steps[:2]), atol=1e-6)


def test_the_dense_network_is_found_again_in_b7(dense_and_b7):
    from emotion.training.dense_to_b7 import fill_from_b7
    from emotion.training.networks import build_face_network

    dense, whole, faces = dense_and_b7
    again = build_face_network("DenseB7", size=40, classes=7)
    fill_from_b7(again, whole)
    np.testing.assert_allclose(again.predict(faces, verbose=0), dense.predict(faces, verbose=0), atol=5e-3)
    first = whole.get_layer("block2a_expand_conv")
    kept = first.get_weights()
    first.set_weights([RNG.normal(size=kept[0].shape)])  # as after training as a whole
    with pytest.raises(ModelError, match="block2a is not six copies"):
        fill_from_b7(again, whole)
    first.set_weights(kept)


def test_a_dense_network_predicts_its_teachers_maps(dense_and_b7):
    from emotion.training.networks import build_face_network
    from emotion.training.teacher_maps import teacher_with_maps, with_hints

    dense, _, faces = dense_and_b7
    teacher = teacher_with_maps(build_face_network("ResNet14", size=48, classes=7), dense)
    larger = np.pad(faces, ((0, 0), (4, 4), (4, 4), (0, 0)), mode="edge")
    guesses, maps = (
        network.predict(x, verbose=0)[1:] for network, x in ((with_hints(dense), faces), (teacher, larger))
    )
    assert [g.shape for g in guesses] == [m.shape for m in maps] == [(32, 10, 10, 64), (32, 5, 5, 128), (32, 3, 3, 256)]
    np.testing.assert_allclose([m.std() for m in maps], 1, atol=0.05)
