"""Results: what the served models reach on data they have not seen, read from the files that `evaluate` wrote."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from emotion.evaluation import measurements
from emotion.evaluation.anchors import ANCHORS, MEASURED_HERE
from emotion.evaluation.pairs import FUSION_METHODS
from ui import plots
from ui.entry import through_app

METHOD_NAMES = {
    "face": "face alone",
    "voice": "voice alone",
    "average": "average of both",
    "hybrid": "Hybrid (log opinion pool)",
}
PERCENT = st.column_config.NumberColumn(format="%.1f")
MODES_OFF = {"displayModeBar": False}


def percent(value: float | None) -> float | None:
    """Share in 0…1 -> percentage; None stays."""
    return None if value is None else 100 * value


def interval(bounds: list[float]) -> str:
    """Two shares -> "61.2 – 64.0"."""
    return f"{100 * bounds[0]:.1f} – {100 * bounds[1]:.1f}"


def table(rows: list[dict], *, key: str) -> None:
    """A table that is as tall as its rows, numbers with one decimal."""
    frame = pd.DataFrame(rows)
    decimals = {c: PERCENT for c in frame.columns if c.endswith(("%", "±"))}
    st.dataframe(frame, hide_index=True, column_config=decimals, height=38 + 35 * len(frame), key=key)


def four(f: dict) -> dict:
    """The four headline figures of a measurement or a subgroup as columns."""
    return {
        "accuracy %": percent(f["accuracy"]),
        "macro-F1 %": percent(f["macro_f1"]),
        "UAR %": percent(f["uar"]),
        "ECE %": percent(f["ece"]),
    }


def three(f: dict) -> dict:
    """The figures of a small subgroup; calibration says little there."""
    return {k: v for k, v in four(f).items() if k != "ECE %"}


def headline(measured: dict[str, dict]) -> None:
    """Every measurement in one table."""
    table(
        [
            {
                "model": f["model"],
                "split": f["split"],
                **four(f),
                "95 % interval": interval(f["interval_95"]),
                "n": f["n"],
                "seed": ", ".join(map(str, f["seed"])) if isinstance(f["seed"], list) else str(f["seed"]),
                "date": f["date"],
                "data": f["data_set"],
            }
            for f in measured.values()
            if f["kind"] in measurements.MATRIX_KINDS
        ],
        key="headline",
    )
    st.caption(
        "UAR: unweighted average recall, every class counts alike. ECE: expected calibration error, how far a percentage is from "
        "the share of right answers. n: pictures or clips. Another training run would give somewhat other numbers."
    )


def warn(measured: dict[str, dict]) -> None:
    """Say what is missing, cut short or out of date, with the command that mends it."""
    missing = [name for name in measurements.EXPECTED if name not in measured]
    if missing:
        commands = dict.fromkeys(measurements.EXPECTED[name] for name in missing)
        st.info(
            f"Not measured yet: {', '.join(missing)}. These commands write them (they need the data sets, see README):\n\n"
            + "\n".join(f"    {c}" for c in commands)
        )
    partial = {name: f for name, f in measured.items() if f["limited_to"] is not None}
    changed = {name: f for name, f in measured.items() if measurements.outdated(f)}
    for which, what in (
        (partial, "Taken on a part of the data only"),
        (changed, "Taken with other weights than those in models/ now"),
    ):
        if which:
            st.warning(
                f"{what}: {', '.join(which)}. Write them again:\n\n"
                + "\n".join(f"    {c}" for c in dict.fromkeys(f["command"] for f in which.values()))
            )


def details(name: str, f: dict) -> None:
    """Per-class figures and calibration of one measurement."""
    st.caption(f["protocol"])
    left, right = st.columns([3, 2])
    with left:
        st.markdown("**Per class**")
        st.plotly_chart(plots.per_class_bars(f["per_class"], f["labels"]), key=f"bars-{name}", config=MODES_OFF)
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
    with right:
        st.markdown("**Calibration**")
        st.plotly_chart(
            plots.reliability_diagram(f["reliability"], f["ece"]), key=f"calibration-{name}", config=MODES_OFF
        )
        scaled = (
            ""
            if f["temperature"] is None
            else (
                f" Probabilities pass through a temperature of {f['temperature']:.2f} (above 1 less sure, "
                "below 1 surer), fitted on examples held out of training."
            )
        )
        before = f" Without it the ECE would be {f['ece_uncalibrated']:.1%}." if "ece_uncalibrated" in f else ""
        st.caption(
            "Larger dots hold more answers. On the dotted line, answers given with 70 % are right 70 % of the time."
            + scaled
            + before
        )
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


def faces(measured: dict[str, dict]) -> None:
    """FER-2013: three splits, FER+ labels, ten views, agreement of the annotators."""
    mine = {name: f for name, f in measured.items() if f["kind"] == "face"}
    if not mine:
        st.info(f"No face measurements yet. Write them with\n\n    {measurements.face_command('accurate')}")
        return
    st.markdown("**FER-2013: PublicTest, PrivateTest, and both together (`test`)**")
    rows = [{"model": f["model"], "split": f["split"], "n": f["n"], **four(f)} for f in mine.values()]
    if any(f["ten_views"] for f in mine.values()):
        for row, f in zip(rows, mine.values()):
            row["ten views: accuracy %"] = percent(f["ten_views"] and f["ten_views"]["accuracy"])
    table(rows, key="faces")
    st.caption(
        "One look at each picture is what the app does and what the headline says. Ten views: mean over five shifts, each also "
        "mirrored (measured by evaluate with --tta)."
    )
    voted = [f for f in mine.values() if f["ferplus"]]
    if voted:
        left, right = st.columns(2)
        with left:
            st.markdown("**Against the FER+ majority label**")
            table(
                [
                    {
                        "model": f["model"],
                        "split": f["split"],
                        "n": f["ferplus"]["n"],
                        "accuracy %": percent(f["ferplus"]["accuracy"]),
                        "macro-F1 %": percent(f["ferplus"]["macro_f1"]),
                    }
                    for f in voted
                ],
                key="ferplus",
            )
            st.caption(
                "Ten annotators labelled each picture again; ties and answers outside the seven classes are left out."
            )
        with right:
            st.markdown("**By agreement of the annotators** (accuracy against the FER-2013 label, `test`)")
            table(agreement_rows([f for f in voted if f["split"] == "test"]), key="agreement")
            st.caption(
                "Share of the ten annotators behind the most frequent answer. Where people disagree, so does the model."
            )
    copied = [f for f in mine.values() if f.get("near_copies")]
    if copied:
        st.markdown("**Test faces that FER-2013 holds a near-copy of in Training**")
        table(
            [
                {
                    "model": f["model"],
                    "split": f["split"],
                    "n": c["n"],
                    "of the split %": percent(c["share"]),
                    "labelled alike %": percent(c["labelled_alike"]),
                    "accuracy on them %": percent(c["accuracy"]),
                    "on the others %": percent(c["accuracy_of_others"]),
                    "accuracy if the copies were known by heart %": percent(c["accuracy_if_known"]),
                }
                for f in copied
                for c in [f["near_copies"]]
            ],
            key="near-copies",
        )
        st.caption(
            "The same photo, cut or lit slightly otherwise. These copies were taken out of our training; nothing tells that the authors of "
            "published figures did so. The last column estimates what they are worth: each copied face answered with its copy's label."
        )
    name = st.selectbox("Model and split", list(mine), key="face-details")
    details(name, mine[name])


def agreement_rows(measured: list[dict]) -> list[dict]:
    """One row per band of annotator agreement, one column per model."""
    rows: dict[tuple, dict] = {}
    for f in measured:
        for band in f["by_agreement"]:
            row = rows.setdefault(
                (band["above"], band["up_to"]),
                {"annotators that agree": f"over {band['above']:.0%} to {band['up_to']:.0%}", "n": band["n"]},
            )
            row[f"{f['model']} %"] = percent(band["accuracy"])
    return list(rows.values())


def voices(measured: dict[str, dict]) -> None:
    """RAVDESS: folds, actors, women and men, intensity."""
    f = measured.get(measurements.VOICE_NAME)
    if f is None:
        st.info(f"No voice measurement yet. Write it with\n\n    {measurements.VOICE_COMMAND}")
        return
    spread = f["over_folds"]
    with st.container(horizontal=True):
        for metric, title in (("accuracy", "accuracy"), ("uar", "UAR"), ("macro_f1", "macro-F1")):
            plus = "" if spread[metric]["std"] is None else f" ± {spread[metric]['std']:.1%}"
            st.metric(f"{title}, mean of the folds", f"{spread[metric]['mean']:.1%}{plus}")
    alone = f["single"]["over_seeds"]
    st.caption(
        "± is the standard deviation over the five folds, that is over groups of actors. "
        + (
            "Only one seed was trained, so nothing is known here about the spread between training runs."
            if alone["uar"]["std"] is None
            else f"The answer is the mean of {len(f['seed'])} networks trained from different seeds. **One network alone**, mean ± standard deviation "
            "over seeds: "
            + ", ".join(
                f"{title} {alone[m]['mean']:.1%} ± {alone[m]['std']:.1%}"
                for m, title in (("accuracy", "accuracy"), ("uar", "UAR"), ("macro_f1", "macro-F1"), ("ece", "ECE"))
            )
            + "."
        )
    )
    left, right = st.columns([3, 2])
    with left:
        st.markdown("**The five folds**")
        alone_uar = {(r["fold"], r["seed"]): percent(r["uar"]) for r in f["single"]["runs"]}
        table(
            [
                {
                    "fold": r["fold"],
                    "test actors": ", ".join(map(str, r["actors"])),
                    "n": r["n"],
                    **three(r),
                    **{f"UAR %, seed {seed} alone": v for (fold, seed), v in alone_uar.items() if fold == r["fold"]},
                }
                for r in f["folds"]
            ],
            key="folds",
        )
        st.markdown("**Every actor**")
        st.plotly_chart(plots.actor_bars(f["by_actor"]), key="actors", config=MODES_OFF)
    with right:
        st.markdown("**Women and men**")
        table(
            [
                {"actors": {"female": "women", "male": "men"}[g["gender"]], "n": g["n"], **three(g)}
                for g in f["by_gender"]
            ],
            key="gender",
        )
        st.markdown("**Intensity**")
        table([{"intensity": g["intensity"], "n": g["n"], **three(g)} for g in f["by_intensity"]], key="intensity")
        st.caption("Neutral was recorded in normal intensity only.")
        st.markdown("**Seven classes, calm counted as neutral**")
        table([{"n": f["seven_classes"]["n"], **four(f["seven_classes"])}], key="seven")
    details(measurements.VOICE_NAME, f)
    if measurements.WINDOWS_NAME in measured:
        as_live_hears(measured[measurements.WINDOWS_NAME])
    if measurements.CORPORA_NAME in measured:
        unseen_corpora(measured[measurements.CORPORA_NAME])
    if measurements.PERSONAL_NAME in measured:
        with_clips_of_the_speaker(measured[measurements.PERSONAL_NAME])
    if measurements.CHANNELS_NAME in measured:
        through_channels(measured[measurements.CHANNELS_NAME])
    if measurements.BROWSER_NAME in measured:
        through_a_browser(measured[measurements.BROWSER_NAME])


def as_live_hears(f: dict) -> None:
    """Windows of three seconds instead of whole clips, by how much speech they hold."""
    st.markdown("**As Live hears it**: three seconds at a time, often with little speech in them")
    amount = lambda r: "all windows" if r is f["speech"][-1] else f"{r['above_s']:g} to {r['up_to_s']:g} s"  # noqa: E731
    table(
        [
            {
                "speech in the window": amount(r),
                "windows": r["voice"]["n"],
                **four(r["voice"]),
                "accuracy, 95 % interval": interval(r["interval_95"]),
                **{
                    f"{name} %": percent(r["pairs"][m]["accuracy"])
                    for m, name in (("face", "7 classes: face"), ("voice", "voice"), ("hybrid", "Hybrid"))
                },
            }
            for r in f["speech"]
        ],
        key="windows",
    )
    st.caption(
        f"{f['protocol']} The first columns: the voice alone, 8 classes; the last three: accuracy on those pairs, 7 classes (face model {f['face_model']}). The figures above "
        f"are of whole clips. {f['clips']:,} clips, {f['n']:,} windows judged, {f['without_voice']:,} without a voice; seed {f['seed']}, {f['date']}."
    )


def through_a_browser(f: dict) -> None:
    """What the browser's own sound processing costs or gives."""
    st.markdown("**Through the browser's own sound processing**")
    table(
        [
            {
                "sound": r["sound"],
                "browser setting": r["setting"],
                "UAR %": percent(r["uar"]),
                "accuracy %": percent(r["accuracy"]),
                "accuracy, 95 % interval": interval(r["interval_95"]),
            }
            for r in f["settings"]
        ],
        key="browser",
    )
    st.caption(f"{f['protocol']} n = {f['n']:,} clips, seed {f['seed']}, {f['date']}.")


