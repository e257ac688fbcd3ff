"""Emotion from a face and a voice, on your own machine. Importing this loads no model and no framework."""

from __future__ import annotations

import importlib
from typing import Any

from emotion.labels import FACE_LABELS, VOICE_LABELS

_WHERE = {
    "load_face_model": "emotion.predict",
    "load_voice_model": "emotion.predict",
    "detect_faces": "emotion.face",
    "crop_face": "emotion.face",
    "Face": "emotion.face",
    "fuse": "emotion.fusion",
    "Fused": "emotion.fusion",
    "analyze": "emotion.timeline.analysis",
    "Analysis": "emotion.timeline.analysis",
    "Person": "emotion.person",
    "neutral_person": "emotion.timeline.neutral",
}
__all__ = ["FACE_LABELS", "VOICE_LABELS", *_WHERE]
__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'emotion' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
