"""Figures as dots on a line, with their intervals, as HTML: a row each, with its name and its number."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Dot:
    """One figure. Shares are 0…1."""

    name: str
    share: float
    interval: tuple[float, float] | None = None  # 95 %
    link: str = ""  # where it is published
    ours: bool = False  # drawn in the app's colour


def dot_chart(title: str, rows: list[Dot], *, note: str = "") -> str:
    """A card with a row per figure; "" without rows."""
    if not rows:
        return ""
    below = f'<p class="soft">{escape(note)}</p>' if note else ""
    return f'<section class="card"><h3>{escape(title)}</h3>{"".join(map(_row, rows))}{below}</section>'


def _row(row: Dot) -> str:
    name, value = escape(row.name), f"{100 * row.share:.1f}"
    if row.link:
        name += f' <a href="{escape(row.link, quote=True)}" target="_blank" rel="noopener">{_kind(row.link)}</a>'
    spread = ""
    if row.interval:
        low, high = (min(1.0, max(0.0, bound)) for bound in row.interval)
        spread = f'<i class="spread" style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></i>'
        value += f' <span class="soft">{100 * low:.0f}–{100 * high:.0f}</span>'
    line = f'<span class="line">{spread}<i class="dot" style="left:{100 * row.share:.1f}%"></i></span>'
    return (
        f'<div class="dot-row{" ours" if row.ours else ""}"><span class="name">{name}</span>{line}'
        f'<span class="value">{value}</span></div>'
    )


def _kind(link: str) -> str:
    """What a link is called."""
    return "doi" if "doi.org" in link else "arXiv" if "arxiv.org" in link else "source"
