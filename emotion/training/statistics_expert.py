"""The linear expert of the voice's head: mean and deviation of the hidden states, softmax regression by a solver.

Beside it lies what a head expects of each emotion (speaker_centres.py), because both come from the same clips.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from emotion.checkpoint import sha256
from emotion.datasets import Clip
from emotion.labels import VOICE_LABELS
from emotion.runner import ModelError
from emotion.training.hidden_states import Copy
from emotion.training.softmax_regression import fit_softmax_regression
from emotion.training.speaker_centres import SpeakerCentres, clip_means, expected_means
from emotion.training.voice_data import possible_classes, sampling_weights
from emotion.training.voice_head import EXPECTED, OF_STATISTICS, STATISTICS

RIDGE = 0.01  # how it was chosen: docs/experiments.md
AT_ONCE = 512  # windows
EXPERTS = "voice-statistics"  # the folder of the solved ones among the runs


def solve_statistics_expert(
    head: keras.Model,
    copies: list[Copy],
    clips: list[Clip],
    train: np.ndarray,
    *,
    changed: float,
    encoder: str,
    file: Path,
) -> None:
    """Put the expert into the head: the one in `file` where it was solved for the same, a new one elsewhere.

    train: the clips that it is solved for, as indices; changed: the share of the weight that changed copies have;
    encoder: the mark of the encoder that the copies come from.
    """
    how = f"encoder {encoder}, {len(copies)} copies, {changed} changed, ridge {RIDGE}"
    key = np.array([how, *(f"{clips[i].corpus}/{clips[i].path.name} {clips[i].label}" for i in train)])
    if file.exists() and np.array_equal(np.load(file)["key"], key):
        put_statistics_expert(head, file)
        return
    print(f"solving the linear expert for {len(train)} clips", flush=True)
    labels, possible = np.array([VOICE_LABELS.index(c.label) for c in clips]), possible_classes(clips)
    means = clip_means(copies[0], window_statistics(head, copies[0]))
    expected = expected_means(means, clips, train)
    centres, rng = SpeakerCentres(means, clips, train, expected), np.random.default_rng(0)
    x, clip, weight = [], [], []
    for copy, of_window in zip(copies, window_weights(copies, clips, train, changed=changed)):
        used = of_window > 0
        near = window_statistics(head, copy)[used].astype(np.float32)
        near[:, : means.shape[1]] -= np.stack([centres.draw(i, rng) for i in copy.clip[used]])
        x.append(near)
        clip.append(copy.clip[used])
        weight.append(of_window[used])
    of = np.concatenate(clip)
    kernel, bias = fit_softmax_regression(
        np.concatenate(x), labels[of], np.concatenate(weight), possible[of], ridge=RIDGE
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, kernel=kernel, bias=bias, expected=expected, key=key)
    put_statistics_expert(head, file)


def put_statistics_expert(head: keras.Model, file: Path, digest: str | None = None) -> None:
    """Put a solved expert into the head.

    Raises ModelError where the file is missing or, given a digest (its sha256), is another one.
    """
    if not file.is_file() or digest not in (None, sha256(file)):
        raise ModelError(f"{file} is not the linear expert that this head was trained beside; train the head again")
    with np.load(file) as solved:
        head.get_layer(OF_STATISTICS).set_weights([solved["kernel"], solved["bias"]])
        head.get_layer(EXPECTED).set_weights([solved["expected"]])


def centres_of(head: keras.Model, copy: Copy, clips: list[Clip], train: np.ndarray) -> SpeakerCentres:
    """Centres of the speakers that are trained on, as this head is told of them. copy: the recordings as they are."""
    means = clip_means(copy, window_statistics(head, copy))
    return SpeakerCentres(means, clips, train, head.get_layer(EXPECTED).get_weights()[0])


def window_weights(copies: list[Copy], clips: list[Clip], train: np.ndarray, *, changed: float) -> list[np.ndarray]:
    """How much each window of each copy counts, as often as training draws it: (W,) per copy, sum 1 over all."""
    of_clip = np.zeros(len(clips))
    of_clip[train] = sampling_weights([clips[i] for i in train])
    shares = [1.0] if len(copies) == 1 else [1 - changed, *[changed / (len(copies) - 1)] * (len(copies) - 1)]
    return [s * (of_clip / np.bincount(c.clip, minlength=len(clips)))[c.clip] for s, c in zip(shares, copies)]


def window_statistics(head: keras.Model, copy: Copy) -> np.ndarray:
    """What the expert sees of every window: float16 (W, 2 D)."""
    part = keras.Model(head.inputs, head.get_layer(STATISTICS).output)
    starts = range(0, len(copy.clip), AT_ONCE)
    parts = lambda: (part.predict_on_batch(unknown_speakers(*copy.windows(slice(s, s + AT_ONCE)))) for s in starts)  # noqa: E731
    return copy.statistics(lambda: np.concatenate([p.astype(np.float16) for p in parts()]))


def unknown_speakers(hidden: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
    """Inputs of a head for speakers of whom nothing is known: hidden states (N, steps, D), masks, centres of zeros."""
    return [hidden, mask, np.zeros((len(hidden), hidden.shape[2]), np.float32)]
