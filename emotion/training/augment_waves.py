"""Random changes to sound in training: other speakers, rooms, noise, microphones, lines; and parts, as Live hears them.

Waveforms are float32 (T,) mono at audio.SAMPLE_RATE. Each function takes a numpy Generator, so a seed fixes everything.
"""

from __future__ import annotations

import numpy as np

from emotion.audio import CLIP_SAMPLES, SAMPLE_RATE, WINDOW_SAMPLES
from emotion.evaluation.simulate import add_noise, babble, filtered, hiss, room, telephone

LIVE_SHARE = 0.6  # of the examples are what Live hears at some moment of the clip, the others a whole clip
SHORTEST_SECONDS = 0.35  # of a clip's beginning
SLOWEST, FASTEST = 0.86, 1.17


def change_speed(wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Faster and higher, or slower and deeper, by up to a sixth (Ko et al. 2015)."""
    import soxr

    return soxr.resample(wave, SAMPLE_RATE, SAMPLE_RATE / rng.uniform(SLOWEST, FASTEST)).astype(np.float32)


def random_room(rng: np.random.Generator) -> np.ndarray:
    """An impulse response: the direct sound, then noise that decays (Polack's model), 0.15 to 0.8 s to -60 dB."""
    seconds = rng.uniform(0.15, 0.8)
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.normal(0, 1, len(t)) * 10 ** (-3 * t / seconds)
    gap = int(rng.uniform(0.002, 0.02) * SAMPLE_RATE)
    response = np.concatenate([np.zeros(gap), tail * rng.uniform(0.02, 0.15)])
    response[0] = 1.0
    return response.astype(np.float32)


def coloured_hiss(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Steady noise whose level falls or rises evenly over the octaves."""
    db_per_octave = rng.uniform(-6, 3)
    hz = np.array([50, 100, 200, 400, 800, 1600, 3200, 6400, 8000])
    return filtered(hiss(samples, rng), list(zip(hz, db_per_octave * np.log2(hz / 50))))


def clicks(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Short bursts of random colour and length, a few a second: keys, mouse, dishes, a loose cable."""
    out = np.zeros(samples, np.float32)
    for start in rng.integers(0, samples, 1 + rng.poisson(samples / SAMPLE_RATE * rng.uniform(2, 12))):
        length = int(rng.uniform(0.005, 0.06) * SAMPLE_RATE)
        burst = rng.normal(0, rng.uniform(0.2, 1), length) * np.exp(-np.arange(length) / (length / rng.uniform(3, 7)))
        out[start : start + length] += burst[: samples - start].astype(np.float32)
    return filtered(out, [(0, -30), (300, rng.uniform(-20, 0)), (2500, 0), (8000, rng.uniform(-12, 6))])


def microphone(wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A smooth random frequency response."""
    return filtered(wave, list(zip((0, 200, 600, 1500, 3500, 8000), rng.normal(0, 6, 6))))


def narrow_band(wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A telephone line, or a codec without high frequencies."""
    if rng.random() < 0.5:
        return telephone(wave)
    top_hz = rng.uniform(3000, 7500)
    return filtered(wave, [(0, 0), (top_hz, 0), (top_hz * 1.1, -60), (8300, -80)])


def augment_wave(
    wave: np.ndarray, rng: np.random.Generator, *, noises: list[np.ndarray], voices: list[np.ndarray]
) -> np.ndarray:
    """One random variant of a recording. noises: recordings without speech; voices: other people, for babble."""
    if rng.random() < 0.5:
        wave = change_speed(wave, rng)
    if rng.random() < 0.25:
        wave = room(wave, random_room(rng))
    kind = rng.random()  # at most one noise, so that clean speech stays common
    if kind < 0.25 and noises:
        noise = noises[rng.integers(len(noises))]
        wave = add_noise(wave, np.roll(noise, int(rng.integers(len(noise)))), rng.uniform(2, 30))
    elif kind < 0.4:
        wave = add_noise(wave, coloured_hiss(len(wave), rng), rng.uniform(2, 30))
    elif kind < 0.5:
        wave = add_noise(wave, clicks(len(wave), rng), rng.uniform(0, 25))
    elif kind < 0.65 and voices:
        wave = add_noise(wave, babble(voices, len(wave), rng), rng.uniform(4, 25))
    if rng.random() < 0.3:
        wave = microphone(wave, rng)
    if rng.random() < 0.2:
        wave = narrow_band(wave, rng)
    return wave


def random_part(wave: np.ndarray, onset: int, rng: np.random.Generator) -> np.ndarray:
    """A little more than CLIP_SAMPLES of a clip: what Live hears at a random moment, or a window of the whole.

    onset: the sample with which the voice begins.
    """
    most = int(CLIP_SAMPLES * FASTEST)  # what is played faster takes more sound
    if rng.random() < LIVE_SHARE:
        first = min(len(wave), onset + int(SHORTEST_SECONDS * SAMPLE_RATE))
        end = int(rng.integers(first, len(wave) + 1))
        return wave[max(0, end - most) : end]
    start = int(rng.integers(0, max(0, len(wave) - most) + 1))
    return wave[start : start + most]


def voice_onset(wave: np.ndarray) -> int:
    """The sample with which a recording becomes louder than 30 dB below its loudest 25 ms."""
    pieces = np.add.reduceat(np.square(wave), np.arange(0, len(wave), WINDOW_SAMPLES))
    return int(np.argmax(pieces > pieces.max() * 1e-3)) * WINDOW_SAMPLES
