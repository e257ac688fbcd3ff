"""What the sidebar sets, for every page."""
from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from emotion.judge import SMOOTHING_S


@dataclass(frozen=True)
class Settings:
    """The sidebar's choices."""

    mode: str            # simple, hybrid
    face_model: str      # accurate, fast
    smoothing_s: float
    max_faces: int
    mirror: bool


DEFAULTS = {"fusion_mode": "Hybrid", "face_model": "accurate", "smoothing_s": SMOOTHING_S, "max_faces": 4, "mirror": True}
_MODEL_NAMES = {"accurate": "accurate – EfficientNetB7", "fast": "fast – EfficientNetB0"}


def sidebar() -> Settings:
    """Draw the shared sidebar; its values survive a change of page and never stop the stream."""
    for key, value in DEFAULTS.items():
        st.session_state.setdefault(key, value)
    with st.sidebar:
        st.radio("Fusion mode", ["Simple", "Hybrid"], key="fusion_mode",
                 captions=["face and voice each alone", "one judgement from both"])
        st.selectbox("Face model", list(_MODEL_NAMES), key="face_model", format_func=_MODEL_NAMES.get)
        st.slider("Smoothing (s)", 0.0, 2.0, key="smoothing_s", step=0.05,
                  help="How slowly labels follow the face and the voice. 0 shows every single answer.")
        st.slider("Largest number of faces", 1, 12, key="max_faces")
        st.toggle("Mirror the picture", key="mirror")
    return settings()


def settings() -> Settings:
    """The choices of this session, defaults where the sidebar was not drawn yet."""
    get = lambda key: st.session_state.get(key, DEFAULTS[key])  # noqa: E731
    return Settings(mode=get("fusion_mode").lower(), face_model=get("face_model"), smoothing_s=float(get("smoothing_s")),
                    max_faces=int(get("max_faces")), mirror=bool(get("mirror")))
