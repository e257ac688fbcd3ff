"""Face and voice together: Hybrid against each alone and against their average."""

from __future__ import annotations

import streamlit as st

from emotion.evaluation import measurements
from emotion.evaluation.pairs import FUSION_METHODS
from ui.results.details import draw_details
from ui.results.result_tables import commands, four, interval, percent, table, taken
from ui.results.who_speaks import draw_speakers

METHOD_NAMES = {
    "face": "face alone",
    "voice": "voice alone",
    "average": "average of face and voice",
    "hybrid": "Hybrid (log opinion pool)",
}


def draw_together(measured: dict[str, dict]) -> None:
    """The measurement of the fusion."""
    f = measured.get(measurements.FUSION_NAME)
    if f is None:
        st.info("Fusion has not been measured yet. Write it with" + commands([measurements.FUSION_COMMAND]))
        return
    methods = {METHOD_NAMES[m]: f["methods"][m] for m in FUSION_METHODS}
    table(
        [
            {"answer": name, **four(found), "95 % interval": interval(found["interval_95"])}
            for name, found in methods.items()
        ],
        key="fusion",
    )
    low, high = (100 * bound for bound in f["gain_interval_95"])
    unclear = "" if low > 0 or high < 0 else " The interval includes zero: no gain or loss is shown."
    st.markdown(
        f"Hybrid against the better single one ({METHOD_NAMES[f['better_single']]}): **{100 * f['gain']:+.1f} points** "
        f"(95 % interval {low:+.1f} to {high:+.1f}, by actor).{unclear}"
    )
    st.caption("Exponents of the pool: " + ", ".join(f"{m} {w:g}" for m, w in f["fusion_weights"].items()) + ".")
    draw_details(measurements.FUSION_NAME, f)
    if strangers := measured.get(measurements.STRANGERS_NAME):
        _strangers(strangers)
    draw_speakers(measured)


def _strangers(f: dict) -> None:
    """The same on voices of corpora that the voice model has never heard."""
    gain = f["means"]["hybrid"]["accuracy"] - max(f["means"][m]["accuracy"] for m in ("face", "voice"))
    st.markdown(
        "**With speakers, rooms and often languages that the voice has never heard** "
        f"(Hybrid against the better single one, mean of the corpora: {100 * gain:+.1f} points)"
    )
    rows = [
        *((row["corpus"], row["speakers"], row["n"], row["methods"]) for row in f["corpora"]),
        ("mean of the corpora", sum(row["speakers"] for row in f["corpora"]), f["n"], f["means"]),
    ]
    table(
        [
            {
                "corpus": corpus,
                "speakers": speakers,
                "n": n,
                **{f"{m} %": percent(methods[m]["accuracy"]) for m in FUSION_METHODS},
                "Hybrid: UAR %": percent(methods["hybrid"]["uar"]),
                "Hybrid: ECE %": percent(methods["hybrid"]["ece"]),
            }
            for corpus, speakers, n, methods in rows
        ],
        key="strangers",
    )
    st.caption(f"Accuracy of each. {f['protocol']} {taken(f)}")
