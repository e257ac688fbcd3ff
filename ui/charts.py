"""The live charts as small SVG pictures.

They change every second beside a video on the same machine: Plotly's redraws took more than half of the video's frames
on two cores, these cost next to nothing. Pages that stand still use Plotly.
"""

from __future__ import annotations

from html import escape

import numpy as np

from emotion.labels import CIRCUMPLEX, COLOURS

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 210, 40, 24, 8
FAINT = 'stroke="currentColor" stroke-opacity="0.18"'
GAP_SECONDS = 2.5  # moments further apart than this are not joined


def _x(time_s: float, span_s: float) -> float:
    return LEFT + (1 + time_s / span_s) * (WIDTH - LEFT - 4)


def _y(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


def timeline_svg(moments: list[tuple[float, np.ndarray | None]], labels: tuple[str, ...], *, span_s: float) -> str:
    """Probabilities over the last span_s seconds. moments: (time_s at most 0, (n_labels,) or None), oldest first."""
    lines: dict[str, list[list[str]]] = {label: [] for label in labels}
    before = -np.inf
    for time_s, probs in moments:
        if probs is None:
            before = -np.inf
            continue
        for label, p in zip(labels, probs):
            if time_s - before > GAP_SECONDS:
                lines[label].append([])
            lines[label][-1].append(f"{_x(time_s, span_s):.1f},{_y(float(p)):.1f}")
        before = time_s
    grid = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{_y(s)}" y2="{_y(s)}" {FAINT}/>'
        f'<text x="{LEFT - 6}" y="{_y(s) + 4}" text-anchor="end">{s:.0%}</text>'
        for s in (0, 0.5, 1)
    )
    ticks = "".join(
        f'<text x="{_x(t, span_s):.0f}" y="{HEIGHT - 6}" text-anchor="{"end" if t == 0 else "middle"}">{"now" if t == 0 else f"{t:.0f} s"}</text>'
        for t in np.linspace(-span_s, 0, 5)[1:]
    )
    curves = "".join(
        f'<polyline points="{" ".join(part)}" fill="none" stroke="{COLOURS[label]}" stroke-width="2.2" stroke-linejoin="round"/>'
        for label in labels
        for part in lines[label]
    )
    legend = "".join(f'<span><i style="background:{COLOURS[label]}"></i>{escape(label)}</span>' for label in labels)
    return (
        f'<div class="chart timeline-chart"><div class="legend">{legend}</div><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="probabilities over the last {span_s:.0f} seconds">{grid}{ticks}{curves}</svg></div>'
    )


def circumplex_svg(trail: list[tuple[float, float]]) -> str:
    """The circumplex of Russell (1980) with the words' places and the path of the answer. trail: (valence, arousal), newest last."""
    at = lambda v, a: (170 + 130 * v, 150 - 130 * a)  # noqa: E731
    words = "".join(
        f'<circle cx="{at(*p)[0]:.0f}" cy="{at(*p)[1]:.0f}" r="4.5" fill="{COLOURS[w]}"/>'
        f'<text x="{at(*p)[0]:.0f}" y="{at(*p)[1] + (17 if w in ("angry", "neutral") else -8):.0f}" text-anchor="middle">{w}</text>'
        for w, p in CIRCUMPLEX.items()
    )
    points = [at(*p) for p in trail]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    now = (
        f'<circle class="now" cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="9" fill="#2f8fb8" stroke="white" stroke-width="2"/>'
        if points
        else ""
    )
    return (
        f'<div class="chart circumplex-chart"><svg viewBox="0 0 340 312" role="img" aria-label="valence and arousal">'
        f'<circle cx="170" cy="150" r="130" fill="none" {FAINT}/><line x1="40" x2="300" y1="150" y2="150" {FAINT}/>'
        f'<line x1="170" x2="170" y1="20" y2="280" {FAINT}/>{words}'
        f'<polyline points="{path}" fill="none" stroke="#2f8fb8" stroke-opacity="0.45" stroke-width="2"/>{now}'
        f'<text x="170" y="303" text-anchor="middle">unpleasant ← valence → pleasant</text>'
        f'<text transform="translate(22 150) rotate(-90)" text-anchor="middle">calm ← arousal → excited</text></svg></div>'
    )
