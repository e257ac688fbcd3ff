"""Shows how far an epoch is: one line that is rewritten on a terminal, a plain line now and then in a log."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

import keras

TERMINAL_SECONDS, LOG_SECONDS = 0.2, 30.0  # at least this long between two lines


def progress_line(
    *, epoch: int, batch: int, batches: int, loss: float, examples_per_second: float, minutes_left: float
) -> str:
    """The line in words. epoch and batch count from 1; minutes_left: of the run's budget."""
    return (
        f"epoch {epoch:3d}  batch {batch} of {batches} ({batch / batches:.0%})  loss {loss:.3f}  "
        f"{examples_per_second:.0f} examples/s  {minutes_left:.1f} min left"
    )


class ShowProgress(keras.callbacks.Callback):
    """Writes progress_line while an epoch runs."""

    def __init__(
        self,
        *,
        batches: int,
        batch_size: int,
        seconds_left: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
        out: TextIO | None = None,
    ):
        super().__init__()
        self.epoch = 0  # set by the training loop, which calls Keras once for each epoch
        self._batches, self._batch_size, self._seconds_left = batches, batch_size, seconds_left
        self._clock, self._out = clock, out or sys.stdout
        self._rewrites = self._out.isatty()
        self._every = TERMINAL_SECONDS if self._rewrites else LOG_SECONDS
        self._begun = self._last = 0.0
        self._width = 0  # of the line that is on the terminal

    def on_epoch_begin(self, epoch, logs=None):
        self._begun = self._last = self._clock()

    def on_train_batch_end(self, batch, logs=None):
        now = self._clock()
        if now - self._last < self._every:
            return
        self._last = now
        self._show(
            progress_line(
                epoch=self.epoch + 1,
                batch=batch + 1,
                batches=self._batches,
                loss=float((logs or {}).get("loss", float("nan"))),
                examples_per_second=(batch + 1) * self._batch_size / (now - self._begun),
                minutes_left=max(0.0, self._seconds_left()) / 60,
            )
        )

    def on_epoch_end(self, epoch, logs=None):
        if self._width:  # the line of the whole epoch takes its place
            self._out.write("\r" + " " * self._width + "\r")
            self._width = 0

    def _show(self, line: str) -> None:
        if not self._rewrites:
            print(line, file=self._out, flush=True)
            return
        line = line[: shutil.get_terminal_size().columns - 1]  # a line that wraps could not be rewritten
        self._out.write("\r" + line.ljust(self._width))
        self._out.flush()
        self._width = len(line)
