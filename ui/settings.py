"""What the sidebar sets, for every page."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from emotion.checkpoint import read_card
from emotion.judge import SMOOTHING_S
from emotion.personal import PersonalVoiceError
from emotion.predict import FACE_MODELS, VOICE_MODELS, better_face_model, better_voice_model, voice_models
from emotion.runner import ModelError
from ui.experimental import experimental_in_words
from ui.kept_clips import kept_clips


@dataclass(frozen=True)
class Settings:
    """The sidebar's choices."""

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
    """What the sidebar starts with. The models are those that were better on held-out data."""
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


def model_name(model: str) -> str:
    """A face model's name in the sidebar, with its accuracy on held-out faces from its card."""
    return _name_with_figure(model, f"face_{model}", "accuracy")


def voice_model_name(model: str) -> str:
    """A voice model's name in the sidebar, with its UAR on speakers that it has not heard from its card."""
    return _name_with_figure(model, VOICE_MODELS[model], "uar")


def _name_with_figure(model: str, file: str, figure: str) -> str:
    """The name, held-out figure and network that the card of `file` gives; the name alone without a usable card."""
    try:
        card = read_card(file)
        return f"{model} ({card['validation'][figure]:.0%}) – {card['network']}"  # the end may be cut off
    except (ModelError, KeyError):
        return model


def sidebar() -> Settings:
    """Draw the shared sidebar; its values survive a change of page and never stop the stream."""
    for key, value in defaults().items():
        st.session_state.setdefault(key, value)
    with st.sidebar:
        st.radio(
            "Fusion mode",
            ["Simple", "Hybrid"],
            key="fusion_mode",
            captions=["face and voice each alone", "Together: one judgement from both"],
        )
        st.selectbox(
            "Face model",
            FACE_MODELS,
            key="face_model",
            format_func=model_name,
            help="In brackets: right answers on FER-2013 faces that were held out of training. The larger network is "
            "better only if it was trained long enough. The better one is chosen at the start.",
        )
        if len(voices := voice_models()) > 1:
            st.selectbox(
                "Voice model",
                voices,
                key="voice_model",
                format_func=voice_model_name,
                help="In brackets: UAR on RAVDESS actors that were held out of training, in eight classes. The better "
                "one is chosen at the start; `fast` takes less computing.",
            )
        st.slider(
            "Smoothing (s)",
            0.0,
            2.0,
            key="smoothing_s",
            step=0.05,
            help="How slowly labels follow the face and the voice. 0: every single answer is shown.",
        )
        st.slider("Largest number of faces", 1, 12, key="max_faces")
        st.toggle("Mirror the picture", key="mirror")
        st.toggle(
            "Adapt to each person",
            key="adapt",
            help="What is neutral for a face and usual for a voice is learned while they are seen and heard, and the "
            "change from there is shown: on Live, in Practice and in files. Off: all is judged as it is. Both are "
            "recorded. A face is forgotten when it is out of the picture, a voice when the stream ends: press “This is "
            "my neutral” when somebody else begins to speak.",
        )
        st.toggle(
            "More words (contempt, calm)",
            key="more_words",
            help="On Live and for files also contempt, of the face, and calm, of the voice in Together. "
            f"{experimental_in_words(st.session_state['face_model'])} Recordings hold the seven words.",
        )
        _my_voice_toggle()
    return settings()


def _my_voice_toggle() -> None:
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


def settings() -> Settings:
    """The choices of this session; the defaults if the sidebar was not drawn yet."""
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
