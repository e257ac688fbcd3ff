"""The way into the app when the very first visit after a start is a page's own address; and whether the visitor is still there."""

from collections.abc import Callable

import streamlit as st
from streamlit.runtime import exists, get_instance
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

STREAM_DRAWN = "stream-drawn"  # in the session's state: the key of the stream that its page drew last


def note_page(page: str) -> None:
    """On every run, before the page is drawn: a page that was left has no stream any more."""
    if st.session_state.get("page") != page:
        st.session_state.pop(STREAM_DRAWN, None)
        st.session_state["page"] = page


def through_app() -> None:
    """First line of every page. A `pages` folder makes Streamlit run a page without app.py, its sidebar and its settings, until
    app.py has run once in this process; this sends that first visit through app.py."""
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def browser_connected() -> Callable[[], bool]:
    """A question for other threads: is the browser of this page's visitor still connected?"""
    context = get_script_run_ctx()
    return lambda: context is not None and exists() and get_instance().is_active_session(context.session_id)
