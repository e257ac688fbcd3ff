"""What can be set, for every page: in the sidebar (ui/sidebar.py) and beside the stream (ui/stream_settings.py)."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from emotion.judge import SMOOTHING_S
from emotion.predict import better_face_model, better_voice_model


@dataclass(frozen=True)
class Settings:
    """What is chosen now."""

    mode: str  # simple, hybrid
    face_model: str  # accurate, fast
    voice_model: str  # accurate, fast
    smoothing_s: float
    max_faces: int
    mirror: bool
    adapt: bool  # face and voice are judged by their change from what is usual for the person
    more_words: bool  # contempt and calm beside the seven, on Live and for files
    my_voice: bool  # the voice model with the clips of My voice, if there are enough of them


def defaults() -> dict:
    """What the app starts with. The models are those that were better on held-out data."""
    return {
        "fusion_mode": "Hybrid",
        "face_model": better_face_model(),
        "voice_model": better_voice_model(),
        "smoothing_s": SMOOTHING_S,
        "max_faces": 4,
        "mirror": True,
        "adapt": True,
        "more_words": False,
        "my_voice": True,
    }


def settings() -> Settings:
    """The choices of this session; the defaults for what was not drawn yet."""
    now = {key: st.session_state.get(key, value) for key, value in defaults().items()}
    return Settings(
        mode=now["fusion_mode"].lower(),
        face_model=now["face_model"],
        voice_model=now["voice_model"],
        smoothing_s=float(now["smoothing_s"]),
        max_faces=int(now["max_faces"]),
        mirror=bool(now["mirror"]),
        adapt=bool(now["adapt"]),
        more_words=bool(now["more_words"]),
        my_voice=bool(now["my_voice"]),
    )
