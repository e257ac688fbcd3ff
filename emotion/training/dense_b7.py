"""EfficientNetB7 trained as a plain network of dense convolutions: several times as fast on a CPU, and B7 all the same in the end.

An inverted residual block of EfficientNet looks at more than one pixel only in its depthwise convolution, which a CPU computes badly.
But where the activation behind that is far up its straight part, depthwise convolution and 1 × 1 projection are one linear map: a dense
convolution whose kernel has rank six for each input channel, since a block has six depthwise kernels for each. So a block can be trained
as 1 × 1 convolution -> swish -> dense 3 × 3 convolution, kept as those two factors, and B7 is then filled with it, to the same answers:

- the 1 × 1 convolution stands in the block six times over, one depthwise kernel behind each copy (3 × 3 in the middle where B7 has 5 × 5);
- behind the depthwise convolutions, batch normalisation moves everything onto the straight part of swish, and the projection's takes that back;
- squeeze-and-excite lets everything through; the first stage passes on what the stem found; all further blocks start as the identity.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from emotion.runner import ModelError
from emotion.training.torch_kernels import FusedBatchNormalization, FusedPointwiseConv2D

# (letters of the blocks that are trained, channels, stride of the first): of EfficientNetB7's stages 2 to 7
_STAGES = (("abc", 48, 2), ("abc", 80, 2), ("abc", 160, 2), ("ab", 224, 1), ("ab", 384, 2), ("a", 640, 1))
_STEM = 32  # channels that EfficientNetB7's first stage passes on
_SCALE = 1 / 64  # of the input; EfficientNetB7 has its own
_COPIES = 6  # EfficientNet's expansion
_SLOPE, _SHIFT = (
    4.0,
    20.0,
)  # what goes through swish as it is: 4 z + 20 for z of mean 0 and deviation 1; off by less than 0.02 for z > -4
_RMS = 0.07  # of depthwise kernels: short ones turn faster (networks.quicken_depthwise)
_OPEN = 4.0  # squeeze-and-excite's last bias: its gate stands at sigmoid(4)


@keras.saving.register_keras_serializable("emotion")
class DenseSeparableConv2D(layers.SeparableConv2D):
    """A separable convolution, computed as the one dense convolution that its two kernels make."""

    def call(self, inputs):
        depthwise, pointwise = (
            ops.convert_to_tensor(self.depthwise_kernel),
            ops.convert_to_tensor(self.pointwise_kernel),
        )
        height, width, channels, copies = depthwise.shape
        # (channels, places, copies) x (channels, copies, filters), which PyTorch does in one go only where both are contiguous
        depthwise = ops.reshape(ops.transpose(depthwise, (2, 0, 1, 3)), (channels, height * width, copies))
        kernel = ops.matmul(depthwise, ops.reshape(pointwise, (channels, copies, self.filters)))
        kernel = ops.transpose(ops.reshape(kernel, (channels, height, width, self.filters)), (1, 2, 0, 3))
        if keras.backend.backend() == "torch" and kernel.requires_grad:
            kernel.register_hook(lambda gradient: gradient.permute(2, 0, 1, 3).contiguous().permute(1, 2, 0, 3))
        return ops.conv(inputs, kernel, strides=self.strides, padding=self.padding)


def dense_b7(x):
    """Maps (N, s, s, 1) -> (N, 640), EfficientNetB7's resolutions and widths; names are those of its layers."""

    def norm(x, name):
        return FusedBatchNormalization(momentum=0.9, name=name)(x)

    def convolve(x, filters, name, strides=1):
        kind = FusedPointwiseConv2D if strides == 1 else layers.Conv2D
        return kind(
            filters,
            1 if strides == 1 else 3,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=name,
        )(x)

    x = layers.Activation("swish")(norm(convolve(layers.Rescaling(_SCALE)(x), _STEM, "stem_conv", 2), "stem_bn"))
    for stage, (blocks, filters, strides) in enumerate(_STAGES, start=2):
        for letter in blocks:
            name, first = f"block{stage}{letter}", letter == "a"
            y = layers.Activation("swish")(norm(convolve(x, x.shape[-1], f"{name}_expand_conv"), f"{name}_expand_bn"))
            y = DenseSeparableConv2D(
                filters,
                3,
                strides=strides if first else 1,
                padding="same",
                use_bias=False,
                depth_multiplier=_COPIES,
                depthwise_initializer=keras.initializers.RandomNormal(stddev=_RMS),
                pointwise_initializer="he_normal",
                name=f"{name}_conv",
            )(y)
            y = norm(y, f"{name}_project_bn")
            x = y if first else layers.Add(name=f"{name}_add")([x, y])
    x = layers.Activation("swish")(norm(convolve(x, x.shape[-1], "top_conv"), "top_bn"))
    return layers.GlobalAveragePooling2D()(x)


