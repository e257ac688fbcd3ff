"""The way into the app when the very first visit after a start is a page's own address; and whether the visitor is still there."""
from collections.abc import Callable

import streamlit as st
from streamlit.runtime import exists, get_instance
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx


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
