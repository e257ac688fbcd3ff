"""What goes wrong with camera, microphone or model while a stream runs: it goes on, says why, and comes back."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from emotion.audio import SAMPLE_RATE, read_audio
from emotion.judge import FaceJudge
from emotion.realtime.session import LOOK_SECONDS, STALE_SECONDS, STAND_IN, LiveSession, LiveSettings
from emotion.realtime.worker import Worker
from tests.support import LONG_S, ROOT, Clock, next_item_worked_on

PIECE_S = 0.02  # of sound in a frame


class Model:
    """Answers at once, and raises while it is told to."""

    card = {"sha256": "model"}

    def __init__(self, classes: int):
        self.answer, self.failing, self.heard = np.full(classes, 1 / classes, np.float32), False, []

    def predict(self, x, rate=None):
        if self.failing:
            raise RuntimeError("weights gone")
        self.heard.append(x)
        return np.tile(self.answer, (len(x), 1)) if rate is None else self.answer


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(clock):
    """make() -> a LiveSession with models of its own; its threads end with the test."""
    made = []

    def session() -> LiveSession:
        made.append(LiveSession(Model(7), Model(8), LiveSettings(mirror=False), clock=clock))
        return made[-1]

    yield session
    assert all([s.stop(LONG_S) for s in made]), "a thread was left behind"


@pytest.fixture
def session(make):
    return make()


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    """The sample clip's loudest words again and again, float32 (T,) at SAMPLE_RATE; ten seconds."""
    words = seconds(read_audio(ROOT / "ui/sample/sample.mp4"), 4.1, 5.4)
    return np.resize(words, 10 * SAMPLE_RATE)


def end(worker: Worker) -> None:
    """Let the thread end, so that its error is there to read; the next item begins another one."""
    worker.stop()
    assert worker.join(LONG_S)


