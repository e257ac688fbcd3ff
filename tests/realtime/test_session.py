"""Ring, worker and session: newest wins, errors are told, nothing is left behind."""

from __future__ import annotations

import threading

import av
import numpy as np
import pytest

from emotion.judge import VoiceReading
from emotion.labels import FACE_LABELS, MORE_FACE_LABELS
from emotion.realtime.ring import SoundRing
from emotion.realtime.session import LiveSession, LiveSettings
from emotion.realtime.worker import Worker
from emotion.speaker import Speaker
from tests.support import LONG_S, Clock, browser_frames, next_item_worked_on

# --- ring ---


@pytest.mark.parametrize("piece", [1, 7, 100, 333])
def test_ring_gives_back_what_came_whatever_the_pieces(piece):
    ring, sent, got = SoundRing(1000), np.arange(5000, dtype=np.float32), []
    for i, start in enumerate(range(0, 5000, piece)):
        ring.append(sent[start : start + piece])
        if i % 3 == 2 or piece > 300:
            got.append(ring.take())
    got.append(ring.take())
    np.testing.assert_array_equal(np.concatenate(got), sent)
    assert ring.dropped == 0 and len(ring.take()) == 0


def test_a_slow_reader_loses_the_oldest_and_it_is_counted():
    ring = SoundRing(10)
    ring.append(np.arange(8, dtype=np.float32))
    ring.append(np.arange(8, 14, dtype=np.float32))
    np.testing.assert_array_equal(ring.take(), np.arange(4, 14))
    assert ring.dropped == 4
    ring.append(np.arange(25, dtype=np.float32))
    np.testing.assert_array_equal(ring.take(), np.arange(15, 25))


# --- worker ---


def test_the_newest_item_wins():
    begun, go, seen, last = threading.Event(), threading.Event(), [], threading.Event()

    def work(item):
        begun.set()
        assert go.wait(LONG_S)
        seen.append(item)
        if item == 9:
            last.set()

    worker = Worker("test", work)
    worker.put(0)
    assert begun.wait(LONG_S)
    for i in range(1, 10):
        worker.put(i)
    go.set()
    assert last.wait(LONG_S)
    assert seen == [0, 9] and worker.replaced == 8
    worker.stop()
    assert worker.join(LONG_S)


def test_an_error_is_kept_and_the_thread_goes_on():
    done = threading.Event()

    def work(item):
        if item == "bad":
            raise RuntimeError("that was bad")
        done.set()

    failed = threading.Event()
    worker = Worker("test", lambda item: (failed.set() if item == "bad" else None, work(item)))
    worker.put("bad")
    assert failed.wait(LONG_S)
    worker.stop()
    assert worker.join(LONG_S) and "that was bad" in str(worker.error)
    worker.put("good")
    assert done.wait(LONG_S)
    worker.stop()
    assert worker.join(LONG_S) and worker.error is None


def test_an_idle_thread_ends_by_itself_and_comes_back():
    done = threading.Event()
    worker = Worker("test", lambda _: done.set(), idle_seconds=0.05)
    worker.put(1)
    assert done.wait(LONG_S)
    assert worker.join(LONG_S), "it ended without being asked"
    done.clear()
    worker.put(2)
    assert done.wait(LONG_S)
    assert worker.join(LONG_S)


# --- session ---


class Quick:
    """A model that answers at once, for what does not depend on answers."""

    def __init__(self, classes: int):
        self.answer = np.full(classes, 1 / classes, np.float32)

    def predict(self, x, rate=None):
        return np.tile(self.answer, (len(x), 1)) if rate is None else self.answer


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session(clock):
    session = LiveSession(Quick(7), Quick(8), LiveSettings(mirror=False), clock=clock)
    yield session
    assert session.stop(LONG_S), "a thread was left behind"
    assert session.threads_alive() == 0


def picture(array: np.ndarray) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(array), format="rgb24")


def looked(session: LiveSession, frame: av.VideoFrame) -> av.VideoFrame:
    """Give a frame and wait until it was judged."""
    session._offered_s = None
    with next_item_worked_on(session._face_worker):
        return session.on_video(frame)


def test_before_anything_arrives_it_says_so(session):
    snapshot = session.snapshot()
    assert (snapshot.face_reason, snapshot.voice_reason, snapshot.together) == ("no camera", "no microphone", None)
    assert session.threads_alive() == 0 and session.history() == []


def test_boxes_are_drawn_on_the_next_picture(session, astronaut):
    looked(session, picture(astronaut))
    drawn = session.on_video(picture(astronaut)).to_ndarray(format="rgb24")
    assert np.abs(drawn.astype(int) - astronaut).sum(axis=2).max() > 100
    snapshot = session.snapshot()
    assert snapshot.face_reason == "" and snapshot.faces.main.track == 1 and snapshot.frames == 2


