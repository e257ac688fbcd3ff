"""Used by several tests of folders: a folder's rows in this process, the command in another one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd

from emotion.batch import Progress, analyze_files, find_media
from tests.support import LONG_S, ROOT

RATE = 16_000
GOOD = ["a../rede.wav", "b/clip.MP4", "b/größe ☺.wav", "picture.png"]
BAD = ["bad.mp4", "empty.wav"]


def command(*arguments, **kwargs) -> subprocess.CompletedProcess:
    """`python -m emotion analyze …` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "emotion", "analyze", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=2 * LONG_S,
        **kwargs,
    )


def run(folder: Path, out: Path, **kwargs) -> tuple[pd.DataFrame, pd.DataFrame, Progress]:
    """(timelines, files, how it ended) of a folder, with the fast face model."""
    seen = []
    files = analyze_files(
        find_media([folder])[0], out=out, face_model="fast", report=lambda p, e: seen.append(p), **kwargs
    )
    return pd.read_parquet(out), files, seen[-1]


def assert_same(a: pd.DataFrame, b: pd.DataFrame) -> None:
    """Equal to the last digit."""
    pd.testing.assert_frame_equal(a, b, check_exact=True)
