"""Small folders of files, and their rows."""

from __future__ import annotations

from pathlib import Path

import cv2
import pandas as pd
import pytest

from tests.support import write_video, write_wav
from tests.support_batch import GOOD, RATE, run


@pytest.fixture(scope="session")
def clips(tmp_path_factory, speech, astronaut) -> Path:
    """Two sounds, a film, a picture, two bad files, in folders with difficult names. Not to be changed."""
    folder = tmp_path_factory.mktemp("clips")
    for name in ("a..", "b"):
        (folder / name).mkdir()
    write_wav(folder / GOOD[0], speech[16_000:40_000], RATE)
    write_video(folder / "film.mp4", [astronaut[::2, ::2]] * 20, speech[20_000:36_000]).rename(folder / GOOD[1])
    write_wav(folder / GOOD[2], speech[20_000:36_000], RATE)
    cv2.imwrite(str(folder / GOOD[3]), astronaut[..., ::-1])
    (folder / "bad.mp4").write_bytes(b"junk" * 100)
    (folder / "empty.wav").touch()
    return folder


@pytest.fixture(scope="session")
def alone(clips, tmp_path_factory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(timelines, files) of `clips`, made in this process."""
    rows, files, _ = run(clips, tmp_path_factory.mktemp("alone") / "results.parquet", workers=1)
    return rows, files


@pytest.fixture
def three(tmp_path, speech) -> Path:
    """Three short sounds in a folder a test may change."""
    (tmp_path / "three").mkdir()
    for i in range(3):
        write_wav(tmp_path / f"three/{i}.wav", speech[16_000 + 2_000 * i : 32_000], RATE)
    return tmp_path / "three"
