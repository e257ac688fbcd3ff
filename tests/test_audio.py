"""Sound in every form, log-mel features, and whether there is a voice."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from emotion import audio, vad
from emotion.evaluation.no_voice import no_voice_figures, sounds_without_a_voice
from emotion.evaluation.simulate import keyboard, music
from emotion.judge import VoiceJudge
from tests.support import ROOT, write_wav

TONE = (0.3 * np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_becomes_16_khz(rate):
    t = np.arange(rate * 2) / rate
    wave = audio.to_mono(0.3 * np.sin(2 * np.pi * 440 * t), rate)
    assert wave.dtype == np.float32 and abs(len(wave) - 32_000) <= 2
    peak_hz = np.abs(np.fft.rfft(wave)).argmax() / 2
    assert peak_hz == pytest.approx(440, abs=2)


@pytest.mark.parametrize(
    "convert",
    [
        lambda w: (w * 32767).astype(np.int16),
        lambda w: (w * 2147483647).astype(np.int32),
        lambda w: w.astype(np.float64),
        lambda w: np.stack([w, w]),
        lambda w: np.stack([w, w], axis=1),
        lambda w: (np.stack([w, w], axis=1) * 32767).astype(np.int16),
        lambda w: (w * 32767 + 32768).astype(np.uint16),
        lambda w: np.stack([w] * 16),
        lambda w: np.stack([w] * 16, axis=1),
    ],
)
def test_any_sample_format_is_the_same_sound(convert):
    np.testing.assert_allclose(audio.to_mono(convert(TONE), 16_000), TONE, atol=1e-3)


@pytest.mark.parametrize(
    "wave, rate, word",
    [
        (np.zeros((3, 3, 3)), 16_000, "shape"),
        (TONE, 0, "sample rate"),
        (TONE, float("nan"), "sample rate"),
        (np.full(100, np.nan), 16_000, "NaN"),
        (np.array(["a", "b"]), 16_000, "numbers"),
        (np.full(100, np.inf), 16_000, "infinite"),
        (np.full(100, 1e300), 16_000, "infinite"),
        (np.ones(100, bool), 16_000, "got bool"),
        (np.ones(100, complex), 16_000, "got complex128"),
        (np.array([1.0, None]), 16_000, "got object"),
        (np.ones(100, np.uint32), 16_000, "got uint32"),
        ([[1.0, 2.0], [3.0]], 16_000, "one array"),
        (np.zeros((200, 300)), 16_000, "at most 64 channels"),
        (np.float32(3), 16_000, "shape"),
        (TONE, None, "sample rate"),
    ],
)
def test_nonsense_is_refused_with_what_arrived(wave, rate, word):
    with pytest.raises(audio.AudioError, match=word):
        audio.to_mono(wave, rate)


def test_8_bit_sound_has_its_zero_in_the_middle_and_a_list_is_16_bit_sound():
    np.testing.assert_allclose(audio.to_mono(np.round(TONE * 127 + 128).astype(np.uint8), 16_000), TONE, atol=0.01)
    given = [int(x) for x in TONE[:400] * 32767]
    heard = audio.to_mono(given, 16_000)
    np.testing.assert_allclose(heard / np.abs(heard).max(), TONE[:400] / np.abs(TONE[:400]).max(), atol=1e-3)


def test_the_voice_model_hears_the_same_in_every_form(voice_model, speech):
    expected = voice_model.predict(speech, 16_000)
    for given in (
        np.round(speech * 32767 + 32768).astype(np.uint16),
        np.round(speech * 32767).astype(np.int16),
        np.stack([speech] * 16),
        np.stack([speech, -speech], axis=1),
    ):
        assert np.abs(voice_model.predict(given, 16_000) - expected).max() < 0.02
    coarse = voice_model.predict(np.round(speech * 127 + 128).astype(np.uint8), 16_000)
    assert np.abs(coarse - expected).max() < 0.35 and coarse.argmax() == expected.argmax()


def test_mel_power_follows_the_tone_and_its_level():
    power = audio.mel_power(TONE)
    assert power.shape[1] == audio.FAST.n_mels and abs(len(power) - 200) <= 3
    loud_band = power[50:150].mean(0).argmax()
    assert 8 <= loud_band <= 16  # 440 Hz among 64 bands from 60 to 7600 Hz
    np.testing.assert_allclose(audio.mel_power(TONE * 2)[50:150], 4 * power[50:150], rtol=1e-3)


def test_features_do_not_depend_on_level_or_on_a_band_gain():
    rng = np.random.default_rng(0)
    power = rng.gamma(2, 1, (250, audio.FAST.n_mels)).astype(np.float32)
    mel, mask = audio.normalise(power)
    assert mel.shape == (audio.N_FRAMES, audio.FAST.n_mels) and mask.sum() == 250
    np.testing.assert_allclose(audio.normalise(power * 1e-4)[0], mel, atol=1e-4)
    response = 10 ** (rng.uniform(-1, 1, audio.FAST.n_mels) / 2)
    assert np.abs(audio.normalise((power * response).astype(np.float32))[0] - mel).max() < 0.3


@pytest.mark.parametrize("form", audio.LOG_MELS.values(), ids=audio.LOG_MELS)
def test_silence_and_padding_give_finite_features(form):
    for wave in (np.zeros(16_000, np.float32), np.zeros(1, np.float32), TONE[:50]):
        mel, mask = audio.recording_features(audio.mel_power(wave, form), form)
        assert np.isfinite(mel).all() and mask.sum() >= 1


def test_whisper_log_mel_has_its_range_whatever_the_level():
    power = audio.mel_power(TONE, audio.ACCURATE)
    assert power.shape[1] == 80
    mel, mask = audio.normalise(power, audio.ACCURATE)
    assert mel.max() == pytest.approx((audio.WHISPER_PEAK + 4) / 4)
    assert mel[mask > 0].min() >= (audio.WHISPER_PEAK - 8 + 4) / 4 - 1e-6 and (mel[mask == 0] == 0).all()
    np.testing.assert_allclose(audio.normalise(power * 1e-4, audio.ACCURATE)[0], mel, atol=1e-5)


def test_quiet_edges_are_trimmed():
    padded = np.concatenate([np.zeros(16_000), TONE, np.zeros(16_000)]).astype(np.float32)
    assert abs(len(audio.trim(audio.mel_power(padded))) - 200) <= 2 * audio.TRIM_MARGIN_FRAMES + 6


def test_windows_cover_a_long_recording_to_its_end():
    starts = audio.window_starts(1000)
    assert starts[0] == 0 and starts[-1] + audio.N_FRAMES == 1000 and max(np.diff(starts)) <= 100
    assert audio.window_starts(10) == [0]


def test_what_a_live_judgement_hears_is_one_window():
    loud = np.random.default_rng(0).normal(0, 0.1, audio.CLIP_SAMPLES).astype(np.float32)
    mel, mask = audio.recording_features(audio.mel_power(loud))
    assert mel.shape == (1, audio.N_FRAMES, audio.FAST.n_mels) and mask.all()


def test_files_read_back(tmp_path):
    wave = audio.read_audio(write_wav(tmp_path / "tone.wav", TONE, 16_000))
    np.testing.assert_allclose(wave, TONE, atol=1e-3)


@pytest.mark.parametrize("content", [b"", b"RIFF\x00\x00", b"not a sound" * 100])
def test_broken_files_get_a_message(tmp_path, content):
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(audio.AudioError, match="broken.wav"):
        audio.read_audio(path)


# --- is there a voice ---


@pytest.mark.parametrize(
    "wave, why",
    [
        (np.zeros(48_000, np.float32), "muted"),
        (np.random.default_rng(0).normal(0, 2e-4, 48_000).astype(np.float32), "silence"),
        (np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32), "no voice"),
        (np.tile(TONE, 2)[:48_000], "no voice"),
    ],
)
def test_mute_silence_noise_and_tone_are_no_voice(wave, why):
    assert vad.voice_problem(wave, vad.VoiceActivity().push(wave)) == why


@pytest.mark.parametrize("make, level", [(music, 1.0), (keyboard, 0.2)])
@pytest.mark.slow
def test_music_and_keys_get_no_emotion(voice_model, make, level):
    readings = VoiceJudge(voice_model).hear(level * make(12 * audio.SAMPLE_RATE, np.random.default_rng(0)))
    assert len(readings) == 24
    assert all(r.probs is None and r.reason in ("no voice", "silence") for r in readings)


@pytest.mark.slow
def test_hardly_any_everyday_noise_gets_an_emotion(voice_model, data_folder):
    rows = no_voice_figures(voice_model, sounds_without_a_voice(data_folder, limit=3))
    assert len(rows) >= 14 and all(r["readings"] >= 29 for r in rows)
    assert all(r["judged"] == 0 for r in rows if r["sound"] in ("mute", "hiss", "keyboard", "music"))
    assert sum(r["judged"] * r["readings"] for r in rows) < 0.02 * sum(r["readings"] for r in rows)


def test_a_voice_among_sounds_without_one_is_counted(voice_model, speech):
    (row,) = no_voice_figures(voice_model, {"speech": [speech]})
    assert row["judged"] > 0.5


@pytest.mark.parametrize("level_dbfs", [-30, -50, -70, -85])
def test_speech_is_a_voice_at_any_level(speech, level_dbfs):
    faint = (speech * 10 ** ((level_dbfs - vad.level_dbfs(speech)) / 20)).astype(np.float32)
    found = vad.VoiceActivity().push(faint)
    assert vad.voiced_seconds(found) > 0.8 * vad.voiced_seconds(vad.VoiceActivity().push(speech))
    assert vad.voice_problem(faint[: 3 * audio.SAMPLE_RATE], found[: 3 * audio.SAMPLE_RATE // vad.CHUNK_SAMPLES]) == ""


@pytest.mark.parametrize("level_dbfs", [-60, -75, -78])
@pytest.mark.parametrize("room", ["hiss", "hum", "keys"])
def test_a_quiet_room_stays_silent(room, level_dbfs):
    rng, n = np.random.default_rng(0), 6 * audio.SAMPLE_RATE
    t = np.arange(n) / audio.SAMPLE_RATE
    made = {
        "hiss": lambda: rng.normal(0, 1, n),
        "hum": lambda: sum(np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 12)),
        "keys": lambda: keyboard(n, rng) + 1e-3 * rng.normal(0, 1, n),
    }[room]()
    quiet = (made * 10 ** ((level_dbfs - vad.level_dbfs(made)) / 20)).astype(np.float32)
    reasons = {r.reason for r in VoiceJudge(NEVER).hear(quiet)}
    assert reasons <= {"silence", "no voice"} and "silence" in reasons


def test_loud_speech_is_heard_as_it_is_and_silence_after_it_is_silence(speech):
    loud = (speech * 10 ** ((-25 - vad.loudest_dbfs(speech)) / 20)).astype(np.float32)
    assert vad.gain_to_be_heard(10 ** (vad.loudest_dbfs(loud) / 10)) == 1
    room = np.random.default_rng(0).normal(0, 1e-4, 4 * audio.SAMPLE_RATE).astype(np.float32)
    judge = VoiceJudge(EVEN)
    assert judge.hear(loud) and [r.reason for r in judge.hear(room)][-4:] == ["silence"] * 4


class Even:
    """A voice model for what does not depend on its answers."""

    card: dict = {}

    def __init__(self, asked: bool):
        self.asked = asked

    def predict(self, waveform, sample_rate):
        assert self.asked, "there was nothing to judge"
        return np.full(8, 1 / 8, np.float32)


EVEN, NEVER = Even(True), Even(False)


def test_speech_is_a_voice_whatever_the_pieces(speech):
    whole = vad.VoiceActivity().push(speech)
    pieces, activity = [], vad.VoiceActivity()
    for start in range(0, len(speech), 777):
        pieces += activity.push(speech[start : start + 777])
    np.testing.assert_allclose(pieces, whole, atol=1e-6)
    assert vad.voice_problem(speech, whole) == ""


ONE_THREAD_PROGRAM = """
import os
import numpy as np
from emotion.vad import CHUNK_SAMPLES, VoiceActivity
activity = VoiceActivity()
before = len(os.listdir("/proc/self/task"))
activity.push(np.ones(20 * CHUNK_SAMPLES, np.float32))
print(before, len(os.listdir("/proc/self/task")), os.environ.get("OMP_THREAD_LIMIT"))
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted as Linux tells them")
@pytest.mark.parametrize("set_before", [None, "7"])
def test_voice_activity_takes_no_threads_of_its_own(set_before):
    """They would wait for each other with Python's lock held, and nothing else would go on in the live streams."""
    settings = {name: value for name, value in os.environ.items() if name != "OMP_THREAD_LIMIT"}
    settings |= {"OMP_THREAD_LIMIT": set_before} if set_before else {}
    command = [sys.executable, "-c", ONE_THREAD_PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=True)
    before, after, limit = done.stdout.split()
    assert before == after
    assert limit == str(set_before), "the variable is left as it was"


def test_when_the_last_stretch_of_speech_began():
    chunk = vad.CHUNK_SECONDS
    pause = round(vad.PAUSE_SECONDS / chunk)
    assert vad.seconds_since_it_began([0.0] * 50) == vad.seconds_since_it_began([]) == 0
    assert vad.seconds_since_it_began([0.0] * 5 + [0.9] * 20) == pytest.approx(20 * chunk)
    short = [0.9] * 10 + [0.0] * (pause - 2) + [0.9] * 10 + [0.0] * 4
    assert vad.seconds_since_it_began(short) == pytest.approx(len(short) * chunk), "a breath does not end it"
    long = [0.9] * 10 + [0.0] * (pause + 3) + [0.9] * 10 + [0.0] * 4
    assert vad.seconds_since_it_began(long) == pytest.approx(14 * chunk)
