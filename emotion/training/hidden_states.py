"""Hidden states of the speech encoder for every clip, as it is and changed at random, computed once and kept on disk.

The encoder is frozen, so a head that reads its hidden states trains in minutes. A copy is one pass over all clips:
copy 0 is the recordings as they are, each other copy has one random part and one random change of each clip.
A copy that is finished is not computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from emotion import audio
from emotion.checkpoint import sha256
from emotion.datasets import Clip, DatasetError
from emotion.paths import data_root
from emotion.runner import LiteRunner
from emotion.training.augment_waves import augment_wave, random_part, voice_onset

MOST_VOICES = 5  # that talk at once in babble
BABBLE_SHARE = 0.2  # of the examples may get babble
PER_DEVIATION = 32  # hidden states are kept as int8, this many units to a standard deviation
AT_ONCE = 32  # clips of one task of a worker
HIDDEN_STATES = "hidden-states"  # their folder among the runs
HIDDEN, MASK, CLIP, STATISTICS = "hidden.npy", "mask.npy", "clip.npy", "statistics.npy"


class Copy:
    """The hidden states of one copy. The largest array lies on disk and is read as it is used."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.hidden = np.load(folder / HIDDEN, mmap_mode="r")  # int8 (W, steps, D), PER_DEVIATION
        self.mask = np.load(folder / MASK)  # uint8 (W, frames)
        self.clip = np.load(folder / CLIP)  # int (W,) which clip a window is of, ascending

    def windows(self, which) -> tuple[np.ndarray, np.ndarray]:
        """What a head is given of some windows: hidden states float32 (N, steps, D) and masks float32 (N, frames).

        which: a slice or indices (N,); one index gives one window, without N. A head also takes a centre.
        """
        return self.hidden[which].astype(np.float32) / PER_DEVIATION, self.mask[which].astype(np.float32)

    def statistics(self, compute: Callable[[], np.ndarray]) -> np.ndarray:
        """Mean and deviation of every window, float16 (W, 2 D); computed where they are not on disk yet."""
        file = self.folder / STATISTICS
        if not file.exists():
            np.save(file.with_name("part.npy"), compute())
            file.with_name("part.npy").replace(file)
        return np.load(file)


def hidden_copies(clips: list[Clip], copies: int, *, encoder: Path, folder: Path, data=None) -> list[Copy]:
    """Copy 0 and `copies` changed ones, computed on all processors where they are not in `folder` yet.

    encoder: the LiteRT file of the encoder. Raises DatasetError where the folder belongs to another encoder or to
    other clips.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = np.array([sha256(encoder), *(f"{c.corpus}/{c.path.name}" for c in clips)])
    if (folder / "clips.npy").exists() and not np.array_equal(np.load(folder / "clips.npy"), key):
        raise DatasetError(f"{folder} belongs to other clips or another encoder; remove it, or give another --runs")
    np.save(folder / "clips.npy", key)
    for copy in range(copies + 1):
        if not (folder / str(copy) / CLIP).exists():  # it is written last
            _compute(clips, copy, encoder, folder / str(copy), data_root(data))
    return [Copy(folder / str(copy)) for copy in range(copies + 1)]


def windows_of_clip(clips: list[Clip], i: int, copy: int, noises: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Log-mel and mask of clip i in a copy: all windows of the recording as it is, or one of a random part, changed."""
    wave = audio.read_audio(clips[i].path)
    if copy == 0:
        return audio.recording_features(audio.mel_power(wave, audio.ACCURATE), audio.ACCURATE)
    rng = np.random.default_rng((copy, i))
    others = rng.integers(0, len(clips), rng.integers(1, MOST_VOICES + 1))
    voices = [audio.read_audio(clips[j].path) for j in others] if rng.random() < BABBLE_SHARE else []
    part = random_part(wave, voice_onset(wave), rng)
    heard = augment_wave(part, rng, noises=noises, voices=voices)[-audio.CLIP_SAMPLES :]
    mel, mask = audio.normalise(audio.trim(audio.mel_power(heard, audio.ACCURATE)), audio.ACCURATE)
    return mel[None], mask[None]


def as_int8(hidden: np.ndarray) -> np.ndarray:
    """Hidden states, in standard deviations -> int8."""
    return np.clip(np.round(hidden * PER_DEVIATION), -127, 127).astype(np.int8)


def _compute(clips: list[Clip], copy: int, encoder: Path, folder: Path, data: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / STATISTICS).unlink(missing_ok=True)
    tasks = [range(start, min(start + AT_ONCE, len(clips))) for start in range(0, len(clips), AT_ONCE)]
    parts = []
    with ProcessPoolExecutor(
        mp_context=get_context("spawn"),  # a fork would copy the locks of TensorFlow's threads
        initializer=_start,
        initargs=(clips, copy, encoder, data),
    ) as workers:
        for done, part in enumerate(workers.map(_hidden_of, tasks), start=1):
            parts.append(part)
            if done % 40 == 0 or done == len(tasks):
                print(
                    f"hidden states, copy {copy}: {min(done * AT_ONCE, len(clips))} of {len(clips)} clips", flush=True
                )
    for name, arrays in zip((HIDDEN, MASK, CLIP), zip(*parts)):
        np.save(folder / name, np.concatenate(arrays))


# --- in a worker -----------------------------------------------------------------------------------

_task: tuple = ()  # clips, copy, noises, runner


def _start(clips: list[Clip], copy: int, encoder: Path, data: Path) -> None:
    global _task
    noises = [audio.read_audio(p) for p in sorted((data / "noise").rglob("*/*.ogg"))] if copy else []
    _task = (clips, copy, noises, LiteRunner(encoder))


def _hidden_of(rows: Iterable[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    clips, copy, noises, run = _task
    hidden, masks, clip = [], [], []
    for i in rows:
        for mel, mask in zip(*windows_of_clip(clips, i, copy, noises)):
            hidden.append(as_int8(run(mel[None], mask[None])))
            masks.append(mask.astype(np.uint8))
            clip.append(i)
    return np.stack(hidden), np.stack(masks), np.array(clip)
