"""What happens at the beginning of every page."""

import streamlit as st

from ui.streamlit_internals import pages_run_without_app, run_pages_through_app

STREAM_DRAWN = "stream-drawn"  # in the session's state: the key of the stream that the page drew last


def note_page(page: str) -> None:
    """On every run, before the page is drawn: a page that was left has no stream any more."""
    if st.session_state.get("page") != page:
        st.session_state.pop(STREAM_DRAWN, None)
        st.session_state["page"] = page


def through_app() -> None:
    """First line of every page: the first visit after a start may open a page without app.py, its sidebar and settings.

    This runs the page again through app.py.
    """
    if pages_run_without_app():
        run_pages_through_app()
        st.rerun()
