"""Files that people reported, where they are at hand: shared/cases beside the checkout."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from emotion.timeline.analysis import Analysis, analyze
from emotion.timeline.rows import AnalysisError
from tests.support import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cases() -> Path:
    folder = ROOT.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip(f"the reported files are not at {folder}")
    return folder


def seen(found: Analysis) -> tuple:
    """(rows, rows with a face, the face's word, the voice's word)."""
    face, voice = found.summary["face"]["label"], found.summary["voice"]["label"]
    return len(found.timeline), int(found.timeline.face_label.notna().sum()), face, voice


@pytest.mark.parametrize(
    "name, expected, note",
    [
        ("unknown_video_codec.mp4", (8, 0, None, "neutral"), "picture track 1 (brxq) cannot be decoded"),
        ("apac_only.mp4", (8, 8, "happy", None), "sound track 1 (apac) cannot be decoded"),
        ("default_track_second.mkv", (8, 8, "happy", "neutral"), "sound track 2 of 2"),
        ("matrix_hflip.mp4", (4, 4, "happy", None), ""),
        ("sar_480x576_16to9.mp4", (4, 4, "happy", None), ""),
        ("joined_clock_restarts.ts", (16, 16, "happy", "neutral"), "went back by 4.0 s at 4.0 s"),
        ("joined_clock_jumps_2h.ts", (16, 16, "happy", "neutral"), "jumped by 2 h at 4.0 s"),
        ("one_picture_dated_60s_late.mkv", (8, 8, "happy", "neutral"), "1 picture with a wrong time stamp"),
        ("raw.h264", (8, 8, "happy", None), ""),
        ("vlc_empty_last_page.ogg", (16, 0, None, "neutral"), ""),
        ("empty_sound_sample.mp4", (8, 8, "happy", "neutral"), "1 packet of the sound could not be read"),
        ("one_picture_a_second.mp4", (12, 12, "happy", "neutral"), ""),
    ],
)
def test_a_reported_file_is_judged(cases, name, expected, note):
    found = analyze(cases / name, face_model="fast")
    assert seen(found) == expected
    assert note in " ".join(found.summary["notes"]) and len(found.summary["notes"]) == bool(note)


def test_a_recording_that_was_broken_off(cases):
    with pytest.raises(AnalysisError, match="not finished.*untrunc"):
        analyze(cases / "interrupted_recording.mp4", face_model="fast")


@pytest.mark.parametrize("name, shape", [("matrix_hflip.mp4", None), ("sar_480x576_16to9.mp4", (576, 1024))])
def test_the_annotated_copy_is_as_a_browser_shows_the_film(tmp_path, cases, name, shape):
    analyze(cases / name, face_model="fast", annotated=tmp_path / "copy.mp4")
    with av.open(str(tmp_path / "copy.mp4")) as copy:
        image = next(copy.decode(video=0)).to_ndarray(format="rgb24")
        assert copy.streams.video[0].sample_aspect_ratio in (None, 1)
    if shape:
        assert image.shape[:2] == shape
    else:
        with av.open(str(cases / name)) as film:
            stored = next(film.decode(video=0)).to_ndarray(format="rgb24")
        top = slice(0, image.shape[0] // 8)  # above the face, where nothing is drawn
        far = lambda other: np.abs(image[top].astype(int) - other[top].astype(int)).mean()  # noqa: E731
        assert far(stored[:, ::-1]) < far(stored) / 2
