"""One measurement in detail: figures per class, calibration, and how it was made."""

from __future__ import annotations

import streamlit as st

from ui.plots.base import NO_BUTTONS
from ui.plots.score_plots import per_class_bars, reliability_diagram
from ui.results.result_tables import percent, table


def draw_details(name: str, f: dict) -> None:
    """name: of the measurement, part of the keys."""
    st.caption(f["protocol"])
    left, right = st.columns([3, 2])
    with left:
        _classes(name, f)
    with right:
        _calibration(name, f)
    with st.expander("Where these figures come from"):
        st.json(
            {
                "written by": f["command"],
                "date": f["date"],
                "seed": f["seed"],
                "network": f["network"],
                "weights, sha256": f["weights_sha256"],
            },
            expanded=2,
        )


def _classes(name: str, f: dict) -> None:
    st.markdown("**Per class**")
    bars = per_class_bars(f["per_class"], f["labels"])
    alt = "Precision, recall and F1 of each class; the table below has the figures"
    st.plotly_chart(bars, key=f"bars-{name}", config=NO_BUTTONS, alt=alt)
    table(
        [
            {
                "class": row["label"],
                "precision %": percent(row["precision"]),
                "recall %": percent(row["recall"]),
                "F1 %": percent(row["f1"]),
                "support": row["support"],
            }
            for row in f["per_class"]
        ],
        key=f"classes-{name}",
    )


def _calibration(name: str, f: dict) -> None:
    st.markdown("**Calibration**")
    diagram = reliability_diagram(f["reliability"], f["ece"])
    alt = f"How often answers are right, by how sure they are; expected calibration error {f['ece']:.1%}"
    st.plotly_chart(diagram, key=f"calibration-{name}", config=NO_BUTTONS, alt=alt)
    text = "Larger dots hold more answers. On the dotted line, answers given with 70% are right 70% of the time."
    if f["temperature"] is not None:
        text += (
            f" The probabilities are adjusted by a temperature of {f['temperature']:.1f} (above 1: less sure, below 1: "
            "more sure), fitted on examples held out of training."
        )
    if "ece_uncalibrated" in f:
        text += f" Without it the ECE would be {f['ece_uncalibrated']:.1%}."
    st.caption(text)
