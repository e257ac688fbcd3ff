"""How far the work on a file is, and whether it shall end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from emotion.timeline.rows import AnalysisCancelled

REPORT_SECONDS = 0.25  # at most one report in this time


class FileProgress:
    """Reports the share that is done a few times a second, and ends the work when asked to.

    report(share 0…1, remaining seconds or None); cancelled(): True ends the work; clock: seconds that only grow.
    """

    def __init__(
        self,
        path: Path,
        report: Callable[[float, float | None], None] = lambda share, remaining_s: None,
        cancelled: Callable[[], bool] = lambda: False,
        *,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._path, self._report, self._cancelled, self._clock = path, report, cancelled, clock
        self._begun_s, self._reported_s = clock(), -math.inf

    def reached(self, time_s: float, duration_s: float | None) -> None:
        """The file has been read up to time_s; duration_s: its length, None while unknown. Raises AnalysisCancelled."""
        if self._cancelled():
            raise AnalysisCancelled(f"{self._path.name}: cancelled after {time_s:.0f} s of it; nothing was kept")
        now_s = self._clock()
        if duration_s and now_s - self._reported_s >= REPORT_SECONDS:
            self._reported_s = now_s
            share = min(1.0, max(0.0, time_s / duration_s))
            elapsed_s = now_s - self._begun_s
            self._report(share, elapsed_s / share - elapsed_s if share > 0.01 and elapsed_s > 1 else None)
