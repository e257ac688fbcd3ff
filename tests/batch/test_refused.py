"""Places, values and machines with which a run does not start, or ends with a message."""

from __future__ import annotations

import multiprocessing
import shutil
import subprocess
import sys

import pytest

from emotion.batch import BatchError, Progress, analyze_files, default_workers, find_media
from tests.support import LONG_S, ROOT
from tests.support_batch import command


@pytest.mark.parametrize(
    "name, words",
    [
        ("r.xlsx", "written as .parquet or .csv"),
        ("nowhere/r.csv", "is not a folder"),
        ("three/0.wav/r.csv", "is not a folder"),
        ("folder.csv", "is a folder"),
        ("mine.csv", "not from an earlier run"),
    ],
)
def test_an_unusable_place_is_refused_before_work_starts(three, tmp_path, name, words):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BatchError, match=words):
        analyze_files(
            find_media([three])[0], out=tmp_path / name, face_model="fast", report=lambda p, e: pytest.fail("it began")
        )
    assert (tmp_path / "mine.csv").read_text() == "a,b\n1,2\n"


@pytest.mark.slow
def test_a_disk_without_room_is_found_before_work_starts(three, tmp_path):
    resource = pytest.importorskip("resource")
    done = command(
        three,
        "--out",
        tmp_path / "r.parquet",
        "--workers",
        "1",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert (
        done.returncode == 1
        and "cannot be written" in done.stderr
        and "0/3" not in done.stderr
        and "Traceback" not in done.stderr
    )


@pytest.mark.slow
def test_a_place_that_goes_away_stops_the_run_with_a_message(three, tmp_path):
    def take_away(progress: Progress, error: str | None) -> None:
        shutil.rmtree(tmp_path / "r.parquet.parts", ignore_errors=True)

    with pytest.raises(BatchError, match="cannot be written .*run again"):
        analyze_files(
            find_media([three])[0], out=tmp_path / "r.parquet", face_model="fast", workers=2, report=take_away
        )
    assert not multiprocessing.active_children()


def test_values_that_make_no_sense(three, tmp_path):
    media, out = find_media([three])[0], tmp_path / "r.csv"
    for wrong, words in (({"engine": "spark"}, "engine"), ({"workers": 0}, "worker"), ({"mode": "both"}, "mode")):
        with pytest.raises(ValueError, match=words):
            analyze_files(media, out=out, **wrong)
    with pytest.raises(BatchError, match="no image, audio or video"):
        analyze_files([], out=out)
    assert 1 <= default_workers() <= 8


@pytest.mark.slow
def test_dask_where_it_is_not_installed(three, tmp_path):
    code = (
        "import sys; sys.modules['distributed'] = None; from emotion.cli import main; "  # makes the import fail
        f"sys.exit(main(['analyze', {str(three)!r}, '--out', {str(tmp_path / 'r.csv')!r}, '--engine', 'dask']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=LONG_S)
    assert done.returncode == 1 and 'pip install "dask[distributed]"' in done.stderr and "Traceback" not in done.stderr
