"""The head of the accurate voice model: hidden states of the speech encoder -> eight emotions. Backend-neutral Keras 3.

Two experts read the hidden states, and a logarithmic opinion pool with equal exponents joins their answers: the mean of
their logits. One expert is linear and sees mean and deviation over time. The other is a bidirectional LSTM with
attention pooling, which reads their course. They are trained apart (train_voice_head): together the linear one learns
the training clips by heart before the other has learned anything.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from emotion.training.speech_encoder import STEP_FRAMES, steps_of
from emotion.training.torch_kernels import FusedLSTM

SMALLEST_VARIANCE = 1e-4  # its root has a slope that is not too steep
STATISTICS, OF_STATISTICS, OF_COURSE = "statistics", "logits_of_statistics", "logits_of_course"  # names of layers
EXPECTED = "expected"  # the layer that holds expected_means of speaker_centres.py


def build_voice_head(
    *, frames: int, size: int, classes: int, squeeze: int = 48, lstm: int = 48, dropout: float = 0.5
) -> keras.Model:
    """Hidden states, frame mask and the speaker's centre -> softmax, embedding, offsets.

    In: float32 (N, steps, size), (N, frames), (N, size); the centre is zeros where nothing is known of the speaker.
    Out: (N, classes); (N, 4 lstm), what the last layer of the LSTM's expert is given; (N, classes, size), the mean of
    the hidden states less what is expected of each emotion: a speaker's centre is the mean of those of the answers.
    """
    hidden = keras.Input((steps_of(frames), size), name="hidden")
    mask = keras.Input((frames,), name="mask")
    centre = keras.Input((size,), name="centre")
    held = layers.ZeroPadding1D((0, -frames % STEP_FRAMES))(layers.Reshape((frames, 1))(mask))
    held = layers.MaxPooling1D(STEP_FRAMES, name="held")(held)  # (N, steps, 1)
    share = held / ops.maximum(ops.sum(held, axis=1, keepdims=True), 1.0)  # (N, steps, 1), sums to 1
    near = hidden - held * layers.Reshape((1, size))(centre)
    statistics = layers.Concatenate(name=STATISTICS)(_mean_and_deviation(near, share))

    x = layers.SpatialDropout1D(dropout / 2, name="input_drop")(near)  # one draw for all steps: that is fast
    x = layers.Dense(squeeze, activation="gelu", name="squeeze")(x)
    x = layers.Dropout(dropout, name="squeeze_drop")(x) * held
    x = layers.Bidirectional(FusedLSTM(lstm, return_sequences=True), name="bilstm")(x)  # (N, steps, 2 lstm)
    x = layers.Dropout(dropout, name="lstm_drop")(x)
    score = layers.Dense(1, name="attention")(layers.Dense(lstm, activation="tanh", name="attention_hidden")(x))
    penalty = layers.Rescaling(1e4, offset=-1e4, name="penalty")(layers.Flatten()(held))  # 0 if held, else -1e4
    # flat, since LiteRT cannot convert what Keras makes of a sum of (1, steps, 1)
    weight = layers.Softmax(name="weights")(layers.Add()([layers.Flatten()(score), penalty]))
    weight = layers.Reshape((steps_of(frames), 1))(weight)
    embedding = layers.Concatenate(name="embedding")(_mean_and_deviation(x, weight))

    logits = [
        layers.Dense(classes, name=OF_STATISTICS)(statistics),
        layers.Dense(classes, name=OF_COURSE)(layers.Dropout(dropout, name="top_drop")(embedding)),
    ]
    probs = layers.Softmax(dtype="float32", name="probs")(layers.Average(name="pool")(logits))
    offsets = LessExpected(classes, name=EXPECTED)(ops.sum(hidden * share, axis=1))
    return keras.Model([hidden, mask, centre], [probs, embedding, offsets], name="voice_head")


class LessExpected(layers.Layer):
    """(N, D) -> (N, classes, D): the same less what is expected of each class. Its weight is solved, not trained."""

    def __init__(self, classes: int, **options):
        super().__init__(trainable=False, **options)
        self.classes = classes

    def build(self, shape):
        """One weight, expected_means of speaker_centres.py: (classes, D)."""
        self.expected = self.add_weight(shape=(self.classes, shape[-1]), initializer="zeros", name="expected")

    def call(self, mean):
        """The differences."""
        return ops.expand_dims(mean, 1) - self.expected


def _mean_and_deviation(x, weight):
    """Over time, weighted: (N, T, D), (N, T, 1) with sum 1 -> twice (N, D) (Okabe et al. 2018, arXiv:1803.10963)."""
    mean = ops.sum(x * weight, axis=1)
    variance = ops.sum(x * x * weight, axis=1) - mean * mean
    return [mean, ops.sqrt(ops.maximum(variance, 0.0) + SMALLEST_VARIANCE)]


def course_among_possible(head: keras.Model) -> keras.Model:
    """The LSTM's expert as it is trained: one more input, the possible classes (N, classes); all others get 0.

    It shares its weights with the head. Keras' cross-entropy divides probabilities by their sum.
    """
    logits = head.get_layer(OF_COURSE).output
    possible = keras.Input(logits.shape[1:], name="possible")
    probs = layers.Softmax(dtype="float32")(logits)
    return keras.Model([*head.inputs, possible], layers.Multiply()([probs, possible]))


def served_network(heads: list[keras.Model], encoder: keras.Model | None = None) -> keras.Model:
    """What is written into a file: the mean of some heads, each asked twice, with and without the speaker's centre.

    In: log-mel (or, without an encoder, hidden states), frame mask, centre. Out: the answer with the centre, the answer
    as it is, the embeddings as they are, side by side, the offsets, and with an encoder its hidden states.
    """
    of, centre = encoder or heads[0], keras.Input(heads[0].inputs[2].shape[1:], name="centre")
    heard, mask = (keras.Input(i.shape[1:], name=i.name) for i in of.inputs[:2])
    hidden = heard if encoder is None else encoder([heard, mask])
    each = [keras.Model(h.inputs, h.outputs, name=f"head{i}") for i, h in enumerate(heads)]
    known = [head([hidden, mask, centre])[0] for head in each]
    probs, embeddings, offsets = zip(*(head([hidden, mask, ops.zeros_like(centre)]) for head in each))
    if len(heads) == 1:
        out = [known[0], probs[0], embeddings[0], offsets[0]]
    else:
        out = [layers.Average()(list(same)) for same in (known, probs)]
        out += [layers.Concatenate(name="embeddings")(list(embeddings)), layers.Average()(list(offsets))]
    return keras.Model([heard, mask, centre], [*out, *([] if encoder is None else [hidden])], name="voice_accurate")
