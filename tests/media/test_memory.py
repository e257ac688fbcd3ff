"""How much memory a file takes at most, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support import FILM_RATE, ROOT, write_film

pytestmark = pytest.mark.slow  # each loads all models

MOST_MB = 550  # measured: at most 450 (docs/experiments.md); allocators differ
PROGRAM = """
import sys
from emotion.timeline.analysis import analyze
from tests.support_memory import largest_mb
analyze(sys.argv[1], face_model="fast")
print(largest_mb())
"""


def peak_mb(path: Path) -> float:
    """Largest resident memory of a process that analyses one file; getrusage would count the parent's too."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return float(done.stdout.splitlines()[-1])


@pytest.mark.skipif(sys.platform != "linux", reason="the figure is read from /proc")
@pytest.mark.parametrize("name", ["group_of_20.jpg", "joined_clock_jumps_2h.ts", "iphone_grid.heic"])
def test_a_reported_file(name):
    path = ROOT.parent / "shared" / "cases" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    assert peak_mb(path) < MOST_MB


@pytest.mark.skipif(sys.platform != "linux", reason="the figure is read from /proc")
def test_a_film_of_720_lines(tmp_path, astronaut):
    picture = np.zeros((720, 1280, 3), np.uint8)
    picture[100:612, 300:812] = astronaut
    sound = np.random.default_rng(0).normal(0, 0.1, FILM_RATE * 8).astype(np.float32)
    assert peak_mb(write_film(tmp_path / "film.mp4", [picture] * 200, sound=sound)) < MOST_MB
