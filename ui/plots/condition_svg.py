"""Curves of what a condition costs as SVG: the first screen of Results has them, which does not wait for Plotly."""

from __future__ import annotations

from collections.abc import Sequence

from ui.colours import BLUE, FAINT_LINE, ORANGE, PURPLE, YELLOW
from ui.plots.conditions import Point
from ui.plots.svg import Axes, chart, legend, polyline

AXES = Axes(width=520, height=250, left=40, top=10, bottom=26)
COLOURS = (BLUE, ORANGE, PURPLE, YELLOW)
APART = 0.06  # of the step between two conditions: so that no interval hides another
EDGE = 0.08  # of the width: free at the left and right


def condition_svg(curves: dict[str, Sequence[Point]], *, low: float, high: float, description: str) -> str:
    """A line per name over the conditions of the first curve, with intervals. low, high: ends of the axis, 0…1."""
    order = [point.condition for point in next(iter(curves.values()))]
    up = lambda share: AXES.y((share - low) / (high - low))
    along = lambda i: AXES.x(EDGE + (1 - 2 * EDGE) * i / max(1, len(order) - 1))
    drawn = "".join(
        f'<line x1="{AXES.left}" x2="{AXES.width}" y1="{up(share):.1f}" y2="{up(share):.1f}" {FAINT_LINE}/>'
        f'<text x="{AXES.left - 6}" y="{up(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        for share in (tenth / 10 for tenth in range(round(10 * low), round(10 * high) + 1))
    )
    drawn += "".join(
        f'<text x="{along(i):.1f}" y="{AXES.height - 6}" text-anchor="middle">{name}</text>'
        for i, name in enumerate(order)
    )
    for i, (points, colour) in enumerate(zip(curves.values(), COLOURS)):
        shift = APART * (i - (len(curves) - 1) / 2)
        places = [(along(order.index(p.condition) + shift), up(p.share), p) for p in points]
        drawn += polyline([(x, y) for x, y, _ in places], colour, width=2.2)
        drawn += "".join(_point(x, y, p, colour, up) for x, y, p in places)
    return chart(
        drawn,
        name="condition-chart",
        width=AXES.width,
        height=AXES.height,
        description=description,
        above=legend(dict(zip(curves, COLOURS))),
    )


def _point(x: float, y: float, point: Point, colour: str, up) -> str:
    """A dot, its interval, and what it says when it is pointed at."""
    said, line = f"{point.condition}: {point.share:.1%}", ""
    if point.interval:
        low, high = point.interval
        said += f" (95%: {100 * low:.1f} to {100 * high:.1f})"
        line = polyline([(x, up(low)), (x, up(high))], colour, width=1.5)
    return f'<g>{line}<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/><title>{said}</title></g>'
