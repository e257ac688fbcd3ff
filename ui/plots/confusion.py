"""A confusion matrix as a figure, as CSV text and as a PNG file. Counts are (C, C), a row per true label."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ui.colours import BLUES, INK, ORANGE, PAPER
from ui.plots.base import empty_figure

DARK_LEVEL = 0.5  # text is light on cells darker than this
CELL_PX, LEFT_PX, TOP_PX, BOTTOM_PX, EDGE_PX = 96, 170, 110, 110, 40  # of the PNG file


def row_shares(counts: np.ndarray) -> np.ndarray:
    """Share of each row in 0…1, (C, C); NaN in a row without examples."""
    counts = np.asarray(counts, float)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)


def cell_texts(counts: np.ndarray, normalise: bool) -> list[list[str]]:
    """The text of each cell: a whole count, or a whole percentage of the row."""
    values = row_shares(counts) * 100 if normalise else np.asarray(counts, float)
    return [["" if np.isnan(v) else f"{v:.0f}" for v in row] for row in values]


def cell_levels(counts: np.ndarray, normalise: bool) -> np.ndarray:
    """How dark each cell is, 0…1: its share of the row, or its count divided by the largest count."""
    counts = np.asarray(counts, float)
    return np.nan_to_num(row_shares(counts)) if normalise else counts / max(float(counts.max()), 1)


def confusion_heatmap(
    counts: np.ndarray, labels: Sequence[str], normalise: bool = True, *, chosen: tuple[str, str] | None = None
) -> go.Figure:
    """True labels downward, predictions across; colour by count or by row share; the hover text gives both.

    chosen: (true, predicted) label of a cell to frame. Plotly reports no clicks on heat maps, so an invisible marker
    lies on each cell; its customdata is [true label, predicted label, count, row percentage].
    """
    counts, names = np.asarray(counts, float), list(labels)
    shares, levels, texts = row_shares(counts), cell_levels(counts, normalise), cell_texts(counts, normalise)
    figure = empty_figure(
        height_px=90 + 48 * len(names),
        clickmode="event+select",
        hovermode="closest",
        hoverdistance=60,
        showlegend=False,
    )
    figure.add_heatmap(
        z=levels,
        x=names,
        y=names,
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
        colorscale=[[i / (len(BLUES) - 1), colour] for i, colour in enumerate(BLUES)],
    )
    cells = [(t, p) for t in range(len(names)) for p in range(len(names))]
    # texts in two colours, because Plotly's own choice is hard to read on the middle tones
    for colour, here in ((INK, levels <= DARK_LEVEL), (PAPER, levels > DARK_LEVEL)):
        inside = [(t, p) for t, p in cells if here[t, p]]
        figure.add_scatter(
            x=[names[p] for _, p in inside],
            y=[names[t] for t, _ in inside],
            text=[texts[t][p] for t, p in inside],
            mode="text",
            textfont={"color": colour, "size": 13},
            hoverinfo="skip",
            selected={"textfont": {"color": colour}},
            unselected={"textfont": {"color": colour}},
        )
    figure.add_scatter(
        x=[names[p] for _, p in cells],
        y=[names[t] for t, _ in cells],
        mode="markers",
        marker={"symbol": "square", "size": 34, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[
            [names[t], names[p], float(counts[t, p]), float(np.nan_to_num(shares[t, p]) * 100)] for t, p in cells
        ],
        hovertemplate="true <b>%{customdata[0]}</b>, predicted <b>%{customdata[1]}</b><br>"
        "%{customdata[2]:,.4~g} examples, %{customdata[3]:.1f}% of the true ones<extra></extra>",
    )
    if chosen:
        t, p = names.index(chosen[0]), names.index(chosen[1])
        frame = {"x0": p - 0.5, "x1": p + 0.5, "y0": t - 0.5, "y1": t + 0.5}
        figure.add_shape(type="rect", line={"color": ORANGE, "width": 3}, **frame)
    figure.update_xaxes(title="predicted", showgrid=False, side="bottom", constrain="domain")
    figure.update_yaxes(title="true", showgrid=False, autorange="reversed")
    return figure


def confusion_csv(counts: np.ndarray, labels: Sequence[str], normalise: bool = False) -> str:
    """CSV text whose first column is the true label; shares in 0…1 when normalised."""
    values = row_shares(counts) if normalise else np.asarray(counts, float)
    cell = (lambda v: "" if np.isnan(v) else f"{v:.5f}") if normalise else (lambda v: f"{v:.10g}")
    lines = [["true \\ predicted", *labels]]
    lines += [[name, *(cell(v) for v in row)] for name, row in zip(labels, values, strict=True)]
    return "".join(",".join(line) + "\n" for line in lines)


def confusion_png(counts: np.ndarray, labels: Sequence[str], normalise: bool, title: str) -> bytes:
    """A PNG file on white, for papers and slides. Drawn with Pillow: Plotly's own export needs a browser."""
    from PIL import Image, ImageDraw, ImageFont

    side = CELL_PX * len(labels)
    picture = Image.new("RGB", (LEFT_PX + side + EDGE_PX, TOP_PX + side + BOTTOM_PX), "white")
    draw = ImageDraw.Draw(picture)
    small, normal, large = (ImageFont.load_default(size) for size in (20, 24, 28))
    levels = cell_levels(counts, normalise)
    draw.text((EDGE_PX // 2, 30), title, INK, large, anchor="lm")
    draw.text((EDGE_PX // 2, 66), "row percentages" if normalise else "counts", INK, small, anchor="lm")
    for t, row in enumerate(cell_texts(counts, normalise)):
        y = TOP_PX + t * CELL_PX
        draw.text((LEFT_PX - 12, y + CELL_PX / 2), labels[t], INK, normal, anchor="rm")
        draw.text((LEFT_PX + (t + 0.5) * CELL_PX, TOP_PX + side + 22), labels[t], INK, small, anchor="mm")
        for p, text in enumerate(row):
            x, level = LEFT_PX + p * CELL_PX, float(levels[t, p])
            draw.rectangle((x + 1, y + 1, x + CELL_PX - 2, y + CELL_PX - 2), fill=_blue(level))
            ink = PAPER if level > DARK_LEVEL else INK
            draw.text((x + CELL_PX / 2, y + CELL_PX / 2), text, ink, normal, anchor="mm")
    draw.text((LEFT_PX + side / 2, TOP_PX + side + 70), "predicted", INK, normal, anchor="mm")
    draw.text((LEFT_PX - 12, TOP_PX - 18), "true", INK, normal, anchor="rm")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _blue(level: float) -> tuple[int, ...]:
    """The colour of a level 0…1, as the figure's colour scale has it: (red, green, blue) in 0…255."""
    from PIL import ImageColor

    stops = np.array([ImageColor.getrgb(colour) for colour in BLUES], float)  # (5, 3)
    at = np.linspace(0, 1, len(BLUES))
    return tuple(int(np.interp(level, at, stops[:, channel])) for channel in range(3))
