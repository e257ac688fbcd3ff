"""The two pictures of the Live page: probabilities of the last minute, and the path through valence and arousal."""

from __future__ import annotations

import numpy as np

from emotion.labels import CIRCUMPLEX, COLOURS, VOICE_LABELS
from ui.colours import BLUE, FAINT_LINE, ORANGE
from ui.plots.svg import Axes, chart, legend, polyline

AXES = Axes(width=640, height=140, left=40, top=8, bottom=24)
STRIP = Axes(width=640, height=44, left=40, top=4, bottom=4)  # under it, on the same seconds
GAP_SECONDS = 2.5  # moments further apart than this are not joined by a line

BELOW_ITS_POINT = ("angry", "neutral")  # fear is close to angry, and many paths begin at neutral
CENTRE_X, CENTRE_Y, RADIUS = 170, 150, 130  # of the circle of valence and arousal, in a picture of 340 × 312


def timeline_svg(
    moments: list[tuple[float, np.ndarray | None]], labels: tuple[str, ...], *, span_s: float, title: str = ""
) -> str:
    """Probabilities over the last span_s seconds. moments: (time_s at most 0, (n_labels,) or None), oldest first.

    title: stands before the names of the words.
    """
    lines: dict[str, list[list[tuple[float, float]]]] = {label: [] for label in labels}
    before_s = -np.inf
    for time_s, probs in moments:
        if probs is None:
            before_s = -np.inf
            continue
        for label, p in zip(labels, probs):
            if time_s - before_s > GAP_SECONDS:
                lines[label].append([])
            lines[label][-1].append((AXES.x(1 + time_s / span_s), AXES.y(float(p))))
        before_s = time_s
    ticks = "".join(
        AXES.tick(1 + t / span_s, "now" if t == 0 else f"{t:.0f} s") for t in np.linspace(-span_s, 0, 5)[1:]
    )
    curves = "".join(polyline(part, COLOURS[label], width=2.2) for label in labels for part in lines[label])
    return chart(
        AXES.percent_lines() + ticks + curves,
        name="timeline-chart",
        width=AXES.width,
        height=AXES.height,
        description=f"probabilities over the last {span_s:.0f} seconds",
        above=legend({label: COLOURS[label] for label in labels}, title=title),
    )


def disagreement_svg(moments: list[tuple[float, float]], *, span_s: float) -> str:
    """How far face and voice were apart over the last span_s seconds. moments: (time_s at most 0, 0…1)."""
    width = STRIP.x(0.5 / span_s) - STRIP.x(0)
    bars = "".join(
        f'<rect x="{STRIP.x(1 + time_s / span_s):.1f}" y="{STRIP.y(value):.1f}" width="{width:.1f}" '
        f'height="{STRIP.y(0) - STRIP.y(value):.1f}" fill="{ORANGE}" fill-opacity="{0.25 + 0.75 * value:.2f}"/>'
        for time_s, value in moments
    )
    floor = f'<line x1="{STRIP.left}" x2="{STRIP.width}" y1="{STRIP.y(0)}" y2="{STRIP.y(0)}" {FAINT_LINE}/>'
    return chart(
        floor + bars,
        name="disagreement-chart",
        width=STRIP.width,
        height=STRIP.height,
        description=f"how far face and voice were apart over the last {span_s:.0f} seconds",
    )


def circumplex_svg(trail: list[tuple[float, float]]) -> str:
    """The circle of Russell (1980) with the words' places and the path of the answer.

    trail: (valence, arousal), each -1…1, newest last.
    """
    words = "".join(_word(word, *_place(*CIRCUMPLEX[word])) for word in VOICE_LABELS)
    points = [_place(*at) for at in trail]
    now = ""
    if points:
        x, y = points[-1]
        now = f'<circle class="now" cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{BLUE}" stroke="white" stroke-width="2"/>'
    left, right, top, bottom = CENTRE_X - RADIUS, CENTRE_X + RADIUS, CENTRE_Y - RADIUS, CENTRE_Y + RADIUS
    return chart(
        f'<circle cx="{CENTRE_X}" cy="{CENTRE_Y}" r="{RADIUS}" fill="none" {FAINT_LINE}/>'
        f'<line x1="{left}" x2="{right}" y1="{CENTRE_Y}" y2="{CENTRE_Y}" {FAINT_LINE}/>'
        f'<line x1="{CENTRE_X}" x2="{CENTRE_X}" y1="{top}" y2="{bottom}" {FAINT_LINE}/>{words}'
        f'<g stroke-opacity="0.45">{polyline(points, BLUE, width=2)}</g>{now}'
        f'<text x="{CENTRE_X}" y="303" text-anchor="middle">unpleasant ← valence → pleasant</text>'
        f'<text transform="translate(22 {CENTRE_Y}) rotate(-90)" text-anchor="middle">calm ← arousal → excited</text>',
        name="circumplex-chart",
        width=340,
        height=312,
        description="valence and arousal",
    )


def _place(valence: float, arousal: float) -> tuple[float, float]:
    return CENTRE_X + RADIUS * valence, CENTRE_Y - RADIUS * arousal


def _word(word: str, x: float, y: float) -> str:
    text_y = y + (17 if word in BELOW_ITS_POINT else -8)
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4.5" fill="{COLOURS[word]}"/>'
        f'<text x="{x:.0f}" y="{text_y:.0f}" text-anchor="middle">{word}</text>'
    )
