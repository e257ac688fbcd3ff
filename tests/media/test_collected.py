"""Every file that people reported, where they are at hand (shared/cases beside the checkout), and what is right.

Through the library, the command line on the whole folder, and the page.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import pytest

from emotion.timeline.analysis import Analysis, analyze
from emotion.timeline.pictures import NOT_WHOLE, WHOLLY_TRANSPARENT
from emotion.timeline.rows import AnalysisError
from tests.support import ROOT, finished_job, run
from ui.analysis_job import AnalysisJob
from ui.text import as_text

pytestmark = pytest.mark.slow  # the real models

FOLDER = ROOT.parent / "shared" / "cases"
OPTIONS = {"mode": "hybrid", "face_model": "fast", "max_faces": 4}
MAX_S = 300.0  # only so that a clock of hours fails instead of going on


@dataclass(frozen=True)
class Right:
    """What is right about one file."""

    kind: str  # image, audio, video
    rows: int
    face: str | None = None  # the word, None where no face is to be judged
    voice: str | None = None
    face_rows: int | None = None  # rows with a judged face; None: all of them, where there is a word
    note: str = ""  # of the one line that is said; "": nothing is said
    shape: tuple[int, int] | None = None  # (H, W) of the annotated copy
    reasons: dict[str, str] = field(default_factory=dict)  # of the first row


RIGHT = {
    "animated_face_from_second_frame.webp": Right("video", 4, "happy", face_rows=2),
    "apac_only.mp4": Right("video", 8, "happy", note="the sound track 1 (apac) cannot be decoded"),
    "default_track_second.mkv": Right("video", 8, "happy", "neutral", note="sound track 2 of 2 (aac, default)"),
    "empty_sound_sample.mp4": Right("video", 8, "happy", "neutral", note="1 packet of the sound could not be read"),
    "exif2.jfif": Right("image", 1, "happy"),
    "faint_minus50dB_24bit.flac": Right("audio", 8, None, "neutral"),
    "grey_12bit_in_16.png": Right("image", 1, "happy"),
    "group_of_20.jpg": Right("image", 1, "happy"),
    "iphone_grid.heic": Right("image", 1, "happy"),
    "joined_clock_jumps_2h.ts": Right("video", 16, "happy", "neutral", note="the clock jumped by 2 h at 4.0 s"),
    "joined_clock_restarts.ts": Right("video", 16, "happy", "neutral", note="the clock went back by 4.0 s at 4.0 s"),
    "jpeg_without_end_marker.jpg": Right("image", 1, "happy", note=NOT_WHOLE),
    "matrix_hflip.mp4": Right("video", 4, "happy"),
    "one_picture_a_second.mp4": Right("video", 12, "happy", "neutral"),
    "one_picture_dated_60s_late.mkv": Right("video", 8, "happy", "neutral", note="1 picture with a wrong time stamp"),
    "phase_opposite.wav": Right("audio", 8, None, "neutral"),
    "raw.h264": Right("video", 8, "happy"),
    "sar_480x576_16to9.mp4": Right("video", 4, "happy", shape=(576, 1024)),
    "two_people.mp4": Right("video", 16, "angry"),
    "unknown_video_codec.mp4": Right(
        "audio", 8, None, "neutral", note="the picture track 1 (brxq) cannot be decoded; the sound is judged"
    ),
    "vlc_empty_last_page.ogg": Right("audio", 16, None, "neutral"),
    "wholly_transparent.png": Right("image", 1, reasons={"face_reason": WHOLLY_TRANSPARENT}),
}
REFUSED = {"interrupted_recording.mp4": ("was not finished", "untrunc")}


@pytest.fixture(scope="module")
def cases() -> Path:
    if not FOLDER.is_dir():
        pytest.skip(f"the reported files are not at {FOLDER}")
    return FOLDER


def check(found: Analysis, right: Right) -> None:
    """Compare an analysis with what is right."""
    words = (found.summary["face"]["label"], found.summary["voice"]["label"])
    assert (found.kind, len(found.timeline), *words) == (right.kind, right.rows, right.face, right.voice)
    every = right.rows if right.face else 0
    assert found.timeline.face_label.notna().sum() == (every if right.face_rows is None else right.face_rows)
    check_notes(found.summary["notes"], right)
    assert {column: found.timeline[column][0] for column in right.reasons} == right.reasons


def check_notes(notes: list[str], right: Right) -> None:
    assert len(notes) == bool(right.note) and right.note in " ".join(notes)


def test_every_file_is_in_the_table(cases):
    assert {p.name for p in cases.iterdir()} - {"README.md"} == {*RIGHT, *REFUSED}


@pytest.mark.parametrize("name", RIGHT)
def test_the_library(cases, name):
    check(analyze(cases / name, face_model="fast"), RIGHT[name])


@pytest.mark.parametrize("name", REFUSED)
def test_the_library_refuses(cases, name):
    with pytest.raises(AnalysisError) as error:
        analyze(cases / name, face_model="fast")
    assert all(words in str(error.value) for words in REFUSED[name])


def test_the_command_line_on_the_folder(cases):
    """One line for each file, and the folder goes on behind the one that cannot be read."""
    command = [sys.executable, "-m", "emotion", "analyze", str(cases), "--model", "fast"]
    done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 3 and "Traceback" not in done.stderr
    found = {Path(line["path"]).name: line for line in map(json.loads, done.stdout.splitlines())}
    assert len(done.stdout.splitlines()) == len(RIGHT) and set(found) == set(RIGHT)
    for name, right in RIGHT.items():
        summary = found[name]["summary"]
        assert (found[name]["kind"], summary["face"]["label"], summary["voice"]["label"]) == (
            right.kind,
            right.face,
            right.voice,
        ), name
        check_notes(summary["notes"], right)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == len(REFUSED) and all(str(cases / name) in line for name, line in zip(REFUSED, errors))
    assert "passed over: 1 text (README.md)" in done.stderr


def test_the_command_line_writes_a_line_for_each_file(tmp_path, cases):
    for name in ("unknown_video_codec.mp4", "wholly_transparent.png", "interrupted_recording.mp4"):
        (tmp_path / name).write_bytes((cases / name).read_bytes())
    command = [sys.executable, "-m", "emotion", "analyze", str(tmp_path), "--model", "fast"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 3 and "Traceback" not in done.stderr
    first, second = done.stdout.splitlines()
    assert "unknown_video_codec.mp4 (audio)" in first and "(brxq) cannot be decoded" in first
    assert "wholly_transparent.png (image)" in second and WHOLLY_TRANSPARENT in second


@pytest.mark.parametrize("name", RIGHT)
def test_the_page(cases, name):
    """An upload, what it comes to, and the line about it on the page."""
    job = finished_job(AnalysisJob(name, data=(cases / name).read_bytes(), **OPTIONS), seconds=MAX_S)
    with contextlib.closing(_Deleted(job)):
        assert not job.error
        check(job.result, RIGHT[name])
        app = run("pages/analyse.py", consent=True, analysis=job)
        assert not app.exception and not app.error and app.subheader[0].value == as_text(name)
        written = " ".join(e.value for e in [*app.caption, *app.markdown, *app.info, *app.warning])
        assert as_text(RIGHT[name].note) in written


@pytest.mark.parametrize("name", REFUSED)
def test_the_page_refuses(cases, name):
    job = finished_job(AnalysisJob(name, data=(cases / name).read_bytes(), **OPTIONS), seconds=MAX_S)
    app = run("pages/analyse.py", consent=True, analysis=job)
    assert not app.exception and all(words in app.error[0].value for words in REFUSED[name])


@dataclass(frozen=True)
class _Deleted:
    job: AnalysisJob

    def close(self) -> None:
        self.job.delete()


def test_a_group_of_twenty(cases):
    found = analyze(cases / "group_of_20.jpg", face_model="fast", max_faces=40)
    assert found.timeline.faces[0] == 20 and len(found.faces) == len(found.summary["people"]) == 20


def test_two_people_have_rows_of_their_own_and_the_main_one_stays(cases):
    found = analyze(cases / "two_people.mp4", face_model="fast")
    assert [(p["track"], p["seconds"], p["main_seconds"]) for p in found.summary["people"]] == [(1, 8, 8), (2, 8, 0)]
    labels = found.faces.groupby("track").face_label.unique()
    assert [len(words) for words in labels] == [1, 1], "no row mixes the two"


@pytest.mark.parametrize("name", ["matrix_hflip.mp4", "sar_480x576_16to9.mp4"])
def test_the_annotated_copy_is_as_a_browser_shows_the_film(tmp_path, cases, name):
    analyze(cases / name, face_model="fast", annotated=tmp_path / "copy.mp4")
    with av.open(str(tmp_path / "copy.mp4")) as copy:
        image = next(copy.decode(video=0)).to_ndarray(format="rgb24")
        assert copy.streams.video[0].sample_aspect_ratio in (None, 1)
    if RIGHT[name].shape:
        assert image.shape[:2] == RIGHT[name].shape
        return
    with av.open(str(cases / name)) as film:
        stored = next(film.decode(video=0)).to_ndarray(format="rgb24")
    top = slice(0, image.shape[0] // 8)  # above the face, where nothing is drawn
    far = lambda other: np.abs(image[top].astype(int) - other[top].astype(int)).mean()  # noqa: E731
    assert far(stored[:, ::-1]) < far(stored) / 2
