"""The layers that train through PyTorch's kernels: their gradients are those of Keras' own, their names never change.

The gradients need PyTorch as backend, which only training uses:
`pip install torch==2.13.0 && KERAS_BACKEND=torch python -m pytest tests/training`."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.slow
keras = pytest.importorskip("keras")
needs_torch = pytest.mark.skipif(keras.backend.backend() != "torch", reason="KERAS_BACKEND is not torch")

RNG = np.random.default_rng(0)


def gradients(layer, x):
    """Of a sum with fixed random weights, for the inputs and every trainable variable."""
    import torch

    x = torch.tensor(x, requires_grad=True)
    y = layer(x, training=True)
    weight = torch.tensor(np.random.default_rng(1).normal(size=tuple(y.shape)).astype(np.float32))
    return [
        g.numpy() for g in torch.autograd.grad((y * weight).sum(), [x, *(v.value for v in layer.trainable_variables)])
    ]


@needs_torch
@pytest.mark.parametrize(
    "side, layer",
    [
        *[
            (s, keras.layers.DepthwiseConv2D(k, strides=r, padding=p, use_bias=False))
            for s, k, r, p in [
                (6, 5, 1, "same"),
                (3, 5, 1, "same"),
                (9, 5, 2, "valid"),
                (15, 5, 2, "valid"),
                (25, 3, 2, "valid"),
                (24, 5, 1, "same"),
                (2, 3, 1, "same"),
            ]
        ],
        (6, keras.layers.Conv2D(5, 1, use_bias=False)),
        (6, keras.layers.BatchNormalization()),
    ],
)
def test_gradients_are_those_of_keras(side, layer):
    from emotion.training.torch_kernels import with_torch_kernels

    faster = with_torch_kernels(layer)
    assert type(faster) is not type(layer)
    x = RNG.normal(size=(4, side, side, 6)).astype(np.float32)
    for one in (layer, faster):
        one.build(x.shape)
    faster.set_weights([w + RNG.normal(size=w.shape).astype(np.float32) ** 2 for w in faster.get_weights()])
    layer.set_weights(faster.get_weights())
    np.testing.assert_allclose(*(np.asarray(one(x, training=False).detach()) for one in (faster, layer)), atol=1e-4)
    for a, b in zip(gradients(faster, x), gradients(layer, x), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("side, k, stride, padding", [(6, 5, 1, 2), (3, 5, 1, 2), (9, 5, 2, 0), (2, 3, 1, 1)])
def test_the_places_a_depthwise_kernel_joins(side, k, stride, padding):
    """The table that the gradients on PyTorch go through makes the convolution itself out of a matrix product."""
    from emotion.training.torch_kernels import joined_places

    maps, kernels = (
        RNG.normal(size=(4, side, side, 6)).astype(np.float32),
        RNG.normal(size=(k, k, 6, 1)).astype(np.float32),
    )
    padded = np.pad(maps, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    expected = np.asarray(keras.ops.depthwise_conv(padded, kernels, strides=stride, padding="valid"))
    out = expected.shape[1]
    joined = (kernels.reshape(k * k, 6).T @ joined_places(side, out, k, stride, padding).T).reshape(
        6, side * side, out * out
    )
    found = np.einsum("nqc,cqp->npc", maps.reshape(4, side * side, 6), joined).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_names_in_saved_weights_stay():
    """Keras writes the class names into `ema.weights.h5` and the registered names into `last.keras`."""
    from emotion.training import keras_internals, torch_kernels

    for module, names in (
        (torch_kernels, ("BatchNormalization", "Conv2D", "PointwiseConv2D", "DepthwiseConv2D", "LSTM")),
        (keras_internals, ("AdamW",)),
    ):
        for name in names:
            kind = getattr(module, f"Fused{name}")
            assert kind.__name__ == f"Fused{name}"
            assert keras.saving.get_registered_object(f"emotion>Fused{name}") is kind
