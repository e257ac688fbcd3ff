"""Practice: act an emotion for a few seconds and see what the models made of it.

No clock and no threads here: time and judgements come in as arguments. A round counts down, then is open for
WINDOW_SECONDS, then is over. What the live stream said while it was open becomes three scores.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from emotion.audio import CLIP_SECONDS
from emotion.certainty import verdict
from emotion.fusion import voice_to_face_labels
from emotion.labels import FACE_LABELS
from emotion.timeline.rows import ROW_SECONDS

if TYPE_CHECKING:
    from emotion.realtime.session import Moment

COUNTDOWN_SECONDS = 3.0
WINDOW_SECONDS = 6.0
SLOTS = round(WINDOW_SECONDS / ROW_SECONDS)  # parts of the window; each counts the same, however many judgements it has
VOICE_FROM_SECONDS = CLIP_SECONDS / 2  # a voice judgement before this heard more of the countdown than of the window
ENOUGH_SHARE = 1 / 3  # less of the window judged than this: no score
SAME_SECONDS = 0.05  # two reports of the same moment differ by less
TARGETS = FACE_LABELS  # calm, which only the voice has, counts as neutral
MODALITIES = ("face", "voice", "together")


@dataclass(frozen=True)
class Sample:
    """What the stream said at one moment of the window. Distributions are (7,) over FACE_LABELS, or None."""

    time_s: float  # since the window opened
    face: np.ndarray | None
    voice: np.ndarray | None  # calm counted as neutral
    together: np.ndarray | None
    face_reason: str = ""  # why there is none, in the stream's words
    voice_reason: str = ""
    face_hard: str = ""  # what makes the face hard to judge, in the words of emotion.reliability
    voice_hard: str = ""


@dataclass(frozen=True)
class Round:
    """One attempt at a target. Times are of the stream's clock."""

    target: str
    began_s: float
    samples: tuple[Sample, ...] = ()
    used: tuple[str, ...] = ("face", "voice")  # the modalities whose camera or microphone was chosen

    @property
    def opens_s(self) -> float:
        """When the countdown has reached zero."""
        return self.began_s + COUNTDOWN_SECONDS

    @property
    def closes_s(self) -> float:
        """When the window ends."""
        return self.opens_s + WINDOW_SECONDS


@dataclass(frozen=True)
class Score:
    """How well one modality matched the target."""

    value: float | None  # mean probability of the target over the judged slots, 0…1; None: too little was judged
    curve: tuple[float | None, ...]  # probability of the target per slot, None where not judged
    judged: int  # slots with a judgement
    possible: int  # slots that could have had one
    reasons: tuple[tuple[str, int], ...] = ()  # why the others have none, with the number of slots, most frequent first
    rival: tuple[str, float] | None = None  # the other emotion with the highest mean probability, and that mean
    unsure: int = 0  # of the judged slots, those in which the answer was unsure
    words: tuple[str | None, ...] = ()  # the most probable emotion per slot, None where not judged
    hard: tuple[tuple[str, int], ...] = ()  # what made judged slots hard, with their number, most frequent first

    @property
    def best(self) -> tuple[float, float] | None:
        """(middle of the slot in seconds since the window opened, probability) of the strongest slot."""
        return max(self._judged(), key=lambda at: at[1], default=None)

    @property
    def weakest(self) -> tuple[float, float] | None:
        """The same of the weakest slot."""
        return min(self._judged(), key=lambda at: at[1], default=None)

    def _judged(self) -> list[tuple[float, float]]:
        return [((i + 0.5) * ROW_SECONDS, p) for i, p in enumerate(self.curve) if p is not None]


@dataclass(frozen=True)
class Result:
    """A round that is over."""

    target: str
    face: Score
    voice: Score
    together: Score
    agreement: (
        float | None
    )  # of the slots with face and voice, the share in which they say the same; None: no such slot
    disagreement: tuple[str, str] | None  # what face and voice said most often when they differed
    used: tuple[str, ...] = ("face", "voice")  # as Round.used


def phase(round_: Round, now_s: float) -> str:
    """countdown, open or over."""
    return "countdown" if now_s < round_.opens_s else "open" if now_s < round_.closes_s else "over"


def seconds_left(round_: Round, now_s: float) -> float:
    """Of the countdown, then of the window; 0 when over."""
    return max(0.0, (round_.opens_s if now_s < round_.opens_s else round_.closes_s) - now_s)


def random_target(*, but: str | None, rng: random.Random) -> str:
    """A random target that is not `but`."""
    return rng.choice([t for t in TARGETS if t != but])