def unseen_corpora(f: dict) -> None:
    """Each corpus judged by a model that has not heard any of it."""
    st.markdown(
        f"**On a corpus it has never heard** (mean UAR {f['mean_uar']:.1%}; guessing: {1 / len(f['classes']):.0%})"
    )
    table(
        [
            {
                "corpus": r["corpus"],
                "language": f["languages"][r["corpus"]],
                "speakers": r["speakers"],
                "n": r["n"],
                **four(r),
                "accuracy, 95 % interval": interval(r["interval_95"]),
                "classes of its own": len(r["own_classes"]["classes"]),
                "UAR over those %": percent(r["own_classes"]["uar"]),
                "trained, min": round(f["minutes"][r["corpus"]]),
            }
            for r in f["corpora"]
        ],
        key="corpora",
    )
    st.caption(
        f"Over the classes that all of them have: {', '.join(f['classes'])}. {f['protocol']} Intervals resample speakers. "
        f"Seed {f['seed']}, {f['date']}."
    )


def with_clips_of_the_speaker(f: dict) -> None:
    """What the My voice page is worth: the same unheard speakers after some clips of their own."""
    last = len(f["mean_uar"]) - 1
    st.markdown(
        f"**After a few clips of the speaker** (page My voice; mean UAR over the corpora it has never heard: {f['mean_uar'][0]:.1%} without, "
        + ", ".join(f"{f['mean_uar'][k]:.1%} with {k}" for k in range(1, last + 1))
        + " of each emotion)"
    )
    every = [(r["corpus"], r) for r in f["corpora"]] + [("ravdess folds", f["folds"])]
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
            for name, r in every
        ],
        key="personal",
    )
    st.plotly_chart(
        plots.learning_curves({name: r["curve"] for name, r in every}), key="personal-curves", config=MODES_OFF
    )
    st.caption(
        f"{f['protocol']} The four corpora over {', '.join(f['classes'])}, one network that never heard the corpus; the five folds over all eight classes, as the app's voice is. "
        f"Mean over {f['draws']} draws, bars: standard deviation over them. The clips are of the same microphone and day as the test clips, as they "
        f"are for a person at one desk. Seed {f['seed']}, {f['date']}."
    )


