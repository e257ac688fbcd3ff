"""The live path and the offline path give the same answers on the same clip."""

from __future__ import annotations

import av
import numpy as np
import pytest

from emotion import audio
from emotion.judge import REST_SECONDS, FaceJudge, VoiceJudge
from emotion.realtime.session import LiveSession, LiveSettings
from emotion.timeline.analysis import analyze
from tests.support import BROWSER_RATE, LONG_S, Clock, browser_frames, next_item_worked_on, write_wav


def heard_live(session: LiveSession, samples: np.ndarray, clock: Clock) -> list:
    """Every voice reading of a live session fed with `samples` (48 kHz)."""
    readings = []
    hear = session._voice_judge.hear
    session._voice_judge.hear = lambda s: (readings.extend(r := hear(s)), r)[1]
    step = int(0.5 * BROWSER_RATE / 960)
    frames = list(browser_frames(samples))
    for i in range(0, len(frames), step):
        for frame in frames[i : i + step]:
            session.on_audio(frame)
            clock.now += 0.02
        with next_item_worked_on(session._voice_worker):
            session._voice_worker.put(None)
    return readings


def test_voice_is_the_same_live_and_offline(voice_model, face_model, speech):
    import soxr

    at_48k = soxr.resample(speech, audio.SAMPLE_RATE, BROWSER_RATE)
    clock = Clock()
    session = LiveSession(face_model, voice_model, LiveSettings(smoothing_s=0), clock=clock)
    live = heard_live(session, at_48k, clock)
    assert session.stop(LONG_S)
    offline = VoiceJudge(voice_model, smoothing_s=0).hear(audio.to_mono(at_48k, BROWSER_RATE))
    n = min(len(live), len(offline))
    assert n >= 5 and abs(len(live) - len(offline)) <= 1
    assert [r.reason for r in live[:n]] == [r.reason for r in offline[:n]]
    judged = [(a.probs, b.probs) for a, b in zip(live, offline) if b.probs is not None]
    assert len(judged) >= 3
    for a, b in judged:
        assert a.argmax() == b.argmax() and np.abs(a - b).max() < 0.05  # two resamplers, 16-bit sound


def test_what_is_learned_of_a_speaker_is_the_same_live_and_offline(face_model, voice_model, speech):
    """What is told to the model comes from the sound alone, and not from when it arrives."""
    import soxr

    at_48k, clock = soxr.resample(speech, audio.SAMPLE_RATE, BROWSER_RATE), Clock()
    session = LiveSession(face_model, voice_model, LiveSettings(smoothing_s=0, adapt=True), clock=clock)
    live = heard_live(session, at_48k, clock)
    assert session.stop(LONG_S)
    offline = VoiceJudge(voice_model, smoothing_s=0, adapt=True).hear(audio.to_mono(at_48k, BROWSER_RATE))
    told = [(a, b) for a, b in zip(live, offline) if b.centre is not None]
    assert len(told) >= 3
    for a, b in told:
        assert a.centre is not None and a.centre.seconds == pytest.approx(b.centre.seconds, abs=0.6)
        assert np.abs(a.probs - b.probs).max() < 0.1 and np.abs(a.as_it_is - b.as_it_is).max() < 0.05
    known = session.learned().voice
    assert known is not None and known.seconds > told[-1][1].centre.seconds


def test_face_is_the_same_live_and_offline(voice_model, face_model, astronaut):
    session = LiveSession(face_model, voice_model, LiveSettings(smoothing_s=0, mirror=False), clock=Clock())
    with next_item_worked_on(session._face_worker):
        out = session.on_video(av.VideoFrame.from_ndarray(astronaut, format="rgb24"))
    assert (out.width, out.height) == (512, 512)
    live = session.snapshot().faces.main.probs
    assert session.stop(LONG_S)
    offline = FaceJudge(face_model, smoothing_s=0).look(astronaut, 0.0).main.probs
    np.testing.assert_allclose(live, offline, atol=1e-6)


def test_a_file_gives_what_its_samples_give(tmp_path, voice_model, speech):
    path = write_wav(tmp_path / "speech.wav", speech, audio.SAMPLE_RATE)
    table = analyze(path, face_model="fast").timeline
    direct = VoiceJudge(voice_model, adapt=True).hear(audio.read_audio(path))
    for row, reading in zip(table.to_dict("records"), direct):
        if reading.probs is None:
            assert (row["voice_reason"] or "") == reading.reason
        else:
            assert row["voice_sure"] == (row["voice_reason"] == "")
            assert row["voice_confidence"] == pytest.approx(float(reading.probs.max()), abs=1e-5)


@pytest.mark.parametrize("gain_db", [-20, 20])
def test_loudness_does_not_change_the_voice(voice_model, speech, gain_db):
    quiet = speech * 0.05
    assert (
        np.abs(voice_model.predict(quiet * 10 ** (gain_db / 20), 16_000) - voice_model.predict(quiet, 16_000)).max()
        < 0.02
    )


def test_a_sentence_is_waited_for_when_the_face_has_rested(voice_model, face_model, astronaut, speech):
    import soxr

    clock, small = Clock(), np.ascontiguousarray(astronaut[::2, ::2])
    session = LiveSession(face_model, voice_model, LiveSettings(adapt=True, mirror=False), clock=clock)

    def look() -> None:
        clock.now += 0.5
        with next_item_worked_on(session._face_worker):
            session.on_video(av.VideoFrame.from_ndarray(small, format="rgb24"))

    look()
    session.take_neutral()
    at_48k = soxr.resample(speech, audio.SAMPLE_RATE, BROWSER_RATE)
    look()
    assert session.snapshot().faces.rest_left_s is not None
    assert all(r.rest_left_s is None for r in heard_live(session, at_48k, clock)), "nobody is to speak yet"
    for _ in range(round(REST_SECONDS / 0.5) + 1):
        look()
    assert session.snapshot().faces.rest_left_s is None
    waited = [r.rest_left_s for r in heard_live(session, at_48k, clock)]
    assert waited[0] is not None and waited[0] > min(w for w in waited if w is not None)
    session.take_neutral()
    session.stop_taking_neutral()
    look()
    assert session.snapshot().faces.rest_left_s is None
    assert all(r.rest_left_s is None for r in heard_live(session, at_48k, clock)) and session.stop(LONG_S)