def advance(
    round_: Round,
    *,
    now_s: float,
    moments: Iterable[Moment],
    face_reason: str = "",
    voice_reason: str = "",
    face_hard: str = "",
    voice_hard: str = "",
) -> Round:
    """The round with what the stream has said since the last call.

    moments: LiveSession.history(), with times relative to now_s; those outside the window or known are left out. The
    reasons are the current ones of LiveSession.snapshot(): they explain the moments without an answer. face_hard and
    voice_hard: `why_hard` of its readings.
    """
    known_s = round_.samples[-1].time_s if round_.samples else -math.inf
    new = []
    for m in moments:
        time_s = now_s + m.time_s - round_.opens_s
        if not 0 <= time_s < WINDOW_SECONDS or time_s <= known_s + SAME_SECONDS:
            continue
        voice = None if m.voice is None else voice_to_face_labels(m.voice)
        early = voice is not None and time_s < VOICE_FROM_SECONDS
        new.append(
            Sample(
                time_s,
                m.face,
                None if early else voice,
                m.face if early else m.together,
                face_reason or "starting",
                voice_reason or "starting",
                face_hard,
                voice_hard,
            )
        )
    return replace(round_, samples=(*round_.samples, *new)) if new else round_


def result_of(round_: Round) -> Result:
    """The scores of a round; slots in which the stream said nothing count as not judged."""
    slots = _slots(round_)
    said = {m: [_mean([p for s in slot if (p := getattr(s, m)) is not None]) for slot in slots] for m in MODALITIES}
    first_voice = math.ceil(VOICE_FROM_SECONDS / ROW_SECONDS)
    pairs = [
        (FACE_LABELS[int(f.argmax())], FACE_LABELS[int(v.argmax())])
        for f, v in zip(said["face"], said["voice"])
        if f is not None and v is not None
    ]
    disagreements = Counter(p for p in pairs if p[0] != p[1])
    why = {
        "face": [slot[-1].face_reason if slot else "no picture" for slot in slots],
        "voice": [slot[-1].voice_reason if slot else "no microphone" for slot in slots],
        "together": [""] * SLOTS,
    }
    hard = {
        "face": [slot[-1].face_hard if slot else "" for slot in slots],
        "voice": [slot[-1].voice_hard if slot else "" for slot in slots],
        "together": [""] * SLOTS,
    }
    face = _score("face", round_.target, said["face"], why["face"], hard["face"])
    voice = _score("voice", round_.target, said["voice"], why["voice"], hard["voice"], first=first_voice)
    return Result(
        target=round_.target,
        face=face,
        voice=voice,
        together=_score(
            "together",
            round_.target,
            said["together"],
            why["together"],
            hard["together"],
            enough=face.value is not None or voice.value is not None,
        ),
        agreement=sum(f == v for f, v in pairs) / len(pairs) if pairs else None,
        disagreement=disagreements.most_common(1)[0][0] if disagreements else None,
        used=round_.used,
    )


def so_far(round_: Round) -> float | None:
    """The score of the one judgement, over what was judged until now; None: nothing yet."""
    at = FACE_LABELS.index(round_.target)
    means = [_mean([s.together for s in slot if s.together is not None]) for slot in _slots(round_)]
    judged = [float(m[at]) for m in means if m is not None]
    return sum(judged) / len(judged) if judged else None


def _slots(round_: Round) -> list[list[Sample]]:
    slots: list[list[Sample]] = [[] for _ in range(SLOTS)]
    for s in round_.samples:
        slots[min(int(s.time_s / ROW_SECONDS), SLOTS - 1)].append(s)
    return slots


def _mean(distributions: list[np.ndarray]) -> np.ndarray | None:
    return np.mean(distributions, axis=0) if distributions else None


def _score(
    modality: str,
    target: str,
    said: list[np.ndarray | None],
    why: list[str],
    hard: list[str],
    *,
    first: int = 0,
    enough: bool | None = None,
) -> Score:
    """said, why, hard: one per slot. Slots before `first` cannot be judged. enough: None for ENOUGH_SHARE of them."""
    at = FACE_LABELS.index(target)
    judged = [p for p in said if p is not None]
    missing = Counter(w for p, w in zip(said[first:], why[first:]) if p is None and w)
    value, rival = None, None
    if enough is None:
        enough = len(judged) >= ENOUGH_SHARE * (SLOTS - first)
    if judged and enough:
        mean = np.mean(judged, axis=0)
        value = float(mean[at])
        other = max((i for i in range(len(FACE_LABELS)) if i != at), key=lambda i: mean[i])
        rival = (FACE_LABELS[other], float(mean[other]))
    return Score(
        value=value,
        curve=tuple(None if p is None else float(p[at]) for p in said),
        judged=len(judged),
        possible=SLOTS - first,
        reasons=tuple(missing.most_common()),
        rival=rival,
        words=tuple(None if p is None else FACE_LABELS[int(p.argmax())] for p in said),
        hard=tuple(Counter(h for p, h in zip(said, hard) if p is not None and h).most_common()),
        unsure=sum(not verdict(p, FACE_LABELS, modality).sure for p in judged),
    )
