"""Several channels become one without one of them cancelling another: arrays, frames, files, live."""

from __future__ import annotations

import av
import numpy as np
import pytest

from emotion import audio, vad
from emotion.downmix import MEMORY_SECONDS, ChannelSigns
from emotion.realtime.session import LiveSession, LiveSettings
from tests.support import BROWSER_RATE, LONG_S, Clock, next_item_worked_on

RATE = BROWSER_RATE
STEP = 960  # samples of a frame, 20 ms
OPPOSITE = {  # channels of a voice x and of silence z, and their layout
    "opposite": (lambda x, z: [x, -x], "stereo"),
    "opposite and quieter": (lambda x, z: [x, -0.5 * x], "stereo"),
    "opposite and louder": (lambda x, z: [0.6 * x, -x], "stereo"),
    "one channel silent": (lambda x, z: [z, x], "stereo"),
    "voice in the centre": (lambda x, z: [z, z, x, z, z, z], "5.1"),
    "opposite in front": (lambda x, z: [x, -x, z, z, z, z], "5.1"),
    "centre against front": (lambda x, z: [-0.7 * x, -0.7 * x, x, z, z, z], "5.1"),
    "third of three": (lambda x, z: [z, z, x], "3 channels"),
    "sixteen, every second opposite": (lambda x, z: [x, -x] * 8, "16 channels"),
}


def frames(channels: np.ndarray, layout: str = "stereo", step: int = STEP):
    """float32 (channels, T) at RATE -> packed s16 frames."""
    whole = (np.clip(channels, -1, 1) * 32767).astype(np.int16)
    for at in range(0, whole.shape[1] - step + 1, step):
        packed = np.ascontiguousarray(whole[:, at : at + step].T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate = RATE
        yield frame


def mixed(some) -> np.ndarray:
    resampler = audio.MonoResampler()
    return np.concatenate([piece for frame in some for piece in resampler.push(frame)] + resampler.finish())


def by_ffmpeg(some) -> np.ndarray:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=audio.SAMPLE_RATE)
    pieces = [piece for frame in some for piece in resampler.resample(frame)] + resampler.resample(None)
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces])


@pytest.fixture(scope="module")
def voice(speech) -> np.ndarray:
    """A sentence at RATE, float32 (T,)."""
    import soxr

    return soxr.resample(speech, audio.SAMPLE_RATE, RATE)


@pytest.mark.parametrize("kind", OPPOSITE)
def test_no_channel_cancels_another(voice, speech, kind):
    make, layout = OPPOSITE[kind]
    channels = np.stack(make(voice, 0 * voice))
    for heard in (mixed(frames(channels, layout)), audio.to_mono(channels, RATE)):
        length = min(len(heard), len(speech))
        alike = np.corrcoef(heard[:length], speech[:length])[0, 1]
        assert abs(alike) > 0.95 and vad.level_dbfs(heard) > vad.level_dbfs(speech) - 26


@pytest.mark.parametrize("step", [STEP, 1024, 4608])
def test_ordinary_stereo_stays_as_ffmpeg_mixes_it_to_the_last_digit(voice, step):
    rng = np.random.default_rng(0)
    room = 0.01 * rng.normal(0, 1, len(voice)).astype(np.float32)
    for channels in ([voice, voice], [voice, 0.5 * voice + room], [voice, 0 * voice], [voice, voice[::-1]]):
        stereo = np.stack(channels)
        np.testing.assert_array_equal(mixed(frames(stereo, step=step)), by_ffmpeg(frames(stereo, step=step)))
        np.testing.assert_array_equal(audio.to_mono(stereo, audio.SAMPLE_RATE), stereo.T.mean(axis=1))


def test_a_channel_that_turns_midway_is_turned_back_without_a_click():
    t = np.arange(3 * RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 220 * t)
    side = np.where((t >= 1) & (t < 2), -tone, tone)
    turned = ChannelSigns(np.ones(2) / 2, RATE).turned(np.stack([tone, side])).mean(axis=0)
    settled = (t > 1 + 4 * MEMORY_SECONDS) & (t < 2)
    assert np.abs(turned[settled]).max() > 0.29 and np.abs(turned[t > 2.5]).max() > 0.29
    steepest = np.abs(np.diff(tone)).max()
    jumps = np.abs(np.diff(turned))
    jumps[[RATE - 1, 2 * RATE - 1]] = 0  # the sound's own
    assert jumps.max() < 1.5 * steepest


def test_silence_and_broken_samples_turn_nothing():
    signs = ChannelSigns(np.ones(2) / 2, RATE)
    zeros, broken = np.zeros((2, RATE)), np.full((2, RATE), np.nan)
    assert signs.turned(zeros) is zeros and signs.turned(broken) is broken


def test_eight_planar_channels_are_read(voice):
    surround = np.stack([0 * voice] * 2 + [voice] + [0 * voice] * 5)
    planar = av.AudioResampler(format="s32p", layout="7.1", rate=RATE)
    heard = mixed(p for frame in frames(surround, "7.1") for p in planar.resample(frame))
    np.testing.assert_allclose(heard, by_ffmpeg(frames(surround, "7.1")), atol=1e-4)


def live_reasons(face_model, channels: np.ndarray, layout: str) -> list[str]:
    """What a live session says of the voice, at each half second."""
    clock, reasons = Clock(), []
    session = LiveSession(face_model, Even(), LiveSettings(smoothing_s=0), clock=clock)
    hear = session._voice_judge.hear

    def listen(samples):
        readings = hear(samples)
        reasons.extend(r.reason for r in readings)
        return readings

    session._voice_judge.hear = listen
    sent = list(frames(channels, layout))
    for i in range(0, len(sent), 25):
        for frame in sent[i : i + 25]:
            session.on_audio(frame)
            clock.now += 0.02
        with next_item_worked_on(session._voice_worker):
            session._voice_worker.put(None)
    assert session.stop(LONG_S)
    return reasons


class Even:
    """A voice model for what does not depend on its answers."""

    card: dict = {}

    def predict(self, waveform, sample_rate):
        return np.full(8, 1 / 8, np.float32)


@pytest.mark.parametrize("kind", OPPOSITE)
def test_a_live_session_hears_it(face_model, voice, kind):
    make, layout = OPPOSITE[kind]
    assert live_reasons(face_model, np.stack(make(voice, 0 * voice)), layout).count("") >= 2


def test_a_live_session_hears_faint_speech_and_no_speech_in_a_quiet_room(face_model, voice):
    faint = voice * 10 ** ((-60 - vad.level_dbfs(voice)) / 20)
    assert live_reasons(face_model, np.stack([faint, faint]), "stereo").count("") >= 2
    room = np.random.default_rng(0).normal(0, 10 ** (-65 / 20), (2, 4 * RATE))
    assert set(live_reasons(face_model, room, "stereo")) == {"silence"}
    assert set(live_reasons(face_model, 0 * room, "stereo")) == {"muted"}
