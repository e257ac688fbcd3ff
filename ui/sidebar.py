"""The sidebar: on each page the settings that act there."""

from __future__ import annotations

import streamlit as st

from emotion.personal import PersonalVoiceError
from emotion.predict import FACE_MODELS, voice_models
from ui.experimental import experimental_in_words
from ui.kept_clips import kept_clips
from ui.measured import read_measured
from ui.model_names import face_caption, face_purpose, voice_caption, voice_purpose
from ui.settings import defaults

LIVE = ""  # the first page has no address of its own
JUDGING = {LIVE, "capture", "analyse", "practice"}
# setting -> addresses of the pages whose sidebar has it; the others are beside the stream (ui/stream_settings.py)
SHOWN_ON = {
    "fusion_mode": JUDGING,
    "face_model": JUDGING | {"me"},
    "voice_model": JUDGING | {"me"},
    "max_faces": {"capture", "analyse"},
    "adapt": JUDGING | {"sessions"},
    "more_words": {LIVE, "analyse"},
    "my_voice": {LIVE, "capture", "practice", "me"},
}
STREAMING = {LIVE, "practice"}
DRAWN_FOR = "sidebar-page"  # in the session's state


def draw_sidebar(page: str) -> None:
    """Draw what acts on this page. All values survive a change of page and never stop the stream.

    page: its address, "" for Live.
    """
    came = st.session_state.get(DRAWN_FOR) != page
    st.session_state[DRAWN_FOR] = page
    for key, value in defaults().items():
        st.session_state.setdefault(key, value)
        # Streamlit forgets a widget that is not drawn, and begins it anew where it is drawn again
        if came or page not in SHOWN_ON.get(key, STREAMING):
            st.session_state[key] = st.session_state[key]
    drawn = {
        "fusion_mode": lambda: _fusion_mode(page),
        "face_model": _face_model,
        "voice_model": _voice_model,
        "max_faces": number_of_faces,
        "adapt": _adapt,
        "more_words": _more_words,
        "my_voice": _my_voice,
    }
    with st.sidebar:
        for key, draw in drawn.items():
            if page in SHOWN_ON[key]:
                draw()


def number_of_faces() -> None:
    """How many faces are judged at most."""
    st.slider("Largest number of faces", 1, 12, key="max_faces")


def _fusion_mode(page: str) -> None:
    st.radio(
        "Fusion mode",
        ["Simple", "Hybrid"],
        key="fusion_mode",
        captions=["face and voice each alone", "Together: one judgement from both"],
        help="Practice scores face, voice and Together in both modes." if page == "practice" else None,
    )


def _face_model() -> None:
    measured = read_measured()
    st.radio(
        "Face model",
        FACE_MODELS,
        key="face_model",
        format_func=lambda model: face_purpose(model, measured),
        captions=[face_caption(model) for model in FACE_MODELS],
        help="“Best” is said where the intervals of what was measured do not overlap (page Results). The default is "
        "the better one on faces that were held out of training.",
    )


def _voice_model() -> None:
    if len(voices := voice_models()) < 2:
        return
    measured = read_measured()
    st.radio(
        "Voice model",
        voices,
        key="voice_model",
        format_func=lambda model: voice_purpose(model, measured),
        captions=[voice_caption(model) for model in voices],
        help="Measured on actors that were not heard in training (page Results). The smaller one takes less computing.",
    )


def _adapt() -> None:
    st.toggle(
        "Adapt to each person",
        key="adapt",
        help="What is neutral for a face and usual for a voice is learned while they are seen and heard, and the "
        "change from there is shown: on Live, in Practice, in files and in sessions. Off: all is judged as it is. Both "
        "are recorded. A face is forgotten when it is out of the picture, a voice when the stream ends: press “This is "
        "my neutral” when somebody else begins to speak.",
    )


def _more_words() -> None:
    st.toggle(
        "More words (contempt, calm)",
        key="more_words",
        help="Adds contempt (from the face) and calm (from the voice, in Together) on Live and for files. "
        f"{experimental_in_words(st.session_state['face_model'])} Recordings hold the seven words.",
    )


def _my_voice() -> None:
    """The switch for the kept clips, if there are enough for a correction; one line if they cannot be read."""
    try:
        clips = kept_clips(st.session_state["voice_model"])
    except PersonalVoiceError:
        st.caption(":material/warning: Your kept voice cannot be read; see the page Me.")
        return
    if clips.enough:
        st.toggle(
            "Use my voice",
            key="my_voice",
            help=f"The voice model is corrected by your {len(clips)} clips (page Me). Turn it off when "
            "somebody else speaks.",
        )
