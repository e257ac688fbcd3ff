"""Mouths and sound whose speaker is known: a mouth that speaks opens a moment before the sound gets louder."""

from __future__ import annotations

import numpy as np

from emotion.judge import HOP_SECONDS, STEPS_PER_HOP
from emotion.speaker import SpeakerFinder

LOOK_S = 0.08
LIPS_LEAD_S = 0.1
STILL = 0.03
LOUD_DB, QUIET_DB = -25.0, -60.0


class Syllables:
    """Speech as a row of syllables of uneven length, from a number: how open a mouth is, and how loud the sound."""

    def __init__(self, seed: int, seconds: float = 40.0):
        rng = np.random.default_rng(seed)
        ends = np.cumsum(rng.uniform(0.12, 0.4, int(seconds / 0.12)))
        self._times = np.repeat(ends, 2) + np.tile([-0.06, 0.0], len(ends))
        self._open = np.ravel(np.column_stack([rng.uniform(0.05, 0.14, len(ends)), rng.uniform(0.01, 0.03, len(ends))]))

    def opening(self, time_s: float) -> float:
        """Of the mouth."""
        return float(np.interp(time_s, self._times, self._open))

    def level(self, time_s: float) -> float:
        """Of the sound that this mouth makes, in dB."""
        return LOUD_DB + 150 * (self.opening(time_s - LIPS_LEAD_S) - 0.14)


def told(finder: SpeakerFinder, mouths: dict, voice, from_s: float, until_s: float) -> list:
    """What the finder says every half second. mouths: track -> opening at a time, or None while it is not in view.

    voice: level in dB at a time, or None while nobody is heard.
    """
    out, looked = [], from_s
    for k in range(round(from_s / HOP_SECONDS), round(until_s / HOP_SECONDS)):
        end_s = (k + 1) * HOP_SECONDS
        while looked <= end_s:
            there = {track: opening(looked) for track, opening in mouths.items() if opening(looked) is not None}
            finder.see(there if len(there) > 1 else {}, looked)
            looked += LOOK_S
        steps = [k * HOP_SECONDS + (i + 0.5) * HOP_SECONDS / STEPS_PER_HOP for i in range(STEPS_PER_HOP)]
        levels = [voice(t) for t in steps]
        loudness = np.array([[QUIET_DB, 0.0] if v is None else [v, 1.0] for v in levels])
        finder.hear(loudness, end_s, HOP_SECONDS)
        out.append(finder.name(end_s))
    return out
