"""The weights of the dense network (dense_b7) put into EfficientNetB7, to the same answers, and back.

- The 1 × 1 convolution stands in EfficientNet's block six times, one depthwise kernel after each copy (3 × 3 in the
  middle where B7 has 5 × 5).
- After the depthwise convolutions, batch normalization moves all values to where swish is nearly linear; the one after
  the projection takes that back.
- Squeeze-and-excite multiplies everything by the same constant. The first stage passes on what the stem found. All
  further blocks start as the identity.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from emotion.runner import ModelError
from emotion.training.dense_b7 import COPIES, DEPTHWISE_RMS, SCALE, STAGES, STEM

# What enters swish is 4 z + 20, for z of mean 0 and deviation 1. It comes out nearly unchanged:
# off by less than 0.02 for z > -4.
_SLOPE, _SHIFT = 4.0, 20.0
_GATE_BIAS = 4.0  # squeeze-and-excite's last bias: its gate is sigmoid(4)


def fill_from_dense(whole: keras.Model, network: keras.Model, examples: np.ndarray, *, int8: bool = False) -> None:
    """EfficientNetB7 `whole`, freshly built at the same size, so that it answers as the dense `network` does.

    examples: inputs of both, float32 (N, s, s, 1), N some hundreds: the range of the activations is measured on them.
    int8: the projections' weights are rounded as a served file has them. Their inputs are far from zero, so the means
    after them must be those of the rounded weights.
    """
    blocks = _block_names()
    before = {b: network.get_layer(f"{b}_conv").input for b in blocks}
    stem = network.get_layer("stem_bn").output
    seen = keras.Model(network.input, [ops.swish(stem), *before.values()]).predict(examples, batch_size=64, verbose=0)
    _fill_stem(whole, network, seen[0])
    for block, x in zip(blocks, seen[1:], strict=True):
        _fill_block(whole, network, block, x, int8=int8)
    _set_first(whole.get_layer("top_conv"), network.get_layer("top_conv").get_weights()[0])
    _set_first_norm(whole.get_layer("top_bn"), *network.get_layer("top_bn").get_weights())
    kernel, bias = network.get_layer("logits").get_weights()
    whole.get_layer("logits").set_weights([_padded(kernel, whole.get_layer("logits").kernel.shape), bias])


def _fill_stem(whole: keras.Model, network: keras.Model, x: np.ndarray) -> None:
    """The stem, and a first block that passes its maps on. x: the stem's activations (N, h, w, 32)."""
    kernel = network.get_layer("stem_conv").get_weights()[0]
    _set_first(whole.get_layer("stem_conv"), kernel * SCALE / _own_scale(whole))
    _set_first_norm(whole.get_layer("stem_bn"), *network.get_layer("stem_bn").get_weights())
    middle = np.zeros((3, 3, STEM, 1), np.float32)
    middle[1, 1] = 1
    mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    slope = _make_linear(whole, "block1a", middle, mean, variance)
    project = whole.get_layer("block1a_project_conv")
    project.set_weights([_padded((np.eye(STEM, dtype=np.float32) / slope[:, None])[None, None], project.kernel.shape)])
    norm = whole.get_layer("block1a_project_bn")
    norm.set_weights([np.sqrt(variance + norm.epsilon), mean, _SHIFT * _gate() / slope, variance])


def _fill_block(whole: keras.Model, network: keras.Model, block: str, x: np.ndarray, *, int8: bool) -> None:
    """One block. x: the activations that its dense convolution reads (N, h, w, C)."""

    def repeated(w):
        return np.repeat(w, COPIES, axis=-1)

    whole.get_layer(f"{block}_expand_conv").set_weights(
        [repeated(network.get_layer(f"{block}_expand_conv").get_weights()[0])]
    )
    whole.get_layer(f"{block}_expand_bn").set_weights(
        [repeated(w) for w in network.get_layer(f"{block}_expand_bn").get_weights()]
    )
    dense = network.get_layer(f"{block}_conv")
    depthwise, pointwise = dense.get_weights()
    kernel = depthwise.reshape(*depthwise.shape[:2], -1, 1)  # (3, 3, 6 C, 1), copies of a channel side by side
    after = layers.DepthwiseConv2D(3, strides=dense.strides, padding="same", depth_multiplier=COPIES, use_bias=False)
    after.build(x.shape)
    after.set_weights([depthwise])
    total, square, count = np.zeros(kernel.shape[2]), np.zeros(kernel.shape[2]), 0
    for start in range(0, len(x), 64):
        z = ops.convert_to_numpy(ops.cast(after(x[start : start + 64]), "float32")).astype(np.float64)
        total, square, count = (
            total + z.sum(axis=(0, 1, 2)),
            square + (z**2).sum(axis=(0, 1, 2)),
            count + z[..., 0].size,
        )
    mean, variance = total / count, np.maximum(square / count - (total / count) ** 2, 0)
    slope = _make_linear(whole, block, kernel, mean, variance)
    project = pointwise / slope[:, None]  # (1, 1, 6 C, F)
    if int8:
        project = _as_int8(project)
    whole.get_layer(f"{block}_project_conv").set_weights([project])
    gamma, beta, average, spread = network.get_layer(f"{block}_project_bn").get_weights()
    shifted = _SHIFT * _gate() * project[0, 0].sum(axis=0) - mean @ pointwise[0, 0]
    whole.get_layer(f"{block}_project_bn").set_weights([gamma, beta, average + shifted, spread])


