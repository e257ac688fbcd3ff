"""A check before the first stream: light, size of the face, level of the microphone, two seconds each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

import streamlit as st

from emotion.realtime.session import LiveSession, Snapshot
from emotion.reliability import FULL_LEVEL_DBFS

CHECK_BUTTON = "Check camera and microphone"
STEP_SECONDS = 2.0
TOO_DARK = 1.0  # halvings of light (FaceQuality.dark) from which more light is asked for
TOO_SMALL = 0.3  # halvings of size (FaceQuality.small)
TOO_LOUD_DBFS = -6.0
RUN, OFFERED = "first-check", "first-check-offered"  # in the session's state
OK = ""


def light(s: Snapshot) -> str:
    """What to do about the light on the main face; OK where it is enough."""
    if s.face_reason in ("no camera", "starting"):
        return "No picture arrives from the camera."
    if s.face_reason == "picture too large":
        return "The camera’s pictures are too large. Choose a smaller size or another camera."
    if s.face_reason == "muted":
        return "The camera is covered or switched off."
    face = s.faces.faces[0] if s.faces and s.faces.faces else None
    if face is None:
        return "No face is in the picture. Look at the camera; if you do, more light may help."
    dark = face.reason == "too dark" or (face.quality is not None and face.quality.dark >= TOO_DARK)
    return "There is little light on your face. Turn towards a window or a lamp." if dark else OK


def size(s: Snapshot) -> str:
    """What to do about the size of the main face; OK where it is large enough."""
    face = s.faces.faces[0] if s.faces and s.faces.faces and not s.face_reason else None
    if face is None:
        return "No face is in the picture. Sit in front of the camera."
    small = face.reason == "too small" or (face.quality is not None and face.quality.small >= TOO_SMALL)
    return "Your face is small in the picture. Come closer." if small else OK


def level(s: Snapshot) -> str:
    """What to do about the microphone while a person speaks; OK where a voice of a usual level is heard."""
    if s.voice_reason in ("no microphone", "starting") or s.voice is None:
        return "No sound arrives from the microphone."
    if s.voice.reason == "muted":
        return "The microphone is muted. Switch it on, at the microphone or in the system’s settings."
    if s.voice.voiced_seconds <= 0:
        return "No voice is heard. Say a few words; if you did, choose another microphone."
    if s.voice.level_dbfs > TOO_LOUD_DBFS:
        return "The sound is too loud. Move away from the microphone, or turn it down."
    if s.voice.level_dbfs < FULL_LEVEL_DBFS:
        return "Your voice is very quiet. Come closer to the microphone, or turn it up."
    return OK


STEPS: dict[str, tuple[str, Callable[[Snapshot], str]]] = {  # title -> what is asked, how it is judged
    "Light": ("Look at the camera.", light),
    "Size of the face": ("Look at the camera.", size),
    "Microphone": ("Say a few words: “One, two, three, four.”", level),
}


@dataclass
class CheckRun:
    """One run through the steps; the best answer in a step's time counts. Times in seconds of any clock."""

    steps: list[str]
    begun_s: float | None = None  # when the first picture or sound had come
    found: dict[str, str] = field(default_factory=dict)  # title -> OK or what to do

    def see(self, s: Snapshot, now_s: float) -> str | None:
        """Judge a snapshot for the step whose turn it is. Returns the step's title; None when all are done."""
        if self.begun_s is None:
            if s.face_reason in ("no camera", "starting") and s.voice_reason in ("no microphone", "starting"):
                return self.steps[0]
            self.begun_s = now_s
        step = int((now_s - self.begun_s) / STEP_SECONDS)
        if step >= len(self.steps):
            return None
        title = self.steps[step]
        if self.found.get(title) != OK:
            self.found[title] = STEPS[title][1](s)
        return title

    @property
    def good(self) -> bool:
        """Whether nothing is to be done."""
        return all(self.found.get(title) == OK for title in self.steps)


def begin_check() -> None:
    """The next stream begins with the check."""
    st.session_state[RUN] = None
    st.session_state[OFFERED] = True


def offer_check_once() -> None:
    """Begin the check with a visitor's first stream of the session, and with no later one."""
    if not st.session_state.get(OFFERED):
        begin_check()


def end_check_of_stopped_stream() -> None:
    """A check that a stream had begun ends with it; one that was asked for waits for its stream."""
    if st.session_state.get(RUN) is not None:
        end_check()


def checking() -> bool:
    """Whether the check goes on, or what it found is still shown."""
    return RUN in st.session_state


def draw_check(session: LiveSession, *, camera: bool, microphone: bool) -> None:
    """The steps, what was found, and the way on; to be drawn again several times a second."""
    if not checking():  # skipped: the rest of the page is to know
        st.rerun()
    run: CheckRun = st.session_state.get(RUN) or CheckRun(
        [t for t in STEPS if (microphone if t == "Microphone" else camera)]
    )
    st.session_state[RUN] = run
    now = run.see(session.snapshot(), time.monotonic())
    st.html(steps_html(run, now))
    if now is None and run.good:
        end_check()
        st.toast("Light, size and sound are good.", icon=":material/check:")
        st.rerun()
    if now is None:
        left, right = st.columns(2)
        left.button("Check again", on_click=begin_check, width="stretch")
        right.button("Go on", type="primary", on_click=end_check, width="stretch")
    else:
        st.button("Skip", on_click=end_check)


def end_check() -> None:
    """Show the answers from now on."""
    st.session_state.pop(RUN, None)


def steps_html(run: CheckRun, now: str | None) -> str:
    """The steps as HTML: done, at work, still to come."""
    rows = []
    for title in run.steps:
        if title == now:
            mark, words = "…", STEPS[title][0]
        elif title in run.found:
            mark, words = ("✓", "good") if run.found[title] == OK else ("!", run.found[title])
        else:
            mark, words = "·", ""
        rows.append(f"<tr><th>{mark} {escape(title)}</th><td>{escape(words)}</td></tr>")
    return f'<div class="readout checks" role="status"><h3>Before you begin</h3><table>{"".join(rows)}</table></div>'
