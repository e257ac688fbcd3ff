"""Channels between a speaker and the model, as functions on sound: codecs, telephone, microphones, rooms, noise.

Waveforms are float32 (T,) mono at audio.SAMPLE_RATE, in and out, of the same length. They serve to measure how channels
change the answers; training has its own, cheaper versions on mel power (emotion.training.augment).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from emotion.audio import SAMPLE_RATE, read_audio

TELEPHONE_HZ = (300.0, 3400.0)  # ITU-T G.712
# a small microphone without bass, made up
LAPTOP_HZ_DB = ((60, -30), (150, -12), (300, -2), (1000, 0), (2500, 5), (4000, 8), (5500, 2), (7600, -8))


def opus(wave: np.ndarray, *, bitrate: int = 24_000) -> np.ndarray:
    """Through Opus and back, as WebRTC and voice messages send it."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = bitrate
        frame = av.AudioFrame.from_ndarray(np.clip(wave, -1, 1)[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
        for resampled in av.AudioResampler(format="flt", layout="mono", rate=48_000).resample(frame):
            out.mux(stream.encode(resampled))
        out.mux(stream.encode(None))
    file.seek(0)
    return _fitted(read_audio(file, name="opus"), len(wave))


def telephone(wave: np.ndarray) -> np.ndarray:
    """The band of a telephone line, 8-bit µ-law (ITU-T G.711)."""
    band = filtered(
        wave,
        [
            (0, -60),
            (TELEPHONE_HZ[0] * 0.8, -40),
            (TELEPHONE_HZ[0], 0),
            (TELEPHONE_HZ[1], 0),
            (TELEPHONE_HZ[1] * 1.15, -60),
            (8000, -80),
        ],
    )
    peak = max(float(np.abs(band).max()), 1e-9)
    code = np.round(127 * np.sign(band) * np.log1p(255 * np.abs(band) / peak) / np.log(256)) / 127
    return (np.sign(code) * (np.expm1(np.abs(code) * np.log(256)) / 255) * peak).astype(np.float32)


def laptop(wave: np.ndarray) -> np.ndarray:
    """A small microphone in the lid of a laptop: no bass, and a peak where the case resonates."""
    return filtered(wave, LAPTOP_HZ_DB)


def filtered(wave: np.ndarray, hz_db) -> np.ndarray:
    """Filter by a frequency response given as (Hz, dB) points, straight lines between them, no delay."""
    spectrum = np.fft.rfft(wave, 2 * len(wave))
    hz = np.fft.rfftfreq(2 * len(wave), 1 / SAMPLE_RATE)
    points = np.array(hz_db, float)
    gain = 10 ** (np.interp(hz, points[:, 0], points[:, 1]) / 20)
    return np.fft.irfft(spectrum * gain)[: len(wave)].astype(np.float32)


def room(wave: np.ndarray, response: np.ndarray) -> np.ndarray:
    """In a room. response: float (R,) impulse response at SAMPLE_RATE; its direct sound keeps its place and level."""
    direct = int(np.argmax(np.abs(response)))
    size = len(wave) + len(response)
    wet = np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(response / np.abs(response[direct]), size), size)
    return wet[direct : direct + len(wave)].astype(np.float32)


def add_noise(wave: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """Noise at snr_db below the voice, both by their power over the whole clip; noise of any length is repeated."""
    noise = np.tile(noise, -(-len(wave) // len(noise)))[: len(wave)]
    scale = np.sqrt(np.mean(wave**2) / max(float(np.mean(noise**2)), 1e-20) * 10 ** (-snr_db / 10))
    return (wave + noise * scale).astype(np.float32)


def hiss(samples: int, rng: np.random.Generator) -> np.ndarray:
    """White noise."""
    return rng.normal(0, 1, samples).astype(np.float32)


def keyboard(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Someone typing: about eight short, bright clicks a second, each a decaying burst."""
    out = np.zeros(samples + SAMPLE_RATE, np.float32)
    for start in np.flatnonzero(rng.random(samples) < 8 / SAMPLE_RATE):
        length = int(rng.uniform(0.01, 0.03) * SAMPLE_RATE)
        burst = rng.normal(0, 1, length) * np.exp(-np.arange(length) / (length / 5))
        out[start : start + length] += (burst * rng.uniform(0.4, 1)).astype(np.float32)
    out[0] += 1e-4  # sound without a single key would be silence, and its power is divided by
    return filtered(out, [(0, -30), (800, -6), (2500, 0), (8000, -3)])[:samples]


def music(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Chords, a melody with a singer's vibrato above them, and a drum."""
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    bars = []
    for _ in range(-(-samples // SAMPLE_RATE)):
        root = 110 * 2 ** (rng.choice([0, 3, 5, 7]) / 12)
        chord = sum(np.sin(2 * np.pi * root * k * r * t) / k for r in (1, 1.26, 1.5) for k in range(1, 6))
        note = root * 4 * 2 ** (rng.integers(0, 8) / 12)
        melody = sum(
            np.sin(2 * np.pi * note * k * t + 3 * k * np.sin(2 * np.pi * 5.5 * t)) / k for k in range(1, 8)
        ) * np.exp(-1.5 * t)
        drum = rng.normal(0, 1, len(t)) * np.exp(-(t % 0.5) * 30)
        bars.append(0.05 * chord + 0.075 * melody + 0.05 * drum)
    return np.concatenate(bars)[:samples].astype(np.float32)


def babble(voices: list[np.ndarray], samples: int, rng: np.random.Generator) -> np.ndarray:
    """Several people talking at once, each at the same level, from random places of their recordings."""
    out = np.zeros(samples, np.float32)
    for voice in voices:
        repeated = np.tile(voice, -(-2 * samples // len(voice)))
        start = int(rng.integers(0, len(repeated) - samples + 1))
        out += repeated[start : start + samples] / max(float(np.sqrt(np.mean(voice**2))), 1e-9)
    return out


def _fitted(wave: np.ndarray, samples: int) -> np.ndarray:
    return np.pad(wave[:samples], (0, max(0, samples - len(wave)))).astype(np.float32)


Channel = Callable[[np.ndarray, np.random.Generator], np.ndarray]
NOISE_DB = (20, 10, 5)


def channels(noises: dict[str, list[np.ndarray]], rooms: list[np.ndarray]) -> dict[str, Channel]:
    """Name -> channel(wave, rng). noises: kind -> recordings (of "babble": single voices); rooms: impulse responses."""
    made: dict[str, Channel] = {
        "clean": lambda w, _: w,
        "Opus 24 kbit/s": lambda w, _: opus(w),
        "telephone": lambda w, _: telephone(w),
        "laptop microphone": lambda w, _: laptop(w),
        "20 dB quieter": lambda w, _: w * 0.1,
        "20 dB louder": lambda w, _: w * 10,
    }
    if rooms:
        made["room"] = lambda w, rng: room(w, rooms[rng.integers(len(rooms))])
    for snr_db in NOISE_DB:
        made[f"hiss, {snr_db} dB"] = _with_hiss(snr_db)
        for kind, recordings in noises.items():
            made[f"{kind}, {snr_db} dB"] = (_with_babble if kind == "babble" else _with_noise)(recordings, snr_db)
    return made


def _with_hiss(snr_db: float) -> Channel:
    return lambda wave, rng: add_noise(wave, hiss(len(wave), rng), snr_db)


def _with_babble(voices: list[np.ndarray], snr_db: float) -> Channel:
    def channel(wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        talking = [voices[i] for i in rng.choice(len(voices), min(6, len(voices)), replace=False)]
        return add_noise(wave, babble(talking, len(wave), rng), snr_db)

    return channel


def _with_noise(recordings: list[np.ndarray], snr_db: float) -> Channel:
    return lambda wave, rng: add_noise(wave, recordings[rng.integers(len(recordings))], snr_db)
