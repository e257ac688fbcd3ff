"""Figures as dots on a line, with their intervals, as HTML: a row each, with its name and its number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Dot:
    """One figure. Shares are 0…1."""

    name: str
    share: float
    interval: tuple[float, float] | None = None  # 95 %
    spread: float | None = None  # ± of a figure of others, as its authors give it; where there is no interval
    link: str = ""  # where it is published
    ours: bool = False  # drawn in the app's colour


def dot_chart(title: str, rows: list[Dot], *, note: str = "") -> str:
    """A card with a row per figure, all on one axis; "" without rows."""
    if not rows:
        return ""
    low, high = axis_of([end for row in rows for end in (row.share, *(_bounds(row) or ()))])
    drawn = "".join(_row(row, low, high) for row in rows)
    axis = f'<div class="dot-axis"><span>{100 * low:.0f}%</span><span>{100 * high:.0f}%</span></div>'
    below = f'<p class="soft">{escape(note)}</p>' if note else ""
    return f'<section class="card"><h3>{escape(title)}</h3>{drawn}{axis}{below}</section>'


def axis_of(shares: Sequence[float]) -> tuple[float, float]:
    """From where to where an axis goes that holds all these shares: whole tens of per cent, at least ten of them."""
    low = max(0, math.floor(10 * min(shares) + 1e-9))
    high = min(10, max(math.ceil(10 * max(shares) - 1e-9), low + 1))
    return min(low, high - 1) / 10, high / 10


def _bounds(row: Dot) -> tuple[float, float] | None:
    """The ends of a row's line, 0…1; None where nothing is known of them."""
    if row.interval is None and row.spread is None:
        return None
    low, high = row.interval or (row.share - (row.spread or 0.0), row.share + (row.spread or 0.0))
    return max(0.0, low), min(1.0, high)


def _row(row: Dot, low: float, high: float) -> str:
    """low, high: the ends of the axis."""
    name, value = escape(row.name), f"{row.share:.1%}"
    if row.link:
        name += f' <a href="{escape(row.link, quote=True)}" target="_blank" rel="noopener">{_kind(row.link)}</a>'
    place = lambda share: 100 * (share - low) / (high - low)
    spread = ""
    if bounds := _bounds(row):
        left, right = map(place, bounds)
        spread = f'<i class="spread" style="left:{left:.1f}%;width:{right - left:.1f}%"></i>'
        said = f"{100 * bounds[0]:.1f}–{100 * bounds[1]:.1f}" if row.interval else f"± {100 * (row.spread or 0):.1f}"
        value += f' <span class="soft">{said}</span>'
    line = f'<span class="line">{spread}<i class="dot" style="left:{place(row.share):.1f}%"></i></span>'
    return (
        f'<div class="dot-row{" ours" if row.ours else ""}"><span class="name">{name}</span>'
        f'<span class="value">{value}</span>{line}</div>'
    )


def _kind(link: str) -> str:
    """What a link is called."""
    return "doi" if "doi.org" in link else "arXiv" if "arxiv.org" in link else "source"
