"""A timeline on a page: plots, figures, downloads. For recorded sessions and analysed files."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from emotion.timeline import export
from emotion.timeline.summary import MODALITIES, UNCERTAIN_BELOW, affect_path, figures
from ui import plots
from ui.report import to_html_report

MODES_OFF = {"displayModeBar": False}


def draw_timeline(timeline: pd.DataFrame, *, key: str) -> None:
    """Every modality over time with its share of time and transitions, the way through valence and arousal, the figures."""
    found = figures(timeline)
    shown = [m for m in ("together", "face", "voice") if m in found and found[m]["judged_share"] > 0]
    if not shown:
        reasons = {reason for m in MODALITIES if m in found for reason in found[m]["not_judged"]}
        st.info("Nothing could be judged: " + (", ".join(sorted(reasons)) or "no face and no voice") + ".")
        return
    for tab, modality in zip(st.tabs([m.capitalize() for m in shown]), shown):
        with tab:
            st.plotly_chart(
                plots.timeline_lines(timeline, modality, MODALITIES[modality]),
                key=f"{key}-{modality}-time",
                config=MODES_OFF,
            )
            left, right = st.columns(2)
            left.caption("Share of the judged time")
            left.plotly_chart(
                plots.share_bars(found[modality]["share_of_time"]), key=f"{key}-{modality}-share", config=MODES_OFF
            )
            right.caption("What gave way to what")
            right.plotly_chart(
                plots.transition_heatmap(found[modality]["transitions"], MODALITIES[modality]),
                key=f"{key}-{modality}-change",
                config=MODES_OFF,
            )
    left, right = st.columns(2)
    with left:
        st.caption(f"Valence and arousal of the words ({found['main']}), later is darker")
        st.plotly_chart(
            plots.affect_figure(affect_path(timeline, found["main"])), key=f"{key}-affect", config=MODES_OFF
        )
    with right:
        st.caption(f"In numbers; uncertain: the surest word has less than {UNCERTAIN_BELOW:.0%}")
        st.table(pd.Series(export.figures_in_words(found), name="value").rename_axis("figure"))


def draw_downloads(timeline: pd.DataFrame, about: dict, *, name: str, key: str) -> None:
    """CSV, JSON, Parquet and the HTML report; each is made when it is asked for."""
    stem = file_stem(name)
    kinds = {
        "CSV": ("csv", "text/csv", lambda: export.to_csv_bytes(timeline)),
        "JSON": ("json", "application/json", lambda: export.to_json_bytes(timeline, about)),
        "Parquet": ("parquet", "application/vnd.apache.parquet", lambda: export.to_parquet_bytes(timeline, about)),
        "Report (HTML)": ("html", "text/html", lambda: to_html_report(timeline, about, title=name)),
    }
    with st.container(horizontal=True):
        for title, (suffix, mime, make) in kinds.items():
            st.download_button(
                title,
                make,
                file_name=f"{stem}.{suffix}",
                mime=mime,
                key=f"{key}-{suffix}",
                on_click="ignore",
                icon=":material/download:",
            )


def file_stem(name: str) -> str:
    """A name as part of a file name: no folders, nothing a file system refuses, at most 80 characters."""
    return re.sub(r"[^\w\- ]+", "_", name).strip(" _.")[:80] or "timeline"
