"""The networks, in backend-neutral Keras 3. Only training and export import this module.

Faces: EfficientNet (Tan & Le 2019, arXiv:1905.11946) from keras.applications, random weights; and a small ResNet.
Voices: convolutions -> bidirectional LSTM -> attention pooling, on log-mel frames.
"""
from __future__ import annotations

from functools import lru_cache

import keras
import numpy as np
from keras import layers

# `shallow` is not shipped: it is what EfficientNetB7 is grown from where B7 alone would take days
FACE_BACKBONES = {"accurate": "EfficientNetB7", "fast": "ResNet14", "shallow": "ShallowB7"}


@keras.saving.register_keras_serializable("emotion")
class FusedBatchNormalization(layers.BatchNormalization):
    """Batch normalisation over the last axis that trains through PyTorch's one kernel where PyTorch is the backend.

    There, Keras' own takes six passes over the activations; on two CPU cores this trains ResNet14 1.7 × as fast.
    """

    def call(self, inputs, training=None, mask=None):
        if not training or keras.backend.backend() != "torch":
            return super().call(inputs, training=training, mask=mask)
        import torch

        out = torch.nn.functional.batch_norm(  # updates the moving statistics in place
            inputs.permute(0, 3, 1, 2), self.moving_mean.value, self.moving_variance.value, self.gamma.value,
            self.beta.value, True, 1 - self.momentum, self.epsilon)
        return out.permute(0, 2, 3, 1)


@keras.saving.register_keras_serializable("emotion")
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
        out = torch.nn.functional.conv2d(inputs.permute(0, 3, 1, 2), kernel.to(inputs.dtype), stride=self.strides, padding=1)
        return out.permute(0, 2, 3, 1)


@keras.saving.register_keras_serializable("emotion")
class FusedPointwiseConv2D(layers.Conv2D):
    """A 1 × 1 convolution that is a matrix product on PyTorch, in Keras' own layout of kernels: nothing is copied."""

    def call(self, inputs):
        if keras.backend.backend() != "torch":
            return super().call(inputs)
        out = keras.ops.matmul(inputs, self.kernel[0, 0])
        return self.activation(out + self.bias if self.use_bias else out)


@keras.saving.register_keras_serializable("emotion")
class FusedDepthwiseConv2D(layers.DepthwiseConv2D):
    """A depthwise convolution of square maps whose gradients are batched matrix products on PyTorch.

    PyTorch's own gradients of large kernels, strides and small maps take three quarters of EfficientNetB7's training time on a CPU.
    """

    def call(self, inputs):
        if keras.backend.backend() != "torch" or (self.kernel_size[0] < 5 and self.strides[0] == 1 and inputs.shape[1] > 3):
            return super().call(inputs)
        padding = self.kernel_size[0] // 2 if self.padding == "same" else 0
        kernel = keras.ops.convert_to_tensor(self.kernel).permute(2, 3, 0, 1)  # (channels, 1, k, k)
        out = _torch_depthwise()(inputs.permute(0, 3, 1, 2), kernel.to(inputs.dtype), self.strides[0], padding)
        return out.permute(0, 2, 3, 1)


@lru_cache(maxsize=1)
def _torch_depthwise():
    """The convolution as a function with gradients of its own: (maps (N, C, H, H), kernels (C, 1, k, k), stride, padding)."""
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
            n, c, side, k, out = *x.shape[:3], kernel.shape[-1], grad.shape[2]
            places = torch.from_numpy(_joined_places(side, out, k, ctx.stride, ctx.padding)).to(grad.device)  # (side² out², k²)
            grads = grad.permute(1, 0, 2, 3).reshape(c, n, out * out)
            if ctx.stride == 1:
                to_x = torch.nn.grad.conv2d_input(x.shape, kernel, grad, padding=ctx.padding, groups=c)
            else:
                spread = (kernel.reshape(c, -1) @ places.T.to(kernel.dtype)).reshape(c, side * side, out * out)
                to_x = torch.bmm(spread, grads.transpose(1, 2)).reshape(c, side, side, n).permute(3, 0, 1, 2)
            # every input place times every output place, summed over the batch: (c, side², out²); then those that one place of the kernel joins
            joined = torch.bmm(x.permute(1, 2, 3, 0).reshape(c, side * side, n), grads)
            return to_x, (joined.reshape(c, -1).float() @ places).reshape(kernel.shape).to(kernel.dtype), None, None

    return Depthwise.apply


