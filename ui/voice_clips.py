"""The clips of My voice: record one, compare the answers, keep it, delete it."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import streamlit as st

from emotion import audio
from emotion.labels import EMOJI, VOICE_LABELS
from emotion.personal import Clips, PersonalVoiceError, windows_of
from emotion.remembered import RememberedError, forget_person
from ui import kept_neutral
from ui.kept_clips import delete_clips, keep_clips, kept_clips, kept_file, models_with_clips, tried_out
from ui.panels import REASONS, readout
from ui.settings import settings

SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 10.0
WHY = {**REASONS, "too short": "too short: speak for at least a second"}
# in the session's state: the number of clips recorded so far, and the error of a button's callback
TAKE, ERROR = "my-voice-take", "my-voice-error"


def named(label: str) -> str:
    """An emotion with its picture."""
    return f"{EMOJI[label]} {label}"


def choose_emotion(clips: Clips) -> str:
    """The emotion to act, with the number of clips of each."""

    def shown(label: str) -> str:
        return f"{named(label)} · {clips.count(label)}" if clips.count(label) else named(label)

    return st.pills("Act", VOICE_LABELS, key="my-voice-emotion", default="neutral", format_func=shown, required=True)


def record() -> tuple[str, bytes] | None:
    """A recorded or uploaded clip: (name, bytes of the file), or None."""
    take = st.session_state.get(TAKE, 0)
    note = st.audio_input("Record", key=f"my-voice-note-{take}") or st.file_uploader(
        "or a sound file", key=f"my-voice-file-{take}"
    )
    return (note.name, note.getvalue()) if note else None


def heard(name: str, content: bytes, model) -> tuple[np.ndarray, np.ndarray] | None:
    """The model's answers for the first LONGEST_SECONDS of a clip, as emotion.personal.windows_of gives them.

    None after saying why the clip cannot be used.
    """
    try:
        wave = audio.read_audio(io.BytesIO(content), name=name, longest_s=audio.NOTE_SECONDS)
    except audio.AudioError as e:
        st.error(str(e))
        return None
    longest, seconds = int(LONGEST_SECONDS * audio.SAMPLE_RATE), len(wave) / audio.SAMPLE_RATE
    if len(wave) > longest:
        st.info(f"Only the first {LONGEST_SECONDS:.0f} s of this clip are used; it lasts {seconds:.0f} s.")
    try:
        if seconds < SHORTEST_SECONDS:
            raise PersonalVoiceError("too short")
        with st.spinner("Listening to the clip …"):
            return windows_of(model, wave[:longest])
    except PersonalVoiceError as e:
        st.error(f"This clip cannot be used – {WHY.get(str(e), str(e))}")
        return None


def draw_answers(clips: Clips, probs: np.ndarray, embeddings: np.ndarray) -> None:
    """The answer as shipped and the answer with the clips kept so far, side by side.

    probs, embeddings: of the clip's windows, (W, 8) and (W, D); what is shown is their mean.
    """
    corrected = clips.correction()(probs, embeddings).mean(axis=0) if clips.enough else None
    note = "" if corrected is None else f"with your {len(clips)} clips, without this one"
    left, right = st.columns(2)
    left.html(readout("As shipped", probs.mean(axis=0), VOICE_LABELS, modality="voice"))
    missing = "needs clips of two emotions" if corrected is None else ""
    right.html(readout("With your voice", corrected, VOICE_LABELS, modality="voice", reason=missing, note=note))


def draw_keep_button(emotion: str, probs: np.ndarray, embeddings: np.ndarray) -> None:
    """The button that keeps the clip as this emotion."""
    st.button(
        f"Keep as {emotion}", type="primary", icon=":material/check:", on_click=_keep, args=(probs, embeddings, emotion)
    )


def _keep(probs: np.ndarray, embeddings: np.ndarray, label: str) -> None:
    """Add a clip to those that are kept now (another window may have kept some), and empty the recorder."""
    _change(lambda clips: clips.added(probs, embeddings, label))
    if ERROR not in st.session_state:
        st.session_state[TAKE] = st.session_state.get(TAKE, 0) + 1


def _change(how: Callable[[Clips], Clips]) -> None:
    """Change the kept clips; the next run of the page shows an error, if there was one."""
    try:
        keep_clips(settings().voice_model, how(kept_clips(settings().voice_model)))
    except PersonalVoiceError as e:
        st.session_state[ERROR] = str(e)


def draw_kept(clips: Clips) -> None:
    """The kept clips by emotion, and the buttons to remove them."""
    voice_model = settings().voice_model
    st.subheader("Kept on this machine", anchor=False)
    if len(clips):
        counts = {label: clips.count(label) for label in VOICE_LABELS if clips.count(label)}
        st.markdown(" ".join(f":gray-badge[{named(label)} × {n}]" for label, n in counts.items()))
    elif kept_file(voice_model).exists():
        st.info(
            f"{kept_file(voice_model).name} holds clips for another version of the voice model. They do not fit this "
            "one and are not used; the next clip that you keep replaces them."
        )
    elif others := models_with_clips():
        st.info(
            f"Clips are kept for the voice model `{others[0]}`. Each model needs its own, because what is kept are its "
            f"answers: choose `{others[0]}` in the sidebar, or record clips for `{voice_model}` too."
        )
    else:
        st.caption("No clips are kept.")
        return
    buttons = st.container(horizontal=True)
    if len(clips):
        last = named(VOICE_LABELS[clips.labels[-1]])
        buttons.button(
            f"Remove the last one ({last})", icon=":material/undo:", on_click=_change, args=(Clips.without_last,)
        )
    if buttons.button("Delete my voice", icon=":material/delete:"):
        confirm_delete()


@st.dialog("Delete your voice?")
def confirm_delete() -> None:
    """Ask once, then delete the clips for all voice models, and what is kept of the neutral face and voice."""
    st.write("Everything that was kept of your clips and of your neutral on this machine. This cannot be undone.")
    if st.button("Delete", type="primary"):
        try:
            delete_clips()
            forget_person(kept_neutral.kept_file())
        except (PersonalVoiceError, RememberedError) as e:
            st.session_state[ERROR] = str(e)
        st.rerun()


def draw_gain(clips: Clips) -> None:
    """Whether the correction helps, on clips that it has not heard."""
    if not len(clips):
        return
    if not clips.enough:
        st.caption("Not used yet: clips of at least two emotions are needed.")
        return
    tried, shipped, corrected = tried_out(clips.mark, clips)
    if not tried:
        st.caption("To try it out, at least one emotion needs two clips.")
        return
    st.markdown(
        f"Of {tried} clips, each judged among the emotions you acted by a correction that has not heard it: "
        f"**{shipped}** right as shipped, **{corrected}** right with your voice."
    )
    if corrected < shipped:
        st.warning(
            "On your clips the correction does worse than the model as shipped. Turn “Use my voice” off in the "
            "sidebar, or keep more clips."
        )
