"""My voice: teach the voice model one's own voice with a few acted clips."""

import io
from collections.abc import Callable

import numpy as np
import streamlit as st

from emotion import audio
from emotion.labels import EMOJI, VOICE_LABELS
from emotion.personal import Clips, PersonalVoiceError, windows_of
from ui.consent import consent_given
from ui.entry import through_app
from ui.kept_clips import keep_clips, kept_clips, kept_file, tried_out
from ui.models import shipped_voice
from ui.panels import REASONS, STYLE, readout

SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 10.0
SENTENCES = (
    "The train leaves at ten past nine.",
    "There are two cups on the kitchen table.",
    "The shop on the corner opens on Monday.",
    "I have put the letters in the blue box.",
    "The second door on the left is the office.",
)
WHY = {**REASONS, "too short": "too short: speak for at least a second"}
TAKE, ERROR = (
    "my-voice-take",
    "my-voice-error",
)  # in session_state: how many recorders there were; what went wrong in a callback


def named(label: str) -> str:
    """An emotion with its picture."""
    return f"{EMOJI[label]} {label}"


# --- what buttons do ---


def change(how: Callable[[Clips], Clips]) -> None:
    """Change the kept clips; what went wrong stands on the page afterwards."""
    try:
        keep_clips(how(kept_clips()))
    except PersonalVoiceError as e:
        st.session_state[ERROR] = str(e)


def keep(probs: np.ndarray, embeddings: np.ndarray, label: str) -> None:
    """One clip more beside those that are kept now (another window may have kept some), and an empty recorder."""
    change(lambda clips: clips.added(probs, embeddings, label))
    if ERROR not in st.session_state:
        st.session_state[TAKE] = st.session_state.get(TAKE, 0) + 1


@st.dialog("Delete your voice?")
def confirm_delete(weights_sha256: str) -> None:
    """Ask once, then delete the file."""
    st.write("Everything that was kept of your clips on this machine. This cannot be undone.")
    if st.button("Delete", type="primary"):
        try:
            keep_clips(Clips(weights_sha256))
        except PersonalVoiceError as e:
            st.session_state[ERROR] = str(e)
        st.rerun()


# --- the page, from top to bottom ---


def choose_emotion(clips: Clips) -> str:
    """The emotion to act, with how many clips of each there are."""

    def shown(label: str) -> str:
        return f"{named(label)} · {clips.count(label)}" if clips.count(label) else named(label)

    return st.pills("Act", VOICE_LABELS, key="my-voice-emotion", default="neutral", format_func=shown, required=True)


def record() -> tuple[str, bytes] | None:
    """A recorded or uploaded clip: (name, bytes of the file), or None."""
    take = st.session_state.get(TAKE, 0)
    note = st.audio_input("Record", key=f"my-voice-note-{take}") or st.file_uploader(
        "or a sound file", type=["wav", "flac", "ogg", "mp3", "m4a"], key=f"my-voice-file-{take}"
    )
    return (note.name, note.getvalue()) if note else None


def heard(name: str, content: bytes, model) -> tuple[np.ndarray, np.ndarray] | None:
    """What the model makes of the first LONGEST_SECONDS of a clip, as emotion.personal.windows_of; None after saying why it cannot be used."""
    try:
        wave = audio.read_audio(io.BytesIO(content), name=name)
    except audio.AudioError as e:
        st.error(str(e))
        return None
    longest = int(LONGEST_SECONDS * audio.SAMPLE_RATE)
    if len(wave) > longest:
        st.info(
            f"Only the first {LONGEST_SECONDS:.0f} s of this clip are used; it lasts {len(wave) / audio.SAMPLE_RATE:.0f} s."
        )
        wave = wave[:longest]
    try:
        if len(wave) < SHORTEST_SECONDS * audio.SAMPLE_RATE:
            raise PersonalVoiceError("too short")
        return windows_of(model, wave)
    except PersonalVoiceError as e:
        st.error(f"This clip cannot be used – {WHY.get(str(e), str(e))}")
        return None