@lru_cache
def _joined_places(side: int, out: int, k: int, stride: int, padding: int) -> np.ndarray:
    """(side² out², k²) of 0 and 1: whether a kernel's place joins an input place with an output place."""
    line = np.zeros((side, out, k), np.float32)
    for o in range(out):
        for i in range(k):
            if 0 <= o * stride + i - padding < side:
                line[o * stride + i - padding, o, i] = 1
    return np.einsum("yai,xbj->yxabij", line, line).reshape(side * side * out * out, k * k)


@keras.saving.register_keras_serializable("emotion")
class FusedLSTM(layers.LSTM):
    """An LSTM over whole sequences that trains through PyTorch's own where PyTorch is the backend: Keras' loops in Python."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if not training or keras.backend.backend() != "torch":
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)
        import torch

        x = sequences.flip(1) if self.go_backwards else sequences
        start = x.new_zeros(1, len(x), self.units)
        cell = self.cell
        weights = [w.value.to(x.dtype) for w in (cell.kernel, cell.recurrent_kernel, cell.bias)]  # gates i, f, c, o in both
        weights = [weights[0].T.contiguous(), weights[1].T.contiguous(), weights[2], torch.zeros_like(weights[2])]
        return torch.lstm(x, (start, start), weights, True, 1, 0.0, False, False, True)[0]


def _resnet14(x):
    """Three stages of two residual blocks (He et al. 2016, arXiv:1512.03385), dense 3 × 3 convolutions: (N, s, s, 1) -> (N, 256).

    At 48 px a CPU computes these an order of magnitude more efficiently than EfficientNet's depthwise ones.
    """
    def convolve(x, filters, kernel, strides=1):
        x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
        return FusedBatchNormalization(momentum=0.9)(x)

    x = layers.Activation("relu")(convolve(layers.Rescaling(1 / 64)(x), 32, 3))
    for filters in (64, 128, 256):
        for strides in (2, 1):
            y = layers.Activation("relu")(convolve(x, filters, 3, strides))
            y = convolve(y, filters, 3)
            x = layers.Activation("relu")(layers.Add()([y, convolve(x, filters, 1, 2) if strides == 2 else x]))
    return layers.GlobalAveragePooling2D()(x)


def build_face_network(backbone: str, *, size: int, classes: int, dropout: float = 0.3) -> keras.Model:
    """Grey face crops float32 (N, size, size, 1) in 0…255 -> softmax (N, classes).

    Contrast is normalised inside the model, image by image: mean 0, standard deviation 1. backbone: one of FACE_BACKBONES' values.
    """
    inputs = keras.Input((size, size, 1), name="face")
    x = layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False, epsilon=1.0, name="contrast")(inputs)
    x = layers.Rescaling(64.0, name="contrast_scale")(x)  # undoes most of the backbone's own 1/255
    if backbone == "ResNet14":
        x = _resnet14(x)
    else:
        x = keras.applications.EfficientNetB7(include_top=False, weights=None, input_tensor=x, pooling="avg").output
    x = layers.Dropout(dropout, name="top_dropout")(x)
    x = layers.Dense(classes, name="logits")(x)
    outputs = layers.Activation("softmax", dtype="float32", name="probs")(x)
    network = keras.models.clone_model(keras.Model(inputs, outputs, name=f"face_{backbone.lower()}"), clone_function=_fuse)
    return shallow_part(network) if backbone == "ShallowB7" else network


def _fuse(layer: layers.Layer) -> layers.Layer:
    """The layer, or its twin that trains faster on PyTorch."""
    twin = type(layer)
    if twin is layers.BatchNormalization:
        twin = FusedBatchNormalization
    elif twin is layers.DepthwiseConv2D:
        twin = FusedDepthwiseConv2D
    elif twin is layers.Conv2D and layer.kernel_size == layer.strides == (1, 1):
        twin = FusedPointwiseConv2D
    return twin.from_config(layer.get_config())


# --- EfficientNetB7 grown from its own first blocks --------------------------------------------------
#
# B7 has as many stages as B0, each with more blocks, and all but the first block of a stage are residual. So B7 can be trained
# with B0's number of blocks first, at a third of the cost, and deepened without changing its function (Chen, Goodfellow &
# Shlens 2016, arXiv:1511.05641): the added blocks start as the identity, their last batch normalisation scaling by zero.

_FIRST_BLOCKS = (1, 2, 2, 3, 3, 4, 1)  # of each stage: EfficientNetB0's


def _added_blocks(network: keras.Model) -> list[str]:
    """Names such as 'block3c' of EfficientNetB7's blocks beyond EfficientNetB0's number."""
    added = []
    for stage, first in enumerate(_FIRST_BLOCKS, start=1):
        names = {layer.name.split("_")[0] for layer in network.layers if layer.name.startswith(f"block{stage}")}
        added += sorted(names)[first:]
    return added


def shallow_part(network: keras.Model) -> keras.Model:
    """EfficientNetB7 without the added blocks, out of the same layers."""
    passed = {f"{block}_add" for block in _added_blocks(network)}

    def call(layer, *args, **kwargs):
        return args[0][1] if layer.name in passed else layer(*args, **kwargs)  # what goes around the block

    return keras.models.clone_model(network, clone_function=lambda layer: layer, call_function=call)


def pass_through_added_blocks(network: keras.Model) -> None:
    """Make the added blocks of EfficientNetB7 the identity, so that it computes what its shallow part does."""
    for block in _added_blocks(network):
        norm = network.get_layer(f"{block}_project_bn")
        norm.set_weights([np.zeros_like(w) if i < 2 else w for i, w in enumerate(norm.get_weights())])  # gamma, beta; statistics stay


# --- voice -----------------------------------------------------------------------------------------

def build_voice_network(*, frames: int, mels: int, classes: int, width: int = 16, lstm: int = 64,
                        dropout: float = 0.25) -> keras.Model:
    """Normalised log-mel float32 (N, frames, mels) and a frame mask (N, frames) -> softmax (N, classes).

    The mask (1 for frames with signal, 0 for padding) keeps padding out of the attention.
    """
    from math import ceil

    mel = keras.Input((frames, mels), name="mel")
    mask = keras.Input((frames,), name="mask")
    x = layers.Reshape((frames, mels, 1))(mel)
    for i, (filters, strides) in enumerate([(width, (2, 2)), (2 * width, (2, 2)), (3 * width, (2, 2)),
                                            (4 * width, (1, 2))]):
        x = FusedConv2D(filters, 3, strides=strides, use_bias=False, name=f"conv{i}")(x)
        x = FusedBatchNormalization(name=f"bn{i}")(x)
        x = layers.Activation("relu", name=f"relu{i}")(x)
        if i:  # not on the first and largest one: half as much again to compute
            x = layers.SpatialDropout2D(dropout / 3, name=f"drop{i}")(x)
    steps = ceil(frames / 8)
    x = layers.Reshape((steps, -1), name="frames")(x)                         # (steps, bands * filters)
    x = layers.Dense(lstm * 2, activation="relu", name="squeeze")(x)
    x = layers.Dropout(dropout, name="squeeze_drop")(x)
    x = layers.Bidirectional(FusedLSTM(lstm, return_sequences=True), name="bilstm")(x)  # (steps, 2 lstm)
    x = layers.Dropout(dropout, name="lstm_drop")(x)
    # attention pooling over the frames that hold signal
    score = layers.Dense(1, name="attention")(layers.Dense(lstm, activation="tanh", name="attention_hidden")(x))
    valid = layers.MaxPooling1D(8, padding="same", name="valid")(layers.Reshape((frames, 1))(mask))
    penalty = layers.Rescaling(1e4, offset=-1e4, name="penalty")(layers.Flatten()(valid))  # 0 if valid, else -1e4
    weight = layers.Softmax(name="weights")(layers.Add()([layers.Flatten()(score), penalty]))  # (steps,)
    pooled = layers.Dot(axes=1, name="pool")([layers.Reshape((steps, 1))(weight), x])  # (1, 2 lstm)
    pooled = layers.Flatten()(pooled)
    pooled = layers.Dropout(dropout, name="top_dropout")(pooled)
    logits = layers.Dense(classes, name="logits")(pooled)
    outputs = layers.Activation("softmax", dtype="float32", name="probs")(logits)
    return keras.Model([mel, mask], outputs, name="voice_cnn_lstm")


def mean_network(networks: list[keras.Model]) -> keras.Model:
    """One network with the inputs of the given ones (all alike) whose answer is the mean of their probabilities."""
    inputs = [keras.Input(i.shape[1:], name=i.name) for i in networks[0].inputs]
    named = [keras.Model(n.inputs, n.outputs[0], name=f"network{i}") for i, n in enumerate(networks)]
    return keras.Model(inputs, layers.Average(name="mean")([n(inputs) for n in named]), name="mean")