def through_channels(f: dict) -> None:
    """What codecs, microphones, rooms and noise cost."""
    st.markdown("**Through another channel**")
    left, right = st.columns([3, 2])
    with left:
        table(
            [
                {
                    "channel": r["channel"],
                    "UAR %": percent(r["uar"]),
                    "lost %": percent(r["uar_lost"]),
                    "same label %": percent(r["same_label"]),
                    "accuracy, 95 % interval": interval(r["interval_95"]),
                }
                for r in f["channels"]
            ],
            key="channels",
        )
    with right:
        st.plotly_chart(plots.noise_curves(f["channels"]), key="noise", config=MODES_OFF)
    st.caption(f"{f['protocol']} n = {f['n']:,} clips, seed {f['seed']}, {f['date']}.")
    st.markdown("**Where nobody speaks**")
    table(
        [
            {
                "sound": r["sound"],
                "named an emotion %": percent(r["judged"]),
                "readings": r["readings"],
                "recordings": r["recordings"],
            }
            for r in f["no_voice"]
        ],
        key="no_voice",
    )
    st.caption(
        "As the app listens: one reading each half second, judged only where voice activity detection finds speech. Mute, hiss, keyboard and music are made, "
        f"the others are recordings (ESC-10). The right answer is none. {f['date']}."
    )


