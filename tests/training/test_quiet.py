"""TensorFlow's own messages stay off the terminal."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from emotion.training.quiet import without_messages
from tests.support import ROOT


def test_what_is_written_inside_is_not_shown(capfd):
    print("before")
    with without_messages():
        os.write(2, b"I0000 from C++\n")
        os.write(1, b"also here\n")
    print("after")
    os.write(2, b"an error\n")
    assert capfd.readouterr() == ("before\nafter\n", "an error\n")


def test_an_error_brings_back_what_was_held_back(capfd):
    with pytest.raises(ImportError, match="no such library"):
        with without_messages():
            os.write(2, b"libcuda.so is broken\n")
            raise ImportError("no such library")
    os.write(2, b"goes on\n")
    assert capfd.readouterr() == ("", "libcuda.so is broken\ngoes on\n")


@pytest.mark.slow
def test_keras_is_imported_and_started_without_a_word():
    pytest.importorskip("keras")
    code = "from emotion.training.quiet import import_keras; import_keras(); import keras; keras.ops.zeros(3); print(1)"
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0 and done.stdout == "1\n" and done.stderr == ""
