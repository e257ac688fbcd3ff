"""Keras layers that train through PyTorch's own kernels, or faster ones, where PyTorch is the backend.

On other backends they are Keras' layers. Their class names must stay: Keras writes them into saved weights
(`ema.weights.h5`), and their registered names into `last.keras`.
"""

from __future__ import annotations

from functools import lru_cache

import keras
import numpy as np
from keras import layers


@keras.saving.register_keras_serializable(package="emotion", name="FusedBatchNormalization")
class FusedBatchNormalization(layers.BatchNormalization):
    """Batch normalisation over the last axis in PyTorch's one kernel where PyTorch is the backend.

    There, Keras' own takes six passes over the activations; on two CPU cores this trains ResNet14 1.7 × as fast.
    """

    def call(self, inputs, training=None, mask=None):
        if keras.backend.backend() != "torch":
            return super().call(inputs, training=training, mask=mask)
        import torch

        out = torch.nn.functional.batch_norm(  # updates the moving statistics in place
            inputs.permute(0, 3, 1, 2),
            self.moving_mean.value,
            self.moving_variance.value,
            self.gamma.value,
            self.beta.value,
            bool(training),
            1 - self.momentum,
            self.epsilon,
        )
        return out.permute(0, 2, 3, 1)


@keras.saving.register_keras_serializable(package="emotion", name="FusedConv2D")
class FusedConv2D(layers.Conv2D):
    """A 3 × 3 convolution padded by one on every side, in PyTorch's one kernel where PyTorch is the backend.

    Keras' padding="same" with a stride pads one side only, there by a copy of all activations.
    """

    def compute_output_shape(self, input_shape):
        n, h, w, c = input_shape
        return super().compute_output_shape((n, h + 2, w + 2, c))

    def call(self, inputs, training=None):
        if not training or keras.backend.backend() != "torch":
            return super().call(keras.ops.pad(inputs, ((0, 0), (1, 1), (1, 1), (0, 0))))
        import torch

        kernel = self.kernel.value.permute(3, 2, 0, 1)
        out = torch.nn.functional.conv2d(
            inputs.permute(0, 3, 1, 2), kernel.to(inputs.dtype), stride=self.strides, padding=1
        )
        return out.permute(0, 2, 3, 1)


@keras.saving.register_keras_serializable(package="emotion", name="FusedPointwiseConv2D")
class FusedPointwiseConv2D(layers.Conv2D):
    """A 1 × 1 convolution that is a matrix product on PyTorch, in Keras' own layout of kernels: nothing is copied."""

    def call(self, inputs):
        if keras.backend.backend() != "torch":
            return super().call(inputs)
        n, h, w, c = inputs.shape
        out = (inputs.reshape(-1, c) @ self.kernel[0, 0]).reshape(n, h, w, -1)
        return self.activation(out + self.bias if self.use_bias else out)


@keras.saving.register_keras_serializable(package="emotion", name="FusedDepthwiseConv2D")
class FusedDepthwiseConv2D(layers.DepthwiseConv2D):
    """A depthwise convolution of square maps with its own gradients on PyTorch.

    They are matrix products on small maps and sums on large ones. PyTorch's own gradients of large kernels, strides
    and small maps take three quarters of EfficientNetB7's training time on a CPU.
    """

    def call(self, inputs):
        if keras.backend.backend() != "torch" or (
            self.kernel_size[0] < 5 and self.strides[0] == 1 and inputs.shape[1] > 3
        ):
            return super().call(inputs)
        padding = self.kernel_size[0] // 2 if self.padding == "same" else 0
        kernel = keras.ops.convert_to_tensor(self.kernel).permute(2, 3, 0, 1)  # (channels, 1, k, k)
        out = _torch_depthwise()(inputs.permute(0, 3, 1, 2), kernel.to(inputs.dtype), self.strides[0], padding)
        return out.permute(0, 2, 3, 1)


