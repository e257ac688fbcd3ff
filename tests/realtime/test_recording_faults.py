"""What goes wrong while a stream is recorded: what was recorded is kept, and what could not be written is said."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import subprocess
import threading
from contextlib import closing

import av
import numpy as np
import pytest

from emotion.audio import SAMPLE_RATE
from emotion.judge import VoiceReading
from emotion.realtime.recorder import FLUSH_SECONDS, WAITING_BYTES, WAITING_PICTURES, Recorder
from emotion.realtime.session import LiveSession
from emotion.timeline import store as store_module
from emotion.timeline.mp4 import MediaWriter
from emotion.timeline.store import open_store
from tests.support import LONG_S, Clock, wait_until
from tests.support_postgres import postgres_server

EVEN = np.full(8, 0.125, np.float32)


def say(recorder: Recorder, clock: Clock, times: int) -> None:
    """So many judgements of the voice, a tenth of a second apart."""
    for _ in range(times):
        recorder.voice(VoiceReading(0.0, EVEN), clock.now)
        clock.turn(0.1)


def ended(recorder: Recorder) -> Recorder:
    recorder.stop()
    assert recorder.join(LONG_S)
    return recorder


def pictures_in(path) -> list[float]:
    """The times at which the film has a picture; of a film that was cut off, until there."""
    times = []
    with av.open(str(path)) as film, contextlib.suppress(av.error.InvalidDataError):
        for frame in film.decode(video=0):
            times.append(frame.time)
    return times


# --- the clock ---


def test_a_clock_set_back_an_hour_leaves_the_times_of_the_recording_right(store, clock):
    wall = Clock()
    wall.now = 1_700_000_000.0
    recorder = Recorder(store, settings={}, picture=True, clock=clock, wall_clock=wall)
    for i in range(20):
        if i == 10:
            wall.turn(-3600)
        recorder.picture(np.full((48, 64, 3), i, np.uint8), clock.now)
        say(recorder, clock, 1)
    ended(recorder)
    table, info = store.judgements(recorder.session_id), store.session(recorder.session_id)
    assert list(table["time_s"]) == pytest.approx([i / 10 for i in range(20)], abs=0.01)
    assert np.diff(table["wall_clock_unix_s"]) == pytest.approx(0.1, abs=0.01)
    assert info.duration_s == pytest.approx(1.9, abs=0.01) and info.ended_unix_s > info.started_unix_s
    assert np.diff(pictures_in(store.media_path(info))) == pytest.approx(0.1, abs=0.01)


# --- the database ---


def recorded_while_gone(store, clock, *, go, come_back) -> Recorder:
    """A recording of 30 judgements, of which the middle ten are made while the database is away."""
    recorder = Recorder(store, settings={}, clock=clock)
    say(recorder, clock, 10)
    wait_until(lambda: len(store.judgements(recorder.session_id)) == 10 or clock.turn(FLUSH_SECONDS))
    go()
    say(recorder, clock, 10)
    wait_until(lambda: "Not written yet" in recorder.error or clock.turn(FLUSH_SECONDS))
    assert "check the database" in recorder.error and not recorder.finished.is_set()
    come_back()
    wait_until(lambda: not recorder.error or clock.turn(FLUSH_SECONDS))
    say(recorder, clock, 10)
    return ended(recorder)


def test_a_database_that_is_locked_for_a_while_loses_nothing(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(store_module, "ADD_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(store_module, "LOCK_WAIT_SECONDS", 5 * LONG_S)  # not for the labels of a stream
    store = open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)
    with closing(sqlite3.connect(tmp_path / "sessions.db", isolation_level=None)) as other:
        recorder = recorded_while_gone(
            store, clock, go=lambda: other.execute("BEGIN IMMEDIATE"), come_back=lambda: other.execute("ROLLBACK")
        )
    assert recorder.error == "" and len(store.judgements(recorder.session_id)) == 30
    assert store.session(recorder.session_id).ended_unix_s is not None


def test_the_film_has_no_gap_where_the_database_was_locked(tmp_path, clock, monkeypatch):
    pictures_a_second = 30  # of a usual camera
    assert store_module.ADD_WAIT_SECONDS * pictures_a_second < WAITING_PICTURES, "all that come during one try wait"
    monkeypatch.setattr(store_module, "ADD_WAIT_SECONDS", 0.02)
    store = open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)
    recorder = Recorder(store, settings={}, picture=True, clock=clock)

    def film(times: int) -> bool:
        for _ in range(times):
            recorder.picture(np.zeros((48, 64, 3), np.uint8), clock.now)
            say(recorder, clock, 1)
        wait_until(recorder._queue.empty)
        return False

    film(10)
    with closing(sqlite3.connect(tmp_path / "sessions.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        wait_until(lambda: "Not written yet" in recorder.error or film(5))
        film(10)
        assert "Not written yet" in recorder.error
        other.execute("ROLLBACK")
    wait_until(lambda: not recorder.error or film(5))
    film(10)
    ended(recorder)
    times = pictures_in(store.media_path(store.session(recorder.session_id)))
    assert len(times) >= 40 and np.diff(times) == pytest.approx(0.1, abs=0.01)
    assert recorder.left_out == "" and len(store.judgements(recorder.session_id)) == len(times)


@pytest.mark.slow
def test_a_postgresql_that_stops_and_starts_again_loses_nothing(tmp_path, clock):
    with postgres_server() as server:
        store = open_store(server.url, home=tmp_path)
        recorder = recorded_while_gone(store, clock, go=server.stop, come_back=server.start)
        assert recorder.error == "" and len(store.judgements(recorder.session_id)) == 30
        assert store.session(recorder.session_id).ended_unix_s is not None
        store.engine.dispose()


def test_a_database_that_stays_away_ends_the_thread_and_says_how_much_is_missing(store, clock, monkeypatch):
    recorder = Recorder(store, settings={}, clock=clock)
    say(recorder, clock, 10)
    wait_until(lambda: len(store.judgements(recorder.session_id)) == 10 or clock.turn(FLUSH_SECONDS))

    def away(*_, **__):
        raise OSError("the server is gone")

    monkeypatch.setattr("emotion.realtime.recorder.LAST_TRIES", 2)
    for name in ("add", "finish", "exists"):
        monkeypatch.setattr(store, name, away)
    say(recorder, clock, 7)
    ended(recorder)
    assert recorder.finished.is_set() and "7 judgements" in recorder.error and "gone" in recorder.error
    monkeypatch.undo()
    assert len(store.judgements(recorder.session_id)) == 10, "what was written before is there"


def test_a_fault_that_lasts_is_logged_once(store, clock, monkeypatch, caplog):
    caplog.set_level(logging.ERROR)
    tries = []

    def away(*_):
        tries.append(1)
        raise OSError("the server is gone")

    recorder = Recorder(store, settings={}, clock=clock)
    monkeypatch.setattr(store, "add", away)
    say(recorder, clock, 1)
    wait_until(lambda: len(tries) > 5 or clock.turn(FLUSH_SECONDS))
    assert len([r for r in caplog.records if "recording" in r.getMessage()]) == 1
    monkeypatch.undo()
    ended(recorder)


# --- the disk ---


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 12 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("this machine lets no test make a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path, most: int) -> None:
    """Write `most` bytes, or what the disk has left."""
    with path.open("wb", buffering=0) as f, contextlib.suppress(OSError):
        while f.tell() < most:
            f.write(bytes(4096))


def test_a_disk_that_is_full_keeps_the_film_until_then_and_every_label(small_disk, clock):
    store = open_store(f"sqlite:///{small_disk / 'sessions.db'}", home=small_disk)
    fill(small_disk / "ballast", 10_000_000)
    recorder, rng, shown = Recorder(store, settings={}, picture=True, clock=clock), np.random.default_rng(0), 0
    try:
        while not recorder.error:
            recorder.picture(rng.integers(0, 256, (240, 320, 3), dtype=np.uint8), clock.now)
            say(recorder, clock, 1)
            wait_until(recorder._queue.empty)
            shown += 1
        assert "Picture and sound end here" in recorder.error
        fill(small_disk / "more", 10_000_000)
        say(recorder, clock, 2000)
        wait_until(lambda: "Not written yet" in recorder.error or clock.turn(FLUSH_SECONDS))
        assert "Picture and sound end here" in recorder.error, "both are said"
        for name in ("ballast", "more"):
            (small_disk / name).unlink()
        wait_until(lambda: "Not written yet" not in recorder.error or clock.turn(FLUSH_SECONDS))
        assert "Picture and sound end here" in recorder.error, "the film does not come back"
    finally:
        ended(recorder)
    assert len(store.judgements(recorder.session_id)) == shown + 2000
    times = pictures_in(store.media_path(store.session(recorder.session_id)))
    assert len(times) > 5 and times[-1] > 0.5
    store.engine.dispose()


# --- the camera ---


def test_large_pictures_that_wait_to_be_encoded_take_no_more_memory_than_small_ones(store, clock, monkeypatch):
    begin = threading.Event()
    monkeypatch.setattr(MediaWriter, "write_picture", lambda self, image, time_s: begin.wait(LONG_S))
    recorder = Recorder(store, settings={}, picture=True, clock=clock)
    large = np.zeros((2160, 3840, 3), np.uint8)
    for _ in range(20):
        recorder.picture(large, clock.now)
    assert recorder._queue.qsize() * large.nbytes <= WAITING_BYTES + large.nbytes
    assert 0 < recorder._queue.qsize() and recorder.pictures_left_out >= 20 - 1 - recorder._queue.qsize()
    begin.set()
    ended(recorder)


def test_sound_that_waits_to_be_written_is_bounded_and_what_is_left_out_is_said(store, clock, monkeypatch):
    begin = threading.Event()
    monkeypatch.setattr(MediaWriter, "write_sound", lambda self, samples, time_s: begin.wait(LONG_S))
    monkeypatch.setattr("emotion.realtime.recorder.WAITING_SOUND_S", 5.0)
    recorder, second = Recorder(store, settings={}, sound=True, clock=clock), np.zeros(SAMPLE_RATE, np.float32)
    for _ in range(8):
        recorder.sound(second, clock.now)
    assert recorder.sound_left_out_s == 3.0 and recorder._queue.qsize() <= 5
    assert recorder.left_out.startswith("Left out: 3.0 s of sound.")
    begin.set()
    wait_until(lambda: recorder._samples_taken == 5 * SAMPLE_RATE)
    recorder.sound(second, clock.now)
    assert recorder.sound_left_out_s == 3.0, "there is room again"
    ended(recorder)


# --- the stream ---


def test_a_recording_of_a_stream_that_is_over_ends_by_itself(store, clock):
    session = LiveSession(None, None, clock=clock)
    session.on_ended()
    recorder = Recorder(store, settings={}, clock=clock)
    session.record(recorder)
    wait_until(lambda: recorder.finished.is_set() or clock.turn(FLUSH_SECONDS))
    assert recorder.join(LONG_S) and session.recorder is None


@pytest.mark.parametrize("per_second", [5, 30])
def test_a_kill_loses_half_a_second_of_film_however_slow_the_camera(tmp_path, per_second):
    media, rng = MediaWriter(tmp_path / "a.mp4", picture=True, sound=False), np.random.default_rng(0)
    for i in range(6 * per_second + 1):
        media.write_picture(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8), i / per_second)
        (tmp_path / "killed.mp4").write_bytes((tmp_path / "a.mp4").read_bytes())  # what a kill would leave
        if i / per_second > 1.5:
            assert i / per_second - pictures_in(tmp_path / "killed.mp4")[-1] < 1.0
    media.close()
    assert len(pictures_in(tmp_path / "a.mp4")) == 6 * per_second + 1


# --- two at once ---


def test_two_recordings_at_once_are_two_sessions(store, clock):
    one, other = (Recorder(store, settings={}, picture=True, clock=clock) for _ in range(2))
    for _ in range(10):
        for recorder in (one, other):
            recorder.picture(np.zeros((48, 64, 3), np.uint8), clock.now)
            recorder.voice(VoiceReading(0.0, EVEN), clock.now)
        clock.turn(0.1)
    ended(one)
    assert not other.finished.is_set()
    say(other, clock, 5)
    ended(other)
    assert [len(store.judgements(r.session_id)) for r in (one, other)] == [10, 15]
    films = {store.media_path(store.session(r.session_id)) for r in (one, other)}
    assert len(films) == 2 and all(len(pictures_in(f)) == 10 for f in films)
