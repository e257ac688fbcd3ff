"""A part of a page that is drawn anew alone: every so often, or when something in it is used."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import streamlit as st


def fragment(draw: Callable[..., None], *, every_s: float | None = None) -> Callable[..., None]:
    """`st.fragment` in a container of its own; `every_s` seconds apart it is drawn anew, if given.

    On a busy machine the fragment may be drawn anew before the page around it was sent. Streamlit then sends the page
    without the fragment (`ForwardMsgQueue.clear`), so in the browser all that follows moves up by one place. The next
    message for the old place ends in "Cannot set a node at a delta path" and an empty page. A container is always sent.
    """
    drawn_alone = st.fragment(draw, run_every=every_s)

    @wraps(draw)
    def in_container(*args, **kwargs) -> None:
        with st.container():
            drawn_alone(*args, **kwargs)

    return in_container
