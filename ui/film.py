"""A film on a page, if it is not too large for one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

LARGEST_SHOWN_MB = 300  # the server holds a film in memory to show it


def show_film(film: Path, *, else_say: str) -> bool:
    """Play an MP4; or say how large it is and `else_say`, and return False."""
    size_mb = film.stat().st_size / 1e6
    if size_mb > LARGEST_SHOWN_MB:
        st.info(f"This film is {size_mb:,.0f} MB, too large for this page. {else_say}")
        return False
    st.video(str(film), format="video/mp4")
    return True
