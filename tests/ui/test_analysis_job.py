"""The thread that analyses one file: what it leaves behind, cancelling, a browser that is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from emotion.timeline.analysis import analyze
from emotion.timeline.rows import AnalysisCancelled
from tests.support import LONG_S, finished_job, wait_until, write_film, write_wav
from ui.analysis_job import PREFIX, AnalysisJob, delete_old_uploads

pytestmark = pytest.mark.slow  # the real models

OPTIONS = {"mode": "hybrid", "face_model": "fast", "max_faces": 4}


def folder_of(job: AnalysisJob) -> Path:
    return job._folder


def test_uploads_of_a_killed_program_are_taken_away():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, ours = (Path(tempfile.mkdtemp(prefix=f"{PREFIX}{pid}-")) for pid in (gone.pid, os.getpid()))
    (left / "upload.wav").write_bytes(b"private")
    delete_old_uploads()
    assert not left.exists() and ours.is_dir()
    ours.rmdir()


@pytest.mark.parametrize("content, kind", [(b"only words\n" * 50, "text"), (b"%PDF-1.4\n" + bytes(99), "PDF")])
def test_what_is_neither_picture_nor_sound_is_refused_in_true_words(content, kind):
    job = finished_job(AnalysisJob("notes.txt", data=content, **OPTIONS))
    assert job.result is None and f"“{kind}”" in job.error and job.error.startswith("notes.txt holds neither")


@pytest.mark.parametrize("name", ["VOICE.MTS", "voice.wma", "voice"])
def test_the_suffix_of_an_upload_does_not_matter(speech, tmp_path, name):
    data = write_wav(tmp_path / "a.wav", speech, 16_000).read_bytes()
    assert finished_job(AnalysisJob(name, data=data, **OPTIONS)).result.kind == "audio"


def test_an_upload_is_deleted_when_it_has_been_analysed(speech, tmp_path):
    data = write_wav(tmp_path / "a.wav", speech, 16_000).read_bytes()
    job = finished_job(AnalysisJob("../../a.wav", data=data, **OPTIONS))
    assert job.result.kind == "audio" and not job.error
    assert list(folder_of(job).iterdir()) == []
    job.delete()
    assert not folder_of(job).exists()


@pytest.mark.parametrize(
    "name, data",
    [
        ("a.mp4", b""),
        ("b.mp4", b"not a film" * 100),
        ("c.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40),
        ("../d.wav", b"RIFF"),
    ],
)
def test_bad_uploads_get_a_message_with_their_own_name(name, data):
    job = finished_job(AnalysisJob(name, data=data, **OPTIONS))
    assert job.result is None and name in job.error and "emotion-" not in job.error
    assert not folder_of(job).exists(), "nothing is left of it"


def test_cancel_leaves_nothing(tmp_path, astronaut, monkeypatch):
    """The analysis waits at its first report, so that it cannot be over before it is cancelled."""
    begun, cancelled = threading.Event(), threading.Event()

    def waiting_analyze(path, *, progress, **options):
        def report(share, remaining_s):
            progress(share, remaining_s)
            begun.set()
            assert cancelled.wait(LONG_S)

        return analyze(path, progress=report, **options)

    monkeypatch.setattr("ui.analysis_job.analyze", waiting_analyze)
    film = write_film(tmp_path / "long.mp4", [astronaut] * 50)
    job = AnalysisJob("long.mp4", data=film.read_bytes(), annotate=True, **OPTIONS)
    assert begun.wait(LONG_S) and job.running
    job.cancel()
    cancelled.set()
    finished_job(job)
    assert "Cancelled" in job.error and job.result is None and not folder_of(job).exists()


def test_it_goes_on_while_the_browser_is_there_and_ends_when_it_is_gone(tmp_path, monkeypatch):
    def endless_analyze(path, *, cancelled, **options):
        wait_until(cancelled)
        raise AnalysisCancelled

    monkeypatch.setattr("ui.analysis_job.analyze", endless_analyze)
    monkeypatch.setattr("ui.analysis_job.ABANDONED_SECONDS", 0.05)
    film = tmp_path / "long.mp4"
    film.write_bytes(b"a film")
    there, asked = [True], []
    job = AnalysisJob("long.mp4", path=film, somebody_there=lambda: asked.append(1) or there[0], **OPTIONS)
    wait_until(lambda: len(asked) >= 3)  # on another page of the app nobody asks the job, so it asks for the browser
    assert job._thread.is_alive() and not job.error
    there[0] = False
    job._thread.join(LONG_S)
    assert "Cancelled" in job.error and film.is_file()
