"""Folders: which files, the same rows from every engine, and what survives bad files, killed processes and full disks."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import psutil  # of distributed
import pytest

from emotion.batch import (
    BatchError,
    Progress,
    analyze_files,
    current_settings,
    default_workers,
    files_path,
    find_media,
    progress_line,
    summary_text,
)
from emotion.timeline.analysis import analyze
from tests.support import ROOT, write_video, write_wav

RATE = 16_000
GOOD = ["a../rede.wav", "b/clip.MP4", "b/größe ☺.wav", "picture.png"]
BAD = ["bad.mp4", "empty.wav"]


def command(*arguments, **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "emotion", "analyze", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
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
    pd.testing.assert_frame_equal(a, b, check_exact=True)


@pytest.fixture(scope="module")
def clips(tmp_path_factory, speech, astronaut) -> Path:
    """Two sounds, a film, a picture, two bad files, in folders with difficult names."""
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


@pytest.fixture(scope="module")
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


# --- which files ---


def test_folders_are_searched_sorted_without_hidden_files_and_links(tmp_path):
    for name in ("b/2.WAV", "a.jpg", "b/c/1.mkv", ".hidden.wav", ".cache/x.wav", "notes.txt", "results.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b/loop").symlink_to(tmp_path)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "a.jpg")
    (tmp_path / "broken.wav").symlink_to(tmp_path / "nothing")
    media, problems = find_media([tmp_path])
    assert [m.name for m in media] == ["a.jpg", "b/2.WAV", "b/c/1.mkv"] and problems == []
    assert all(m.path == tmp_path / m.name for m in media)


def test_several_arguments_share_their_deepest_folder_and_no_file_counts_twice(tmp_path, monkeypatch):
    for name in ("x/1.wav", "y/1.wav", "y/odd.dat"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path / "x")
    media, _ = find_media([".", "../y", "../y/odd.dat", tmp_path / "y/1.wav"])
    assert [m.name for m in media] == ["x/1.wav", "y/1.wav", "y/odd.dat"]
    with pytest.raises(BatchError, match="z does not exist"):
        find_media([".", "z"])


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep file names as Unicode")
def test_a_name_that_is_not_utf8_can_be_written(tmp_path, speech):
    (tmp_path / "clips").mkdir()
    path = os.fsencode(tmp_path / "clips") + b"/a\xff.wav"
    os.rename(write_wav(tmp_path / "x.wav", speech[16_000:28_000], RATE), path)
    Path(os.fsdecode(os.fsencode(tmp_path / "clips") + b"/bad\xe9.wav")).touch()
    rows, files, _ = run(tmp_path / "clips", tmp_path / "r.parquet", workers=1)
    assert set(rows.path) == {r"a\xff.wav"} and files.set_index("path").error.isna().to_dict() == {
        r"a\xff.wav": True,
        r"bad\xe9.wav": False,
    }
    said = command(tmp_path / "clips", env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"})
    assert "ff.wav (audio)" in said.stdout and "e9.wav is empty" in said.stderr and "Traceback" not in said.stderr


# --- the tables ---


def test_rows_are_those_of_each_file_alone(clips, alone):
    rows, files = alone
    assert list(files.path) == sorted(GOOD + BAD) and list(rows.path.unique()) == GOOD and rows.columns[0] == "path"
    for name in GOOD:
        found = analyze(clips / name, face_model="fast")
        part = rows[rows.path == name].drop(columns="path").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, found.timeline, check_exact=True, check_dtype=False)
        row = files.set_index("path").loc[name]
        assert (row.kind, row.rows, row.tracks) == (found.kind, len(part), found.summary["tracks"])
        best = found.summary["together"]
        assert row.together_label == best["label"] and row[f"together_{best['label']}"] == best["confidence"]
    assert part.time_s.is_monotonic_increasing


def test_every_row_says_what_it_was_made_with(alone):
    settings = current_settings("hybrid", "fast")
    assert set(alone[1].face_model) == {"fast"} and set(alone[1].face_sha256) == {settings.face_sha256}
    assert current_settings().face_model in ("accurate", "fast")  # None: the better one, by its name
    assert len({current_settings(m, f).settings for m in ("simple", "hybrid") for f in ("accurate", "fast")}) == 4


def test_bad_files_keep_their_error_and_have_no_rows(alone):
    rows, files = alone
    errors = files.set_index("path").error
    assert list(errors[errors.notna()].index) == BAD and not set(BAD) & set(rows.path)
    assert (
        "empty" in errors["empty.wav"]
        and "cannot be decoded" in errors["bad.mp4"]
        and "\n" not in "".join(errors.dropna())
    )


@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_two_workers_give_exactly_what_one_does(clips, alone, tmp_path, engine):
    rows, files, progress = run(clips, tmp_path / "r.parquet", workers=2, engine=engine)
    assert_same(rows, alone[0])
    assert_same(files, alone[1])
    assert_same(pd.read_parquet(files_path(tmp_path / "r.parquet")), files)
    assert progress == Progress(total=6, reused=0, fresh=4, failed=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.files.parquet", "r.parquet"]


def test_a_cluster_by_its_address(clips, alone, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        rows, files, _ = run(clips, tmp_path / "r.parquet", engine="dask", scheduler=cluster.scheduler_address)
    assert_same(rows, alone[0])
    assert_same(files, alone[1])


def test_csv_holds_the_same(clips, alone, tmp_path):
    out = tmp_path / "r.csv"
    media = find_media([clips])[0]
    analyze_files(media, out=out, face_model="fast", workers=1)
    for path, wanted in ((out, alone[0]), (files_path(out), alone[1])):
        found = pd.read_csv(path, float_precision="round_trip")
        texts = list(wanted.select_dtypes("str"))
        numbers = [c for c in wanted if c not in texts]
        pd.testing.assert_frame_equal(found[numbers], wanted[numbers], check_exact=True, check_dtype=False)
        # what pandas reads from a CSV does not tell "" from nothing
        assert found[texts].fillna("").to_numpy().tolist() == wanted[texts].fillna("").to_numpy().tolist()
    before = out.read_bytes(), files_path(out).read_bytes()
    seen = []
    analyze_files(media, out=out, face_model="fast", workers=1, report=lambda p, e: seen.append(p))
    assert (
        seen[-1].reused == len(GOOD) and (out.read_bytes(), files_path(out).read_bytes()) == before
    )  # through CSV and back


def test_a_folder_of_bad_files_gives_an_empty_table(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/1.wav").touch()
    rows, files, _ = run(tmp_path / "bad", tmp_path / "r.parquet", workers=1)
    assert len(rows) == 0 and list(rows)[:2] == ["path", "time_s"] and len(files) == 1 and files.error.notna().all()


# --- going on ---


def test_only_what_is_new_or_changed_is_done_again(three, tmp_path, speech):
    out = tmp_path / "r.parquet"
    first, _, progress = run(three, out, workers=1)
    assert progress == Progress(total=3, reused=0, fresh=3)
    again, _, progress = run(three, out, workers=1)
    assert progress == Progress(total=3, reused=3)
    assert_same(again, first)

    write_wav(three / "1.wav", np.zeros(RATE, np.float32), RATE)
    write_wav(three / "new.wav", speech[16_000:32_000], RATE)
    (three / "2.wav").unlink()
    changed, files, progress = run(three, out, workers=1)
    assert progress == Progress(total=3, reused=1, fresh=2) and list(files.path) == ["0.wav", "1.wav", "new.wav"]
    assert changed[changed.path == "1.wav"].voice_label.isna().all() and "2.wav" not in set(changed.path)
    assert_same(changed, run(three, tmp_path / "fresh.parquet", workers=1)[0])


def test_another_mode_or_time_of_change_does_files_again(three, tmp_path):
    out = tmp_path / "r.parquet"
    run(three, out, workers=1)
    os.utime(three / "0.wav", ns=(0, 0))
    assert run(three, out, workers=1)[2] == Progress(total=3, reused=2, fresh=1)
    rows, files, progress = run(three, out, workers=1, mode="simple")
    assert progress == Progress(total=3, reused=0, fresh=3)
    assert set(files["mode"]) == {"simple"} and not [c for c in rows if c.startswith("together")]


def test_other_files_do_not_take_the_place_of_earlier_results(three, tmp_path, speech):
    run(three, tmp_path / "r.parquet", workers=1)
    (tmp_path / "other").mkdir()
    write_wav(tmp_path / "other/z.wav", speech[16_000:32_000], RATE)
    with pytest.raises(BatchError, match="3 other files.*0.wav"):
        run(tmp_path / "other", tmp_path / "r.parquet", workers=1)
    assert set(pd.read_parquet(tmp_path / "r.parquet")["path"]) == {"0.wav", "1.wav", "2.wav"}


def test_the_number_of_faces_is_the_callers(tmp_path, astronaut):
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures/six.png"), np.tile(astronaut, (2, 3, 1))[..., ::-1])
    for most in (2, 6):
        _, files, _ = run(tmp_path / "pictures", tmp_path / "r.parquet", workers=1, max_faces=most)
        assert list(files["faces_at_most"]) == [most] == list(files["max_faces"])


def test_what_failed_is_tried_again(tmp_path, speech):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips/1.wav").touch()
    out = tmp_path / "r.parquet"
    assert run(tmp_path / "clips", out, workers=1)[2].failed == 1
    assert run(tmp_path / "clips", out, workers=1)[2] == Progress(total=1, reused=0, failed=1)
    write_wav(tmp_path / "clips/1.wav", speech[16_000:32_000], RATE)
    assert run(tmp_path / "clips", out, workers=1)[1].error.isna().all()


def processes_of_group(group: int) -> list[int]:
    """Processes of a group that still run (a zombie has ended)."""

    def state(pid: int) -> str:
        try:
            return psutil.Process(pid).status() if os.getpgid(pid) == group else "other"
        except (psutil.NoSuchProcess, ProcessLookupError):
            return "gone"

    return [pid for pid in psutil.pids() if state(pid) not in ("other", "gone", psutil.STATUS_ZOMBIE)]


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
@pytest.mark.skipif(sys.platform == "win32", reason="no file locks there")
def test_two_runs_do_not_write_the_same_results(tmp_path, three):
    media, _ = find_media([three])
    out, refused = tmp_path / "r.parquet", []

    def second_run(progress, error):
        with pytest.raises(BatchError, match="another run is writing"):
            analyze_files(media, out=out, workers=1)
        refused.append(progress.done)

    assert len(analyze_files(media, out=out, workers=1, report=second_run)) == 3 and refused == [0, 1, 2, 3]
    assert len(analyze_files(media, out=out, workers=1)) == 3, "and afterwards it is free again"


def test_kill_9_loses_nothing_that_was_finished(tmp_path, speech):
    (tmp_path / "clips").mkdir()
    for i in range(24):
        write_wav(tmp_path / f"clips/{i:02d}.wav", speech[16_000 + 500 * i : 36_000], RATE)
    out, parts = tmp_path / "r.parquet", tmp_path / "r.parquet.parts"
    arguments = ["--out", str(out), "--workers", "2", "--model", "fast"]
    killed = subprocess.Popen(
        [sys.executable, "-m", "emotion", "analyze", str(tmp_path / "clips"), *arguments],
        cwd=ROOT,
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 90
    while len(list(parts.glob("*.part"))) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    kept = len(list(parts.glob("*.part")))
    assert 3 <= kept < 24 and not out.exists()
    while processes_of_group(killed.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not processes_of_group(killed.pid)  # no worker stays behind

    (parts / "torn.part").write_bytes(next(parts.glob("*.part")).read_bytes()[:200])  # as a power cut may leave one
    done = command(tmp_path / "clips", *arguments)
    assert done.returncode == 0, done.stderr
    assert f"{kept}/24 files" in done.stderr and f"{kept} done before; {24 - kept} in " in done.stdout
    assert not parts.exists()
    assert_same(pd.read_parquet(out), run(tmp_path / "clips", tmp_path / "whole.parquet", workers=1)[0])


def kill_workers() -> int:
    """kill -9 to every worker process of this one (multiprocessing's resource tracker is left alone); how many there were."""
    count = 0
    for process in psutil.Process().children():
        try:
            if any("spawn_main" in part for part in process.cmdline()):
                process.kill()
                count += 1
        except psutil.Error:
            pass  # gone by itself
    return count


@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_a_killed_worker_costs_no_file(clips, alone, tmp_path, engine):
    killed = []

    def kill_once(progress: Progress, error: str | None) -> None:
        if progress.done == 1 and not killed:
            killed.append(kill_workers())

    out = tmp_path / "r.parquet"
    files = analyze_files(
        find_media([clips])[0], out=out, face_model="fast", workers=2, engine=engine, report=kill_once
    )
    assert killed and killed[0] > 0
    assert_same(files, alone[1])
    assert_same(pd.read_parquet(out), alone[0])


def test_a_file_that_kills_every_worker_is_reported(three, tmp_path):
    stop = threading.Event()

    def keep_killing() -> None:
        while not stop.wait(0.02):
            kill_workers()

    killer = threading.Thread(target=keep_killing, name="killer")
    killer.start()
    try:
        rows, files, progress = run(three, tmp_path / "r.parquet", workers=2)
    finally:
        stop.set()
        killer.join()
    assert progress.failed == 3 and len(rows) == 0 and files.error.str.contains("the process that read it died").all()
    assert run(three, tmp_path / "r.parquet", workers=2)[1].error.isna().all()


# --- what cannot be written, found or used ---


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
def test_a_place_that_will_not_do_is_refused_before_work_starts(three, tmp_path, name, words):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BatchError, match=words):
        analyze_files(
            find_media([three])[0], out=tmp_path / name, face_model="fast", report=lambda p, e: pytest.fail("it began")
        )
    assert (tmp_path / "mine.csv").read_text() == "a,b\n1,2\n"


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


