"""What is neutral for the person who uses the app, kept on this machine: for the pages Live, Capture and Me."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import streamlit as st

from emotion.paths import recordings_folder
from emotion.person import NOBODY, Person
from emotion.protocols import FacePredictor, VoicePredictor
from emotion.remembered import FILE, RememberedError, forget_person, read_person, write_person
from ui.panels import style

# in the session's state: the error of a button; whether the person has just asked to keep it
ERROR, ASKED = "my-neutral-error", "my-neutral-asked"


def kept_file() -> Path:
    """Where it is kept: beside the recordings."""
    return recordings_folder() / FILE


def kept_person(face: FacePredictor, voice: VoicePredictor) -> Person:
    """What is kept of the person, as a weak start; NOBODY where that is nothing, or cannot be read (Me says so)."""
    try:
        return read_person(kept_file(), **_weights(face, voice)).weak()
    except RememberedError:
        return NOBODY


def in_words(person: Person) -> str:
    """What is known of a person: "face 40 s, voice 25 s"; "" where it is nothing."""
    parts = {"face": person.face, "voice": person.voice}
    return ", ".join(f"{name} {part.seconds:.0f} s" for name, part in parts.items() if part is not None)


def ask_if_wanted(person: Person, face: FacePredictor, voice: VoicePredictor) -> None:
    """Open the question whether to keep a person where the button was pressed; say what went wrong with the answer."""
    if st.session_state.pop(ASKED, False):
        _ask(person, face, voice)
    elif ERROR in st.session_state:
        st.error(st.session_state.pop(ERROR))


@st.dialog("Remember your neutral?")
def _ask(person: Person, face: FacePredictor, voice: VoicePredictor) -> None:
    st.write(
        f"What was learned so far ({in_words(person)}) is kept on this machine, in `{kept_file().name}`: numbers that "
        "say how the models see your neutral face and hear your usual voice – no picture, no sound. They may still "
        "tell your voice from others. The next time, the app begins from there. You can delete them on the page Me."
    )
    if st.button("Keep it", type="primary"):
        try:
            write_person(kept_file(), person, today=date.today(), **_weights(face, voice))
        except RememberedError as e:
            st.session_state[ERROR] = str(e)
        st.rerun()


def draw_kept_neutral(face: FacePredictor, voice: VoicePredictor) -> None:
    """What is kept of the person, and the button that deletes it."""
    st.subheader("My neutral", anchor=False)
    st.html(style())
    if ERROR in st.session_state:
        st.error(st.session_state.pop(ERROR))
    try:
        person = read_person(kept_file(), **_weights(face, voice))
    except RememberedError as e:
        st.error(str(e))
        person = NOBODY
    if known := in_words(person):
        st.markdown(f":gray-badge[{known}] Each stream on Live, Practice and Capture begins from there.")
    elif kept_file().exists():
        st.info("Something is kept that other models saw and heard. It is not used with the models chosen now.")
    else:
        st.caption(
            "Nothing is kept. While you are in the picture on Live, the app learns what is neutral for your face and "
            "usual for your voice, and forgets it when you leave. “Remember my neutral” there keeps it."
        )
    if kept_file().exists() and st.button("Delete my neutral", icon=":material/delete:"):
        try:
            forget_person(kept_file())
        except RememberedError as e:
            st.session_state[ERROR] = str(e)
        st.rerun()


def _weights(face: FacePredictor, voice: VoicePredictor) -> dict[str, str]:
    return {"face_sha256": face.card["sha256"], "voice_sha256": voice.card["sha256"]}
