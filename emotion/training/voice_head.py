"""The head of the accurate voice model: hidden states of the speech encoder -> eight emotions. Backend-neutral Keras 3.

A bidirectional LSTM with attention pooling reads the course of the hidden states; their mean and deviation over time,
which alone tell most (docs/experiments.md), go to the same last layer.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from emotion.training.speech_encoder import STEP_FRAMES, steps_of
from emotion.training.torch_kernels import FusedLSTM

SMALLEST_VARIANCE = 1e-4  # its root has a slope that is not too steep


def build_voice_head(
    *, frames: int, size: int, classes: int, squeeze: int = 12, lstm: int = 24, dropout: float = 0.4
) -> keras.Model:
    """Hidden states float32 (N, steps, size) and frame mask (N, frames) -> softmax (N, classes), embedding (N, D).

    The embedding is what the last layer is given.
    """
    hidden = keras.Input((steps_of(frames), size), name="hidden")
    mask = keras.Input((frames,), name="mask")
    held = layers.ZeroPadding1D((0, -frames % STEP_FRAMES))(layers.Reshape((frames, 1))(mask))
    held = layers.MaxPooling1D(STEP_FRAMES, name="held")(held)  # (N, steps, 1)
    share = held / ops.maximum(ops.sum(held, axis=1, keepdims=True), 1.0)  # (N, steps, 1), sums to 1
    x = layers.Dropout(dropout / 2, name="input_drop")(hidden)
    x = layers.Dense(squeeze, activation="gelu", name="squeeze")(x)
    x = layers.Dropout(dropout, name="squeeze_drop")(x) * held
    x = layers.Bidirectional(FusedLSTM(lstm, return_sequences=True), name="bilstm")(x)  # (N, steps, 2 lstm)
    x = layers.Dropout(dropout, name="lstm_drop")(x)
    score = layers.Dense(1, name="attention")(layers.Dense(lstm, activation="tanh", name="attention_hidden")(x))
    penalty = layers.Rescaling(1e4, offset=-1e4, name="penalty")(layers.Flatten()(held))  # 0 if held, else -1e4
    # flat, since LiteRT cannot convert what Keras makes of a sum of (1, steps, 1)
    weight = layers.Softmax(name="weights")(layers.Add()([layers.Flatten()(score), penalty]))
    weight = layers.Reshape((steps_of(frames), 1))(weight)
    pooled = [*_mean_and_deviation(hidden, share), *_mean_and_deviation(x, weight)]
    embedding = layers.Concatenate(name="embedding")(pooled)
    logits = layers.Dense(classes, name="logits")(layers.Dropout(dropout, name="top_drop")(embedding))
    probs = layers.Activation("softmax", dtype="float32", name="probs")(logits)
    return keras.Model([hidden, mask], [probs, embedding], name="voice_head")


def _mean_and_deviation(x, weight):
    """Over time, weighted: (N, T, D), (N, T, 1) with sum 1 -> twice (N, D) (Okabe et al. 2018, arXiv:1803.10963)."""
    mean = ops.sum(x * weight, axis=1)
    variance = ops.sum(x * x * weight, axis=1) - mean * mean
    return mean, ops.sqrt(ops.maximum(variance, 0.0) + SMALLEST_VARIANCE)


def with_encoder(encoder: keras.Model, heads: list[keras.Model]) -> keras.Model:
    """Log-mel and frame mask -> mean of the heads' answers, their embeddings side by side, the hidden states."""
    mel, mask = (keras.Input(i.shape[1:], name=i.name) for i in encoder.inputs)
    hidden = encoder([mel, mask])
    answers = [keras.Model(h.inputs, h.outputs, name=f"head{i}")([hidden, mask]) for i, h in enumerate(heads)]
    probs, embedding = answers[0]
    if len(heads) > 1:
        probs = layers.Average(name="mean")([p for p, _ in answers])
        embedding = layers.Concatenate(name="embeddings")([e for _, e in answers])
    return keras.Model([mel, mask], [probs, embedding, hidden], name="voice_accurate")
