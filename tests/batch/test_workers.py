"""Worker processes and Dask: the same rows as in one process, and no loss when a worker or the run is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pandas as pd
import psutil  # of distributed
import pytest

from emotion.batch import Media, Progress, analyze_files, files_path, find_media
from tests.support import ROOT, wait_until, write_wav
from tests.support_batch import RATE, assert_same, command, run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_two_workers_give_exactly_what_one_does(clips, alone, tmp_path, engine):
    rows, files, progress = run(clips, tmp_path / "r.parquet", workers=2, engine=engine)
    assert_same(rows, alone[0])
    assert_same(files, alone[1])
    assert_same(pd.read_parquet(files_path(tmp_path / "r.parquet")), files)
    assert progress == Progress(total=6, reused=0, fresh=4, failed=2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.faces.parquet", "r.files.parquet", "r.parquet"]


def test_a_cluster_by_its_address(clips, alone, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        rows, files, _ = run(clips, tmp_path / "r.parquet", engine="dask", scheduler=cluster.scheduler_address)
    assert_same(rows, alone[0])
    assert_same(files, alone[1])


def processes_of_group(group: int) -> list[int]:
    """Processes of a group that still run (a zombie has ended)."""

    def state(pid: int) -> str:
        try:
            return psutil.Process(pid).status() if os.getpgid(pid) == group else "other"
        except (psutil.NoSuchProcess, ProcessLookupError):
            return "gone"

    return [pid for pid in psutil.pids() if state(pid) not in ("other", "gone", psutil.STATUS_ZOMBIE)]


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_kill_9_loses_nothing_that_was_finished(tmp_path, speech):
    """The process is killed after three of eight files, while it reports the third."""
    (tmp_path / "clips").mkdir()
    for i in range(8):
        write_wav(tmp_path / f"clips/{i}.wav", speech[16_000 + 500 * i : 36_000], RATE)
    out, parts = tmp_path / "r.parquet", tmp_path / "r.parquet.parts"
    program = textwrap.dedent(f"""
        import time
        from emotion.batch import analyze_files, find_media

        def wait_to_be_killed(progress, error):
            if progress.done == 3:
                print("three", flush=True)
                time.sleep(3600)

        files, _ = find_media([{str(tmp_path / "clips")!r}])
        analyze_files(files, out={str(out)!r}, face_model="fast", workers=2, report=wait_to_be_killed)
    """)
    killed = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout.readline() == "three\n"
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert len(list(parts.glob("*.part"))) == 3 and not out.exists()
    wait_until(lambda: not processes_of_group(killed.pid))  # no worker stays behind

    (parts / "torn.part").write_bytes(next(parts.glob("*.part")).read_bytes()[:200])  # as a power cut may leave one
    done = command(tmp_path / "clips", "--out", out, "--workers", "2", "--model", "fast")
    assert done.returncode == 0, done.stderr
    assert "3/8 files" in done.stderr and "3 done before; 5 in " in done.stdout
    assert not parts.exists()
    assert_same(pd.read_parquet(out), run(tmp_path / "clips", tmp_path / "whole.parquet", workers=1)[0])


def kill_workers() -> int:
    """Kill every worker process of this one, not multiprocessing's resource tracker. Returns how many there were."""
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


class DeadlyMedia(Media):
    """Ends the process that takes it out of the queue, as a fault in a decoder would."""

    def __reduce__(self):
        return os._exit, (1,)


def test_a_file_that_kills_every_worker_is_reported_and_costs_no_other(three, tmp_path):
    media, _ = find_media([three])
    deadly = [DeadlyMedia(m.path, m.name) if m.name == "1.wav" else m for m in media]
    files = analyze_files(deadly, out=tmp_path / "r.parquet", face_model="fast", workers=2)
    errors = files.set_index("path").error
    assert "the process that read it died" in errors["1.wav"] and errors[["0.wav", "2.wav"]].isna().all()
    assert set(pd.read_parquet(tmp_path / "r.parquet")["path"]) == {"0.wav", "2.wav"}
    rows, files, progress = run(three, tmp_path / "r.parquet", workers=2)
    assert progress == Progress(total=3, reused=2, fresh=1) and files.error.isna().all()
    assert set(rows["path"]) == {"0.wav", "1.wav", "2.wav"}
