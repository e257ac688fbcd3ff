"""The way into the app when the very first visit after a start is a page's own address."""
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def through_app() -> None:
    """First line of every page. A `pages` folder makes Streamlit run a page without app.py, its sidebar and its settings, until
    app.py has run once in this process; this sends that first visit through app.py."""
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