@lru_cache(maxsize=1)
def _torch_depthwise():
    """The convolution as a function with its own gradients.

    Its arguments: maps (N, C, H, H), kernels (C, 1, k, k), stride, padding.
    """
    import torch

    class Depthwise(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, kernel, stride, padding):
            ctx.save_for_backward(x, kernel)
            ctx.stride, ctx.padding = stride, padding
            return torch.nn.functional.conv2d(x, kernel, stride=stride, padding=padding, groups=x.shape[1])

        @staticmethod
        def backward(ctx, grad):
            x, kernel = ctx.saved_tensors
            (n, c, side), k, out, stride, first = (
                x.shape[:3],
                kernel.shape[-1],
                grad.shape[2],
                ctx.stride,
                kernel.shape[-1] - 1 - ctx.padding,
            )
            last = (out - 1) * stride + 1
            # of the inputs: the outputs' gradients, as far apart as the stride says, under the mirrored kernel
            spread = x.new_zeros(n, side + k - 1, side + k - 1, c).permute(0, 3, 1, 2)
            spread[:, :, first : first + last : stride, first : first + last : stride] = grad
            to_x = torch.nn.functional.conv2d(spread, kernel.flip(2, 3), groups=c)
            if side > 2 * k + 2:  # of the kernel, on large maps: place by place
                x = torch.nn.functional.pad(x, (ctx.padding,) * 4)
                places = [
                    (x[:, :, i : i + last : stride, j : j + last : stride] * grad).sum((0, 2, 3), dtype=torch.float32)
                    for i in range(k)
                    for j in range(k)
                ]
                return to_x, torch.stack(places, 1).reshape(kernel.shape).to(kernel.dtype), None, None
            # on small maps: every input place times every output place, summed over the batch;
            # then those that a place of the kernel joins
            joined = torch.bmm(
                x.permute(1, 2, 3, 0).reshape(c, side * side, n), grad.permute(1, 0, 2, 3).reshape(c, n, out * out)
            )
            joins = torch.from_numpy(joined_places(side, out, k, stride, ctx.padding)).to(
                grad.device
            )  # (side² out², k²)
            return to_x, (joined.reshape(c, -1).float() @ joins).reshape(kernel.shape).to(kernel.dtype), None, None

    return Depthwise.apply


@lru_cache
def joined_places(side: int, out: int, k: int, stride: int, padding: int) -> np.ndarray:
    """(side² out², k²) of 0 and 1: whether a kernel's place joins an input place with an output place."""
    line = np.zeros((side, out, k), np.float32)
    for o in range(out):
        for i in range(k):
            if 0 <= o * stride + i - padding < side:
                line[o * stride + i - padding, o, i] = 1
    return np.einsum("yai,xbj->yxabij", line, line).reshape(side * side * out * out, k * k)


@keras.saving.register_keras_serializable(package="emotion", name="FusedLSTM")
class FusedLSTM(layers.LSTM):
    """An LSTM over whole sequences that trains through PyTorch's own where PyTorch is the backend.

    There, Keras' own is a loop in Python.
    """

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if not training or keras.backend.backend() != "torch":
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        import torch

        x = sequences.flip(1) if self.go_backwards else sequences
        start = x.new_zeros(1, len(x), self.units)
        cell = self.cell
        weights = [
            w.value.to(x.dtype) for w in (cell.kernel, cell.recurrent_kernel, cell.bias)
        ]  # gates i, f, c, o in both
        weights = [weights[0].T.contiguous(), weights[1].T.contiguous(), weights[2], torch.zeros_like(weights[2])]
        return torch.lstm(x, (start, start), weights, True, 1, 0.0, False, False, True)[0]


def with_torch_kernels(layer: layers.Layer) -> layers.Layer:
    """A copy of the layer, not built, of the kind that trains faster on PyTorch where there is one."""
    kind = type(layer)
    if kind is layers.BatchNormalization:
        kind = FusedBatchNormalization
    elif kind is layers.DepthwiseConv2D:
        kind = FusedDepthwiseConv2D
    elif kind is layers.Conv2D and layer.kernel_size == layer.strides == (1, 1):
        kind = FusedPointwiseConv2D
    return kind.from_config(layer.get_config())
