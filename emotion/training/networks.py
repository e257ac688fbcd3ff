"""The networks, in backend-neutral Keras 3. Only training and export import this module.

Faces: EfficientNet (Tan & Le 2019, arXiv:1905.11946) from keras.applications, random weights; and a small ResNet.
Voices: convolutions -> bidirectional LSTM -> attention pooling, on log-mel frames.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from emotion.training.efficientnet_lite import efficientnet_lite2
from emotion.training.torch_kernels import FusedBatchNormalization, FusedConv2D, FusedLSTM, with_torch_kernels

# `lite` is not served: it is how EfficientNetB7 is trained where B7 itself would take days
FACE_BACKBONES = {"accurate": "EfficientNetB7", "fast": "ResNet14", "lite": "EfficientNetLite2"}


def _resnet14(x):
    """Three stages of two residual blocks with dense 3 × 3 convolutions: (N, s, s, 1) -> (N, 256).

    He et al. 2016, arXiv:1512.03385.
    At 48 px a CPU computes these an order of magnitude more efficiently than EfficientNet's depthwise ones.
    """

    def convolve(x, filters, kernel, strides=1):
        x = layers.Conv2D(
            filters, kernel, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal"
        )(x)
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

    Contrast is normalized inside the model, image by image: mean 0, standard deviation 1.
    backbone: one of FACE_BACKBONES' values.
    """
    inputs = keras.Input((size, size, 1), name="face")
    x = layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False, epsilon=1.0, name="contrast")(inputs)
    x = layers.Rescaling(64.0, name="contrast_scale")(x)  # undoes most of the backbone's own 1/255
    if backbone == "ResNet14":
        x = _resnet14(x)
    elif backbone == "EfficientNetLite2":
        x = efficientnet_lite2(x)
    else:
        x = keras.applications.EfficientNetB7(include_top=False, weights=None, input_tensor=x, pooling="avg").output
    x = layers.Dropout(dropout, name="top_dropout")(x)
    x = layers.Dense(classes, name="logits")(x)
    outputs = layers.Activation("softmax", dtype="float32", name="probs")(x)
    network = keras.models.clone_model(
        keras.Model(inputs, outputs, name=f"face_{backbone.lower()}"), clone_function=with_torch_kernels
    )
    if backbone in ("ResNet14", "EfficientNetLite2"):
        return network
    for block in (layer.name.removesuffix("_add") for layer in network.layers if layer.name.endswith("_add")):
        # residual blocks start as the identity (Goyal et al. 2017, arXiv:1706.02677)
        norm = network.get_layer(f"{block}_project_bn")
        gamma, beta, *statistics = norm.get_weights()
        norm.set_weights([np.zeros_like(gamma), np.zeros_like(beta), *statistics])
    for layer in network.layers:
        if layer.name.endswith("_drop"):
            layer.rate = 0.0  # stochastic depth slows down a network that is far from memorizing its faces
    shorten_depthwise_kernels(network)
    return network


def shorten_depthwise_kernels(network: keras.Model, *, rms: float = 0.07) -> None:
    """Shorten EfficientNet's depthwise kernels without changing its answers, so that they learn faster.

    After them comes batch normalization, so their length has no effect. A step of AdamW turns a kernel by the learning
    rate over its root mean square. Keras starts them at 0.3 … 0.5, where they turn a tenth as far as other kernels
    (van Laarhoven 2017, arXiv:1706.05350).
    """
    for layer in network.layers:
        if isinstance(layer, layers.DepthwiseConv2D):
            (kernel,) = layer.get_weights()
            shorter = min(1.0, rms / float(np.sqrt(np.square(kernel).mean())))
            norm = network.get_layer(layer.name.replace("_dwconv", "_bn"))
            gamma, beta, mean, variance = norm.get_weights()
            layer.set_weights([kernel * shorter])
            norm.set_weights([gamma, beta, mean * shorter, variance * shorter**2])


# --- voice -----------------------------------------------------------------------------------------


def build_voice_network(
    *, frames: int, mels: int, classes: int, width: int = 16, lstm: int = 64, dropout: float = 0.25
) -> keras.Model:
    """Normalised log-mel float32 (N, frames, mels) and a frame mask (N, frames) -> softmax (N, classes).

    The mask (1 for frames with signal, 0 for padding) keeps padding out of the attention.
    """
    from math import ceil

    mel = keras.Input((frames, mels), name="mel")
    mask = keras.Input((frames,), name="mask")
    x = layers.Reshape((frames, mels, 1))(mel)
    for i, (filters, strides) in enumerate(
        [(width, (2, 2)), (2 * width, (2, 2)), (3 * width, (2, 2)), (4 * width, (1, 2))]
    ):
        x = FusedConv2D(filters, 3, strides=strides, use_bias=False, name=f"conv{i}")(x)
        x = FusedBatchNormalization(name=f"bn{i}")(x)
        x = layers.Activation("relu", name=f"relu{i}")(x)
        if i:  # not on the first and largest one: half as much again to compute
            x = layers.SpatialDropout2D(dropout / 3, name=f"drop{i}")(x)
    steps = ceil(frames / 8)
    x = layers.Reshape((steps, -1), name="frames")(x)  # (steps, bands * filters)
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
