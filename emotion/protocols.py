"""What a model has to offer: the judges take anything that does, such as a corrected voice or a stand-in of a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard

import numpy as np


class FacePredictor(Protocol):
    """A face model."""

    card: dict[str, Any]

    def predict(self, crops: np.ndarray) -> np.ndarray:
        """uint8 (N, H, W[, 3]), framed as FER-2013 -> float32 (N, 7) over FACE_LABELS, rows sum to 1."""
        ...


class ContemptPredictor(FacePredictor, Protocol):
    """A face model that also tells contempt."""

    def predict_with_contempt(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As predict, and float32 (N,): how probable contempt is beside the seven, 0…1."""
        ...


def tells_contempt(model: FacePredictor) -> TypeGuard[ContemptPredictor]:
    """Whether a face model can tell contempt."""
    return hasattr(model, "predict_with_contempt")


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


@dataclass(frozen=True)
class VoiceAnswer:
    """All that a voice model with a speech encoder says about some sound, mean over its windows."""

    probs: np.ndarray  # float32 (8,), with the speaker's centre
    as_it_is: np.ndarray  # float32 (8,), without
    unscaled: np.ndarray  # float32 (8,), without, before the temperature
    embedding: np.ndarray  # float32 (D,), without
    offsets: np.ndarray  # float32 (8, size of the centre), how the sound differs from what is expected of each emotion


class AdaptingPredictor(VoicePredictor, Protocol):
    """A voice model that can be told a speaker's centre; its card has `speaker_centre`, the size."""

    def answer(self, waveform: np.ndarray, sample_rate: float, centre: np.ndarray | None = None) -> VoiceAnswer:
        """As predict, with and without the centre of the speaker (D,), and what a centre is learned from."""
        ...


def adapts(model: VoicePredictor) -> TypeGuard[AdaptingPredictor]:
    """Whether a voice model can be told a speaker's centre."""
    return "speaker_centre" in model.card and hasattr(model, "answer")
