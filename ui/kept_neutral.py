"""What is neutral for the person who uses the app, kept on this machine: for the pages Live, Capture and Me."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import streamlit as st

from emotion.paths import recordings_folder
from emotion.person import NOBODY, WORTH_A_WORD_S, Person
from emotion.protocols import FacePredictor, VoicePredictor
from emotion.remembered import FILE, RememberedError, forget_person, read_person, write_person

# in the session's state: the error of a button; what the person asked to keep, with the weights it belongs to
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
    known = {name: part.seconds for name, part in parts.items() if part is not None and part.seconds >= WORTH_A_WORD_S}
    return ", ".join(f"{name} {seconds:.0f} s" for name, seconds in known.items())


def ask_whether_to_keep(person: Person, face: FacePredictor, voice: VoicePredictor) -> None:
    """The page asks from now on whether this is to be kept. face, voice: the models that saw and heard the person."""
    st.session_state[ASKED] = person, _weights(face, voice)


def draw_question() -> None:
    """Where the person asked to keep what was learned: what that is, and the buttons that keep it or not.

    Not in a dialog: a message of the stream's own draws the page anew, and a dialog would be gone.
    """
    if ERROR in st.session_state:
        st.error(st.session_state.pop(ERROR))
    if ASKED not in st.session_state:
        return
    person, _ = st.session_state[ASKED]
    with st.container(border=True):
        st.markdown(
            f"**Remember your neutral?** What was learned ({in_words(person)}) is kept on this machine, in "
            f"`{kept_file().name}`: numbers that say how the models see your neutral face and hear your usual voice – "
            "no picture, no sound. They may still tell your voice from others. The next time, the app begins from "
            "there, whoever uses it. You can delete them on the page Me."
        )
        with st.container(horizontal=True):
            st.button("Keep it", type="primary", on_click=_answer, args=(True,))
            st.button("Not now", on_click=_answer, args=(False,))


def _answer(keep: bool) -> None:
    """The person pressed one of the two buttons."""
    person, weights = st.session_state.pop(ASKED)
    if keep:
        try:
            write_person(kept_file(), person, today=date.today(), **weights)
        except RememberedError as e:
            st.session_state[ERROR] = str(e)


def draw_kept_neutral(face: FacePredictor, voice: VoicePredictor) -> None:
    """What is kept of the person, and the button that deletes it."""
    st.subheader("My neutral", anchor=False)
    if ERROR in st.session_state:
        st.error(st.session_state.pop(ERROR))
    try:
        known = in_words(read_person(kept_file(), **_weights(face, voice)))
    except RememberedError as e:
        known = None
        st.error(str(e))
    if known:
        st.markdown(f":gray-badge[{known}] Each stream on Live, Practice and Capture begins from there.")
    elif known is not None and kept_file().exists():
        st.info("A neutral is kept for other models; it is not used now.")
    elif known is not None:
        st.caption(
            "Nothing is kept. While Live runs, the app learns what is neutral for your face and usual for your voice. "
            "It forgets the face when it is out of the picture, the voice when the stream ends. “Remember my neutral” "
            "there keeps it."
        )
    if kept_file().exists() and st.button("Delete my neutral", icon=":material/delete:"):
        try:
            forget_person(kept_file())
        except RememberedError as e:
            st.session_state[ERROR] = str(e)
        st.rerun()


def _weights(face: FacePredictor, voice: VoicePredictor) -> dict[str, str]:
    return {"face_sha256": face.card["sha256"], "voice_sha256": voice.card["sha256"]}
