"""Two timelines side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from emotion.timeline.export import figures_in_words
from emotion.timeline.summary import MODALITIES, figures
from ui.plots.timelines import compared_shares


def draw_comparison(timelines: dict[str, pd.DataFrame], *, key: str) -> None:
    """Two sessions: share of time per emotion, and the figures of each in a table. timelines: name -> timeline."""
    found = {name: figures(table) for name, table in timelines.items()}
    for modality, labels in MODALITIES.items():
        judged = {name: f[modality] for name, f in found.items() if modality in f and f[modality]["judged_share"] > 0}
        if judged:
            shares = ", ".join(f"{name}: {f['judged_share']:.0%} of the session judged" for name, f in judged.items())
            st.caption(f"**{modality.capitalize()}** – share of judged time; {shares}")
            bars = compared_shares({name: f["share_of_time"] for name, f in judged.items()}, labels)
            st.plotly_chart(bars, key=f"{key}-{modality}", alt=f"{modality.capitalize()}: share of each word in both")
    st.caption("Answers that were adapted to the person while recording are compared as they were shown.")
    st.dataframe(pd.DataFrame({name: figures_in_words(f) for name, f in found.items()}))
