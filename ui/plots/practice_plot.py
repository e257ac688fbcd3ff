"""The picture of a practice round: probability of the target over the window, per modality and of the best round."""

from __future__ import annotations

from emotion.realtime.practice_round import MODALITIES, WINDOW_SECONDS, Result
from ui.colours import MODALITY_COLOURS
from ui.plots.svg import Axes, chart, legend, polyline

AXES = Axes(width=640, height=190, left=56, top=12, bottom=24)
BEST_COLOUR = "currentColor"  # that of the text, which reads on light and dark


def curve_svg(result: Result, best: tuple[float | None, ...] = ()) -> str:
    """One line per modality, broken where nothing was judged; dashed, Together of the best round, if it is known."""
    seconds = int(WINDOW_SECONDS)
    drawing = AXES.percent_lines() + "".join(AXES.tick(t / seconds, f"{t} s") for t in range(seconds + 1))
    for modality in MODALITIES:
        together = modality == "together"
        drawing += _line(
            getattr(result, modality).curve,
            MODALITY_COLOURS[modality],
            width=3 if together else 2,
            radius=3.2 if together else 2.4,
        )
    if best:
        drawing += f'<g class="best-round" stroke-dasharray="7 5">{_line(best, BEST_COLOUR, width=2.4, radius=2)}</g>'
    names = {m: MODALITY_COLOURS[m] for m in MODALITIES} | (
        {"together, best round (dashed)": BEST_COLOUR} if best else {}
    )
    return chart(
        drawing,
        name="practice-chart",
        width=AXES.width,
        height=AXES.height,
        description=f"probability of {result.target} over the window",
        above=legend(names),
    )


def _line(curve: tuple[float | None, ...], colour: str, *, width: float, radius: float) -> str:
    """A point for each judged slot, joined to its neighbour."""
    parts: list[list[tuple[float, float]]] = [[]]
    for i, p in enumerate(curve):
        if p is None:
            parts.append([])
        else:
            parts[-1].append((AXES.x((i + 0.5) / len(curve)), AXES.y(p)))
    points = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>' for part in parts for x, y in part
    )
    return points + "".join(polyline(part, colour, width=width) for part in parts if len(part) > 1)
