"""One thread that works on the newest item only; an error is kept for the reader, an idle thread ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

log = logging.getLogger(__name__)
_NOTHING = object()


class Worker:
    """Runs `work(item)` on its own named daemon thread.

    The thread starts with the first item and ends when stopped, or after idle_seconds without an item: so no stream
    leaves a thread behind, however it ended. An exception in `work` is logged and kept in `error`; the thread goes on.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Any], None],
        *,
        idle_seconds: float = 5.0,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ):
        """turn: what the work is done in; entered before the item is taken, so that it is the newest one by then."""
        self.name, self.idle_seconds, self._turn = name, idle_seconds, turn
        self.error: BaseException | None = None
        self.done = self.replaced = 0  # items worked on; items that a newer one replaced before
        self._work = work
        self._ready = threading.Condition()
        self._item: Any = _NOTHING
        self._thread: threading.Thread | None = None
        self._stopping = False

    def put(self, item: Any) -> None:
        """Hand over the newest item. Returns at once."""
        with self._ready:
            if self._item is not _NOTHING:
                self.replaced += 1
            self._item = item
            self._stopping = False
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
                self._thread.start()
            self._ready.notify()

    def stop(self) -> None:
        """Ask the thread to end after its present item. Returns at once, so it may be called on an event loop."""
        with self._ready:
            self._stopping = True
            self._item = _NOTHING
            self._ready.notify()

    def join(self, timeout_seconds: float = 5.0) -> bool:
        """Wait for the thread to end; False when it did not in time."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_seconds)
        return not self.alive

    @property
    def alive(self) -> bool:
        """Whether the thread is running."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._ready:
                if self._item is _NOTHING and not self._stopping:
                    self._ready.wait(self.idle_seconds)
                if self._item is _NOTHING:  # stopped, or idle for too long
                    self._thread = None
                    return
            with self._turn():
                with self._ready:
                    item, self._item = self._item, _NOTHING
                if item is not _NOTHING:  # else it was stopped while it waited
                    self._do(item)

    def _do(self, item: Any) -> None:
        try:
            self._work(item)
            self.error = None
        except Exception as e:  # the stream must go on; the reader shows the error
            if repr(e) != repr(self.error):  # one that lasts is logged once, not many times a second
                log.exception("%s failed", self.name)
            self.error = e
        self.done += 1
