"""Whether a machine keeps up with a face model: how often pictures are judged."""

from __future__ import annotations

from collections import deque

LEAST_PER_S = 2.0  # looks; with fewer the larger model gives way
OVER_S = 6.0  # the rate is that of the last so many seconds


class Pace:
    """Times of looks in, "too slow" out. Times in seconds of any clock that does not jump."""

    def __init__(self) -> None:
        self._looks: deque[float] = deque()
        self._begun_s: float | None = None

    def too_slow(self, now_s: float) -> bool:
        """Note a look. True where a whole OVER_S has had fewer than LEAST_PER_S looks a second.

        A pause of OVER_S without any look (no picture came) begins a new count.
        """
        if self._begun_s is None or now_s - self._looks[-1] >= OVER_S:
            self._looks.clear()
            self._begun_s = now_s
        self._looks.append(now_s)
        while now_s - self._looks[0] > OVER_S:
            self._looks.popleft()
        return now_s - self._begun_s >= OVER_S and len(self._looks) < LEAST_PER_S * OVER_S