# --- there and back --------------------------------------------------------------------------------


def fill_from_dense(whole: keras.Model, network: keras.Model, examples: np.ndarray, *, int8: bool = False) -> None:
    """EfficientNetB7 `whole`, freshly built at the same size, so that it answers as the dense `network` does.

    examples: what both are fed, float32 (N, s, s, 1), N some hundreds: where the activations lie is measured on them. int8: the
    projections' weights are rounded as a served file has them. They read values far from zero, so the means behind them must be the rounded weights'.
    """
    blocks = _block_names()
    before = {b: network.get_layer(f"{b}_conv").input for b in blocks}
    stem = network.get_layer("stem_bn").output
    seen = keras.Model(network.input, [ops.swish(stem), *before.values()]).predict(examples, batch_size=64, verbose=0)
    _fill_stem(whole, network, seen[0])
    for block, x in zip(blocks, seen[1:], strict=True):
        _fill_block(whole, network, block, x, int8=int8)
    _put(whole.get_layer("top_conv"), network.get_layer("top_conv").get_weights()[0])
    _put_norm(whole.get_layer("top_bn"), *network.get_layer("top_bn").get_weights())
    kernel, bias = network.get_layer("logits").get_weights()
    whole.get_layer("logits").set_weights([_padded(kernel, whole.get_layer("logits").kernel.shape), bias])


def _fill_stem(whole: keras.Model, network: keras.Model, x: np.ndarray) -> None:
    """Stem, and a first block that hands it on: x are the stem's activations (N, h, w, 32)."""
    kernel = network.get_layer("stem_conv").get_weights()[0]
    _put(whole.get_layer("stem_conv"), kernel * _SCALE / _own_scale(whole))
    _put_norm(whole.get_layer("stem_bn"), *network.get_layer("stem_bn").get_weights())
    middle = np.zeros((3, 3, _STEM, 1), np.float32)
    middle[1, 1] = 1
    mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    slope = _straighten(whole, "block1a", middle, mean, variance)
    project = whole.get_layer("block1a_project_conv")
    project.set_weights([_padded((np.eye(_STEM, dtype=np.float32) / slope[:, None])[None, None], project.kernel.shape)])
    norm = whole.get_layer("block1a_project_bn")
    norm.set_weights([np.sqrt(variance + norm.epsilon), mean, _SHIFT * _gate() / slope, variance])


