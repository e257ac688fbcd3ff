"""Face and voice together: Hybrid against each alone and against their average."""

from __future__ import annotations

import streamlit as st

from emotion.certainty import MOST_WRONG
from emotion.evaluation import measurements
from emotion.evaluation.films import JUDGED_BY
from emotion.evaluation.pairs import FUSION_METHODS, MODALITY_OF
from ui.plots.base import NO_BUTTONS
from ui.plots.condition_curves import worse_inputs
from ui.plots.score_plots import gain_map, risk_coverage_curves
from ui.results.details import draw_details
from ui.results.result_tables import commands, corpus_name, four, interval, percent, table, taken
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
            {"answer": name, **four(found), "95% interval": interval(found["interval_95"])}
            for name, found in methods.items()
        ],
        key="fusion",
    )
    low, high = (100 * bound for bound in f["gain_interval_95"])
    unclear = "" if low > 0 or high < 0 else " The interval includes zero: no gain or loss is shown."
    st.markdown(
        f"Hybrid against the better single one ({METHOD_NAMES[f['better_single']]}): **{100 * f['gain']:+.1f} points** "
        f"(95% interval {low:+.1f} to {high:+.1f}, by actor).{unclear}"
    )
    st.caption("Exponents of the pool: " + ", ".join(f"{m} {w:.0%}" for m, w in f["fusion_weights"].items()) + ".")
    _unsure(f)
    draw_details(measurements.FUSION_NAME, f)
    if strangers := measured.get(measurements.STRANGERS_NAME):
        _strangers(strangers)
    if grid := measured.get(measurements.GRID_NAME):
        _made_worse(grid)
    if films := measured.get(measurements.FILMS_NAME):
        _films(films)
    draw_speakers(measured)


def _unsure(f: dict) -> None:
    """How often a word is named, and how often it is wrong then."""
    found = {METHOD_NAMES[m]: f["methods"][m]["sure"] for m in MODALITY_OF}
    st.markdown(
        "**When the answer is “unsure”.** Below a threshold no single word is named. It is set so that at most "
        f"{MOST_WRONG:.0%} of the named words are wrong on other data (held-out faces; voices never heard)."
    )
    table(
        [
            {
                "answer": name,
                "names a word from %": percent(sure["above"]),
                "of all answers %": percent(sure["coverage"]),
                "wrong of those %": percent(sure["wrong"]),
            }
            for name, sure in found.items()
        ],
        key="unsure",
    )
    curves = {name: sure["curve"] for name, sure in found.items()}
    alt = "Share of wrong words by the share of answers that name one"
    st.plotly_chart(risk_coverage_curves(curves, MOST_WRONG), key="risk-coverage", config=NO_BUTTONS, alt=alt)


def _made_worse(f: dict) -> None:
    """The gain of Hybrid where face and voice get worse."""
    st.markdown("**With worse pictures and worse sound**")
    for name, title in (("never_heard", "Voices of corpora never heard"), ("folds", "RAVDESS, actors never heard")):
        found = f[name]
        st.markdown(
            f"{title}: points that Hybrid gains over the better of face and voice: as it is "
            f"{100 * found['clean_gain']:+.1f}, at worst {100 * found['worst_gain']:+.1f}, "
            f"{100 * found['mean_gain']:+.1f} on average; ECE {100 * found['mean_ece']:.1f}% on average."
        )
        left, right = st.columns(2)
        for column, changed, what in ((left, "face", "pictures"), (right, "voice", "sound")):
            with column:
                st.caption(f"Worse {what}, the other one as it is")
                figure = worse_inputs(found["cells"], changed)
                st.plotly_chart(
                    figure, key=f"worse-{changed}-{name}", config=NO_BUTTONS, alt=f"Accuracy with worse {what}"
                )
        with st.expander("Each pair of changes: points that Hybrid gains over the better of face and voice"):
            alt = "Points that Hybrid gains, for each pair of changes of face and voice"
            st.plotly_chart(gain_map(found["cells"]), key=f"made-worse-{name}", config=NO_BUTTONS, alt=alt)
    st.caption(
        "Accuracy where face and voice were both judged, and how many pairs that is (dotted). A change after which "
        "fewer faces are judged leaves the easier ones, so compare both lines. These files hold no intervals."
    )
    st.caption(f"{f['protocol']} {taken(f)}")


def _films(f: dict) -> None:
    """Real films of one person."""
    st.markdown("**Real films**: share of the time in which the word is what the actor was told to show")
    table(
        [
            {
                "film": row["film"],
                "shown": row["label"],
                "judged": "by the change" if row["adapted"] else "as it is",
                **{f"{m} %": percent(row[m]["right"]) for m in JUDGED_BY},
                "Together names a word %": percent(row["together"]["named"]),
            }
            for row in f["rows"]
        ],
        key="films",
    )
    st.caption(f"{f['protocol']} {taken(f)}")


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
                "corpus": corpus_name(corpus),
                "speakers": speakers,
                "n": n,
                **{f"{m} %": percent(methods[m]["accuracy"]) for m in FUSION_METHODS},
                "names a word %": percent(methods["hybrid"]["sure"]["coverage"]),
                "wrong of those %": percent(methods["hybrid"]["sure"]["wrong"]),
                "Hybrid: UAR %": percent(methods["hybrid"]["uar"]),
                "Hybrid: ECE %": percent(methods["hybrid"]["ece"]),
            }
            for corpus, speakers, n, methods in rows
        ],
        key="strangers",
    )
    st.caption(f"Accuracy of each. {f['protocol']} {taken(f)}")
