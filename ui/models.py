"""Models loaded once for all sessions, with a message instead of a traceback when they cannot be."""
from __future__ import annotations

import streamlit as st

from emotion.checkpoint import ModelError


@st.cache_resource(show_spinner="Loading the face model…")
def _face(name: str):
    from emotion.predict import load_face_model

    return load_face_model(name)


@st.cache_resource(show_spinner="Loading the voice model…")
def _voice():
    from emotion.predict import load_voice_model

    return load_voice_model()


def load_models(face_model: str):
    """(face model, voice model); on a missing or altered file the page shows what to do and ends there."""
    try:
        return _face(face_model), _voice()
    except ModelError as e:
        st.error(f"A model cannot be used: {e}")
        st.caption("`python -m emotion doctor` lists everything that is missing or wrong.")
        st.stop()
