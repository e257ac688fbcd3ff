"""Two timelines side by side."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from emotion.labels import COLOURS
from emotion.timeline.export import figures_in_words
from emotion.timeline.summary import MODALITIES, figures


def share_figure(shares: dict[str, dict[str, float]], labels: tuple[str, ...]) -> go.Figure:
    """Grouped bars. shares: name -> label -> share of judged time, 0…1."""
    made = go.Figure(
        [
            go.Bar(
                name=name,
                x=list(labels),
                y=[found.get(label, 0.0) for label in labels],
                marker={"color": [COLOURS[label] for label in labels], "pattern": {"shape": pattern}},
                hovertemplate=f"{name}<br>%{{x}}: %{{y:.0%}}<extra></extra>",
            )
            for (name, found), pattern in zip(shares.items(), ("", "/"))
        ]
    )
    made.update_layout(
        barmode="group",
        height=300,
        margin={"l": 0, "r": 0, "t": 30, "b": 0},
        legend={"orientation": "h", "y": 1.15},
        yaxis={"tickformat": ".0%", "title": "share of judged time"},
    )
    return made


def draw_comparison(timelines: dict[str, pd.DataFrame], *, key: str) -> None:
    """What differs between two sessions: share of time per emotion, and the plain figures. timelines: name -> timeline."""
    found = {name: figures(table) for name, table in timelines.items()}
    for modality, labels in MODALITIES.items():
        shares = {
            name: f[modality]["share_of_time"]
            for name, f in found.items()
            if modality in f and f[modality]["judged_share"] > 0
        }
        if shares:
            st.caption(
                f"**{modality.capitalize()}** – share of judged time; "
                + ", ".join(
                    f"{name}: {found[name][modality]['judged_share']:.0%} of the session judged" for name in shares
                )
            )
            st.plotly_chart(share_figure(shares, labels), key=f"{key}-{modality}")
    st.dataframe(pd.DataFrame({name: figures_in_words(f) for name, f in found.items()}))