def _make_linear(
    whole: keras.Model, block: str, kernel: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> np.ndarray:
    """Set a block's depthwise kernels (3, 3, C, 1) and make what follows, swish and gate, as good as linear.

    mean, variance: of the depthwise convolution's outputs (C,). Returns the factor of each output when the projection
    reads it: gate * slope / deviation, (C,).
    """
    convolution, norm = whole.get_layer(f"{block}_dwconv"), whole.get_layer(f"{block}_bn")
    margin = (convolution.kernel.shape[0] - 3) // 2
    _set_first(convolution, np.pad(kernel, ((margin, margin), (margin, margin), (0, 0), (0, 0))), axis=2)
    gamma, beta = np.full(len(mean), _SLOPE), np.full(len(mean), _SHIFT)
    _set_first_norm(norm, gamma, beta, mean, variance)
    expand = whole.get_layer(f"{block}_se_expand")
    expand.set_weights([np.zeros(expand.kernel.shape), np.full(expand.bias.shape, _GATE_BIAS)])
    return (_gate() * _SLOPE / np.sqrt(variance + norm.epsilon)).astype(np.float32)


def fill_from_b7(network: keras.Model, whole: keras.Model) -> None:
    """The other direction: the dense `network` so that it answers as an EfficientNetB7 that was filled from one.

    Raises ModelError where `whole` was not filled from a dense network, or has been trained as a whole since.
    """
    for block in _block_names():
        (kernel,) = whole.get_layer(f"{block}_expand_conv").get_weights()
        if np.abs(kernel[..., ::COPIES] - kernel[..., 1::COPIES]).max() > 1e-3 * np.abs(kernel).max():
            raise ModelError(
                f"this EfficientNetB7 was not filled from a dense network: {block} is not six copies of one convolution"
            )
        network.get_layer(f"{block}_expand_conv").set_weights([kernel[..., ::COPIES]])
        network.get_layer(f"{block}_expand_bn").set_weights(
            [w[::COPIES] for w in whole.get_layer(f"{block}_expand_bn").get_weights()]
        )
        convolution, norm = whole.get_layer(f"{block}_dwconv"), whole.get_layer(f"{block}_bn")
        margin = (convolution.kernel.shape[0] - 3) // 2
        kernel = convolution.get_weights()[0][margin : margin + 3, margin : margin + 3]
        gamma, beta, mean, variance = norm.get_weights()
        slope = gamma / np.sqrt(variance + norm.epsilon)
        gate = 1 / (1 + np.exp(-whole.get_layer(f"{block}_se_expand").get_weights()[1]))
        project = whole.get_layer(f"{block}_project_conv").get_weights()[0] * gate[:, None]
        shorter = DEPTHWISE_RMS / np.sqrt(np.square(kernel).mean())
        network.get_layer(f"{block}_conv").set_weights(
            [kernel.reshape(3, 3, -1, COPIES) * shorter, project * slope[:, None] / shorter]
        )
        shifted = (project[0, 0] * (beta - slope * mean)[:, None]).sum(axis=0)
        gamma, beta, average, spread = whole.get_layer(f"{block}_project_bn").get_weights()
        network.get_layer(f"{block}_project_bn").set_weights([gamma, beta, average - shifted, spread])
    kernel = whole.get_layer("stem_conv").get_weights()[0] * _own_scale(whole) / SCALE
    network.get_layer("stem_conv").set_weights([kernel[..., :STEM]])
    network.get_layer("stem_bn").set_weights([w[:STEM] for w in whole.get_layer("stem_bn").get_weights()])
    channels = network.get_layer("top_conv").kernel.shape[-1]
    network.get_layer("top_conv").set_weights([whole.get_layer("top_conv").get_weights()[0][..., :channels]])
    network.get_layer("top_bn").set_weights([w[:channels] for w in whole.get_layer("top_bn").get_weights()])
    kernel, bias = whole.get_layer("logits").get_weights()
    network.get_layer("logits").set_weights([kernel[:channels], bias])


def _own_scale(whole: keras.Model) -> float:
    """The factor by which EfficientNetB7 multiplies its input."""
    return next(la.scale for la in whole.layers if isinstance(la, layers.Rescaling) and la.name != "contrast_scale")


def _as_int8(kernel: np.ndarray) -> np.ndarray:
    """A kernel (…, F) rounded to 255 steps for each filter."""
    step = np.maximum(np.abs(kernel).max(axis=tuple(range(kernel.ndim - 1))) / 127, 1e-12)
    return np.round(kernel / step) * step


def _gate() -> float:
    """What squeeze-and-excite multiplies by."""
    return float(1 / (1 + np.exp(-_GATE_BIAS)))


def _block_names() -> list[str]:
    return [f"block{stage}{letter}" for stage, (letters, _, _) in enumerate(STAGES, start=2) for letter in letters]


def _padded(array: np.ndarray, shape) -> np.ndarray:
    """`array` with zeros after it along every axis."""
    return np.pad(array, [(0, n - m) for m, n in zip(array.shape, shape, strict=True)])


def _set_first(layer: layers.Layer, kernel: np.ndarray, axis: int = -1) -> None:
    """A kernel into the first channels of a larger one. It keeps the others: nothing reads them yet, training may."""
    whole = np.array(layer.get_weights()[0])
    np.moveaxis(whole, axis, 0)[: kernel.shape[axis]] = np.moveaxis(kernel, axis, 0)
    layer.set_weights([whole])


def _set_first_norm(norm: layers.Layer, *values: np.ndarray) -> None:
    """Gamma, beta, mean and variance into the first channels."""
    kept = [np.array(w) for w in norm.get_weights()]
    for whole, value in zip(kept, values, strict=True):
        whole[: len(value)] = value
    norm.set_weights(kept)
