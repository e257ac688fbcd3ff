"""Films with two faces of which it is known who speaks, made from takes of one person each, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from emotion import audio, vad
from emotion.face import detect_faces

PANEL_PX = 320  # side of the half of a film in which a person is
PICTURES_PER_SECOND = (10, 15, 25)
LEVEL_DBFS = -26.0  # all voices are made as loud as this
BEFORE_S, AFTER_S = (0.1, 0.8), (0.1, 0.6)  # so much of a take is left around its speech, at random
TURN_S = (2.5, 4.0)  # how long one speaks before the other one does


@dataclass(frozen=True)
class Take:
    """One person filmed once. pictures: uint8 (N, PANEL_PX, PANEL_PX, 3) RGB; sound: float32 (T,) at SAMPLE_RATE."""

    pictures: np.ndarray
    times_s: np.ndarray  # float (N,)
    sound: np.ndarray
    speech: tuple[float, float]  # from the first to the last voice, in s
    rest: tuple[float, float]  # the longest time without voice, in s

    def at(self, time_s: float) -> np.ndarray:
        """The picture that is shown at this time."""
        return self.pictures[max(0, int(np.searchsorted(self.times_s, time_s + 1e-6)) - 1)]


def read_take(path: Path, *, sound: Path | None = None, face: int = 0) -> Take:
    """A film of one person. sound: from another file; face: from the left, which one of its first picture to show."""
    pictures, times_s = [], []
    with av.open(str(path)) as media:
        for frame in media.decode(video=0):
            pictures.append(frame.to_ndarray(format="rgb24"))
            times_s.append(float(frame.time or 0.0))
    found = sorted(detect_faces(pictures[0]), key=lambda f: f.centre[0])[face]
    side = round(min(2.4 * found.size_px, *pictures[0].shape[:2]))
    left, top = (
        int(np.clip(c - side / 2, 0, end - side))
        for c, end in zip(found.centre, (pictures[0].shape[1::-1]), strict=True)
    )
    cut = [cv2.resize(p[top : top + side, left : left + side], (PANEL_PX, PANEL_PX)) for p in pictures]
    wave = audio.read_audio(sound or path)
    voiced = np.array(vad.VoiceActivity().push(wave)) >= vad.SPEECH_THRESHOLD
    at_s = np.flatnonzero(voiced) * vad.CHUNK_SECONDS
    return Take(np.stack(cut), np.array(times_s), _as_loud(wave, voiced), _ends(at_s), _longest_rest(at_s, times_s[-1]))


def _ends(at_s: np.ndarray) -> tuple[float, float]:
    return (float(at_s[0]), float(at_s[-1]) + vad.CHUNK_SECONDS) if len(at_s) else (0.0, 0.0)


def _longest_rest(at_s: np.ndarray, end_s: float) -> tuple[float, float]:
    """The longest time without voice, less a third of a second where voice is beside it, as lips move before."""
    edges = [0.0, *at_s.tolist(), end_s]
    k = int(np.argmax(np.diff(edges)))
    begin = edges[k] + (0.33 if k else 0.0)
    return begin, max(begin + 0.1, edges[k + 1] - (0.33 if k + 1 < len(edges) - 1 else 0.0))


def _as_loud(wave: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    chunks = wave[: len(voiced) * vad.CHUNK_SAMPLES].reshape(len(voiced), -1)[voiced]
    return (wave * 10 ** ((LEVEL_DBFS - vad.level_dbfs(chunks.ravel())) / 20)).astype(np.float32)


Shown = Callable[[float], np.ndarray]  # time in s -> uint8 (PANEL_PX, PANEL_PX, 3)


@dataclass(frozen=True)
class Side:
    """Half of a film: what it shows, and what is heard from it."""

    shown: Shown
    sound: np.ndarray  # float32 (T,)


@dataclass(frozen=True)
class TwoFaces:
    """A film. speaks: time in s -> 0 (left), 1 (right), None where both do or nobody does."""

    sides: tuple[Side, Side]
    sound: np.ndarray
    speaks: Callable[[float], int | None]

    def picture(self, time_s: float) -> np.ndarray:
        """uint8 (PANEL_PX, 2 * PANEL_PX, 3) RGB."""
        return np.concatenate([side.shown(time_s) for side in self.sides], axis=1)


def talking(takes: list[Take], seconds: float, rng: np.random.Generator, *, backward: bool = False) -> Side:
    """A person who speaks take after take, with pauses. backward: each take's pictures run back, its sound does not."""
    parts: list[tuple[float, float, Take]] = []  # begin in the film, begin in the take
    sound, length_s = [], 0.0
    while length_s < seconds:
        take = takes[rng.integers(len(takes))]
        begin = max(0.0, take.speech[0] - rng.uniform(*BEFORE_S))
        end = min(float(take.times_s[-1]), take.speech[1] + rng.uniform(*AFTER_S))
        samples = round((end - begin) * audio.SAMPLE_RATE)
        first = round(begin * audio.SAMPLE_RATE)
        sound.append(np.pad(take.sound[first : first + samples], (0, max(0, first + samples - len(take.sound)))))
        parts.append((length_s, begin, take))
        length_s += samples / audio.SAMPLE_RATE

    def shown(time_s: float) -> np.ndarray:
        k = max(i for i, part in enumerate(parts) if part[0] <= max(time_s, 0.0))
        start, begin, take = parts[k]
        end = parts[k + 1][0] if k + 1 < len(parts) else length_s
        return take.at(begin + (end - time_s if backward else time_s - start))

    return Side(shown, np.concatenate(sound)[: round(seconds * audio.SAMPLE_RATE)])


