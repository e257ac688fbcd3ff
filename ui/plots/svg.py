"""Pieces of the small SVG pictures that the live pages draw.

They change every second beside a video on the same machine. Plotly's redraws took more than half of the video's frames
on two cores; these pictures cost almost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from ui.colours import FAINT_LINE

RIGHT_EDGE = 4


@dataclass(frozen=True)
class Axes:
    """Where things lie in a picture of width × height. Positions across and upward are shares of the axis, 0…1."""

    width: int
    height: int
    left: int  # space for the labels of the vertical axis
    top: int
    bottom: int  # space for the labels of the horizontal axis

    def x(self, share: float) -> float:
        """Position from the left."""
        return self.left + share * (self.width - self.left - RIGHT_EDGE)

    def y(self, share: float) -> float:
        """Position from the top; share 1 is at the top."""
        return self.top + (1 - share) * (self.height - self.top - self.bottom)

    def percent_lines(self) -> str:
        """Lines at 0, 50 and 100% with their labels."""
        return "".join(
            f'<line x1="{self.left}" x2="{self.width}" y1="{self.y(share)}" y2="{self.y(share)}" {FAINT_LINE}/>'
            f'<text x="{self.left - 6}" y="{self.y(share) + 4}" text-anchor="end">{share:.0%}</text>'
            for share in (0, 0.5, 1)
        )

    def tick(self, share: float, label: str) -> str:
        """A label below the horizontal axis."""
        anchor = "end" if share == 1 else "middle"  # the last one would be cut off
        return f'<text x="{self.x(share):.0f}" y="{self.height - 6}" text-anchor="{anchor}">{escape(label)}</text>'


def polyline(points: Iterable[tuple[float, float]], colour: str, *, width: float) -> str:
    """A line through (x, y) points."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"/>'


def legend(colours: Mapping[str, str], *, title: str = "") -> str:
    """A row of names, each with its colour, after the title."""
    names = "".join(f'<span><i style="background:{c}"></i>{escape(name)}</span>' for name, c in colours.items())
    heading = f"<b>{escape(title)}</b>" if title else ""
    return f'<div class="legend">{heading}{names}</div>'


def chart(drawing: str, *, name: str, width: int, height: int, description: str, above: str = "") -> str:
    """The whole picture as HTML, with the class `name`. description: for screen readers; above: HTML over it."""
    return (
        f'<div class="chart {name}">{above}<svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(description)}">{drawing}</svg></div>'
    )
