"""A ring buffer of sound between the callback that brings it and the worker that judges it."""

from __future__ import annotations

import threading

import numpy as np


class SoundRing:
    """Keeps at most `capacity` samples; the oldest are dropped and counted when the reader is too slow."""

    def __init__(self, capacity: int):
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1 sample, got {capacity}")
        self._data = np.zeros(capacity, np.float32)
        self._written = self._read = self.dropped = 0
        self._lock = threading.Lock()

    def append(self, samples: np.ndarray) -> None:
        """float32 (T,): newest last."""
        with self._lock:
            capacity = len(self._data)
            kept = samples[-capacity:]
            start = (self._written + len(samples) - len(kept)) % capacity
            first = min(len(kept), capacity - start)
            self._data[start : start + first] = kept[:first]
            self._data[: len(kept) - first] = kept[first:]
            self._written += len(samples)
            lost = self._written - self._read - capacity
            if lost > 0:
                self.dropped += lost
                self._read += lost

    def take(self) -> np.ndarray:
        """Everything not read yet, oldest first: float32 (T,), T may be 0."""
        with self._lock:
            at = np.arange(self._read, self._written) % len(self._data)
            self._read = self._written
            return self._data[at]
