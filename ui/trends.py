"""Recorded sessions over days, for the Diary and the Sessions page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from emotion.timeline.days import SessionFigures, day_table, session_figures
from emotion.timeline.store import SessionInfo, Store
from ui.plots.base import NO_BUTTONS
from ui.plots.day_plots import affect_chart, minutes_chart, share_chart
from ui.time_zone import local_zone

PROGRESS_FROM = 10  # sessions; fewer are read too fast for a progress bar


@st.cache_data(show_spinner=False, max_entries=20_000)
def _figures(_store: Store, where: str, session_id: int, judgements: int, began_unix_s: float) -> SessionFigures:
    """A session's sums. All but the store are the cache's key, so that a growing session is read again."""
    return session_figures(_store.judgements(session_id))


def figures_of(store: Store, sessions: Sequence[SessionInfo]) -> dict[int, SessionFigures]:
    """The sums of each session by its number, with a progress bar while many of them are read for the first time."""
    where = store.engine.url.render_as_string()
    bar = st.progress(0.0, "Reading sessions …") if len(sessions) > PROGRESS_FROM else None
    out = {}
    for i, s in enumerate(sessions):
        out[s.id] = _figures(store, where, s.id, s.judgements, s.started_unix_s)
        if bar and i % PROGRESS_FROM == 0:
            bar.progress(i / len(sessions), f"Reading sessions … {i} of {len(sessions)}")
    if bar:
        bar.empty()
    return out


def draw_trend(store: Store, sessions: Sequence[SessionInfo], *, key: str) -> None:
    """Day by day: how long was recorded, which emotion words came, their valence and arousal. key: of the charts."""
    if not sessions:
        st.info("No sessions to show.")
        return
    table = day_table(sessions, figures_of(store, sessions), zone=local_zone())
    st.caption(
        "Share of the judged time per emotion word: Together where it was recorded, else the face, else the voice; "
        "adapted to the person where that was switched on"
    )
    st.plotly_chart(share_chart(table), key=f"{key}-share", config=NO_BUTTONS, alt="Share of each word by day")
    left, right = st.columns(2)
    with left:
        st.caption("Mean valence and arousal of the words; the bars are one standard deviation over the day")
        st.plotly_chart(affect_chart(table), key=f"{key}-affect", config=NO_BUTTONS, alt="Valence and arousal by day")
    with right:
        st.caption("Minutes recorded; pale: not judged (no face, silence, …)")
        st.plotly_chart(minutes_chart(table), key=f"{key}-minutes", config=NO_BUTTONS, alt="Minutes recorded by day")
