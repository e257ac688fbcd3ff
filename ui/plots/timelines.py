"""Two timelines compared with Plotly. The charts of one timeline: ui.plots.time_charts."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from emotion.labels import COLOURS
from ui.plots.base import LEGEND_ABOVE, empty_figure


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
