"""Models loaded once for all sessions, with a message instead of a traceback when they cannot be."""

from __future__ import annotations

import logging

import streamlit as st

from emotion.runner import ModelError
from ui.kept_clips import personal_voice
from ui.settings import settings
from ui.visitor import with_reason

log = logging.getLogger(__name__)


@st.cache_resource(show_spinner="Loading the face model…")
def _face(name: str):
    from emotion.predict import load_face_model

    return load_face_model(name)


@st.cache_resource(show_spinner="Loading the voice model…")
def _voice(name: str):
    from emotion.predict import load_voice_model

    return load_voice_model(name)


def load_models(face_model: str):
    """(face model, voice model); the voice with the person's own clips if there are enough and the switch is on.

    If a file is missing or changed, the page says what to do and ends there.
    """
    try:
        face, voice = _face(face_model), _voice(settings().voice_model)
        return face, personal_voice(settings().voice_model, voice) if settings().my_voice else voice
    except ModelError as e:
        _end_page(e)


def can_tell_contempt(face_model) -> bool:
    """Load what more words need; False where that cannot be used, which the page then says."""
    try:
        with st.spinner("Loading more words…"):
            face_model.ready_for_contempt()
    except ModelError as e:
        log.warning("%s", e)
        st.warning(with_reason("There are no more words for this face model", e))
        return False
    return True


def shipped_voice():
    """The chosen voice model as shipped, without the person's clips. A missing or changed file: as load_models."""
    try:
        return _voice(settings().voice_model)
    except ModelError as e:
        _end_page(e)


def _end_page(e: ModelError) -> None:
    log.error("%s", e)
    st.error(with_reason("A model cannot be used", e))
    st.caption("`python -m emotion doctor` lists everything that is missing or wrong.")
    st.stop()