def draw_answers(clips: Clips, probs: np.ndarray, embeddings: np.ndarray) -> None:
    """What the model says as shipped and with the clips kept so far, side by side; the mean over the clip's windows (W, 8) and (W, D)."""
    corrected = clips.correction()(probs, embeddings).mean(axis=0) if clips.enough else None
    left, right = st.columns(2)
    left.html(readout("As shipped", probs.mean(axis=0), VOICE_LABELS))
    right.html(
        readout(
            "With your voice",
            corrected,
            VOICE_LABELS,
            reason="from two emotions on",
            note="" if corrected is None else f"with your {len(clips)} clips, without this one",
        )
    )


def draw_kept(clips: Clips, weights_sha256: str) -> None:
    """The kept clips by emotion, and the ways to be rid of them."""
    st.subheader("Kept on this machine", anchor=False)
    if len(clips):
        st.markdown(
            " ".join(
                f":gray-badge[{named(label)} × {clips.count(label)}]" for label in VOICE_LABELS if clips.count(label)
            )
        )
    elif kept_file().exists():
        st.info(
            f"{kept_file().name} holds clips that another version of the voice model heard. They do not fit this one and are not used; "
            "the next clip that you keep replaces them."
        )
    else:
        st.caption("No clips are kept.")
        return
    buttons = st.container(horizontal=True)
    if len(clips):
        last = named(VOICE_LABELS[clips.labels[-1]])
        buttons.button(
            f"Remove the last one ({last})", icon=":material/undo:", on_click=change, args=(Clips.without_last,)
        )
    if buttons.button("Delete my voice", icon=":material/delete:"):
        confirm_delete(weights_sha256)


def draw_worth(clips: Clips) -> None:
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
        f"Of {tried} clips, each judged among the emotions you acted by a correction that has not heard it: **{shipped}** right as "
        f"shipped, **{corrected}** right with your voice."
    )
    if corrected < shipped:
        st.warning(
            "On your clips the correction does worse than the model as shipped. Turn “Use my voice” off in the sidebar, or keep more clips."
        )


through_app()
st.title("My voice")
st.caption(
    "Teach the voice model your voice: say any sentence as you would when you are angry, sad, happy, and so on. One clip of each emotion helps "
    "already, four help more (measured on speakers the model had never heard: Results). The clips are **acted, not felt**: the model learns how "
    "you act an emotion. A clip is kept when you press *Keep* and not before – not its sound, only the network’s numbers for it, in "
    "`my_voice.npz` on this machine. What you delete is deleted."
)
if not consent_given():
    st.stop()

model = shipped_voice()
weights = model.card["sha256"]
st.html(STYLE)
if ERROR in st.session_state:
    st.error(st.session_state.pop(ERROR))
try:
    clips = kept_clips()
except PersonalVoiceError as e:
    st.error(str(e))
    if st.button("Delete my voice", icon=":material/delete:"):
        confirm_delete(weights)
    st.stop()

emotion = choose_emotion(clips)
st.markdown(f"For example: *“{SENTENCES[len(clips) % len(SENTENCES)]}”*")
clip = record()
found = heard(*clip, model) if clip else None
if found is not None:
    probs, embeddings = found
    st.button(
        f"Keep as {emotion}", type="primary", icon=":material/check:", on_click=keep, args=(probs, embeddings, emotion)
    )
    draw_answers(clips, probs, embeddings)
draw_kept(clips, weights)
draw_worth(clips)
with st.expander("What it does"):
    st.markdown("""
- The network stays as it is; its answers for the emotions you acted are weighed against each other anew. How they stand to emotions you
  never acted does not change. The answers are also made less sure: a few clips are few.
- **Use my voice** in the sidebar turns it on and off for Live, Capture and Practice; it appears with clips of two emotions. *Analyse a file* asks each time
  whether the voice in it is yours.
- It fits one person. Turn it off when somebody else speaks.
- Record with the microphone that you use on Live, in a room as it usually is.
""")
