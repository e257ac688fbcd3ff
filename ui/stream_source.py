"""What a page's stream uses: camera, microphone, both, or the sample clip. Chosen by the person or by a button."""

from __future__ import annotations

import streamlit as st

from ui.sample_clip import ASKED_FOR
from ui.stream_frame import press_start
from ui.webrtc import SAMPLE, SOURCES

DEFAULT_SOURCE = next(iter(SOURCES))


def _key(page: str) -> str:
    # a number: a choice made by a button gets a new control, since the browser may still send the old one's value
    return f"{page}-source-{st.session_state.get(f'{page}-source-number', 0)}"


def chosen_source(page: str) -> str:
    """One of SOURCES, or SAMPLE."""
    return st.session_state.get(_key(page)) or st.session_state.get(f"{page}-source") or DEFAULT_SOURCE


def choose_source(page: str, source: str) -> None:
    """Use this from now on."""
    st.session_state[f"{page}-source"] = source
    st.session_state[f"{page}-source-number"] = st.session_state.get(f"{page}-source-number", 0) + 1


def use_sample(page: str) -> None:
    """Play the sample clip from the next run on."""
    choose_source(page, SAMPLE)
    press_start(page)


def use_sample_where_asked(page: str) -> None:
    """Play the sample clip if the person pressed its button on another page."""
    if st.session_state.pop(ASKED_FOR, False):
        use_sample(page)


def draw_choice(page: str, *, sample: bool, disabled: bool) -> str:
    """The control. Returns what is chosen; sample: whether the clip is among the choices."""
    chosen = chosen_source(page)
    st.session_state[f"{page}-source"] = chosen  # for when the person comes back to the page
    st.segmented_control(
        "Use",
        [*SOURCES, SAMPLE] if sample else list(SOURCES),
        label_visibility="collapsed",  # it is read out; its grey while the stream runs is too faint to show
        default=chosen,
        key=_key(page),
        disabled=disabled,
        help="Press STOP to change it.",
    )
    return chosen