def together(measured: dict[str, dict]) -> None:
    """Hybrid against each alone and their average."""
    f = measured.get(measurements.FUSION_NAME)
    if f is None:
        st.info(f"Fusion has not been measured yet. Write it with\n\n    {measurements.FUSION_COMMAND}")
        return
    table(
        [
            {
                "answer": METHOD_NAMES[m],
                **four(f["methods"][m]),
                "95 % interval": interval(f["methods"][m]["interval_95"]),
            }
            for m in FUSION_METHODS
        ],
        key="fusion",
    )
    low, high = (100 * v for v in f["gain_interval_95"])
    certain = "" if low > 0 or high < 0 else " The interval includes zero: no gain or loss is shown."
    st.markdown(
        f"Hybrid against the better single one ({METHOD_NAMES[f['better_single']]}): **{100 * f['gain']:+.1f} points** "
        f"(95 % interval {low:+.1f} to {high:+.1f}, by actor).{certain}"
    )
    st.caption("Exponents of the pool: " + ", ".join(f"{m} {w:g}" for m, w in f["fusion_weights"].items()) + ".")
    details(measurements.FUSION_NAME, f)


def our_rows(measured: dict[str, dict]) -> list[dict]:
    """What this project's models reach, in the anchors' terms."""
    rows = []
    add = lambda task, f, system, result: rows.append(
        {
            "task": task,
            "system": system,
            "result": result,  # noqa: E731
            "origin": "**this project**",
            "source": f"`{f['command']}`",
        }
    )
    faces = [f for f in measured.values() if f["kind"] == "face"]
    for f in [f for f in faces if f["split"] != "test"] or faces:
        system = f"{f['network']} ({f['model']}), {f['split']}"
        ten = f"; ten views {f['ten_views']['accuracy']:.1%}" if f["ten_views"] else ""
        add("FER-2013", f, system, f"{f['accuracy']:.1%} accuracy{ten}; macro-F1 {f['macro_f1']:.1%}")
        if f["ferplus"]:
            add("FER+ majority label", f, system, f"{f['ferplus']['accuracy']:.1%} accuracy")
    voice, fused = measured.get(measurements.VOICE_NAME), measured.get(measurements.FUSION_NAME)
    if voice:
        add(
            "RAVDESS speech",
            voice,
            f"{voice['network']}, 8 classes, these five folds",
            f"{voice['accuracy']:.1%} accuracy; UAR {voice['uar']:.1%}",
        )
        seven = voice["seven_classes"]
        add(
            "RAVDESS speech",
            voice,
            f"{voice['network']}, 7 classes (calm = neutral), all five folds",
            f"{seven['accuracy']:.1%} accuracy; UAR {seven['uar']:.1%}",
        )
    if fused:
        add(
            "Face and voice together",
            fused,
            "Hybrid, gain over the better single modality, on made-up pairs",
            f"{100 * fused['gain']:+.1f} points",
        )
    return rows


