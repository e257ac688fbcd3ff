"""Models loaded once for all sessions, with a message instead of a traceback when they cannot be."""

from __future__ import annotations

import streamlit as st

from emotion.runner import ModelError
from ui.kept_clips import personal_voice
from ui.settings import settings


@st.cache_resource(show_spinner="Loading the face model…")
def _face(name: str):
    from emotion.predict import load_face_model

    return load_face_model(name)


@st.cache_resource(show_spinner="Loading the voice model…")
def _voice():
    from emotion.predict import load_voice_model

    return load_voice_model()


def load_models(face_model: str):
    """(face model, voice model); the voice with the person's own clips if there are enough and the switch is on.

    If a file is missing or changed, the page says what to do and ends there.
    """
    try:
        face, voice = _face(face_model), _voice()
        return face, personal_voice(voice) if settings().my_voice else voice
    except ModelError as e:
        _end_page(e)


def shipped_voice():
    """The voice model as shipped, whatever the sidebar says. A missing or changed file: as load_models."""
    try:
        return _voice()
    except ModelError as e:
        _end_page(e)


def _end_page(e: ModelError) -> None:
    st.error(f"A model cannot be used: {e}")
    st.caption("`python -m emotion doctor` lists everything that is missing or wrong.")
    st.stop()
