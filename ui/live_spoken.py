"""What the Live page says to a screen reader: words alone, so that it speaks only when the main answer's word changes.

The readouts' percentages change twice a second; a region that held them would never be silent.
"""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from emotion.certainty import verdict
from emotion.labels import VOICE_LABELS
from emotion.realtime.session import Snapshot
from ui.panels import REASONS

REGION = "live-spoken"  # the container that stream_frame.js makes a polite live region, once


def in_spoken_words(s: Snapshot, title: str) -> str:
    """The answer of one of "Together", "Face" and "Voice": "Together: happy, sure", or why there is none."""
    probs, labels, shown, reason = _answer(s, title)
    if probs is None:
        return f"{title}: {REASONS.get(reason, reason)}"
    found = verdict(probs, labels, title.lower(), shown=shown)
    return f"{title}: {found.label}, {'sure' if found.sure else 'unsure'}"


def _answer(s: Snapshot, title: str) -> tuple[np.ndarray | None, tuple[str, ...], int | None, str]:
    """Probabilities, words, the index of the word to name, and why there is no answer."""
    if title == "Together":
        one = s.together
        if one is None:
            return None, (), None, "starting" if s.face_reason == "starting" else "no answer"
        return one.answer, one.labels, one.labels.index(one.label), ""
    if title == "Face":
        main = s.faces.main if s.faces and not s.face_reason else None
        return (main.answer, main.labels, main.shown, "") if main else (None, (), None, s.face_reason)
    voice = s.voice if s.voice and not s.voice_reason else None
    return (voice.probs, VOICE_LABELS, voice.shown, "") if voice else (None, VOICE_LABELS, None, s.voice_reason)


def draw_spoken(words: str) -> None:
    """Put the words into the live region, which nobody sees."""
    with st.container(key=REGION):
        st.html(f"<span>{escape(words)}</span>")