def test_dask_where_it_is_not_installed(three, tmp_path):
    code = (
        f"import sys; sys.modules['distributed'] = None; from emotion.__main__ import main; "  # makes the import fail
        f"sys.exit(main(['analyze', {str(three)!r}, '--out', {str(tmp_path / 'r.csv')!r}, '--engine', 'dask']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=180)
    assert done.returncode == 1 and 'pip install "dask[distributed]"' in done.stderr and "Traceback" not in done.stderr


# --- the command ---


def test_command_reports_skips_and_sums_up(clips, tmp_path):
    done = command(clips, "--out", tmp_path / "r.csv", "--model", "fast", "--workers", "2")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert [
        next(n for n in BAD if n in line) for line in sorted(done.stderr.splitlines()) if line.startswith("error: ")
    ] == BAD
    assert "6/6 files, 2 failed" in done.stderr
    first, *shares, written = done.stdout.splitlines()
    assert first.startswith("6 files, 2 failed, ") and "4 in " in first and first.endswith(" clips a second")
    assert [s.split()[0] for s in shares] == ["face", "voice", "together"] and "r.files.csv" in written


def test_command_on_a_folder_without_out(clips):
    done = command(clips, "--model", "fast")
    assert done.returncode == 1 and done.stderr.count("error: ") == 2
    lines = done.stdout.splitlines()
    assert len(lines) == len(GOOD) and all(
        str(clips / name) in line and "together" in line for name, line in zip(GOOD, lines)
    )
    printed = [
        json.loads(line)
        for line in command(clips / "b", clips / "picture.png", "--model", "fast", "--json").stdout.splitlines()
    ]
    assert [p["path"] for p in printed] == [str(clips / n) for n in GOOD[1:]] and all(
        p["timeline"] and p["summary"] for p in printed
    )


@pytest.mark.parametrize(
    "options, words",
    [
        ("--out r.xlsx", ".parquet or .csv"),
        ("--out r.csv --workers 0", "at least 1"),
        ("--out r.csv --json", "give one of them"),
        ("--out r.csv --scheduler tcp://127.0.0.1:1", "goes with --engine dask"),
        ("--out r.csv --engine spark", "invalid choice"),
        ("--workers 2", "go with --out"),
        ("--engine dask", "go with --out"),
    ],
)
def test_bad_usage(options, words, capsys):
    from emotion.__main__ import main

    with pytest.raises(SystemExit) as stopped:
        main(["analyze", "clips", *options.split()])
    assert stopped.value.code == 2 and words in capsys.readouterr().err.splitlines()[-1]


def test_progress_and_summary_in_words(alone):
    assert progress_line(Progress(total=100, reused=0), elapsed_s=0.0) == "0/100 files"
    assert (
        progress_line(Progress(total=100, reused=10, fresh=20), elapsed_s=10.0)
        == "30/100 files, 2.0 a second, 35 s left"
    )
    assert (
        progress_line(Progress(total=500, reused=0, fresh=9, failed=1), elapsed_s=10.0)
        == "10/500 files, 1 failed, 1.0 a second, 8 min 10 s left"
    )
    text = summary_text(alone[1], Progress(total=6, reused=0, fresh=4, failed=2), elapsed_s=8.0)
    assert (
        "6 files, 2 failed, 3.5 s of sound and film; 4 in 8.0 s, 0.50 clips a second" in text
        and "not judged 50%" in text
    )