def look(session: LiveSession, image: np.ndarray, *, after_s: float = 0.1) -> np.ndarray:
    """The next picture, judged; returns what the browser is given, uint8 (H, W, 3)."""
    session._clock.turn(after_s)
    with next_item_worked_on(session._face_worker):
        out = session.on_video(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24"))
    end(session._face_worker)
    return out.to_ndarray(format="rgb24")


def hear(session: LiveSession, sound: np.ndarray, *, rate: int = SAMPLE_RATE, form: str = "s16") -> None:
    """So much sound, mono, judged to its end. sound: float32 (T,), at most five seconds."""
    step = round(PIECE_S * rate)
    for at in range(0, len(sound) - step + 1, step):
        piece = sound[at : at + step][None]
        if form == "s16":
            piece = (np.clip(piece, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format=form, layout="mono")
        frame.sample_rate = rate
        session.on_audio(frame)
        session._clock.turn(PIECE_S)
    with next_item_worked_on(session._voice_worker):
        session._voice_worker.put(None)
    end(session._voice_worker)


def seconds(sound: np.ndarray, begin: float, end: float) -> np.ndarray:
    return sound[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)]


# --- models ---


def test_a_face_model_that_always_raises_leaves_no_old_answer(session, clock, astronaut):
    look(session, astronaut)
    assert session.snapshot().face_reason == ""
    session.face_model.failing = True
    looks = round(STALE_SECONDS / 0.5) + 2
    pictures = [look(session, astronaut, after_s=0.5) for _ in range(looks)]
    failed = session.snapshot()
    assert (failed.face_reason, failed.together) == ("failed", None) and "weights gone" in failed.error
    assert session.history()[-1].face is None or session.history()[-1].time_s <= -STALE_SECONDS
    np.testing.assert_array_equal(pictures[-1], astronaut, "the video goes on, without the old box")
    session.face_model.failing = False
    look(session, astronaut)
    again = session.snapshot()
    assert (again.face_reason, again.error) == ("", "") and again.together is not None


def test_a_voice_model_that_always_raises_leaves_no_old_answer(session, voice):
    hear(session, seconds(voice, 0, 5))
    assert session.snapshot().voice_reason == ""
    session.voice_model.failing = True
    hear(session, seconds(voice, 5, 7.6))
    hear(session, seconds(voice, 7.6, 9))
    hear(session, seconds(voice, 9, 9.1))  # too little for a judgement, so it does not fail
    failed = session.snapshot()
    assert (failed.voice_reason, failed.together) == ("failed", None) and "weights gone" in failed.error
    session.voice_model.failing = False
    hear(session, seconds(voice, 1, 4))
    again = session.snapshot()
    assert (again.voice_reason, again.error) == ("", "")


def test_a_model_that_raises_once_is_over_with_the_next_picture(session, astronaut):
    look(session, astronaut)
    session.face_model.failing = True
    look(session, astronaut)
    assert session.snapshot().face_reason == "", "the answer of a moment ago stands"
    session.face_model.failing = False
    look(session, astronaut)
    assert session.snapshot().error == "" and session.snapshot().faces.main.track == 1


def test_what_is_handed_over_may_raise_and_the_picture_comes_back(session, astronaut):
    class Broken:
        def __getattr__(self, name):
            raise RuntimeError("broken")

    look(session, astronaut)
    session.record(Broken())
    frame = av.VideoFrame.from_ndarray(astronaut, format="rgb24")
    assert session.on_video(frame) is frame
    session._recorder = None
    look(session, astronaut)
    assert session.snapshot().face_reason == ""


# --- camera ---


def test_a_camera_that_is_unplugged_and_comes_back(session, clock, astronaut, voice):
    look(session, astronaut)
    hear(session, seconds(voice, 0, 4))
    hear(session, seconds(voice, 4, 8))
    away = session.snapshot()
    assert (away.face_reason, away.voice_reason, away.fps) == ("no camera", "", 0) and away.together is not None
    look(session, astronaut)
    back = session.snapshot()
    assert (back.face_reason, back.voice_reason, back.frames) == ("", "", 2), "the same stream goes on"


def test_pictures_above_the_limit_are_not_converted_and_the_stream_says_so(session, clock, astronaut):
    huge = av.VideoFrame(12_000, 12_000, "gray")
    huge.pts, huge.time_base = 7, Fraction(1, 90_000)
    out = session.on_video(huge)
    assert (out.height, out.width, out.pts) == (*STAND_IN, 7)
    assert session.snapshot().face_reason == "picture too large" and session.snapshot().frames == 0
    assert session.streaming and not session.snapshot().error
    clock.turn(STALE_SECONDS + 0.1)
    look(session, astronaut)
    assert session.snapshot().face_reason == "", "the next camera is judged"


@pytest.mark.parametrize("shape", [(2160, 3840), (48, 64)])
def test_pictures_of_any_size_are_judged_and_come_back_as_large(session, astronaut, shape):
    import cv2

    side = min(shape)
    image = np.full((*shape, 3), 120, np.uint8)
    image[:side, :side] = cv2.resize(astronaut, (side, side), interpolation=cv2.INTER_AREA)
    look(session, image)
    out = look(session, image)
    found = session.snapshot()
    assert out.shape == image.shape and not found.error
    if side > 1000:
        x0, y0, x1, y1 = found.faces.main.face.box
        assert found.face_reason == "" and 0.15 * side < x1 - x0 < 0.6 * side


def test_five_pictures_a_second_are_all_judged(session, astronaut):
    for _ in range(15):
        look(session, astronaut, after_s=0.2)
    found = session.snapshot()
    assert found.face_reason == "" and found.faces.main.track == 1, "one face all the time"
    assert (found.frames, found.frames_skipped) == (15, 0) and found.fps == pytest.approx(5, abs=0.6)


def test_a_face_that_leaves_and_comes_back_a_hundred_times(astronaut):
    judge, time_s = FaceJudge(Model(7)), 0.0
    small = np.ascontiguousarray(astronaut[::2, ::2])
    wall, kept, numbers = np.full_like(small, 120), [], []
    for _ in range(100):
        for image, looks in ((small, 2), (wall, 1)):
            for _ in range(looks):
                reading = judge.look(image, time_s)
                time_s += LOOK_SECONDS
            assert (reading.main is not None) == (image is small)
            numbers += [reading.main.track] if reading.main else []
        time_s += 3.0  # long enough for a face to be another one
        kept.append(len(judge._tracks))
    assert numbers == list(range(1, 101)) and max(kept) <= 1, "each visit is a new face, and none is kept"


# --- microphone ---


def test_a_microphone_muted_and_switched_on_again(session, voice):
    hear(session, seconds(voice, 0, 5))
    assert session.snapshot().voice_reason == ""
    hear(session, np.zeros(SAMPLE_RATE, np.float32))
    assert session.snapshot().voice_reason == "muted"
    hear(session, seconds(voice, 1, 4))
    assert session.snapshot().voice_reason == ""


def test_a_microphone_of_8_khz_is_heard_and_may_change_its_rate(session, voice):
    """As a headset does when another program begins to use its microphone."""
    hear(session, seconds(voice, 0, 4)[::2], rate=8000)
    first = session.snapshot()
    assert first.voice_reason == "" and first.sound_seconds == pytest.approx(4, abs=0.05)
    hear(session, seconds(voice, 4, 6))
    hear(session, seconds(voice, 6, 8)[::2], rate=8000)
    assert session.snapshot().voice_reason == "" and session.snapshot().sound_seconds == pytest.approx(8, abs=0.1)


def test_samples_that_are_no_numbers_are_silence_and_what_follows_is_heard(session, voice):
    hear(session, seconds(voice, 0, 4), form="flt")
    broken = seconds(voice, 4, 6).copy()
    broken[::7], broken[3::11] = np.nan, np.inf
    hear(session, broken, form="flt")
    hear(session, seconds(voice, 1, 4.5), form="flt")
    found = session.snapshot()
    assert (found.voice_reason, found.error) == ("", "") and found.voice.voiced_seconds > 0.4
    assert all(np.isfinite(window).all() for window in session.voice_model.heard)


# --- several streams ---


def test_two_streams_at_once_know_nothing_of_each_other(make, astronaut):
    one, other = make(), make()
    look(one, astronaut)
    look(other, np.full_like(astronaut, 125))
    assert (one.snapshot().face_reason, other.snapshot().face_reason) == ("", "no face")
    other.face_model.failing = True
    look(other, astronaut)
    assert "weights gone" in other.snapshot().error and not one.snapshot().error
    other.stop(LONG_S)
    look(one, astronaut)
    assert one.snapshot().face_reason == "" and one.snapshot().frames == 2
