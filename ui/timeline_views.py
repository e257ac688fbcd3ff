"""A timeline on a page: plots, figures, downloads. For recorded sessions and analysed files."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from emotion.certainty import MOST_WRONG
from emotion.timeline import export
from emotion.timeline.people import PEOPLE_NOTE, people, people_in_words
from emotion.timeline.photo import Photo
from emotion.timeline.rows import as_it_is
from emotion.timeline.summary import MODALITIES, figures, labels_of
from ui.plots.time_charts import changes_table, path_chart, shares_chart
from ui.report import to_html_report
from ui.settings import settings


def draw_timeline(timeline: pd.DataFrame) -> None:
    """Of every modality the share of time and the changes; the path through valence and arousal; the figures."""
    found = figures(timeline)
    shown = [m for m in ("together", "face", "voice") if m in found and found[m]["judged_share"] > 0]
    if not shown:
        reasons = sorted({reason for m in MODALITIES if m in found for reason in found[m]["not_judged"]})
        st.info(f"Nothing could be judged: {', '.join(reasons) or 'no face and no voice'}.")
        return
    for tab, modality in zip(st.tabs([m.capitalize() for m in shown]), shown):
        with tab:
            labels = labels_of(timeline, modality)
            left, right = st.columns(2)
            left.caption("Share of the judged time")
            left.html(shares_chart(found[modality]["share_of_time"]))
            right.caption("Which label followed which")
            right.html(changes_table(found[modality]["transitions"], labels) or "<p>No change.</p>")
    left, right = st.columns(2)
    with left:
        st.caption(f"Valence and arousal of the words ({found['main']}); the large dot is the end")
        st.markdown(path_chart(timeline, found["main"]), unsafe_allow_html=True)  # st.html drops SVG
    with right:
        st.caption(f"In numbers; unsure: of such answers more than {MOST_WRONG:.0%} were wrong on held-out data")
        st.table(pd.Series(export.figures_in_words(found), name="value").rename_axis("figure"))


def as_chosen(timeline: pd.DataFrame) -> pd.DataFrame:
    """The timeline as the sidebar says, adapted or as it is; says so where that makes a difference."""
    shown = timeline if settings().adapt else as_it_is(timeline)
    if shown is not timeline:
        gone = "Together was judged from the adapted answers and is not shown. " if "together_label" in timeline else ""
        st.caption(
            f"Face and voice as they are: “Adapt to each person” is off. {gone}CSV, JSON and Parquet hold both; the "
            "report and an annotated film show the adapted answers."
        )
    return shown


def draw_people(faces: pd.DataFrame) -> None:
    """A table with a row per person, where there are several. faces: people.faces_table."""
    found = people(faces)
    if len(found) > 1:
        st.caption("Each person")
        st.dataframe(people_in_words(found), hide_index=True, width="stretch")
        st.caption(PEOPLE_NOTE)


def draw_downloads(
    timeline: pd.DataFrame, about: dict, *, name: str, key: str, faces: pd.DataFrame, photo: Photo | None = None
) -> None:
    """CSV, JSON, Parquet and the HTML report; each is made when it is asked for.

    faces: people.faces_table; with several faces, CSV and Parquet of each face too. photo: of a still picture.
    """
    stem, parquet = file_stem(name), "application/vnd.apache.parquet"
    report = lambda: to_html_report(timeline, about, title=name, faces=faces, photo=photo)
    kinds = {
        "CSV": ("csv", "text/csv", lambda: export.to_csv_bytes(timeline)),
        "JSON": ("json", "application/json", lambda: export.to_json_bytes(timeline, about, faces)),
        "Parquet": ("parquet", parquet, lambda: export.to_parquet_bytes(timeline, about)),
        "Report (HTML)": ("html", "text/html", report),
    }
    if faces["track"].nunique() > 1:
        kinds |= {
            "Each face (CSV)": ("faces.csv", "text/csv", lambda: export.to_csv_bytes(faces)),
            "Each face (Parquet)": ("faces.parquet", parquet, lambda: export.to_parquet_bytes(faces, about)),
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
