"""Arrays -> Plotly figures, and one picture file. No Streamlit here; st.plotly_chart adds the theme's fonts and text colour.

Backgrounds are transparent and lines half-transparent grey, so that every figure reads on light and dark.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from emotion.labels import CIRCUMPLEX, COLOURS

CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.25)"
LINE = "rgba(128,128,128,0.7)"
EMPTY = "rgba(128,128,128,0.1)"
ACCENT = "#2f87ab"
SCALE = ("#eaf1f4", "#b5d3e0", "#6ba9c4", "#2f7896", "#123f54")  # opaque: cells look the same in both themes
BARS = {"precision": "#8e9aa3", "recall": ACCENT, "f1": "#e5a524"}
GENDERS = {"female": "#e0762f", "male": ACCENT}
CHOSEN = "#e0762f"
INK, PALE, DARK_LEVEL = "#1f2529", "#ffffff", 0.5  # text on light cells, on dark ones, and where it changes


def _figure(
    *, height_px: int, left_px: int = 10, bottom_px: int = 10, top_px: int = 10, right_px: int = 10, **layout
) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        height=height_px,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        dragmode=False,
        uirevision="kept",
        margin={"l": left_px, "r": right_px, "t": top_px, "b": bottom_px},
        **layout,
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False, fixedrange=True, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, fixedrange=True, automargin=True)
    return figure


# --- confusion -----------------------------------------------------------------------------------------


def row_shares(counts: np.ndarray) -> np.ndarray:
    """Counts (C, C), rows true -> share of each row in 0…1; NaN in a row without examples."""
    counts = np.asarray(counts, float)
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)


def cell_texts(counts: np.ndarray, normalise: bool) -> list[list[str]]:
    """What stands in each cell: a whole count, or a whole percentage of the row."""
    values = row_shares(counts) * 100 if normalise else np.asarray(counts, float)
    return [["" if np.isnan(v) else f"{v:.0f}" for v in row] for row in values]


def cell_levels(counts: np.ndarray, normalise: bool) -> np.ndarray:
    """How dark each cell is, 0…1: its share of the row, or its count beside the largest count."""
    counts = np.asarray(counts, float)
    return np.nan_to_num(row_shares(counts)) if normalise else counts / max(float(counts.max()), 1)


def confusion_heatmap(
    counts: np.ndarray, labels: Sequence[str], normalise: bool = True, *, chosen: tuple[str, str] | None = None
) -> go.Figure:
    """Confusion matrix, true labels downward, predictions across; colour by count or by row share, hover tells both.

    counts: (C, C); chosen: (true, predicted) label of a cell to frame. Plotly reports no clicks on heat maps, so an
    invisible marker lies on each cell; its customdata is [true label, predicted label, count, row percentage].
    """
    counts = np.asarray(counts, float)
    shares, levels, texts = row_shares(counts), cell_levels(counts, normalise), cell_texts(counts, normalise)
    figure = _figure(
        height_px=90 + 48 * len(labels),
        clickmode="event+select",
        hovermode="closest",
        hoverdistance=60,
        showlegend=False,
    )
    figure.add_heatmap(
        z=levels,
        x=list(labels),
        y=list(labels),
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
        colorscale=[[i / (len(SCALE) - 1), c] for i, c in enumerate(SCALE)],
    )
    cells = [(t, p) for t in range(len(labels)) for p in range(len(labels))]
    for colour, here in (
        (INK, levels <= DARK_LEVEL),
        (PALE, levels > DARK_LEVEL),
    ):  # Plotly's own choice is hard to read on the middle tones
        inside = [(t, p) for t, p in cells if here[t, p]]
        figure.add_scatter(
            x=[labels[p] for _, p in inside],
            y=[labels[t] for t, _ in inside],
            text=[texts[t][p] for t, p in inside],
            mode="text",
            textfont={"color": colour, "size": 13},
            hoverinfo="skip",
            selected={"textfont": {"color": colour}},
            unselected={"textfont": {"color": colour}},
        )
    figure.add_scatter(
        x=[labels[p] for _, p in cells],
        y=[labels[t] for t, _ in cells],
        mode="markers",
        marker={"symbol": "square", "size": 34, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[
            [labels[t], labels[p], float(counts[t, p]), float(np.nan_to_num(shares[t, p]) * 100)] for t, p in cells
        ],
        hovertemplate="true <b>%{customdata[0]}</b>, predicted <b>%{customdata[1]}</b><br>"
        "%{customdata[2]:,.4~g} examples, %{customdata[3]:.1f} % of the true ones<extra></extra>",
    )
    if chosen:
        t, p = list(labels).index(chosen[0]), list(labels).index(chosen[1])
        figure.add_shape(
            type="rect", x0=p - 0.5, x1=p + 0.5, y0=t - 0.5, y1=t + 0.5, line={"color": CHOSEN, "width": 3}
        )
    figure.update_xaxes(title="predicted", showgrid=False, side="bottom", constrain="domain")
    figure.update_yaxes(title="true", showgrid=False, autorange="reversed")
    return figure


def confusion_csv(counts: np.ndarray, labels: Sequence[str], normalise: bool = False) -> str:
    """The matrix as CSV text, first column the true label; shares in 0…1 when normalised."""
    values = row_shares(counts) if normalise else np.asarray(counts, float)
    cell = (lambda v: "" if np.isnan(v) else f"{v:.5f}") if normalise else (lambda v: f"{v:.10g}")
    lines = [["true \\ predicted", *labels]] + [
        [name, *(cell(v) for v in row)] for name, row in zip(labels, values, strict=True)
    ]
    return "".join(",".join(line) + "\n" for line in lines)


def confusion_png(counts: np.ndarray, labels: Sequence[str], normalise: bool, title: str) -> bytes:
    """The matrix as a PNG file on white, for papers and slides. Drawn with Pillow: Plotly's own export needs a browser."""
    from PIL import Image, ImageColor, ImageDraw, ImageFont

    cell_px, left_px, top_px, bottom_px, edge_px = 96, 170, 110, 110, 40
    side = cell_px * len(labels)
    picture = Image.new("RGB", (left_px + side + edge_px, top_px + side + bottom_px), "white")
    draw = ImageDraw.Draw(picture)
    small, normal, large = (ImageFont.load_default(size) for size in (20, 24, 28))
    levels = cell_levels(counts, normalise)
    stops = np.array([ImageColor.getrgb(c) for c in SCALE], float)
    at = np.linspace(0, 1, len(SCALE))
    draw.text((edge_px // 2, 30), title, INK, large, anchor="lm")
    draw.text((edge_px // 2, 66), "row percentages" if normalise else "counts", INK, small, anchor="lm")
    for t, row in enumerate(cell_texts(counts, normalise)):
        y = top_px + t * cell_px
        draw.text((left_px - 12, y + cell_px / 2), labels[t], INK, normal, anchor="rm")
        draw.text((left_px + (t + 0.5) * cell_px, top_px + side + 22), labels[t], INK, small, anchor="mm")
        for p, text in enumerate(row):
            x, level = left_px + p * cell_px, float(levels[t, p])
            colour = tuple(int(np.interp(level, at, stops[:, channel])) for channel in range(3))
            draw.rectangle((x + 1, y + 1, x + cell_px - 2, y + cell_px - 2), fill=colour)
            draw.text(
                (x + cell_px / 2, y + cell_px / 2), text, PALE if level > DARK_LEVEL else INK, normal, anchor="mm"
            )
    draw.text((left_px + side / 2, top_px + side + 70), "predicted", INK, normal, anchor="mm")
    draw.text((left_px - 12, top_px - 18), "true", INK, normal, anchor="rm")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


# --- results -------------------------------------------------------------------------------------------


def reliability_diagram(reliability: Sequence[dict], ece: float) -> go.Figure:
    """Accuracy against confidence (Guo et al. 2017); on the dotted diagonal a percentage means what it says.

    reliability: rows of metrics.reliability (count, confidence, accuracy), ece in 0…1.
    """
    figure = _figure(height_px=380, showlegend=False)
    figure.add_scatter(x=[0, 100], y=[0, 100], mode="lines", line={"dash": "dot", "color": LINE}, hoverinfo="skip")
    counts = np.array([row["count"] for row in reliability], float)
    figure.add_scatter(
        x=[100 * row["confidence"] for row in reliability],
        y=[100 * row["accuracy"] for row in reliability],
        mode="lines+markers",
        line={"color": ACCENT, "width": 1.5},
        marker={"color": ACCENT, "size": 7 + 21 * np.sqrt(counts / counts.max())},
        customdata=counts,
        hovertemplate="said %{x:.1f} %, right %{y:.1f} %<br>%{customdata:,} answers<extra></extra>",
    )
    figure.add_annotation(
        x=0.03,
        y=0.97,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        showarrow=False,
        align="left",
        text=f"ECE {ece:.1%}",
        font={"size": 16},
    )
    figure.update_xaxes(title="confidence (%)", range=[0, 102])
    figure.update_yaxes(title="correct (%)", range=[0, 102])
    return figure


def per_class_bars(per_class: Sequence[dict], labels: Sequence[str]) -> go.Figure:
    """Precision, recall and F1 of each class. per_class: rows of metrics.per_class in the order of `labels`."""
    figure = _figure(height_px=340, barmode="group", bargap=0.25, legend={"orientation": "h", "y": 1.12, "x": 0})
    for name, colour in BARS.items():
        figure.add_bar(
            x=list(labels),
            y=[None if row[name] is None else 100 * row[name] for row in per_class],
            marker_color=colour,
            name="F1" if name == "f1" else name,
            hovertemplate="%{x}: %{y:.1f} %<extra>%{fullData.name}</extra>",
        )
    figure.update_yaxes(title="%", range=[0, 100])
    return figure


def actor_bars(by_actor: Sequence[dict]) -> go.Figure:
    """Accuracy of each RAVDESS actor, lowest first, women and men apart by colour."""
    rows = sorted(by_actor, key=lambda row: row["accuracy"])
    order = [str(row["actor"]) for row in rows]
    figure = _figure(height_px=320, bargap=0.2, legend={"orientation": "h", "y": 1.12, "x": 0})
    for gender, colour in GENDERS.items():
        mine = [row for row in rows if row["gender"] == gender]
        figure.add_bar(
            x=[str(row["actor"]) for row in mine],
            y=[100 * row["accuracy"] for row in mine],
            marker_color=colour,
            name={"female": "women", "male": "men"}[gender],
            customdata=[[row["n"], row["fold"]] for row in mine],
            hovertemplate="actor %{x}: %{y:.1f} %<br>%{customdata[0]} clips, fold %{customdata[1]}<extra></extra>",
        )
    figure.update_xaxes(title="actor", type="category", categoryorder="array", categoryarray=order)
    figure.update_yaxes(title="accuracy (%)", range=[0, 100])
    return figure


def noise_curves(rows: list[dict]) -> go.Figure:
    """UAR against the level of added noise, a line per kind of noise. rows: `channels` of evaluate_channels, names such as "hiss, 10 dB"."""
    clean = next(r["uar"] for r in rows if r["channel"] == "clean")
    kinds: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        kind, _, level = row["channel"].partition(", ")
        if level.endswith(" dB"):
            kinds.setdefault(kind, []).append((int(level[:-3]), row["uar"]))
    figure = _figure(
        height_px=330,
        top_px=20,
        legend={"orientation": "h", "y": 1.12},
        xaxis_title="voice above noise, dB",
        yaxis_title="UAR",
    )
    for kind, points in kinds.items():
        levels, shares = zip(*sorted(points))
        figure.add_scatter(
            name=kind,
            x=levels,
            y=shares,
            mode="lines+markers",
            hovertemplate=f"{kind}, %{{x}} dB<br>UAR %{{y:.1%}}<extra></extra>",
        )
    figure.add_hline(y=clean, line_dash="dot", line_color=LINE, annotation_text="clean")
    figure.update_xaxes(autorange="reversed")
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    return figure


def learning_curves(curves: dict[str, list[dict]]) -> go.Figure:
    """UAR against the speaker's own clips per class, a line per corpus. curves: name -> `curve` of evaluate_personal."""
    figure = _figure(
        height_px=360,
        top_px=60,
        legend={"orientation": "h", "y": 1.25},
        xaxis_title="clips of the speaker per emotion",
        yaxis_title="UAR",
    )
    for name, points in curves.items():
        figure.add_scatter(
            name=name,
            x=[p["clips_per_class"] for p in points],
            y=[p["uar"]["mean"] for p in points],
            mode="lines+markers",
            error_y={"array": [p["uar"]["std"] or 0 for p in points], "thickness": 1},
            hovertemplate=f"{name}, %{{x}} clips<br>UAR %{{y:.1%}}<extra></extra>",
        )
    figure.update_xaxes(dtick=1)
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    return figure


# --- timelines -----------------------------------------------------------------------------------------


def timeline_lines(timeline, modality: str, labels: Sequence[str], *, at_s: float | None = None) -> go.Figure:
    """Probabilities of one modality over time, gaps where it was not judged. timeline: as emotion.analyze gives it; at_s: a moment to mark."""
    figure = _figure(height_px=300, legend={"orientation": "h", "y": 1.15, "x": 0}, hovermode="x unified")
    for label in labels:
        figure.add_scatter(
            x=timeline["time_s"],
            y=100 * timeline[f"{modality}_{label}"].astype(float),
            name=label,
            mode="lines",
            line={"color": COLOURS[label], "width": 2},
            connectgaps=False,
            hovertemplate="%{y:.0f} %",
        )
    if at_s is not None:
        figure.add_vline(x=at_s, line_color=CHOSEN, line_width=2)
    figure.update_xaxes(title="seconds")
    figure.update_yaxes(title="%", range=[0, 100])
    return figure


def share_bars(shares: dict[str, float]) -> go.Figure:
    """Share of the judged time each label was the answer; shares in 0…1."""
    figure = _figure(height_px=260, showlegend=False, bargap=0.3)
    figure.add_bar(
        x=list(shares),
        y=[100 * s for s in shares.values()],
        marker_color=[COLOURS[label] for label in shares],
        hovertemplate="%{x}: %{y:.0f} % of the judged time<extra></extra>",
    )
    figure.update_yaxes(title="% of judged time", rangemode="tozero")
    return figure


def affect_figure(path: np.ndarray) -> go.Figure:
    """The way through valence and arousal, later is darker. path: (n, 3) time_s, valence, arousal (figures.affect_path)."""
    figure = _figure(height_px=420, showlegend=False)
    figure.add_scatter(
        x=path[:, 1],
        y=path[:, 2],
        mode="lines+markers",
        line={"color": GRID, "width": 1},
        marker={"color": path[:, 0], "colorscale": [[0, SCALE[1]], [1, SCALE[-1]]], "size": 7},
        customdata=path[:, 0],
        hovertemplate="%{customdata:.1f} s<br>valence %{x:+.2f}, arousal %{y:+.2f}<extra></extra>",
    )
    for label, (valence, arousal) in CIRCUMPLEX.items():
        figure.add_annotation(
            x=valence,
            y=arousal,
            text=label,
            showarrow=False,
            opacity=0.6,
            yshift=-10 if label in ("angry", "neutral") else 10,
        )  # fear stands close to angry, and paths begin at neutral
    figure.update_xaxes(title="valence", range=[-1, 1])
    figure.update_yaxes(title="arousal", range=[-1, 1])
    return figure


def transition_heatmap(counts, labels: Sequence[str]) -> go.Figure:
    """How often one label gave way to another. counts: (C, C), rows before, columns after."""
    figure = _figure(height_px=110 + 34 * len(labels))
    counts = np.asarray(counts)
    # what never happened is a faint cell, in light and dark; the scale begins with the first count above nothing
    scale = [[0, EMPTY], [1e-6, SCALE[1]], *([i / (len(SCALE) - 2), c] for i, c in enumerate(SCALE[2:], 1))]
    figure.add_heatmap(
        z=counts,
        x=list(labels),
        y=list(labels),
        zmin=0,
        zmax=max(1, int(counts.max())),
        showscale=False,
        xgap=2,
        ygap=2,
        text=np.where(counts > 0, counts.astype(str), ""),
        texttemplate="%{text}",
        colorscale=scale,
        hovertemplate="%{y} → %{x}: %{z}×<extra></extra>",
    )
    figure.update_xaxes(title="after", showgrid=False)
    figure.update_yaxes(title="before", showgrid=False, autorange="reversed")
    return figure
