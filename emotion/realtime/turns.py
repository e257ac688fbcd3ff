"""Turns of the models among all streams of this machine: who has waited longest runs next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from emotion.processors import processors


class Turns:
    """A lock for `places` threads at once that serves in the order of asking.

    Each stream has one thread per modality, and a thread that was served asks again behind all others. So the streams
    are judged in turn, and where the machine cannot keep up all of them are judged less often, by the same amount. A
    plain lock would often serve the same thread again.
    """

    def __init__(self, places: int):
        self._free = places
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place; it is given up at the end of the block, whatever happens in it."""
        with self._lock:
            mine = threading.Event() if self._waiting or not self._free else None
            if mine is None:
                self._free -= 1
            else:
                self._waiting.append(mine)
        if mine is not None:
            mine.wait()
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()  # the place goes on to whoever waited longest
            else:
                self._free += 1


# one processor is left to the video
MODELS = Turns(places=max(1, processors() - 1))
