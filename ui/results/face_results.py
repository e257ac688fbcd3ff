"""Face models on FER-2013: the splits, FER+ labels, agreement of the annotators, near-copies."""

from __future__ import annotations

import streamlit as st

from emotion.evaluation import measurements
from emotion.evaluation.tables import WAYS
from emotion.predict import better_face_model
from ui.colours import GENDERS
from ui.model_names import face_strengths, long_name, short_name
from ui.results.chosen_words import draw_chosen_words
from ui.results.details import draw_details
from ui.results.result_tables import commands, four, interval, percent, table


def draw_faces(measured: dict[str, dict]) -> None:
    """Everything that was measured of the face models."""
    mine = {name: f for name, f in measured.items() if f["kind"] == "face"}
    if not mine:
        st.info("No face measurements yet. Write them with" + commands([measurements.face_command("accurate")]))
        return
    found = list(mine.values())
    _splits(found, measured)
    voted = [f for f in found if f["ferplus"]]
    if voted:
        left, right = st.columns(2)
        with left:
            _against_ferplus(voted)
        with right:
            _by_agreement(voted)
    copied = [f for f in found if f.get("near_copies")]
    if copied:
        _near_copies(copied)
    elsewhere = [f for f in measured.values() if f["kind"] == "portraits"]
    if elsewhere:
        _elsewhere(elsewhere)
    if measurements.PERSON_NAME in measured:
        _own_neutral(measured[measurements.PERSON_NAME])
    draw_chosen_words(measured)
    called = {name: f"{long_name(f['model'], measured)}: {f['split']}" for name, f in mine.items()}
    name = st.selectbox("Model and split", list(mine), key="face-details", format_func=called.__getitem__)
    draw_details(name, mine[name])


def _splits(found: list[dict], measured: dict[str, dict]) -> None:
    st.markdown("**FER-2013: PublicTest, PrivateTest, and both (`test`)**")
    rows = [{"model": short_name(f["model"]), "split": f["split"], "n": f["n"], **four(f)} for f in found]
    if any(f["ten_views"] for f in found):
        for row, f in zip(rows, found):
            row["ten views: accuracy %"] = percent(f["ten_views"] and f["ten_views"]["accuracy"])
    table(rows, key="faces")
    better = better_face_model()
    strengths = "; ".join(f"`{model}`: {words}" for model, words in face_strengths(measured).items() if words)
    st.caption(f"The app starts with `{better}`, the better one on held-out faces of FER-2013. {strengths}.")
    st.caption(
        "The app looks at each picture once, and so do the headline figures. Ten views: mean over five shifts, each "
        "also mirrored (measured by evaluate with --tta)."
    )


def _elsewhere(found: list[dict]) -> None:
    st.markdown(
        "**Faces from elsewhere**: press photos (`lfw`), and people who sat still, neutral and smiling (`london`)"
    )
    table(
        [
            {
                "model": short_name(f["model"]),
                "set": f["split"],
                "n": f["n"],
                "people": f["people"],
                **four(f),
                "95% interval": interval(f["interval_95"]),
                "face found %": percent(f["face_found"]),
            }
            for f in found
        ],
        key="portraits",
    )
    for source in dict.fromkeys(f["split"] for f in found):
        table(
            [
                {
                    "model": short_name(f["model"]),
                    "set": source,
                    **{f"{row['label']} %": percent(row["recall"]) for row in f["per_class"]},
                    **{f"{GENDERS[g['gender']][0]} %": percent(g["accuracy"]) for g in f["by_gender"]},
                }
                for f in found
                if f["split"] == source
            ],
            key=f"recall-{source}",
        )
    st.caption(
        "Above: all pictures. Below: how many of each word are found (recall), and accuracy on women and men where the "
        f"set tells. {found[0]['protocol']}"
    )


def _own_neutral(found: dict) -> None:
    st.markdown("**Before and after it knows what is neutral for a person**")
    table(
        [
            {
                "set": row["set"],
                "seen": row["seen"],
                "people": row["people"],
                **{
                    f"{part}, {name} %": f"{percent(row[way][part]):.1f}" if way in row else "–"
                    for part in ("neutral", "other")
                    for way, name in WAYS.items()
                },
            }
            for row in found["rows"]
        ],
        key="own-neutral",
    )
    if found["films"]:
        table(
            [{"film": f["expected"], **{name: f[way]["label"] for way, name in WAYS.items()}} for f in found["films"]],
            key="own-neutral-films",
        )
    st.caption(
        f"Model: {short_name(found['model'])}. Neutral: neutral pictures read as neutral. Other: the others read "
        f"right. {found['protocol']}"
    )


def _against_ferplus(voted: list[dict]) -> None:
    st.markdown("**Against the FER+ majority label**")
    table(
        [
            {
                "model": short_name(f["model"]),
                "split": f["split"],
                "n": f["ferplus"]["n"],
                "accuracy %": percent(f["ferplus"]["accuracy"]),
                "macro-F1 %": percent(f["ferplus"]["macro_f1"]),
            }
            for f in voted
        ],
        key="ferplus",
    )
    st.caption("Ten annotators labelled each picture again. Ties and answers outside the seven classes are left out.")


def _by_agreement(voted: list[dict]) -> None:
    st.markdown("**By agreement of the annotators** (accuracy against the FER-2013 label, `test`)")
    rows: dict[tuple, dict] = {}  # a row per band of agreement, a column per model
    for f in (f for f in voted if f["split"] == "test"):
        for band in f["by_agreement"]:
            bounds = f"over {band['above']:.0%} to {band['up_to']:.0%}"
            first = {"annotators that agree": bounds, "n": band["n"]}
            row = rows.setdefault((band["above"], band["up_to"]), first)
            row[f"{short_name(f['model'])} %"] = percent(band["accuracy"])
    table(list(rows.values()), key="agreement")
    st.caption(
        "Share of the ten annotators who gave the most frequent answer. Where people disagree, the models are less "
        "often right."
    )


def _near_copies(copied: list[dict]) -> None:
    st.markdown("**Test faces that FER-2013 holds a near-copy of in Training**")
    table(
        [
            {
                "model": short_name(f["model"]),
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
        "The same photo, cut or lit slightly differently. These copies were taken out of our training. We do not know "
        "whether the authors of published figures did so. The last column estimates the gain from such copies: each "
        "copied face is answered with the label of its copy."
    )
