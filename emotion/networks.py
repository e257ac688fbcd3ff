"""The networks, in backend-neutral Keras 3. Only training and export import this module.

Faces: EfficientNet (Tan & Le 2019, arXiv:1905.11946) from keras.applications, random weights; and a small ResNet.
Voices: convolutions -> bidirectional LSTM -> attention pooling, on log-mel frames.
"""
from __future__ import annotations

import keras
import numpy as np
from keras import layers

# `b0` is not shipped: it is what EfficientNetB7 is grown from where B7 alone would take days
FACE_BACKBONES = {"accurate": "EfficientNetB7", "fast": "ResNet14", "b0": "EfficientNetB0"}


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

    Contrast is normalised inside the model, image by image: mean 0, standard deviation 1.
    """
    inputs = keras.Input((size, size, 1), name="face")
    x = layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False, epsilon=1.0, name="contrast")(inputs)
    x = layers.Rescaling(64.0, name="contrast_scale")(x)  # undoes most of the backbone's own 1/255
    if backbone == "ResNet14":
        x = _resnet14(x)
    else:
        x = getattr(keras.applications, backbone)(include_top=False, weights=None, input_tensor=x, pooling="avg").output
    x = layers.Dropout(dropout, name="top_dropout")(x)
    x = layers.Dense(classes, name="logits")(x)
    outputs = layers.Activation("softmax", dtype="float32", name="probs")(x)
    return keras.Model(inputs, outputs, name=f"face_{backbone.lower()}")


# --- Net2Net: an EfficientNetB7 that computes what a trained EfficientNetB0 computes ----------------
#
# B7 is B0 with every channel count doubled and more blocks in each stage, so a trained B0 can be
# widened and deepened into B7 without changing its function (Chen, Goodfellow & Shlens 2016,
# arXiv:1511.05641): each channel is copied, what reads the copies halves its weights, and the added
# residual blocks start as the identity (their last batch normalisation scales by zero).

_STAGES = 7


def _blocks(model: keras.Model, stage: int) -> list[str]:
    """Names such as 'block3a' of one stage, in order."""
    names = {layer.name.split("_")[0] for layer in model.layers if layer.name.startswith(f"block{stage}")}
    return sorted(names)


def _widen(array: np.ndarray, target: tuple[int, ...], *, outputs: tuple[int, ...], rng, noise: float) -> np.ndarray:
    """Copies of `array` along each axis until it has the `target` shape; input axes are shared out."""
    for axis, (have, want) in enumerate(zip(array.shape, target, strict=True)):
        if have == want:
            continue
        if want != 2 * have:
            raise ValueError(f"cannot widen {array.shape} to {target}: axis {axis} must double")
        array = np.concatenate([array, array], axis=axis)
        if axis not in outputs:
            array = array / 2
    if noise and array.std() > 0:
        array = array + rng.normal(0, noise * array.std(), array.shape)
    return array.astype(np.float32)


def _copy_layer(source, target, *, rng, noise: float) -> None:
    """Widen one layer's weights into its twin. Vectors and depthwise kernels have no input axis to share."""
    new = []
    for have, want in zip(source.get_weights(), target.get_weights(), strict=True):
        if have.ndim <= 1:
            new.append(_widen(have, want.shape, outputs=(0,), rng=rng, noise=0.0))
        elif isinstance(source, layers.DepthwiseConv2D):
            new.append(_widen(have, want.shape, outputs=(0, 1, 2, 3), rng=rng, noise=noise))
        else:
            new.append(_widen(have, want.shape, outputs=(have.ndim - 1,), rng=rng, noise=noise))
    target.set_weights(new)


def grow_face_network(small: keras.Model, large: keras.Model, *, noise: float = 0.05, seed: int = 0) -> None:
    """Fill `large` (EfficientNetB7) so that it computes what `small` (a trained B0) computes.

    noise: standard deviation of what is added to copied kernels, relative to theirs, so that the two
    copies of a channel can part ways; 0 keeps the function exactly.
    """
    rng = np.random.default_rng(seed)
    twin: dict[str, str] = {}
    for layer in large.layers:
        if not layer.name.startswith("block"):
            twin[layer.name] = layer.name
    for stage in range(1, _STAGES + 1):
        few, many = _blocks(small, stage), _blocks(large, stage)
        twin.update({f"{m}_{layer.name.split('_', 1)[1]}": layer.name
                     for m, f in zip(many, few) for layer in small.layers if layer.name.startswith(f + "_")})
    source = {layer.name: layer for layer in small.layers}
    for layer in large.layers:
        if not layer.get_weights() or isinstance(layer, layers.Normalization):
            continue
        if layer.name in twin:
            _copy_layer(source[twin[layer.name]], layer, rng=rng, noise=noise)
        elif layer.name.endswith("_project_bn"):  # a block that B0 lacks starts as the identity
            gamma, *rest = layer.get_weights()
            layer.set_weights([np.zeros_like(gamma), *rest])


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
