"""The layers that train through PyTorch's kernels have the gradients of Keras' own. Run where PyTorch is the backend:
`pip install torch==2.13.0 && KERAS_BACKEND=torch python -m pytest tests/test_fused.py` (only training needs it)."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "torch", reason="KERAS_BACKEND is not torch")

RNG = np.random.default_rng(0)


def gradients(layer, x):
    """Of a sum with fixed random weights, for the inputs and every trainable variable."""
    x = torch.tensor(x, requires_grad=True)
    y = layer(x, training=True)
    weight = torch.tensor(np.random.default_rng(1).normal(size=tuple(y.shape)).astype(np.float32))
    return [
        g.numpy() for g in torch.autograd.grad((y * weight).sum(), [x, *(v.value for v in layer.trainable_variables)])
    ]


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
    from emotion.training.torch_kernels import fuse

    fused = fuse(layer)
    assert type(fused) is not type(layer)
    x = RNG.normal(size=(4, side, side, 6)).astype(np.float32)
    for one in (layer, fused):
        one.build(x.shape)
    fused.set_weights([w + RNG.normal(size=w.shape).astype(np.float32) ** 2 for w in fused.get_weights()])
    layer.set_weights(fused.get_weights())
    np.testing.assert_allclose(*(np.asarray(one(x, training=False).detach()) for one in (fused, layer)), atol=1e-4)
    for a, b in zip(gradients(fused, x), gradients(layer, x), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3, rtol=1e-4)


def test_the_optimizer_steps_as_adamw_does():
    from emotion.training.torch_kernels import FusedAdamW

    def losses(optimizer):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input((20,)), keras.layers.Dense(30, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
        )
        model.compile(optimizer=optimizer(1e-2, weight_decay=0.1, clipnorm=0.3), loss="categorical_crossentropy")
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(64, 20)).astype(np.float32), np.eye(3, dtype=np.float32)[rng.integers(0, 3, 64)]
        return [model.train_on_batch(x, y) for _ in range(30)]

    np.testing.assert_allclose(losses(FusedAdamW), losses(keras.optimizers.AdamW), rtol=1e-3)
