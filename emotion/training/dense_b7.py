"""EfficientNetB7 trained as a plain network of dense convolutions, which a CPU computes several times as fast.

A block of EfficientNet (an inverted residual) looks at more than one pixel only in its depthwise convolution, which a
CPU computes slowly. But where the activation after it is nearly linear, depthwise convolution and 1 × 1 projection
together are one linear map: a dense convolution whose kernel has rank six for each input channel, since a block has six
depthwise kernels for each. So a block can be trained as

    1 × 1 convolution -> swish -> dense 3 × 3 convolution, kept as those two factors.

Afterwards EfficientNetB7 gets these weights and gives the same answers: see dense_to_b7.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from emotion.training.torch_kernels import FusedBatchNormalization, FusedPointwiseConv2D

# (letters of the blocks that are trained, channels, stride of the first): of EfficientNetB7's stages 2 to 7
STAGES = (("abc", 48, 2), ("abc", 80, 2), ("abc", 160, 2), ("ab", 224, 1), ("ab", 384, 2), ("a", 640, 1))
STEM = 32  # channels that EfficientNetB7's first stage passes on
SCALE = 1 / 64  # of the input; EfficientNetB7 has its own
COPIES = 6  # EfficientNet's expansion
DEPTHWISE_RMS = 0.07  # of depthwise kernels: short ones learn faster (networks.shorten_depthwise_kernels)


@keras.saving.register_keras_serializable(package="emotion", name="DenseSeparableConv2D")
class DenseSeparableConv2D(layers.SeparableConv2D):
    """A separable convolution, computed as the one dense convolution that its two kernels make."""

    def call(self, inputs):
        depthwise, pointwise = (
            ops.convert_to_tensor(self.depthwise_kernel),
            ops.convert_to_tensor(self.pointwise_kernel),
        )
        height, width, channels, copies = depthwise.shape
        # (channels, places, copies) x (channels, copies, filters): PyTorch multiplies in one step what is contiguous
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

    x = layers.Activation("swish")(norm(convolve(layers.Rescaling(SCALE)(x), STEM, "stem_conv", 2), "stem_bn"))
    for stage, (blocks, filters, strides) in enumerate(STAGES, start=2):
        for letter in blocks:
            name, first = f"block{stage}{letter}", letter == "a"
            y = layers.Activation("swish")(norm(convolve(x, x.shape[-1], f"{name}_expand_conv"), f"{name}_expand_bn"))
            y = DenseSeparableConv2D(
                filters,
                3,
                strides=strides if first else 1,
                padding="same",
                use_bias=False,
                depth_multiplier=COPIES,
                depthwise_initializer=keras.initializers.RandomNormal(stddev=DEPTHWISE_RMS),
                pointwise_initializer="he_normal",
                name=f"{name}_conv",
            )(y)
            y = norm(y, f"{name}_project_bn")
            x = y if first else layers.Add(name=f"{name}_add")([x, y])
    x = layers.Activation("swish")(norm(convolve(x, x.shape[-1], "top_conv"), "top_bn"))
    return layers.GlobalAveragePooling2D()(x)
