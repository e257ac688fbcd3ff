"""Figures of what a condition costs: accuracy where the input gets worse."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from ui.colours import BLUE, GREY, LINE, MODALITY_COLOURS, ORANGE, PURPLE, YELLOW
from ui.plots.base import empty_figure
from ui.plots.conditions import Point

COLOURS = (BLUE, ORANGE, PURPLE, YELLOW)
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}  # grows upward on a narrow page
APART = 0.06  # of the step between two conditions: so that no interval hides another
UNCHANGED = "as it is"


def condition_curves(
    curves: dict[str, Sequence[Point]], *, across: str, colours: Sequence[str] = COLOURS, upward: str = "accuracy"
) -> go.Figure:
    """A line per name over the conditions, in the order of the first curve, with intervals where there are any.

    colours: of the curves, in their order.
    """
    order = [point.condition for point in next(iter(curves.values()))]
    figure = _figure(order, across=across, upward=upward)
    for i, ((name, points), colour) in enumerate(zip(curves.items(), colours)):
        shift = APART * (i - (len(curves) - 1) / 2)
        figure.add_scatter(
            name=name,
            x=[order.index(point.condition) + shift for point in points],
            y=[point.share for point in points],
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"color": colour, "size": 8},
            error_y=_intervals(points),
            customdata=[[point.condition, _in_words(point)] for point in points],
            hovertemplate=f"{name}, %{{customdata[0]}}<br>%{{y:.1%}}%{{customdata[1]}}<extra></extra>",
        )
    return figure


def worse_inputs(cells: Sequence[dict], changed: str) -> go.Figure:
    """Accuracy of face, voice and Hybrid for each change of one of them; lines join changes of one kind.

    cells: of evaluate_grid; changed: `face` or `voice`, the other one is as it is.
    """
    other = "voice" if changed == "face" else "face"
    mine = [cell for cell in cells if cell[f"{other}_change"] == UNCHANGED]
    order = [cell[f"{changed}_change"] for cell in mine]
    figure = _figure(order, across="", upward="accuracy", angle=-35)
    shown = {"face": ("face", MODALITY_COLOURS["face"]), "voice": ("voice", MODALITY_COLOURS["voice"])}
    shown |= {"hybrid": ("Hybrid", MODALITY_COLOURS["together"]), "both_judged": ("both judged", GREY)}
    places = [(i, cell) for i, cell in enumerate(mine)]
    breaks = [i for i in range(1, len(mine)) if kind_of(order[i]) != kind_of(order[i - 1])]
    for figures, (name, colour) in shown.items():
        x: list[float | None] = []
        y: list[float | None] = []
        for i, cell in places:
            if i in breaks:
                x, y = [*x, None], [*y, None]
            x, y = [*x, i], [*y, cell[figures]]
        figure.add_scatter(
            name=name,
            x=x,
            y=y,
            mode="lines+markers",
            connectgaps=False,
            line={"color": colour, "width": 2, "dash": "dot" if figures == "both_judged" else "solid"},
            marker={"color": colour, "size": 8},
            hovertemplate=f"{name}<br>%{{y:.1%}}<extra></extra>",
        )
    return figure


def kind_of(change: str) -> str:
    """The kind of a change: "half the light" and "a quarter of the light" -> "light"."""
    return change.split(",")[0].split()[-1]


def _intervals(points: Sequence[Point]) -> dict:
    """The two halves of each error bar, of no length where there is no interval."""
    ends = [point.interval or (point.share, point.share) for point in points]
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - point.share for point, (_, high) in zip(points, ends)],
        "arrayminus": [point.share - low for point, (low, _) in zip(points, ends)],
        "thickness": 1.5,
        "width": 3,
        "visible": any(point.interval for point in points),
    }


def _in_words(point: Point) -> str:
    return f" (95%: {point.interval[0]:.1%} to {point.interval[1]:.1%})" if point.interval else ""


def _figure(order: Sequence[str], *, across: str, upward: str, angle: int | None = None) -> go.Figure:
    """An empty figure with a place for each condition."""
    figure = empty_figure(height_px=340, top_px=30, legend=LEGEND)
    figure.update_xaxes(
        title=across, tickvals=list(range(len(order))), ticktext=list(order), tickangle=angle, linecolor=LINE
    )
    figure.update_xaxes(range=[-0.3, len(order) - 0.7])
    figure.update_yaxes(title=upward, tickformat=".0%", range=[0, 1])
    return figure
