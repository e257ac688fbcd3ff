"""Whether a machine keeps up with a face model: how many of the pictures that come are judged."""

from __future__ import annotations

from collections import deque

LEAST_PER_S = 2.0  # looks; with fewer the larger model gives way
OVER_S = 6.0  # the rate is that of the last so many seconds


class PictureClock:
    """Seconds that pass only while pictures come: one picture is worth 1 / LEAST_PER_S at most.

    So a tab in the background or a slow camera is not taken for a slow machine: who judges every picture that comes has
    LEAST_PER_S looks a second of this clock, however few pictures there are.
    """

    def __init__(self) -> None:
        self._before_s: float | None = None
        self._now_s = 0.0

    def tick(self, time_s: float) -> float:
        """A picture is offered at this time, of any clock that does not jump. Returns what this clock says."""
        if self._before_s is not None:
            self._now_s += min(time_s - self._before_s, 1 / LEAST_PER_S)
        self._before_s = time_s
        return self._now_s


class Pace:
    """Times of looks in, "too slow" out. Times in seconds of a PictureClock."""

    def __init__(self) -> None:
        self._looks: deque[float] = deque()
        self._begun_s: float | None = None

    def too_slow(self, now_s: float) -> bool:
        """Note a look. True where a whole OVER_S has had fewer than LEAST_PER_S looks a second."""
        if self._begun_s is None:
            self._begun_s = now_s
        self._looks.append(now_s)
        while now_s - self._looks[0] > OVER_S:
            self._looks.popleft()
        return now_s - self._begun_s >= OVER_S and len(self._looks) < LEAST_PER_S * OVER_S