def test_mirrored_pictures_come_back_mirrored(session, astronaut):
    session.settings = LiveSettings(mirror=True)
    out = looked(session, picture(astronaut)).to_ndarray(format="rgb24")
    np.testing.assert_array_equal(out, astronaut[:, ::-1])


def test_a_switched_off_camera_is_muted(session):
    looked(session, picture(np.zeros((480, 640, 3), np.uint8)))
    assert session.snapshot().face_reason == "muted"


def test_when_pictures_stop_coming_the_old_answer_does_not_stay(session, clock, astronaut):
    looked(session, picture(astronaut))
    clock.now += 10
    snapshot = session.snapshot()
    assert snapshot.face_reason == "no camera" and snapshot.together is None and snapshot.fps == 0


def test_simple_has_no_joint_judgement_and_hybrid_has(session, astronaut):
    looked(session, picture(astronaut))
    assert session.snapshot().together.reason.startswith("face only")
    session.settings = LiveSettings(mode="simple")
    assert session.snapshot().together is None


class Contemptuous(Quick):
    """A face model that sees contempt in every face."""

    def predict_with_contempt(self, crops):
        return self.predict(crops), np.full(len(crops), 0.9, np.float32)


def test_more_words_come_and_go_while_the_stream_goes_on(session, clock, astronaut):
    session.use_face_model(Contemptuous(7))
    looked(session, picture(astronaut))
    assert session.snapshot().together.labels == FACE_LABELS
    session.settings = LiveSettings(mirror=False, more_words=True)
    clock.now += 1
    looked(session, picture(astronaut))
    chosen = session.snapshot()
    assert chosen.together.label == "contempt" and chosen.faces.main.labels == MORE_FACE_LABELS
    assert all(len(m.face) == len(m.together) == 7 for m in session.history()), "the last minute keeps the seven"
    session.settings = LiveSettings(mirror=False)
    clock.now += 1
    looked(session, picture(astronaut))
    after = session.snapshot()
    assert after.together.label in FACE_LABELS and after.faces.main.contempt is None


def test_history_is_a_minute_long(session, clock, astronaut):
    frame = picture(astronaut)
    for _ in range(8):
        looked(session, frame)
        clock.now += 10
    times = [m.time_s for m in session.history()]
    assert times == sorted(times) and min(times) >= -80 and len(times) <= 8 and max(times) <= 0
    assert max(times) - min(times) <= 60


def test_sound_that_is_no_voice_is_told_apart(session, clock):
    for wave, why in [(np.zeros(96_000), "muted"), (np.random.default_rng(0).normal(0, 0.1, 96_000), "no voice")]:
        for frame in browser_frames(wave.astype(np.float32)):
            session.on_audio(frame)
        with next_item_worked_on(session._voice_worker):
            session._voice_worker.put(None)
        assert session.snapshot().voice_reason == why


def test_callbacks_never_raise(session):
    broken = object()
    assert session.on_video(broken) is broken
    assert session.on_audio(broken) is None


def test_a_new_stream_begins_with_an_empty_past(session, astronaut):
    looked(session, picture(astronaut))
    assert session.history()
    session.on_ended()
    session.on_video(picture(np.full((480, 640, 3), 128, np.uint8)))
    assert session.snapshot().frames == 1
    assert all(m.face is None for m in session.history())


def test_an_error_of_a_model_is_shown_and_the_stream_goes_on(session, astronaut):
    def fail(_):
        raise RuntimeError("weights gone")

    session._face_judge.model.predict = fail
    assert looked(session, picture(astronaut)).width == 512
    session._face_worker.stop()
    session._face_worker.join(LONG_S)
    assert "weights gone" in session.snapshot().error


# --- several faces ---


@pytest.fixture
def two_faces(astronaut) -> np.ndarray:
    """The portrait twice, uint8 (256, 512, 3); the left one is larger."""
    small = np.full((256, 256, 3), 120, np.uint8)
    small[43:213, 43:213] = astronaut[:510:3, 510:0:-3]
    return np.concatenate([astronaut[::2, ::2], small], axis=1)


class Names:
    """A finder that has its mind made up."""

    def __init__(self, track: int | None, reason: str = ""):
        self.track, self.reason, self.heard = track, reason, []

    def see(self, mouths, time_s):
        pass

    def hear(self, loudness, time_s, seconds):
        self.heard.append(time_s)

    def name(self, time_s):
        return Speaker(time_s, self.track, self.reason)


