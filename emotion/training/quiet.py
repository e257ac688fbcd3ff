"""Keeps what TensorFlow writes on its own off the terminal: its start-up messages and those of its converter.

They come from C++ code, some of them before any setting is read, so Python's logging cannot hold them back.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_messages() -> Iterator[None]:
    """Nothing that is written to standard output or standard error in this block is shown.

    If the block raises an error, everything held back goes to standard error first.
    """
    with tempfile.TemporaryFile() as held_back:
        kept = [os.dup(stream) for stream in (1, 2)]
        _flush()
        for stream in (1, 2):
            os.dup2(held_back.fileno(), stream)
        failed = True
        try:
            yield
            failed = False
        finally:
            _flush()
            for stream, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, stream)
                os.close(copy)
            if failed:
                held_back.seek(0)
                with os.fdopen(os.dup(2), "wb") as errors:
                    errors.write(held_back.read())


def import_keras() -> None:
    """Import Keras with its backend and start it, without their messages. To be called before anything imports Keras.

    TF_CPP_MIN_LOG_LEVEL becomes 2 (errors only) unless it is set. Raises ImportError where Keras is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with without_messages():
        import keras

        keras.ops.zeros(1)  # TensorFlow looks for a GPU when it computes for the first time, and says so


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
