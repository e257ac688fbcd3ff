"""The top of the Results page: what is missing or out of date, and every measurement in one table."""

from __future__ import annotations

import streamlit as st

from emotion.evaluation import measurements
from ui.model_names import short_name
from ui.results.result_tables import commands, four, interval, seeds, table


def draw_warnings(measured: dict[str, dict]) -> None:
    """What is missing, incomplete or out of date, with the command that writes it."""
    missing = [name for name in measurements.EXPECTED if name not in measured]
    if missing:
        st.info(
            f"Not measured yet: {', '.join(missing)}. These commands write them (they need the data sets, see "
            "docs/api.md):" + commands([measurements.EXPECTED[name] for name in missing])
        )
    partial = {name: f for name, f in measured.items() if f["limited_to"] is not None}
    changed = {name: f for name, f in measured.items() if measurements.outdated(f)}
    for found, what in (
        (partial, "Measured on a part of the data only"),
        (changed, "Measured with other weights than those in models/ now"),
    ):
        if found:
            again = commands([f["command"] for f in found.values()])
            st.warning(f"{what}: {', '.join(found)}. Measure again:{again}")


def draw_headline(measured: dict[str, dict]) -> None:
    """Every measurement that has a confusion matrix, in one table."""
    if not measured:
        return
    table(
        [
            {
                "model": short_name(f["model"]),
                "split": f["split"],
                **four(f),
                "95% interval": interval(f["interval_95"]),
                "n": f["n"],
                "seed": seeds(f),
                "date": f["date"],
                "data": f["data_set"],
            }
            for f in measured.values()
            if f["kind"] in measurements.MATRIX_KINDS
        ],
        key="headline",
    )
    st.caption(
        "UAR: unweighted average recall, every class counts the same. ECE: expected calibration error, how far a "
        "percentage is from the share of right answers. n: pictures or clips. Another training run would give slightly "
        "different numbers."
    )