def hears(session: LiveSession, seconds: float = 1.0) -> None:
    for frame in browser_frames(np.random.default_rng(0).normal(0, 0.1, round(seconds * 48_000)).astype(np.float32)):
        session.on_audio(frame)
        session._clock.turn(0.02)
    with next_item_worked_on(session._voice_worker):
        session._voice_worker.put(None)


def test_the_voice_joins_the_one_who_speaks_and_the_picture_says_so(session, two_faces):
    looked(session, picture(two_faces))
    faces = session.snapshot().faces
    assert faces.main.track == 1 and [f.mouth is None for f in faces.faces] == [False, False]
    session._finder = Names(2)
    hears(session)
    looked(session, picture(two_faces))
    session._voice = VoiceReading(1.0, Quick(8).answer, voiced_seconds=2.0)
    snapshot = session.snapshot()
    assert (snapshot.speaker.track, snapshot.joined.track, snapshot.faces.main.track) == (2, 2, 1)
    assert min(snapshot.together.weights.values()) > 0 and snapshot.together.reason.endswith("#2 speaks")
    marked = session.on_video(picture(two_faces)).to_ndarray(format="rgb24").astype(int)
    session._speaker = None
    plain = session.on_video(picture(two_faces)).to_ndarray(format="rgb24").astype(int)
    assert np.abs(marked - plain)[:, 256:].max() > 60 and not np.abs(marked - plain)[:, :200].any()


def test_a_pinned_face_keeps_the_place_and_no_strange_voice_joins_it(session, two_faces):
    looked(session, picture(two_faces))
    session.pin(2)
    looked(session, picture(two_faces))
    assert session.snapshot().faces.main.track == session.snapshot().faces.pinned == 2
    session._finder = Names(1)
    hears(session)
    looked(session, picture(two_faces))
    session._voice = VoiceReading(1.0, Quick(8).answer, voiced_seconds=2.0)
    snapshot = session.snapshot()
    assert snapshot.joined.track == 2 and snapshot.together.weights["voice"] == 0
    assert "the voice is of #1" in snapshot.together.reason
    session.pin(None)
    looked(session, picture(two_faces))
    assert session.snapshot().faces.main.track == 2, "it stays the main one until it is gone"
    assert session.snapshot().joined.track == 1


def test_nobody_named_is_the_main_face_with_a_note(session, two_faces):
    looked(session, picture(two_faces))
    session._finder = Names(None, "several mouths move")
    hears(session)
    looked(session, picture(two_faces))
    snapshot = session.snapshot()
    assert snapshot.joined.track == 1 and "several mouths move" in snapshot.together.reason


def test_the_speaker_is_named_by_the_clock_of_the_pictures(session, clock):
    clock.turn(50.0)
    began, session._finder = clock.now, Names(1)
    hears(session, 2.0)
    hears(session, 2.0)
    assert session._finder.heard == pytest.approx(
        [began + 0.5 * k for k in range(1, len(session._finder.heard) + 1)], abs=0.1
    )
    assert session.snapshot().speaker.track == 1
    clock.turn(10.0)
    assert session.snapshot().speaker is None, "said too long ago"


def test_a_new_stream_knows_no_speaker_and_no_pin(session, two_faces):
    looked(session, picture(two_faces))
    session.pin(2)
    session._finder = Names(2)
    hears(session)
    session.on_ended()
    looked(session, picture(two_faces))
    snapshot = session.snapshot()
    assert (
        snapshot.speaker is None
        and snapshot.faces.pinned is None
        and snapshot.faces.main.track == snapshot.faces.faces[0].track
    )


def test_a_slow_camera_or_a_tab_in_the_background_is_no_slow_machine(session, clock):
    session.use_face_model(Quick(7), spare=Quick(7))
    frame = picture(np.zeros((48, 64, 3), np.uint8))
    for pause_s in [1.0] * 15 + [5.0] * 5:
        clock.turn(pause_s)
        looked(session, frame)
    assert not session.snapshot().gave_way


def test_a_machine_that_judges_few_of_the_pictures_gives_way(session, clock, monkeypatch):
    session.use_face_model(Quick(7), spare=Quick(7))
    frame, put, offered = picture(np.zeros((48, 64, 3), np.uint8)), session._face_worker.put, []
    monkeypatch.setattr(session._face_worker, "put", offered.append)
    for _ in range(12):
        for _ in range(10):
            clock.turn(0.1)
            session.on_video(frame)
        with next_item_worked_on(session._face_worker):
            put(offered[-1])
    assert len(offered) == 120 and session.snapshot().gave_way
