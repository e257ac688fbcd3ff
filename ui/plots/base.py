"""What every Plotly figure starts from. st.plotly_chart adds the fonts and the text colour of the theme."""

from __future__ import annotations

import plotly.graph_objects as go

from ui.colours import CLEAR, GRID

NO_BUTTONS = {"displayModeBar": False}  # `config` of st.plotly_chart: without Plotly's row of buttons
LEGEND_ABOVE = {"orientation": "h", "y": 1.15, "x": 0}


def empty_figure(
    *, height_px: int, left_px: int = 10, right_px: int = 10, top_px: int = 10, bottom_px: int = 10, **layout
) -> go.Figure:
    """A figure without data: transparent, with faint grid lines; nothing can be dragged or zoomed."""
    axis = {"gridcolor": GRID, "zeroline": False, "fixedrange": True, "automargin": True}
    return go.Figure(  # all at once: each update_layout costs Plotly ten times as much
        layout={
            "height": height_px,
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "dragmode": False,
            "uirevision": "kept",
            "margin": {"l": left_px, "r": right_px, "t": top_px, "b": bottom_px},
            "xaxis": axis,
            "yaxis": axis,
            **layout,
        }
    )
