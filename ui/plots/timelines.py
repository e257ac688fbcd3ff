"""Figures of a timeline: share of the labels, changes, valence and arousal. Those over time: ui.plots.time_charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from emotion.labels import CIRCUMPLEX, COLOURS, VOICE_LABELS
from ui.colours import BLUES, EMPTY, GRID
from ui.plots.base import LEGEND_ABOVE, empty_figure

BELOW_ITS_POINT = ("angry", "neutral")  # fear is close to angry, and many paths begin at neutral


def share_bars(shares: dict[str, float]) -> go.Figure:
    """Share of the judged time in which each label was the answer; shares in 0…1."""
    figure = empty_figure(height_px=260, showlegend=False, bargap=0.3)
    figure.add_bar(
        x=list(shares),
        y=[100 * s for s in shares.values()],
        marker_color=[COLOURS[label] for label in shares],
        hovertemplate="%{x}: %{y:.0f}% of the judged time<extra></extra>",
    )
    figure.update_yaxes(title="% of judged time", rangemode="tozero")
    return figure


def compared_shares(shares: dict[str, dict[str, float]], labels: Sequence[str]) -> go.Figure:
    """The same of two timelines, side by side. shares: name -> label -> share of judged time, 0…1."""
    figure = empty_figure(height_px=300, left_px=0, right_px=0, top_px=30, bottom_px=0, barmode="group")
    for (name, found), pattern in zip(shares.items(), ("", "/")):
        figure.add_bar(
            name=name,
            x=list(labels),
            y=[found.get(label, 0.0) for label in labels],
            marker={"color": [COLOURS[label] for label in labels], "pattern": {"shape": pattern}},
            hovertemplate=f"{name}<br>%{{x}}: %{{y:.0%}}<extra></extra>",
        )
    figure.update_layout(legend=LEGEND_ABOVE)
    figure.update_yaxes(tickformat=".0%", title="share of judged time")
    return figure


def transition_heatmap(counts: np.ndarray, labels: Sequence[str]) -> go.Figure:
    """How often one label followed another. counts: (C, C), rows before, columns after."""
    figure = empty_figure(height_px=110 + 34 * len(labels))
    counts = np.asarray(counts)
    # what never happened is a faint cell, in light and dark; the blues begin at the first count above zero
    scale = [[0, EMPTY], [1e-6, BLUES[1]], *([i / (len(BLUES) - 2), c] for i, c in enumerate(BLUES[2:], 1))]
    figure.add_heatmap(
        z=counts,
        x=list(labels),
        y=list(labels),
        zmin=0,
        zmax=max(1, int(counts.max())),
        showscale=False,
        xgap=2,
        ygap=2,
        text=np.where(counts > 0, counts.astype(str), ""),
        texttemplate="%{text}",
        colorscale=scale,
        hovertemplate="%{y} → %{x}: %{z}×<extra></extra>",
    )
    figure.update_xaxes(title="after", showgrid=False)
    figure.update_yaxes(title="before", showgrid=False, autorange="reversed")
    return figure


def affect_figure(path: np.ndarray) -> go.Figure:
    """Valence and arousal as a path, later is darker. path: (n, 3) time_s, valence, arousal (summary.affect_path)."""
    figure = empty_figure(height_px=420, showlegend=False)
    figure.add_scatter(
        x=path[:, 1],
        y=path[:, 2],
        mode="lines+markers",
        line={"color": GRID, "width": 1},
        marker={"color": path[:, 0], "colorscale": [[0, BLUES[1]], [1, BLUES[-1]]], "size": 7},
        customdata=path[:, 0],
        hovertemplate="%{customdata:.1f} s<br>valence %{x:+.2f}, arousal %{y:+.2f}<extra></extra>",
    )
    for label in VOICE_LABELS:
        valence, arousal = CIRCUMPLEX[label]
        yshift = -10 if label in BELOW_ITS_POINT else 10
        figure.add_annotation(x=valence, y=arousal, text=label, showarrow=False, opacity=0.6, yshift=yshift)
    figure.update_xaxes(title="valence", range=[-1, 1])
    figure.update_yaxes(title="arousal", range=[-1, 1])
    return figure
