"""The recordings that are trained on: their features, kept on disk, how often each is drawn, and who is held out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion import audio
from emotion.datasets import RAVDESS_FOLDS, Clip, DatasetError
from emotion.labels import VOICE_LABELS
from emotion.paths import data_root

VALIDATION_ACTORS = 4  # of the training actors, two women and two men
SHORTEST_PART = 30  # frames of 10 ms


class MelCache:
    """Trimmed mel power of every clip, computed once and kept in one file on disk."""

    def __init__(self, clips: list[Clip], cache: Path):
        self.clips = clips
        key = np.array([f"{c.corpus}/{c.path.name}" for c in clips])
        if not (cache.exists() and np.array_equal(np.load(cache)["key"], key)):
            print(f"computing log-mel of {len(clips)} clips (once)", flush=True)
            power = [audio.trim(audio.mel_power(audio.read_audio(c.path))) for c in clips]
            ends = np.cumsum([len(p) for p in power])
            cache.parent.mkdir(parents=True, exist_ok=True)
            np.savez(cache, key=key, ends=ends, log=np.log(np.concatenate(power) + 1e-12).astype(np.float16))
        with np.load(cache) as stored:
            self.log = np.split(stored["log"], stored["ends"][:-1])

    def power(self, i: int) -> np.ndarray:
        """Mel power float32 (n_frames, n_mels) of clip i."""
        return np.exp(self.log[i].astype(np.float32))


def load_noises(root=None) -> list[np.ndarray]:
    """Mel power of the environmental noises found (an empty list when there are none)."""
    return [audio.mel_power(audio.read_audio(p)) for p in sorted((data_root(root) / "noise").rglob("*/*.ogg"))]


def sampling_weights(clips: list[Clip]) -> np.ndarray:
    """(N,) probabilities: classes alike within a corpus, corpora by the square root of their size.

    RAVDESS speech counts six times.
    """
    groups: dict[tuple[str, str], int] = {}
    sizes: dict[str, int] = {}
    for c in clips:
        groups[c.corpus, c.label] = groups.get((c.corpus, c.label), 0) + 1
        sizes[c.corpus] = sizes.get(c.corpus, 0) + 1
    classes = {corpus: len({k for k in groups if k[0] == corpus}) for corpus in sizes}
    weight = np.array(
        [
            np.sqrt(sizes[c.corpus])
            * (6.0 if c.corpus == "ravdess" else 1.0)
            / classes[c.corpus]
            / groups[c.corpus, c.label]
            for c in clips
        ]
    )
    return weight / weight.sum()


def possible_classes(clips: list[Clip]) -> np.ndarray:
    """Which classes the corpus of each clip has: float32 (N, 8), 0 or 1.

    Only they compete in training: that a corpus has no "calm" says nothing about its clips.
    """
    labels: dict[str, set[str]] = {c.corpus: set() for c in clips}
    for c in clips:
        labels[c.corpus].add(c.label)
    return np.array([[label in labels[c.corpus] for label in VOICE_LABELS] for c in clips], np.float32)


def part_of(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part of a clip's mel power (n_frames, n_mels), SHORTEST_PART frames or more; 3 times in 5 its beginning."""
    length = int(rng.integers(min(len(power), SHORTEST_PART), len(power) + 1))
    start = 0 if rng.random() < 0.6 else int(rng.integers(0, len(power) - length + 1))
    return power[start : start + length]


def validation_speakers(clips: list[Clip], *, fold: int | None, leave_out: str | None, seed: int) -> tuple[str, ...]:
    """Speakers kept out of training for choices and calibration.

    RAVDESS actors, never of the fold's test actors; or, where RAVDESS is left out, speakers of nEMO. Raises
    DatasetError where there are too few.
    """
    corpus, count = ("nemo", 2) if leave_out == "ravdess" else ("ravdess", VALIDATION_ACTORS)
    test = RAVDESS_FOLDS[fold] if fold is not None else ()
    of = {
        g: sorted({c.speaker for c in clips if c.corpus == corpus and c.gender == g and c.actor not in test})
        for g in ("female", "male")
    }
    if min(map(len, of.values())) < count // 2:
        raise DatasetError(
            f"leaving {leave_out} out takes two speakers of {corpus} for validation, and {corpus} was not found; "
            "see docs/api.md, Data sets"
        )
    rng = np.random.default_rng((seed, 99 if fold is None else fold))
    return tuple(str(s) for names in of.values() for s in rng.choice(names, count // 2, replace=False))


@dataclass(frozen=True)
class Split:
    """Which clips are trained on and which are held out, as indices; and who is kept away from training."""

    train: np.ndarray
    validation: list[int]
    held: tuple[str, ...]  # speakers
    test: tuple[int, ...]  # RAVDESS actors
    left_out: str | None  # a corpus

    def about(self) -> dict:
        """What a run's state says of it."""
        return {"validation_speakers": self.held, "test_actors": self.test, "train_clips": len(self.train)}

    def __str__(self) -> str:
        test = self.left_out or (f"actors {self.test}" if self.test else "none")
        held = f"{len(self.validation)} of {', '.join(self.held)} held out" if self.held else "none held out"
        return f"{len(self.train)} clips to train on, {held}, left for testing: {test}"


def split_clips(
    clips: list[Clip], *, fold: int | None, leave_out: str | None, seed: int, hold_out: bool = True
) -> Split:
    """fold: RAVDESS fold left for testing; leave_out: corpus left out whole; hold_out: whether validation_speakers are.

    Raises DatasetError where that corpus is not there.
    """
    if leave_out and not any(c.family == leave_out for c in clips):
        raise DatasetError(f"{leave_out} was not found, so leaving it out changes nothing; see docs/api.md, Data sets")
    held = validation_speakers(clips, fold=fold, leave_out=leave_out, seed=seed) if hold_out else ()
    test = RAVDESS_FOLDS[fold] if fold is not None else ()
    train = [i for i, c in enumerate(clips) if c.speaker not in held and c.actor not in test and c.family != leave_out]
    return Split(np.array(train), spoken_clips_of(clips, held), held, test, leave_out)


def spoken_clips_of(clips: list[Clip], speakers: tuple[str, ...]) -> list[int]:
    """Indices of the spoken, not sung, clips of these speakers."""
    return [i for i, c in enumerate(clips) if c.speaker in speakers and c.corpus != "ravdess-song"]


def first_windows(mels: MelCache, rows: Iterable[int]) -> list[np.ndarray]:
    """Network inputs of some clips, the first window of each: mel (N, frames, mels) and mask (N, frames)."""
    features = [audio.recording_features(mels.power(i)) for i in rows]
    return [np.stack([f[0][0] for f in features]), np.stack([f[1][0] for f in features])]