def _fill_block(whole: keras.Model, network: keras.Model, block: str, x: np.ndarray, *, int8: bool) -> None:
    """One block; x are the activations that its dense convolution reads (N, h, w, C)."""
    repeated = lambda w: np.repeat(w, _COPIES, axis=-1)  # noqa: E731
    whole.get_layer(f"{block}_expand_conv").set_weights(
        [repeated(network.get_layer(f"{block}_expand_conv").get_weights()[0])]
    )
    whole.get_layer(f"{block}_expand_bn").set_weights(
        [repeated(w) for w in network.get_layer(f"{block}_expand_bn").get_weights()]
    )
    dense = network.get_layer(f"{block}_conv")
    depthwise, pointwise = dense.get_weights()
    kernel = depthwise.reshape(*depthwise.shape[:2], -1, 1)  # (3, 3, 6 C, 1), copies of a channel side by side
    after = layers.DepthwiseConv2D(3, strides=dense.strides, padding="same", depth_multiplier=_COPIES, use_bias=False)
    after.build(x.shape)
    after.set_weights([depthwise])
    total, square, count = 0.0, 0.0, 0
    for start in range(0, len(x), 64):
        z = ops.convert_to_numpy(ops.cast(after(x[start : start + 64]), "float32")).astype(np.float64)
        total, square, count = (
            total + z.sum(axis=(0, 1, 2)),
            square + (z**2).sum(axis=(0, 1, 2)),
            count + z[..., 0].size,
        )
    mean, variance = total / count, np.maximum(square / count - (total / count) ** 2, 0)
    slope = _straighten(whole, block, kernel, mean, variance)
    project = pointwise / slope[:, None]  # (1, 1, 6 C, F)
    if int8:
        project = _as_int8(project)
    whole.get_layer(f"{block}_project_conv").set_weights([project])
    gamma, beta, average, spread = network.get_layer(f"{block}_project_bn").get_weights()
    shifted = _SHIFT * _gate() * project[0, 0].sum(axis=0) - mean @ pointwise[0, 0]
    whole.get_layer(f"{block}_project_bn").set_weights([gamma, beta, average + shifted, spread])


def _straighten(
    whole: keras.Model, block: str, kernel: np.ndarray, mean: np.ndarray, variance: np.ndarray
) -> np.ndarray:
    """Depthwise kernels (3, 3, C, 1) of a block whose outputs have this mean and variance, through swish and gate as if neither were there.

    Returns by what each output is multiplied until the projection reads it: gate * slope / deviation, (C,).
    """
    convolution, norm = whole.get_layer(f"{block}_dwconv"), whole.get_layer(f"{block}_bn")
    aside = (convolution.kernel.shape[0] - 3) // 2
    _put(convolution, np.pad(kernel, ((aside, aside), (aside, aside), (0, 0), (0, 0))), axis=2)
    gamma, beta = np.full(len(mean), _SLOPE), np.full(len(mean), _SHIFT)
    _put_norm(norm, gamma, beta, mean, variance)
    expand = whole.get_layer(f"{block}_se_expand")
    expand.set_weights([np.zeros(expand.kernel.shape), np.full(expand.bias.shape, _OPEN)])
    return (_gate() * _SLOPE / np.sqrt(variance + norm.epsilon)).astype(np.float32)


def fill_from_b7(network: keras.Model, whole: keras.Model) -> None:
    """The way back: the dense `network` so that it answers as an EfficientNetB7 that was filled from one.

    Raises ModelError where `whole` was not, or has been trained as a whole since.
    """
    for block in _block_names():
        (kernel,) = whole.get_layer(f"{block}_expand_conv").get_weights()
        if np.abs(kernel[..., ::_COPIES] - kernel[..., 1::_COPIES]).max() > 1e-3 * np.abs(kernel).max():
            raise ModelError(
                f"this EfficientNetB7 is not a dense network in other words: {block} is not six copies of one convolution"
            )
        network.get_layer(f"{block}_expand_conv").set_weights([kernel[..., ::_COPIES]])
        network.get_layer(f"{block}_expand_bn").set_weights(
            [w[::_COPIES] for w in whole.get_layer(f"{block}_expand_bn").get_weights()]
        )
        convolution, norm = whole.get_layer(f"{block}_dwconv"), whole.get_layer(f"{block}_bn")
        aside = (convolution.kernel.shape[0] - 3) // 2
        kernel = convolution.get_weights()[0][aside : aside + 3, aside : aside + 3]
        gamma, beta, mean, variance = norm.get_weights()
        slope = gamma / np.sqrt(variance + norm.epsilon)
        gate = 1 / (1 + np.exp(-whole.get_layer(f"{block}_se_expand").get_weights()[1]))
        project = whole.get_layer(f"{block}_project_conv").get_weights()[0] * gate[:, None]
        shorter = _RMS / np.sqrt(np.square(kernel).mean())
        network.get_layer(f"{block}_conv").set_weights(
            [kernel.reshape(3, 3, -1, _COPIES) * shorter, project * slope[:, None] / shorter]
        )
        shifted = (project[0, 0] * (beta - slope * mean)[:, None]).sum(axis=0)
        gamma, beta, average, spread = whole.get_layer(f"{block}_project_bn").get_weights()
        network.get_layer(f"{block}_project_bn").set_weights([gamma, beta, average - shifted, spread])
    kernel = whole.get_layer("stem_conv").get_weights()[0] * _own_scale(whole) / _SCALE
    network.get_layer("stem_conv").set_weights([kernel[..., :_STEM]])
    network.get_layer("stem_bn").set_weights([w[:_STEM] for w in whole.get_layer("stem_bn").get_weights()])
    channels = network.get_layer("top_conv").kernel.shape[-1]
    network.get_layer("top_conv").set_weights([whole.get_layer("top_conv").get_weights()[0][..., :channels]])
    network.get_layer("top_bn").set_weights([w[:channels] for w in whole.get_layer("top_bn").get_weights()])
    kernel, bias = whole.get_layer("logits").get_weights()
    network.get_layer("logits").set_weights([kernel[:channels], bias])