def silent(take: Take, seconds: float) -> Side:
    """A person who rests: the longest time without voice of a take, forth and back."""
    begin, end = take.rest
    swing = lambda t: abs((t / (end - begin) + 1) % 2 - 1) * (end - begin)  # noqa: E731
    return Side(lambda t: take.at(begin + swing(t)), np.zeros(round(seconds * audio.SAMPLE_RATE), np.float32))


def photo(picture: np.ndarray, seconds: float) -> Side:
    """A still picture, uint8 (H, W, 3), in the middle of its half."""
    panel = np.full((PANEL_PX, PANEL_PX, 3), 128, np.uint8)
    side = PANEL_PX * 2 // 3
    at = (PANEL_PX - side) // 2
    panel[at : at + side, at : at + side] = cv2.resize(picture, (side, side))
    return Side(lambda t: panel, np.zeros(round(seconds * audio.SAMPLE_RATE), np.float32))


def beside(speaker: Side, other: Side, rng: np.random.Generator) -> TwoFaces:
    """One speaks; the other one is not heard. Who is on the left, and which face is mirrored, is left to chance."""
    left = int(rng.integers(2))
    a, b = _perhaps_mirrored(speaker, rng), _perhaps_mirrored(other, rng)
    return TwoFaces((b, a) if left else (a, b), speaker.sound, lambda t: left)


def in_turns(first: list[Take], second: list[Take], turns: int, rng: np.random.Generator) -> TwoFaces:
    """One speaks, then the other one, and so on; meanwhile the one who does not speak rests."""
    changes, sides, sounds = [0.0], ([], []), []  # type: ignore[var-annotated]
    for k in range(turns):
        seconds = float(rng.uniform(*TURN_S))
        who, takes = k % 2, (first, second)
        spoken = talking(takes[who], seconds, rng)
        sides[who].append(spoken)
        sides[1 - who].append(silent(takes[1 - who][rng.integers(len(takes[1 - who]))], seconds))
        sounds.append(spoken.sound)
        changes.append(changes[-1] + seconds)
    turn = lambda t: min(turns - 1, max(0, int(np.searchsorted(changes, t + 1e-9)) - 1))  # noqa: E731
    one = lambda w: Side(lambda t: sides[w][turn(t)].shown(t - changes[turn(t)]), np.zeros(0, np.float32))  # noqa: E731
    return TwoFaces((one(0), one(1)), np.concatenate(sounds), lambda t: turn(t) % 2)


def at_once(first: Side, second: Side) -> TwoFaces:
    """Both speak."""
    return TwoFaces((first, second), first.sound + second.sound, lambda t: None)


def unheard(first: Side, second: Side, sound: np.ndarray) -> TwoFaces:
    """Both move their lips, and nobody is heard: the sound is something else."""
    return TwoFaces((first, second), sound, lambda t: None)


def _perhaps_mirrored(side: Side, rng: np.random.Generator) -> Side:
    if rng.integers(2):
        return side
    return Side(lambda t: np.ascontiguousarray(side.shown(t)[:, ::-1]), side.sound)
