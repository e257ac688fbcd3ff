"""The words that can be chosen beside the seven: how many of their examples are found."""

from __future__ import annotations

import streamlit as st

from emotion.evaluation.extra_words import EXPERIMENTAL_BELOW, chosen_words
from ui.results.result_tables import interval, percent, table


def draw_chosen_words(measured: dict[str, dict]) -> None:
    """A row for each word and who tells it; nothing where none was measured."""
    found = chosen_words(measured)
    if not found:
        return
    st.markdown("**More words** (the switch in the sidebar)")
    table(
        [
            {
                "word": row.word,
                "told by": row.by,
                "data": row.data,
                "examples": row.examples,
                "found %": percent(row.recall),
                "95% interval": interval(row.recall_interval_95) if row.recall_interval_95 else "–",
                "right when named %": percent(row.precision),
                "AUC %": percent(row.auc),
                "": "experimental" if row.is_experimental else "",
            }
            for row in found
        ],
        key="more-words",
    )
    st.caption(
        f"Experimental: less than {EXPERIMENTAL_BELOW:.0%} are found, or the interval goes below that. Contempt: faces "
        "that most of ten annotators call so, which are few. AUC: how often such a face gets a higher probability of "
        "contempt than another one; 50% is chance. Calm in Together: pairs of a calm voice and a neutral face."
    )