def _own_scale(whole: keras.Model) -> float:
    """By what EfficientNetB7 multiplies its input."""
    return next(la.scale for la in whole.layers if isinstance(la, layers.Rescaling) and la.name != "contrast_scale")


def _as_int8(kernel: np.ndarray) -> np.ndarray:
    """A kernel (…, F) rounded to 255 steps for each filter."""
    step = np.maximum(np.abs(kernel).max(axis=tuple(range(kernel.ndim - 1))) / 127, 1e-12)
    return np.round(kernel / step) * step


def _gate() -> float:
    return float(1 / (1 + np.exp(-_OPEN)))


def _block_names() -> list[str]:
    return [f"block{stage}{letter}" for stage, (letters, _, _) in enumerate(_STAGES, start=2) for letter in letters]


def _padded(array: np.ndarray, shape) -> np.ndarray:
    """`array` in the first corner of zeros."""
    return np.pad(array, [(0, n - m) for m, n in zip(array.shape, shape, strict=True)])


def _put(layer: layers.Layer, kernel: np.ndarray, axis: int = -1) -> None:
    """A kernel into the first channels of a larger one, which keeps its others: nothing reads them yet, but training may."""
    whole = np.array(layer.get_weights()[0])
    np.moveaxis(whole, axis, 0)[: kernel.shape[axis]] = np.moveaxis(kernel, axis, 0)
    layer.set_weights([whole])


def _put_norm(norm: layers.Layer, *values: np.ndarray) -> None:
    """Gamma, beta, mean and variance into the first channels."""
    kept = [np.array(w) for w in norm.get_weights()]
    for whole, value in zip(kept, values, strict=True):
        whole[: len(value)] = value
    norm.set_weights(kept)


# --- what a teacher sees on the way (FitNets, Romero et al. 2015, arXiv:1412.6550) ----------------------
#
# ResNet14 at 48 px and this network at 80 or 96 px halve their maps at the same places, so each stage can be told what ResNet14 has there.

_HINTS = {"block2c_add": 64, "block3c_add": 128, "block5b_add": 256}  # where, and ResNet14's channels there


def with_hints(network: keras.Model) -> keras.Model:
    """The same network with three further outputs: a linear guess, from the maps of a stage, at the teacher's."""
    heads = [
        layers.Conv2D(channels, 1, name=f"hint_{name}")(network.get_layer(name).output)
        for name, channels in _HINTS.items()
    ]
    return keras.Model(network.input, [network.output, *heads])


def teacher_with_maps(teacher: keras.Model, network: keras.Model) -> keras.Model:
    """ResNet14 whose further outputs are what with_hints(network) guesses: its maps, mean 0 and deviation 1 per face, at the other's size."""
    adds = [layer for layer in teacher.layers if isinstance(layer, layers.Add)]
    outputs = []
    for name, add in zip(_HINTS, adds[1::2], strict=True):
        side = network.get_layer(name).output.shape[1]
        maps = layers.Resizing(side, side)(layers.Activation("relu")(add.output))
        outputs.append(layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False)(maps))
    return keras.Model(teacher.input, [teacher.output, *outputs])
