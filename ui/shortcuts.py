"""Keys of the stream, and the list of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

KEYS = """
| key | what it does |
| --- | --- |
| Space | start or stop the stream (Live, Practice) |
| M | mute the microphone, and unmute it |
| R | start or stop recording (Live) |
| ? | show this list |

While you type in a field, keys type letters.
"""

_listener = st.components.v2.component(
    "emotion_shortcuts", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def listen_to_keys() -> None:
    """Once on every page."""
    if _listener(key="shortcuts", on_help_change=lambda: None).help:
        _show_keys()


@st.dialog("Keys")
def _show_keys() -> None:
    st.markdown(KEYS)
