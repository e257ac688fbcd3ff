"""Recording: picture and sound in step, every judgement kept, a full disk survived."""

from __future__ import annotations

import threading

import av
import numpy as np
import pytest
from sqlalchemy import event

from emotion.audio import SAMPLE_RATE
from emotion.face import Face
from emotion.fusion import fuse
from emotion.judge import FaceReading, FacesReading, VoiceReading
from emotion.labels import FACE_LABELS
from emotion.realtime.recorder import FLUSH_SECONDS, GRACE_SECONDS, WAITING_PICTURES, Recorder
from emotion.speaker import Speaker
from emotion.timeline.mp4 import MediaWriter
from tests.support import LONG_S, wait_until

HAPPY = np.eye(7, dtype=np.float32)[FACE_LABELS.index("happy")]
EVEN = np.full(8, 0.125, np.float32)


def face(track: int, probs, *, reason: str = "") -> FaceReading:
    return FaceReading(
        0.0, track, Face(box=(0, 0, 40, 40), keypoints=np.zeros((6, 2), np.float32), score=0.9), probs, reason
    )


def write_flashes(path, *, lost: slice | None = None, late: slice | None = None) -> None:
    """3 s: from second 1 to 2 the picture is white and the sound loud.

    lost: pieces of sound that never arrive; late: pieces that all arrive when the last of them is due, as after a stop.
    """
    media = MediaWriter(path, picture=True, sound=True)
    for i in range(90):
        t = i / 30
        loud = 1.0 <= t < 2.0
        media.write_picture(np.full((120, 160, 3), 255 if loud else 0, np.uint8), t)
        if lost is None or not lost.start <= i < lost.stop:
            tone = np.sin(np.arange(SAMPLE_RATE // 30) * 0.3).astype(np.float32) * (0.8 if loud else 0.0)
            held = late is not None and late.start <= i < late.stop
            media.write_sound(tone, (late.stop + 0.03 * (i - late.start) if held else i + 1) / 30)
    assert media.close()


def onsets(path) -> tuple[float, float]:
    """When the picture becomes white, and when the sound becomes loud."""
    with av.open(str(path)) as film:
        white = next(f.time for f in film.decode(video=0) if f.to_ndarray(format="gray").mean() > 128)
    with av.open(str(path)) as film:
        loud = next(
            f.time + float(np.argmax(np.abs(f.to_ndarray()[0]) > 0.3)) / f.sample_rate
            for f in film.decode(audio=0)
            if np.abs(f.to_ndarray()).max() > 0.3
        )
    return white, loud


def test_picture_and_sound_are_in_step(tmp_path):
    write_flashes(tmp_path / "a.mp4")
    white, loud = onsets(tmp_path / "a.mp4")
    # AAC begins with 64 ms of lead-in at 16 kHz, which moves both alike
    assert white == pytest.approx(1.0, abs=0.1) and abs(white - loud) < 0.08


def test_lost_sound_does_not_shift_what_follows(tmp_path):
    write_flashes(tmp_path / "a.mp4", lost=slice(3, 18))
    white, loud = onsets(tmp_path / "a.mp4")
    assert abs(white - loud) < 0.1


@pytest.mark.parametrize("late", [slice(3, 28), slice(20, 80)])
def test_sound_that_comes_late_in_one_burst_stays_whole_and_in_step(tmp_path, late):
    write_flashes(tmp_path / "a.mp4", late=late)
    white, loud = onsets(tmp_path / "a.mp4")
    assert abs(white - loud) < 0.1
    with av.open(str(tmp_path / "a.mp4")) as film:
        heard = np.concatenate([f.to_ndarray()[0] for f in film.decode(audio=0)])
    assert len(heard) / SAMPLE_RATE == pytest.approx(3.0, abs=0.2)
    assert np.mean(np.abs(heard) > 0.2) == pytest.approx(
        np.mean(np.abs(np.sin(np.arange(9000) * 0.3)) > 0.25) / 3, abs=0.03
    ), "all of the second that is loud"


@pytest.mark.parametrize("stopped", ["picture", "sound"])
def test_a_track_that_stopped_does_not_hold_the_other_one_back(tmp_path, stopped):
    media = MediaWriter(tmp_path / "a.mp4", picture=True, sound=True)
    for i in range(30 * 8):
        t = i / 30
        if stopped == "sound" or t < 2:
            media.write_picture(np.full((48, 64, 3), i % 255, np.uint8), t)
        if stopped == "picture" or t < 2:
            media.write_sound(np.zeros(SAMPLE_RATE // 30, np.float32), t + 1 / 30)
    (tmp_path / "killed.mp4").write_bytes((tmp_path / "a.mp4").read_bytes())  # what a kill leaves
    with av.open(str(tmp_path / "killed.mp4")) as film:
        last = max(f.time for f in film.decode(**({"audio": 0} if stopped == "picture" else {"video": 0})))
    assert last > 5
    media.close()


def test_a_picture_that_changes_its_size_goes_on(tmp_path):
    media = MediaWriter(tmp_path / "a.mp4", picture=True, sound=False)
    for i, size in enumerate([(120, 160), (60, 80), (121, 161)]):
        media.write_picture(np.zeros((*size, 3), np.uint8), i / 30)
    media.write_picture(np.zeros((120, 160, 3), np.uint8), 1 / 30)  # a time that was there already
    media.close()
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert [(f.width, f.height) for f in film.decode(video=0)] == [(160, 120)] * 3


def test_a_finished_film_has_its_index_in_front(tmp_path):
    write_flashes(tmp_path / "a.mp4")
    head = (tmp_path / "a.mp4").read_bytes()
    assert head.index(b"moov") < head.index(b"mdat") and b"moof" not in head
    assert [f.name for f in tmp_path.iterdir()] == ["a.mp4"], "no part file is left"


def test_every_judgement_is_kept(store, clock):
    recorder = Recorder(store, settings={"mode": "hybrid"}, clock=clock)
    now = clock.now
    recorder.faces(FacesReading(now, (face(1, HAPPY), face(2, None, reason="too small"))))
    recorder.faces(FacesReading(now + 0.1, (), "no face"))
    recorder.voice(VoiceReading(0.0, EVEN), now + 0.2)
    recorder.speaker(Speaker(now, 2), now + 0.2)
    recorder.speaker(None, now + 0.2)  # one face: nothing to say
    recorder.together(fuse(HAPPY, EVEN), now + 0.2, track=2)
    recorder.settings_changed('{"mode": "simple"}')
    recorder.stop()
    assert recorder.join(LONG_S) and recorder.finished.is_set()
    recorder.voice(VoiceReading(0.0, EVEN), now + 9)  # after the end: left out
    table = store.judgements(recorder.session_id).sort_values("id")
    assert list(table["kind"]) == ["face", "face", "face", "voice", "speaker", "together", "settings"]
    assert list(table[table["kind"].isin(["speaker", "together"])]["track"]) == [2, 2]
    faces = table[table["kind"] == "face"]
    assert list(faces["main"]) == [1, 0, 1] and list(faces["reason"]) == ["", "too small", "no face"]
    info = store.session(recorder.session_id)
    assert info.ended_unix_s == pytest.approx(info.started_unix_s + 0.2, abs=0.001) and info.media is None
    assert not list(store.media_folder.glob("*")), "no picture and no sound unless asked for"


def test_judgements_are_written_while_the_recording_goes_on(store, clock):
    recorder = Recorder(store, settings={}, clock=clock)
    for written in range(1, 4):
        recorder.voice(VoiceReading(0.0, EVEN), clock.now)
        wait_until(lambda n=written: len(store.judgements(recorder.session_id)) == n or clock.turn(FLUSH_SECONDS))
    recorder.stop()
    assert recorder.join(LONG_S)


@pytest.mark.parametrize("picture, sound", [(True, False), (False, True), (True, True)])
def test_only_what_was_asked_for_is_in_the_file(store, clock, picture, sound):
    recorder = Recorder(store, settings={}, picture=picture, sound=sound, clock=clock)
    for _ in range(12):
        recorder.picture(np.zeros((48, 64, 3), np.uint8), clock.now)
        recorder.sound(np.zeros(1600, np.float32), clock.now)
        clock.now += 0.1
    recorder.stop()
    assert recorder.join(LONG_S)
    with av.open(str(store.media_path(store.session(recorder.session_id)))) as film:
        assert (len(film.streams.video), len(film.streams.audio)) == (picture, sound)


def test_a_full_disk_loses_nothing_and_says_so(store, clock):
    recorder = Recorder(store, settings={}, clock=clock)
    # SQLite's own limit stands for the disk's: the error is the same, "database or disk is full"
    full = {"on": True}
    event.listen(
        store.engine, "checkout", lambda c, *_: c.execute(f"PRAGMA max_page_count={1 if full['on'] else 1_000_000}")
    )
    try:
        for _ in range(3000):
            recorder.voice(VoiceReading(0.0, EVEN), clock.now)
        wait_until(lambda: "full" in recorder.error or clock.turn(FLUSH_SECONDS))
        assert "Free some disk space" in recorder.error
        full["on"] = False
        wait_until(lambda: recorder.error == "" or clock.turn(FLUSH_SECONDS))
    finally:
        full["on"] = False
        recorder.stop()
    assert recorder.join(LONG_S)
    assert len(store.judgements(recorder.session_id)) == 3000


def test_pictures_that_wait_to_be_encoded_do_not_delay_labels(store, clock, monkeypatch):
    """Encoding one picture takes longer than FLUSH_SECONDS here; the label is written after the first."""
    begin, encoded, encoded_before_the_label = threading.Event(), [], []

    def encode_slowly(self, image, time_s):
        assert begin.wait(LONG_S)
        encoded.append(time_s)
        clock.now += FLUSH_SECONDS

    add = store.add
    monkeypatch.setattr(MediaWriter, "write_picture", encode_slowly)
    monkeypatch.setattr(
        store,
        "add",
        lambda number, rows: (encoded_before_the_label.append(len(encoded)) if rows else None, add(number, rows)),
    )
    recorder = Recorder(store, settings={}, picture=True, clock=clock)
    for _ in range(30):
        recorder.picture(np.zeros((24, 32, 3), np.uint8), clock.now)
    recorder.voice(VoiceReading(0.0, EVEN), clock.now)
    begin.set()
    recorder.stop()
    assert recorder.join(LONG_S)
    assert encoded_before_the_label == [1] and len(encoded) == 30
    assert len(store.judgements(recorder.session_id)) == 1


def test_a_busy_encoder_gets_no_more_pictures_than_it_can_take(store, clock, monkeypatch):
    begin = threading.Event()
    monkeypatch.setattr(MediaWriter, "write_picture", lambda self, image, time_s: begin.wait(LONG_S))
    recorder = Recorder(store, settings={}, picture=True, clock=clock)
    for _ in range(2 * WAITING_PICTURES):
        recorder.picture(np.zeros((24, 32, 3), np.uint8), clock.now)
    assert WAITING_PICTURES - 3 < recorder.pictures_left_out < WAITING_PICTURES
    begin.set()
    recorder.stop()
    assert recorder.join(LONG_S)


def test_a_film_that_cannot_be_written_ends_and_the_labels_go_on(store, clock):
    store.media_folder.mkdir()
    number = store.begin(started_unix_s=0, settings={}) + 1
    (store.media_folder / f"{number}-1000.mp4").symlink_to("/dev/full")
    recorder = Recorder(store, settings={}, picture=True, clock=clock, wall_clock=lambda: 1.0)
    assert recorder.session_id == number
    rng = np.random.default_rng(0)
    for _ in range(WAITING_PICTURES):
        recorder.picture(rng.integers(0, 256, (240, 320, 3), dtype=np.uint8), clock.now)
        clock.now += 0.03
    wait_until(lambda: "Picture and sound end here" in recorder.error)
    recorder.voice(VoiceReading(0.0, EVEN), clock.now)
    recorder.stop()
    assert recorder.join(LONG_S) and len(store.judgements(number)) == 1
    assert "Picture and sound end here" in recorder.error


def test_a_recording_ends_with_its_stream_but_not_with_a_short_interruption(store, clock):
    recorder = Recorder(store, settings={}, sound=True, clock=clock)
    recorder.stream_ended()

    def known_to_go_on() -> bool:
        recorder.sound(np.zeros(1600, np.float32), clock.now)  # the stream is back
        clock.turn(GRACE_SECONDS / 4)
        return recorder._stream_ended_s is None

    wait_until(known_to_go_on)
    assert clock.now >= 100 + GRACE_SECONDS and not recorder.finished.is_set()
    recorder.stream_ended()  # and now it is over
    wait_until(lambda: recorder.finished.is_set() or clock.turn(FLUSH_SECONDS))
    assert store.session(recorder.session_id).ended_unix_s is not None and recorder.join(LONG_S)


@pytest.mark.parametrize("pictures_before", [0, 20])
def test_a_session_that_is_deleted_while_it_is_recorded_leaves_nothing(store, clock, pictures_before):
    recorder = Recorder(store, settings={}, picture=True, clock=clock)

    def show(pictures: int) -> None:
        for _ in range(pictures):
            recorder.picture(np.zeros((48, 64, 3), np.uint8), clock.now)
            clock.now += 0.03

    show(pictures_before)
    wait_until(lambda: recorder._queue.empty() and (not pictures_before or recorder.file.is_file()))
    store.delete_all()
    show(5)
    recorder.voice(VoiceReading(0.0, EVEN), clock.now)
    wait_until(lambda: recorder.finished.is_set() or clock.turn(FLUSH_SECONDS))
    assert recorder.deleted and "was deleted" in recorder.error
    assert not store.sessions() and not list(store.media_folder.glob("*"))


def test_no_thread_is_left(store):
    recorder = Recorder(store, settings={}, picture=True, sound=True)
    assert "emotion-recorder" in [t.name for t in threading.enumerate()]
    recorder.stop()
    assert recorder.join(LONG_S) and "emotion-recorder" not in [t.name for t in threading.enumerate()]
    assert store.session(recorder.session_id).media is None, "nothing arrived, so there is no file"
