"""Figures of recorded sessions over days. `table` is always that of emotion.timeline.days.day_table."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import plotly.graph_objects as go

from emotion.labels import COLOURS, FACE_LABELS
from ui.colours import BLUE, GRID, ORANGE, PALE_BLUE
from ui.plots.base import empty_figure

AFFECT_WORDS = {"valence": "unpleasant −1 … pleasant +1", "arousal": "calm −1 … excited +1"}
AFFECT_COLOURS = {"valence": BLUE, "arousal": ORANGE}
DAY_MS = 86_400_000
SHORTEST_AXIS_DAYS = 7  # so that a single day is not drawn as wide as the page
DAILY_TICKS_UP_TO_DAYS = 10


def share_chart(table: pd.DataFrame) -> go.Figure:
    """Share of the judged time per emotion, stacked bars per day."""
    figure = _day_figure(table, height_px=330, barmode="stack", bargap=0.15)
    for label in FACE_LABELS:
        figure.add_bar(
            x=table["day"],
            y=table[label],
            name=label,
            marker_color=COLOURS[label],
            **_bar_width(table),
            hovertemplate=f"%{{x|%a %d %b %Y}}<br>{label}: %{{y:.0%}}<extra></extra>",
        )
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    return figure


def affect_chart(table: pd.DataFrame) -> go.Figure:
    """Mean valence and arousal per day, with one standard deviation."""
    figure = _day_figure(table, height_px=280)
    judged = table[table["valence"].notna()]
    for (name, colour), shift in zip(AFFECT_COLOURS.items(), (-1, 1)):
        # side by side, so that neither hides the error bar of the other
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
            hovertemplate=f"%{{x|%a %d %b %Y}}<br>{name} %{{y:+.1f}} ± %{{customdata:.1f}}<extra></extra>",
        )
    figure.update_yaxes(range=[-1, 1], zeroline=True, zerolinecolor=GRID)
    return figure


def minutes_chart(table: pd.DataFrame) -> go.Figure:
    """Minutes recorded per day, judged and not."""
    figure = _day_figure(table, height_px=280, barmode="stack", bargap=0.15)
    rest = (table["minutes"] - table["judged_minutes"]).clip(lower=0)
    for name, minutes, colour in (("judged", table["judged_minutes"], BLUE), ("not judged", rest, PALE_BLUE)):
        figure.add_bar(
            x=table["day"],
            y=minutes,
            name=name,
            marker_color=colour,
            **_bar_width(table),
            customdata=table["sessions"],
            hovertemplate=f"%{{x|%a %d %b %Y}}<br>%{{y:.1f}} min {name}<br>sessions: %{{customdata}}<extra></extra>",
        )
    figure.update_yaxes(rangemode="tozero")
    return figure


def _bar_width(table: pd.DataFrame) -> dict:
    return {"width": [0.85 * DAY_MS] * len(table), "offset": -0.425 * DAY_MS} if len(table) else {}


def _day_figure(table: pd.DataFrame, *, height_px: int, **layout) -> go.Figure:
    """An empty figure whose x axis shows the days of the table."""
    legend = {"orientation": "h", "y": -0.24, "x": 0, "traceorder": "normal"}
    figure = empty_figure(height_px=height_px, left_px=0, right_px=0, bottom_px=0, legend=legend, **layout)
    figure.update_xaxes(type="date", showgrid=False)
    if len(table):
        ends = table["day"].iloc[0], table["day"].iloc[-1]
        first, last = (datetime.combine(day, datetime.min.time()) for day in ends)
        first = min(first, last - timedelta(days=SHORTEST_AXIS_DAYS - 1))
        figure.update_xaxes(range=[first - timedelta(hours=12), last + timedelta(hours=12)])
        if (last - first).days <= DAILY_TICKS_UP_TO_DAYS:
            figure.update_xaxes(dtick=DAY_MS, tickformat="%a<br>%d %b")
    return figure
