"""The voice model on RAVDESS: folds, actors, women and men, intensity."""

from __future__ import annotations

import streamlit as st

from emotion.evaluation import measurements
from ui.colours import GENDERS
from ui.plots.base import NO_BUTTONS
from ui.plots.score_plots import actor_bars
from ui.results.details import draw_details
from ui.results.result_tables import commands, four, percent, table, three
from ui.results.voice_conditions import draw_conditions

METRICS = {"accuracy": "accuracy", "uar": "UAR", "macro_f1": "macro-F1"}


def draw_voices(measured: dict[str, dict]) -> None:
    """Everything that was measured of the voice model."""
    f = measured.get(measurements.VOICE_NAME)
    if f is None:
        st.info("No voice measurement yet. Write it with" + commands([measurements.VOICE_COMMAND]))
        return
    _means(f)
    left, right = st.columns([3, 2])
    with left:
        _folds(f)
        st.markdown("**Every actor**")
        st.plotly_chart(actor_bars(f["by_actor"]), key="actors", config=NO_BUTTONS, alt="Accuracy on each actor")
    with right:
        _groups(f)
    draw_details(measurements.VOICE_NAME, f)
    if corpora := measured.get(measurements.CORPORA_NAME):
        st.caption(
            f"The app is less sure than that: its temperature, {corpora['temperature']:.1f}, was fitted on corpora "
            "never heard, because whoever uses it is a stranger to the model."
        )
    draw_conditions(measured)


def _means(f: dict) -> None:
    with st.container(horizontal=True):
        for metric, title in METRICS.items():
            mean, std = f["over_folds"][metric]["mean"], f["over_folds"][metric]["std"]
            st.metric(f"{title}, mean of the folds", f"{mean:.1%}" + ("" if std is None else f" ± {std:.1%}"))
    alone = f["single"]["over_seeds"]
    text = "± is the standard deviation over the five folds, that is over groups of actors. "
    if alone["uar"]["std"] is None:
        text += "Only one seed was trained, so nothing is known here about the spread between training runs."
    else:
        one = ", ".join(
            f"{title} {alone[m]['mean']:.1%} ± {alone[m]['std']:.1%}" for m, title in {**METRICS, "ece": "ECE"}.items()
        )
        text += (
            f"The answer is the mean of {len(f['seed'])} networks trained from different seeds. "
            f"**One network alone**, mean ± standard deviation over seeds: {one}."
        )
    st.caption(text)


def _folds(f: dict) -> None:
    st.markdown("**The five folds**")
    alone = {(r["fold"], r["seed"]): percent(r["uar"]) for r in f["single"]["runs"]}
    table(
        [
            {
                "fold": r["fold"],
                "test actors": ", ".join(map(str, r["actors"])),
                "n": r["n"],
                **three(r),
                **{f"UAR %, seed {seed} alone": uar for (fold, seed), uar in alone.items() if fold == r["fold"]},
            }
            for r in f["folds"]
        ],
        key="folds",
    )


def _groups(f: dict) -> None:
    st.markdown("**Women and men**")
    by_gender = [{"actors": GENDERS[g["gender"]][0], "n": g["n"], **three(g)} for g in f["by_gender"]]
    table(by_gender, key="gender")
    st.markdown("**Intensity**")
    table([{"intensity": g["intensity"], "n": g["n"], **three(g)} for g in f["by_intensity"]], key="intensity")
    st.caption("Neutral was recorded in normal intensity only.")
    st.markdown("**Seven classes, calm counted as neutral**")
    table([{"n": f["seven_classes"]["n"], **four(f["seven_classes"])}], key="seven")