def anchor_rows() -> list[dict]:
    """The anchors as rows, each marked with where it comes from."""
    unit = lambda a: (
        f"{a.percent:+.1f} points"
        if a.metric == "points"
        else f"{a.percent:g} %{'' if a.spread is None else f' ± {a.spread:g}'} {a.metric}"
    )  # noqa: E731
    return [
        {"task": a.task, "system": a.system, "result": unit(a), "origin": a.origin, "source": a.source} for a in ANCHORS
    ]


def anchors(measured: dict[str, dict]) -> None:
    """Our numbers and those of others, side by side and marked."""
    st.caption(
        "**published**: taken from the source named, not run here; training data, pretraining, input size or split may differ. "
        f"**{MEASURED_HERE}**: someone else's method or an earlier trial, run on the same files. **this project**: the models in this app."
    )
    rows = our_rows(measured) + anchor_rows()
    for task in dict.fromkeys(a.task for a in ANCHORS):
        st.markdown(f"**{task}**")
        st.table(pd.DataFrame([row for row in rows if row["task"] == task]).drop(columns="task").set_index("system"))


through_app()
st.title("Results")
st.markdown(
    "How often the models in this app agree with the labels of data sets they have not learned from. The labels are **acted** emotions "
    "(RAVDESS) or what **annotators** saw in a photo (FER-2013); they are not what the people felt. "
    "Numbers are shown as measured, good or bad."
)
measured = measurements.read_metrics()
warn(measured)
if measured:
    headline(measured)
tabs = st.tabs(["Faces", "Voices", "Together", "Beside others"])
for tab, draw in zip(tabs, (faces, voices, together, anchors), strict=True):
    with tab:
        draw(measured)
