"""What a model has to offer: the judges take anything that does, such as a corrected voice or a stand-in of a test."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class FacePredictor(Protocol):
    """A face model."""

    card: dict[str, Any]

    def predict(self, crops: np.ndarray) -> np.ndarray:
        """uint8 (N, H, W[, 3]), framed as FER-2013 -> float32 (N, 7) over FACE_LABELS, rows sum to 1."""
        ...


class VoicePredictor(Protocol):
    """A voice model."""

    card: dict[str, Any]

    def predict(self, waveform: np.ndarray, sample_rate: float) -> np.ndarray:
        """float (T,), any rate -> float32 (8,) over VOICE_LABELS, sums to 1."""
        ...


class EmbeddingPredictor(VoicePredictor, Protocol):
    """A voice model that also gives the embedding behind its answer, for the correction to one person."""

    def predict_with_embedding(self, waveform: np.ndarray, sample_rate: float) -> tuple[np.ndarray, np.ndarray]:
        """As predict, and float32 (D,), what the last layer is given."""
        ...
