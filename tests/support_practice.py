"""Practice rounds for tests, from what the stream is to say at each moment."""

from __future__ import annotations

import numpy as np

from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.realtime.practice_round import COUNTDOWN_SECONDS, WINDOW_SECONDS, Round, advance
from emotion.realtime.session import Moment

BEGAN = 1000.0
OPENS = BEGAN + COUNTDOWN_SECONDS


def dist(labels, **shares) -> np.ndarray:
    """The given probabilities; the rest spread over the other labels."""
    rest = (1 - sum(shares.values())) / (len(labels) - len(shares))
    return np.array([shares.get(label, rest) for label in labels], np.float32)


def face(**shares) -> np.ndarray:
    return dist(FACE_LABELS, **shares)


def voice(**shares) -> np.ndarray:
    return dist(VOICE_LABELS, **shares)


def played(
    target: str,
    said,
    *,
    every_s: float = 0.25,
    reasons=lambda t: ("", ""),
    hard: tuple[str, str] = ("", ""),
    used: tuple[str, ...] = ("face", "voice"),
) -> Round:
    """A round over which said(time since opening) -> (face, voice, together) was heard, read every_s at a time.

    reasons: (face, voice) why there is no answer at a time; hard: what makes both hard to judge.
    """
    round_ = Round(target, BEGAN, used=used)
    times = np.arange(-COUNTDOWN_SECONDS, WINDOW_SECONDS + 1, every_s)
    for now in times:
        moments = [Moment(float(t - now), *said(float(t))) for t in times if now - 2 <= t <= now]
        why = reasons(float(now))
        round_ = advance(
            round_,
            now_s=OPENS + now,
            moments=moments,
            face_reason=why[0],
            voice_reason=why[1],
            face_hard=hard[0],
            voice_hard=hard[1],
        )
    return round_
