"""The link to the frame in which the browser's part of the stream runs: what it says beside START, and pressing START.

streamlit-webrtc tells Python nothing of a refused permission, and its own way to start from Python
(desired_playing_state) starts a stream of camera and microphone twice, so that it never connects (0.79).
"""

from __future__ import annotations

import uuid
from pathlib import Path

import streamlit as st

_frame = st.components.v2.component(
    "emotion_stream_frame", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def press_start(page: str) -> None:
    """Begin the page's stream with its next run, as START does."""
    st.session_state[f"{page}-press"] = uuid.uuid4().hex


def start_error(page: str) -> str:
    """Link this run of the page to the frame. Returns what stands beside START, in the browser's words, or ""."""
    key = f"{page}-stream-frame"
    said = (st.session_state.get(key) or {}).get("error") or ""
    data = {"said": said, "press": st.session_state.get(f"{page}-press", ""), "page": page}
    return _frame(key=key, data=data, on_error_change=lambda: None).error or ""
