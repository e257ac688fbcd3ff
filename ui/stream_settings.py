"""Settings of the stream, beside its picture. They act while it runs."""

from __future__ import annotations

import streamlit as st

from ui.sidebar import number_of_faces


def draw_stream_settings(*, smoothing: bool = True) -> None:
    """Number of faces, mirror and smoothing behind one button. smoothing: False where the page's own is fixed."""
    with st.popover("Stream settings", icon=":material/tune:"):
        if smoothing:
            st.slider(
                "Smoothing (s)",
                0.0,
                2.0,
                key="smoothing_s",
                step=0.05,
                help="How slowly labels follow the face and the voice. 0: every single answer is shown.",
            )
        number_of_faces()
        st.toggle("Mirror the picture", key="mirror")
