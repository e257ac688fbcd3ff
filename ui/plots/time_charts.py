"""Small charts in HTML and SVG for pages and report: over time, shares, changes, the path.

They take the width they are given, and their texts keep their size. In a chart over time the drawing area has the class
`plot`, and in it a `cursor` that shows in a replay only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
import pandas as pd

from emotion.labels import COLOURS
from emotion.timeline.rows import ROW_SECONDS
from emotion.timeline.summary import affect_path
from ui.colours import BLUE, FAINT_LINE, ORANGE
from ui.plots.live_plots import circumplex_svg
from ui.plots.svg import legend

MOST_POINTS = 1200  # of a curve: more than a page has pixels for
WIDE, HIGH = 1000, 100  # of every drawing area, in units of its own
UNSCALED = 'vector-effect="non-scaling-stroke"'  # a line as thick as it says, however wide the chart is
TICK_STEPS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600)
MOST_TICKS = 6
PATH_POINTS = 300  # of the path through valence and arousal


def thinned(values: np.ndarray, *, most: int = MOST_POINTS) -> np.ndarray:
    """(rows, k) -> at most `most` rows: means of as many rows each, NaN where all of them are NaN."""
    step = -(-len(values) // most)
    if step <= 1:
        return values
    padded = np.full((-(-len(values) // step) * step, values.shape[1]), np.nan)
    padded[: len(values)] = values
    parts = padded.reshape(-1, step, values.shape[1])
    counts = np.isfinite(parts).sum(axis=1)
    return np.where(counts > 0, np.nansum(parts, axis=1) / np.maximum(counts, 1), np.nan)


def lines_chart(timeline: pd.DataFrame, modality: str, labels: Sequence[str]) -> str:
    """Probabilities of one modality over time, with gaps where it was not judged. timeline: as emotion.analyze."""
    seconds = len(timeline) * ROW_SECONDS
    values = thinned(timeline[[f"{modality}_{label}" for label in labels]].to_numpy(float))
    width = WIDE / len(values)
    drawn = "".join(
        f'<polyline points="{points}" fill="none" stroke="{COLOURS[label]}" stroke-width="2" '
        f'{UNSCALED} stroke-linejoin="round"/>'
        for label, column in zip(labels, values.T)
        for points in _runs(column, width)
    )
    grid = "".join(f'<line x1="0" x2="{WIDE}" y1="{y}" y2="{y}" {UNSCALED} {FAINT_LINE}/>' for y in (0, 50, 100))
    return _time_chart(
        "lines",
        grid + drawn,
        seconds,
        sides=("100%", "50%", "0%"),
        above=legend({label: COLOURS[label] for label in labels}),
        description=f"probabilities of {modality} over time",
    )


def _runs(column: np.ndarray, width: float) -> Iterable[str]:
    """The points of each stretch of rows without a gap; one row alone is as wide as a row."""
    judged = np.flatnonzero(np.isfinite(column))
    for run in np.split(judged, np.flatnonzero(np.diff(judged) > 1) + 1):
        if len(run):
            xs = [(i + 0.5) * width for i in run] if len(run) > 1 else [run[0] * width, (run[0] + 1) * width]
            ys = column[run] if len(run) > 1 else np.repeat(column[run], 2)
            yield " ".join(f"{x:.1f},{HIGH * (1 - y):.1f}" for x, y in zip(xs, ys))


def apart_chart(apart: np.ndarray) -> str:
    """How far face and voice are apart over time, a bar a row. apart: (rows,) 0…1; NaN: one of them is missing."""
    values = thinned(np.asarray(apart, float)[:, None])[:, 0]
    width = WIDE / len(values)
    bars = "".join(
        f'<rect x="{i * width:.1f}" y="{HIGH * (1 - value):.0f}" width="{width:.1f}" height="{HIGH * value:.0f}" '
        f'fill="{ORANGE}" fill-opacity="{0.25 + 0.75 * value:.2f}"/>'
        for i, value in enumerate(values)
        if value >= 0.005
    )
    floor = f'<line x1="0" x2="{WIDE}" y1="100" y2="100" {UNSCALED} {FAINT_LINE}/>'
    seconds = len(apart) * ROW_SECONDS
    return _time_chart(
        "strip", bars + floor, seconds, sides=("1", "0"), description="how far face and voice are apart over time"
    )


def _time_chart(
    name: str, drawing: str, seconds: float, *, sides: Sequence[str], description: str, above: str = ""
) -> str:
    """A drawing over `seconds`, with texts at its left side (from top to bottom) and ticks below."""
    cursor = (
        f'<line class="cursor" x1="0" x2="0" y1="0" y2="{HIGH}" {UNSCALED} stroke="currentColor" stroke-width="2"/>'
    )
    left = "".join(
        f'<span class="side" style="top:{100 * i / (len(sides) - 1):.0f}%">{side}</span>'
        for i, side in enumerate(sides)
    )
    return (
        f'<div class="time-chart {name}">{above}<div class="plot">'
        f'<svg viewBox="0 0 {WIDE} {HIGH}" preserveAspectRatio="none" role="img" aria-label="{escape(description)}">'
        f"{drawing}{cursor}</svg>{left}{_ticks(seconds)}</div></div>"
    )


def _ticks(seconds: float) -> str:
    step = next((s for s in TICK_STEPS_S if seconds / s <= MOST_TICKS), seconds / MOST_TICKS)
    times = np.arange(0, seconds + 1e-6, step)
    place = lambda t: "right:0" if t > 0.97 * seconds else f"left:{100 * t / seconds:.1f}%"
    return "".join(f'<span class="tick" style="{place(t)}">{clock_time(t, whole=True)}</span>' for t in times)


def clock_time(time_s: float, *, whole: bool = False) -> str:
    """Seconds as a player shows them: 7.5 s, 1:07.5, 1:02:07.5. whole: without tenths."""
    tenths = round(time_s * 10)
    minutes, rest = divmod(tenths, 600)
    form = "{:.0f}" if whole else "{:.1f}"
    if not minutes:
        return f"{form.format(rest / 10)} s"
    second = form.format(rest / 10).zfill(2 if whole else 4)
    return f"{minutes // 60}:{minutes % 60:02d}:{second}" if minutes >= 60 else f"{minutes}:{second}"


def shares_chart(shares: dict[str, float]) -> str:
    """Share of the judged time in which each label was the answer; shares: label -> 0…1."""
    rows = "".join(
        f'<div class="bar"><span>{label}</span><div class="track"><div class="fill" '
        f'style="width:{100 * share:.1f}%;background:{COLOURS[label]}"></div></div>'
        f'<span class="value">{share:.0%}</span></div>'
        for label, share in shares.items()
    )
    return f'<div class="readout shares">{rows}</div>'


def path_chart(timeline: pd.DataFrame, modality: str) -> str:
    """The path of one modality through valence and arousal."""
    path = thinned(affect_path(timeline, modality)[:, 1:], most=PATH_POINTS)
    return circumplex_svg([(float(valence), float(arousal)) for valence, arousal in path])


def changes_table(counts: np.ndarray, labels: Sequence[str]) -> str:
    """How often one label followed another. counts: (C, C), rows before, columns after. Labels never met are left out.

    An empty text where nothing changed.
    """
    counts = np.asarray(counts)
    met = [i for i in range(len(labels)) if counts[i].sum() or counts[:, i].sum()]
    if not met:
        return ""
    shade = lambda n: f"color-mix(in srgb,{BLUE} {60 * n / counts.max():.0f}%,transparent)"
    cell = lambda n: f'<td style="background:{shade(n)}">{n}</td>' if n else "<td></td>"
    head = "".join(f"<th>{labels[i]}</th>" for i in met)
    body = "".join(f"<tr><th>{labels[i]}</th>{''.join(cell(int(counts[i, j])) for j in met)}</tr>" for i in met)
    return f'<table class="changes"><tr><th>before \\ after</th>{head}</tr>{body}</table>'
