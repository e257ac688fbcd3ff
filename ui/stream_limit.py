"""How many streams one machine serves at once, and a friendly word for the one too many."""

from __future__ import annotations

import os
from weakref import WeakSet

import streamlit as st

from emotion.processors import processors
from emotion.realtime.session import LiveSession
from ui.text import counted

VARIABLE = "EMOTION_MAX_STREAMS"
PER_PROCESSOR = 2  # measured: with four streams on two processors each still has its pictures and labels (benchmark)

_sessions: WeakSet[LiveSession] = WeakSet()  # of all visitors of this process


def most_streams() -> int:
    """The limit: what EMOTION_MAX_STREAMS says, else PER_PROCESSOR for each processor."""
    said = os.environ.get(VARIABLE, "")
    return int(said) if said.isdecimal() and int(said) > 0 else PER_PROCESSOR * processors()


def count_stream(session: LiveSession) -> None:
    """Count this session among those of the machine while it streams."""
    _sessions.add(session)


def end_where_machine_is_full(session: LiveSession) -> None:
    """Where as many others stream as this machine can serve, say so and end the page."""
    others = sum(s.streaming for s in list(_sessions) if s is not session)
    if session.streaming or others < most_streams():
        return
    st.info(
        f"This machine serves {counted(others, 'stream')} now, as many as it can. Try again when one has ended. "
        "Meanwhile **Capture** takes a photo and a voice note, and **Analyse a file** takes a recording.",
        icon=":material/group:",
    )
    st.button("Try again")
    st.stop()
