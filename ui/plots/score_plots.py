"""Figures of the Results page: calibration, scores per class and per actor, clips of the speaker."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ui.colours import BLUE, EMPTY, GENDERS, GREY, LINE, ORANGE, YELLOW
from ui.plots.base import empty_figure

SCORES = {"precision": ("precision", GREY), "recall": ("recall", BLUE), "f1": ("F1", YELLOW)}
LEGEND = {"orientation": "h", "y": 1.12, "x": 0}


def reliability_diagram(reliability: Sequence[dict], ece: float) -> go.Figure:
    """Accuracy against confidence (Guo et al. 2017); on the dotted diagonal a percentage means what it says.

    reliability: rows of metrics.reliability (count, confidence, accuracy), ece in 0…1.
    """
    figure = empty_figure(height_px=380, showlegend=False)
    figure.add_scatter(x=[0, 100], y=[0, 100], mode="lines", line={"dash": "dot", "color": LINE}, hoverinfo="skip")
    counts = np.array([row["count"] for row in reliability], float)
    figure.add_scatter(
        x=[100 * row["confidence"] for row in reliability],
        y=[100 * row["accuracy"] for row in reliability],
        mode="lines+markers",
        line={"color": BLUE, "width": 1.5},
        marker={"color": BLUE, "size": 7 + 21 * np.sqrt(counts / counts.max())},
        customdata=counts,
        hovertemplate="said %{x:.1f}%, right %{y:.1f}%<br>%{customdata:,} answers<extra></extra>",
    )
    figure.add_annotation(
        text=f"ECE {ece:.1%}",
        font={"size": 16},
        x=0.03,
        y=0.97,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        align="left",
        showarrow=False,
    )
    figure.update_xaxes(title="confidence (%)", range=[0, 102])
    figure.update_yaxes(title="correct (%)", range=[0, 102])
    return figure


def per_class_bars(per_class: Sequence[dict], labels: Sequence[str]) -> go.Figure:
    """Precision, recall and F1 of each class. per_class: rows of metrics.per_class in the order of `labels`."""
    figure = empty_figure(height_px=340, barmode="group", bargap=0.25, legend=LEGEND)
    for score, (name, colour) in SCORES.items():
        figure.add_bar(
            x=list(labels),
            y=[None if row[score] is None else 100 * row[score] for row in per_class],
            marker_color=colour,
            name=name,
            hovertemplate="%{x}: %{y:.1f}%<extra>%{fullData.name}</extra>",
        )
    figure.update_yaxes(title="%", range=[0, 100])
    return figure


def actor_bars(by_actor: Sequence[dict]) -> go.Figure:
    """Accuracy of each RAVDESS actor, lowest first; women and men in different colours."""
    rows = sorted(by_actor, key=lambda row: row["accuracy"])
    order = [str(row["actor"]) for row in rows]
    figure = empty_figure(height_px=320, bargap=0.2, legend=LEGEND)
    for gender, (name, colour) in GENDERS.items():
        mine = [row for row in rows if row["gender"] == gender]
        figure.add_bar(
            x=[str(row["actor"]) for row in mine],
            y=[100 * row["accuracy"] for row in mine],
            marker_color=colour,
            name=name,
            customdata=[[row["n"], row["fold"]] for row in mine],
            hovertemplate="actor %{x}: %{y:.1f}%<br>%{customdata[0]} clips, fold %{customdata[1]}<extra></extra>",
        )
    figure.update_xaxes(title="actor", type="category", categoryorder="array", categoryarray=order)
    figure.update_yaxes(title="accuracy (%)", range=[0, 100])
    return figure


def learning_curves(curves: dict[str, list[dict]]) -> go.Figure:
    """UAR against clips of the speaker per class, a line per corpus. curves: name -> `curve` of evaluate_personal."""
    figure = _uar_figure(height_px=360, top_px=60, legend_y=1.25, across="clips of the speaker per emotion")
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
    return figure


def risk_coverage_curves(curves: dict[str, list[dict]], most_wrong: float) -> go.Figure:
    """Of the answers that name a word: how many are wrong, against how many there are. A line per modality.

    curves: name -> metrics.risk_coverage; most_wrong: the share that the thresholds keep to, 0…1.
    """
    figure = empty_figure(height_px=330, top_px=20, legend={"orientation": "h", "y": 1.12})
    for name, points in curves.items():
        figure.add_scatter(
            name=name,
            x=[p["coverage"] for p in points],
            y=[p["risk"] for p in points],
            mode="lines+markers",
            customdata=[p["threshold"] for p in points],
            hovertemplate=f"{name}, at least %{{customdata:.0%}} sure<br>"
            "%{x:.0%} of the answers, %{y:.1%} of them wrong<extra></extra>",
        )
    figure.add_hline(y=most_wrong, line_dash="dot", line_color=LINE)
    figure.update_xaxes(title="share that names a word", tickformat=".0%", range=[0, 1.02])
    figure.update_yaxes(title="wrong among those", tickformat=".0%", rangemode="tozero")
    return figure


def gain_map(cells: list[dict]) -> go.Figure:
    """Points that Hybrid gains over the better of face and voice, for each pair of changes. cells: of evaluate_grid."""
    faces, voices = (list(dict.fromkeys(c[f"{m}_change"] for c in cells)) for m in ("face", "voice"))
    gains = {(c["face_change"], c["voice_change"]): 100 * c["gain"] for c in cells}
    values = [[gains.get((f, v)) for v in voices] for f in faces]
    most = max(abs(g) for g in gains.values())
    figure = empty_figure(height_px=60 + 34 * len(faces), top_px=10)
    figure.add_heatmap(
        x=voices,
        y=faces,
        z=values,
        zmin=-most,
        zmax=most,
        colorscale=[[0, ORANGE], [0.5, EMPTY], [1, BLUE]],
        showscale=False,
        texttemplate="%{z:+.1f}",
        textfont={"color": GREY},  # on both pages, light and dark
        hovertemplate="face: %{y}<br>voice: %{x}<br>%{z:+.1f} points<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed")
    return figure


def _uar_figure(*, height_px: int, top_px: int, legend_y: float, across: str) -> go.Figure:
    """An empty figure with the UAR upward, from zero."""
    figure = empty_figure(height_px=height_px, top_px=top_px, legend={"orientation": "h", "y": legend_y})
    figure.update_xaxes(title=across)
    figure.update_yaxes(title="UAR", tickformat=".0%", rangemode="tozero")
    return figure
