"""The networks: changes that leave their answers as they are, and their mean."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support_training import as_after_training

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")
RNG = np.random.default_rng(0)


def test_shorter_depthwise_kernels_answer_the_same():
    from emotion.training.networks import build_face_network, shorten_depthwise_kernels

    keras.utils.set_random_seed(0)
    network = build_face_network("EfficientNetB7", size=32, classes=7)
    as_after_training(network)
    faces = RNG.uniform(0, 255, (4, 32, 32, 1)).astype(np.float32)
    kernel = network.get_layer("block2b_dwconv")
    before, length = np.asarray(network(faces)), np.abs(kernel.get_weights()[0]).max()
    shorten_depthwise_kernels(network, rms=0.05)
    assert np.abs(kernel.get_weights()[0]).max() < 0.8 * length
    # the difference is the epsilon under the root: 0.001 beside variances of a hundredth
    assert np.abs(np.asarray(network(faces)) - before).max() < 0.05 * before.max()


def test_the_mean_of_networks_is_the_mean_of_their_answers():
    from emotion.training.networks import build_voice_network, mean_network

    networks = [build_voice_network(frames=40, mels=16, classes=8, width=2, lstm=4) for _ in range(2)]
    mel, mask = RNG.normal(size=(3, 40, 16)).astype(np.float32), np.ones((3, 40), np.float32)
    each = [n.predict((mel, mask), verbose=0) for n in networks]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    np.testing.assert_allclose(mean_network(networks).predict((mel, mask), verbose=0), np.mean(each, axis=0), atol=1e-6)
