"""The voice model in other conditions: as Live hears it, unknown corpora, own clips; channels and browser."""

from __future__ import annotations

import streamlit as st

from emotion.evaluation import measurements
from ui.colours import GENDERS, GREY, MODALITY_COLOURS
from ui.plots.base import NO_BUTTONS
from ui.plots.condition_curves import condition_curves
from ui.plots.conditions import Point
from ui.plots.score_plots import learning_curves
from ui.results.result_tables import corpus_name, four, interval, percent, table, taken
from ui.results.voice_channels import draw_browser, draw_channels


def draw_conditions(measured: dict[str, dict]) -> None:
    """Everything that was measured of these."""
    for name, draw in (
        (measurements.WINDOWS_NAME, _as_live_hears),
        (measurements.CORPORA_NAME, _unknown_corpora),
        (measurements.OWN_VOICE_NAME, _after_the_speaker_was_heard),
        (measurements.PERSONAL_NAME, _with_clips_of_the_speaker),
        (measurements.CHANNELS_NAME, draw_channels),
        (measurements.BROWSER_NAME, draw_browser),
    ):
        if name in measured:
            draw(measured[name])


def _as_live_hears(f: dict) -> None:
    """Windows of three seconds instead of whole clips, by the amount of speech in them."""
    st.markdown("**As Live hears it**: three seconds at a time, often with little speech in them")

    def amount(row: dict) -> str:
        return "all windows" if row is f["speech"][-1] else f"{row['above_s']:g} to {row['up_to_s']:g} s"

    parts = [r for r in f["speech"] if r is not f["speech"][-1]]
    low_high = lambda r: (r["interval_95"][0], r["interval_95"][1])  # noqa: E731
    curves = {"8 classes: voice": [Point(amount(r), r["voice"]["accuracy"], low_high(r)) for r in parts]}
    pairs = (("face", "7 classes: face"), ("voice", "7 classes: voice"), ("hybrid", "7 classes: Hybrid"))
    for method, title in pairs:
        curves[title] = [Point(amount(r), r["pairs"][method]["accuracy"]) for r in parts]
    colours = (GREY, *(MODALITY_COLOURS[modality] for modality in ("face", "voice", "together")))
    figure = condition_curves(curves, across="speech in the three seconds", colours=colours)
    st.plotly_chart(figure, key="windows-curves", config=NO_BUTTONS, alt="Accuracy by seconds of speech")
    with st.expander("As a table"):
        table(
            [
                {
                    "speech in the window": amount(r),
                    "windows": r["voice"]["n"],
                    **four(r["voice"]),
                    "accuracy, 95% interval": interval(r["interval_95"]),
                    **{f"{title} %": percent(r["pairs"][method]["accuracy"]) for method, title in pairs},
                }
                for r in f["speech"]
            ],
            key="windows",
        )
    st.caption(
        f"{f['protocol']} 8 classes: the voice alone, with its 95% interval. 7 classes: accuracy on those pairs "
        f"(face model {f['face_model']}). The figures above are of whole clips. {f['clips']:,} clips, "
        f"{f['n']:,} windows judged, {f['without_voice']:,} without a voice. {taken(f)}"
    )


def _unknown_corpora(f: dict) -> None:
    """Each corpus judged by a model that has heard nothing of it."""
    guessing = 1 / len(f["classes"])
    st.markdown(f"**On a corpus it has never heard** (mean UAR {f['mean_uar']:.1%}; guessing: {guessing:.0%})")
    table(
        [
            {
                "corpus": corpus_name(r["corpus"]),
                "language": f["languages"][r["corpus"]],
                "speakers": r["speakers"],
                "n": r["n"],
                **four(r),
                "accuracy, 95% interval": interval(r["interval_95"]),
                "classes of its own": len(r["own_classes"]["classes"]),
                "UAR over those %": percent(r["own_classes"]["uar"]),
                "trained, min": round(f["minutes"][r["corpus"]]),
            }
            for r in f["corpora"]
        ],
        key="corpora",
    )
    st.caption(
        f"Over the classes that all of them have: {', '.join(f['classes'])}. {f['protocol']} Intervals resample "
        f"speakers. {taken(f)}"
    )


def _after_the_speaker_was_heard(f: dict) -> None:
    """What adapting changes: the same clips as they are, and after the speaker was heard without labels."""
    st.markdown("**Before and after it has heard the speaker**, without labels: UAR %")
    table(
        [
            {
                "set": corpus_name(row["set"]),
                "language": f["languages"].get(row["set"], "English"),
                "speakers": row["speakers"],
                "n": row["n"],
                "talk": talk,
                "as it is %": percent(row["as_it_is"]["uar"]),
                **{f"after {h['seconds']} s %": percent(h["uar"]) for h in row["heard"] if h["talk"] == talk},
            }
            for row in f["rows"]
            for talk in dict.fromkeys(h["talk"] for h in row["heard"])
        ],
        key="own-voice",
    )
    genders = list(f["rows"][0]["as_it_is"].get("by_gender", {}))
    if genders:
        last = {h["talk"]: h for h in f["rows"][0]["heard"]}
        ways = {"as it is": f["rows"][0]["as_it_is"]} | {f"after {h['seconds']} s, {t}": h for t, h in last.items()}
        of_gender = lambda of: {f"{GENDERS[g][0]}: UAR %": percent(of["by_gender"][g]) for g in genders}  # noqa: E731
        table([{"RAVDESS": way} | of_gender(of) for way, of in ways.items()], key="own-voice-genders")
    table(
        [
            {"Hybrid, talk": way["talk"], "accuracy %": percent(way["accuracy"]), "ECE %": percent(way["ece"])}
            for way in f["hybrid"]
        ],
        key="own-voice-hybrid",
    )
    st.caption(f"{f['protocol']} {taken(f)}")


def _with_clips_of_the_speaker(f: dict) -> None:
    """What the clips of the page Me change: the same unknown speakers after some clips of their own."""
    without, *with_clips = f["mean_uar"]
    gained = ", ".join(f"{uar:.1%} with {k}" for k, uar in enumerate(with_clips, 1))
    st.markdown(
        f"**After a few clips of the speaker** (page Me; mean UAR over the corpora it has never heard: "
        f"{without:.1%} without, {gained} of each emotion)"
    )
    every = {**{corpus_name(r["corpus"]): r for r in f["corpora"]}, "RAVDESS folds": f["folds"]}
    table(
        [
            {
                "corpus": name,
                "speakers": r["speakers"],
                "n": r["n"],
                **{f"{p['clips_per_class']} clips: UAR %": percent(p["uar"]["mean"]) for p in r["curve"]},
                "ECE, none %": percent(r["curve"][0]["ece"]),
                "ECE, most %": percent(r["curve"][-1]["ece"]),
                "speakers better / worse": f"{r['curve'][-1]['speakers_better']} / {r['curve'][-1]['speakers_worse']}",
            }
            for name, r in every.items()
        ],
        key="personal",
    )
    curves = learning_curves({name: r["curve"] for name, r in every.items()})
    st.plotly_chart(curves, key="personal-curves", config=NO_BUTTONS, alt="UAR by clips of the speaker")
    st.caption(
        f"{f['protocol']} The four corpora over {', '.join(f['classes'])}: one network that never heard the corpus. "
        f"The five folds over all eight classes, as in the app. Mean over {f['draws']} draws, bars: standard "
        "deviation over them. The clips and the test clips are of the same microphone and day, as they are for a "
        f"person at one desk. {taken(f)}"
    )
