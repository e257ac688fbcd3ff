"""Charts of recorded sessions over days; the Diary and the Sessions page show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from dateutil.tz import tzlocal

from emotion.labels import COLOURS, FACE_LABELS
from emotion.timeline.days import SessionFigures, day_table, session_figures
from emotion.timeline.store import SessionInfo, Store

PERIODS = {"7 days": 7, "30 days": 30, "365 days": 365, "All": None}
AFFECT_WORDS = {"valence": "unpleasant −1 … pleasant +1", "arousal": "calm −1 … excited +1"}
CLEAR, GRID = "rgba(0,0,0,0)", "rgba(128,128,128,0.25)"
DARK, PALE = "#2f87ab", "rgba(47,135,171,0.35)"
AFFECT_COLOURS = {"valence": DARK, "arousal": "#e0762f"}
DAY_MS = 86_400_000
SHORTEST_AXIS_DAYS = 7  # a single day is not drawn as wide as the page
WAIT_FOR_A_BAR = 10  # sessions not read before; fewer are there at once


def local_zone() -> tzinfo:
    """The time zone of the person's browser, else this machine's."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return tzlocal()


@st.cache_data(show_spinner=False, max_entries=20_000)
def _figures(_store: Store, where: str, session_id: int, judgements: int, began_unix_s: float) -> SessionFigures:
    """A session's sums; all but the store are the cache's key, so that a growing session is read again."""
    return session_figures(_store.judgements(session_id))


def figures_of(store: Store, sessions: Sequence[SessionInfo]) -> dict[int, SessionFigures]:
    """The sums of each session by its number, with a bar while many of them are read for the first time."""
    where = store.engine.url.render_as_string()
    bar = st.progress(0.0, "Reading sessions …") if len(sessions) > WAIT_FOR_A_BAR else None
    out = {}
    for i, s in enumerate(sessions):
        out[s.id] = _figures(store, where, s.id, s.judgements, s.started_unix_s)
        if bar and i % WAIT_FOR_A_BAR == 0:
            bar.progress(i / len(sessions), f"Reading sessions … {i} of {len(sessions)}")
    if bar:
        bar.empty()
    return out


def draw_trend(store: Store, sessions: Sequence[SessionInfo], *, key: str) -> None:
    """How long was recorded, which words were said, and where they lie, day by day. key: of the page's charts."""
    if not sessions:
        st.info("No sessions to draw.")
        return
    table = day_table(sessions, figures_of(store, sessions), zone=local_zone())
    st.caption(
        "Share of the judged time per emotion word: Together where it was recorded, else the face, else the voice"
    )
    st.plotly_chart(share_chart(table), key=f"{key}-share", config={"displayModeBar": False})
    left, right = st.columns(2)
    with left:
        st.caption("Mean valence and arousal of the words; the bars are one standard deviation over the day")
        st.plotly_chart(affect_chart(table), key=f"{key}-affect", config={"displayModeBar": False})
    with right:
        st.caption("Minutes recorded; pale: not judged (no face, silence, …)")
        st.plotly_chart(minutes_chart(table), key=f"{key}-minutes", config={"displayModeBar": False})


def share_chart(table: pd.DataFrame) -> go.Figure:
    """Stacked bars per day. table: trends.day_table."""
    figure = _figure(table, height_px=330, barmode="stack", bargap=0.15)
    for label in FACE_LABELS:
        figure.add_bar(
            x=table["day"],
            y=table[label],
            name=label,
            marker_color=COLOURS[label],
            **_bars(table),
            hovertemplate=f"%{{x|%a %d %b %Y}}<br>{label}: %{{y:.0%}}<extra></extra>",
        )
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    return figure


def affect_chart(table: pd.DataFrame) -> go.Figure:
    """Two lines with their spread. table: trends.day_table."""
    figure = _figure(table, height_px=280)
    judged = table[table["valence"].notna()]
    for (name, colour), shift in zip(AFFECT_COLOURS.items(), (-1, 1)):
        # side by side, so that neither hides the other's spread
        x = [pd.Timestamp(day) + shift * timedelta(hours=1.5) for day in judged["day"]]
        figure.add_scatter(
            x=x,
            y=judged[name],
            name=f"{name}: {AFFECT_WORDS[name]}",
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"color": colour, "size": 6},
            error_y={"type": "data", "array": judged[f"{name}_sd"], "thickness": 1, "width": 0},
            customdata=judged[f"{name}_sd"],
            hovertemplate=f"%{{x|%a %d %b %Y}}<br>{name} %{{y:+.2f}} ± %{{customdata:.2f}}<extra></extra>",
        )
    figure.update_yaxes(range=[-1, 1], zeroline=True, zerolinecolor=GRID)
    return figure


def minutes_chart(table: pd.DataFrame) -> go.Figure:
    """Bars of time recorded, judged and not. table: trends.day_table."""
    figure = _figure(table, height_px=280, barmode="stack", bargap=0.15)
    rest = (table["minutes"] - table["judged_minutes"]).clip(lower=0)
    for name, minutes, colour in (("judged", table["judged_minutes"], DARK), ("not judged", rest, PALE)):
        figure.add_bar(
            x=table["day"],
            y=minutes,
            name=name,
            marker_color=colour,
            **_bars(table),
            customdata=table["sessions"],
            hovertemplate=f"%{{x|%a %d %b %Y}}<br>%{{y:.1f}} min {name}<br>%{{customdata}} session(s)<extra></extra>",
        )
    figure.update_yaxes(rangemode="tozero")
    return figure


def _bars(table: pd.DataFrame) -> dict:
    return {"width": [0.85 * DAY_MS] * len(table), "offset": -0.425 * DAY_MS} if len(table) else {}


def _figure(table: pd.DataFrame, *, height_px: int, **layout) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        height=height_px,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        dragmode=False,
        margin={"l": 0, "r": 0, "t": 10, "b": 0},
        legend={"orientation": "h", "y": -0.24, "x": 0, "traceorder": "normal"},
        **layout,
    )
    figure.update_xaxes(gridcolor=GRID, fixedrange=True, type="date", showgrid=False)
    figure.update_yaxes(gridcolor=GRID, fixedrange=True, zeroline=False)
    if len(table):
        first, last = (
            datetime.combine(day, datetime.min.time()) for day in (table["day"].iloc[0], table["day"].iloc[-1])
        )
        first = min(first, last - timedelta(days=SHORTEST_AXIS_DAYS - 1))
        figure.update_xaxes(range=[first - timedelta(hours=12), last + timedelta(hours=12)])
        if (last - first).days <= 10:
            figure.update_xaxes(dtick=DAY_MS, tickformat="%a<br>%d %b")
    return figure
