"""The top of the Results page: three cards, our figures beside others', and for whom the models are worse."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from emotion import metrics
from emotion.evaluation import measurements
from emotion.evaluation.anchors import ANCHORS
from emotion.evaluation.tables import HEARD_S
from emotion.predict import better_face_model
from ui.colours import GENDERS
from ui.model_names import FACE_SETS
from ui.plots.condition_svg import condition_svg
from ui.plots.conditions import noise_points
from ui.results.dots import Dot, axis_of, dot_chart
from ui.results.result_tables import corpus_name

Measured = dict[str, dict]  # name of a measurement -> its figures


def draw_glance(measured: Measured) -> None:
    """Everything that fits on the first screen."""
    cards = "".join(map(_card, (face_card(measured), voice_card(measured), both_card(measured))))
    beside = "".join(
        dot_chart(f"Beside others: {task}", beside_others(measured, task), note=note)
        for task, note in (
            ("FER-2013", "Accuracy on PrivateTest, unless another one is named; one look at each picture."),
            ("RAVDESS speech", "Accuracy on actors never heard, 8 classes; UAR where it says so."),
        )
    )
    chance = "Where intervals overlap, the difference may be chance."
    worse = dot_chart("For whom it is worse", subgroups(measured), note=chance)
    away = dot_chart("On other data", elsewhere(measured), note="Accuracy. Corpora: 5 emotions, voices never heard.")
    st.html(
        f'<div class="cards">{cards}</div>'
        f'<div class="cards two">{beside}</div><div class="cards two">{away}{worse}</div>'
    )
    if channels := measured.get(measurements.CHANNELS_NAME):
        # st.html drops SVG
        st.markdown(f'<div class="cards two">{noise_cards(channels)}</div>', unsafe_allow_html=True)


def noise_cards(f: dict) -> str:
    """What noise costs the voice model, as curves, and what other channels cost it. f: of evaluate_channels."""
    curves = noise_points(f["channels"])
    ends = [end for points in curves.values() for p in points for end in (p.share, *(p.interval or ()))]
    low, high = axis_of(ends)
    drawn = condition_svg(curves, low=low, high=high, description="accuracy of the voice model as noise gets louder")
    others = [row for row in f["channels"] if not row["channel"].endswith(" dB")]
    return (
        f'<section class="card"><h3>Voice with noise</h3>{drawn}<p class="soft">Accuracy on {f["n"]:,} clips of '
        "RAVDESS, 8 classes, by how far the voice is above the noise.</p></section>"
    ) + dot_chart(
        "Voice through other channels",
        [_dot(row["channel"], row, ours=row["channel"] == "clean") for row in others],
        note="Accuracy on the same clips, with its 95% interval.",
    )


def _card(found: tuple[str, float, str, str] | None) -> str:
    """title, share, what it is of, what else matters -> HTML."""
    if found is None:
        return ""
    title, share, what, more = found
    return (
        f'<section class="card"><h3>{escape(title)}</h3><div class="big">{share:.1%}</div>'
        f'<p>{escape(what)}</p><p class="soft more">{escape(more)}</p></section>'
    )


def _interval(f: dict) -> str:
    low, high = f["interval_95"]
    return f"95%: {100 * low:.1f} to {100 * high:.1f}"


def face_card(measured: Measured) -> tuple[str, float, str, str] | None:
    """The face model that the app starts with."""
    model = better_face_model()
    f = measured.get(measurements.face_name(model, "PrivateTest"))
    if f is None:
        return None
    more = f"Model {model} ({f['network']})."
    if lfw := measured.get(measurements.face_name(model, "lfw")):
        more += f" Press photos: {lfw['accuracy']:.1%}."
    if person := measured.get(measurements.PERSON_NAME):
        row = person["rows"][0]
        of = FACE_SETS.get(row["set"], row["set"])
        more += f" When it knows a person's neutral: {row['learned']['accuracy']:.1%} of {of}."
    return "Face", f["accuracy"], f"of {f['n']:,} web photos right (FER-2013 PrivateTest). {_interval(f)}", more


def voice_card(measured: Measured) -> tuple[str, float, str, str] | None:
    """The voice model that the app starts with."""
    f = measured.get(measurements.VOICE_NAME)
    if f is None:
        return None
    more = ""
    if corpora := measured.get(measurements.CORPORA_NAME):
        more = f"A corpus never heard, {len(corpora['classes'])} emotions: {corpora['mean_uar']:.1%}"
        if own := measured.get(measurements.OWN_VOICE_NAME):
            strangers = [row for row in own["rows"] if "never heard" in row["set"]]
            heard = [h["uar"] for row in strangers for h in row["heard"] if h["seconds"] == HEARD_S]
            if heard:
                talks = len(heard) // len(strangers)
                more += f"; after {HEARD_S} s of the speaker: {float(np.mean(heard[::talks])):.1%}"
        more += " (UAR)."
    what = f"of {f['n']:,} clips right, 8 emotions, actors never heard (RAVDESS, five folds). {_interval(f)}"
    return "Voice", f["accuracy"], what, more


def both_card(measured: Measured) -> tuple[str, float, str, str] | None:
    """Hybrid."""
    f = measured.get(measurements.FUSION_NAME)
    if f is None:
        return None
    sure = f["methods"]["hybrid"]["sure"]
    more = f"Names a word in {sure['coverage']:.1%}, and is right in {1 - sure['wrong']:.1%} of those."
    if strangers := measured.get(measurements.STRANGERS_NAME):
        more += f" Voices never heard: {strangers['means']['hybrid']['accuracy']:.1%} right."
    what = f"of made pairs right, {100 * f['gain']:+.1f} points over the better one alone. {_interval(f)}"
    return "Both (Hybrid)", f["accuracy"], what, more


def beside_others(measured: Measured, task: str) -> list[Dot]:
    """Our models and those of others on one task, best first."""
    ours = []
    if task == "FER-2013":
        for model in ("fast", "accurate"):
            if f := measured.get(measurements.face_name(model, "PrivateTest")):
                ours.append(_dot(f"this app, {model} ({f['network']})", f, ours=True))
    elif f := measured.get(measurements.VOICE_NAME):
        ours.append(_dot("this app", f, ours=True))
    if not ours:
        return []
    others = [
        Dot(
            a.system + ("" if a.metric == "accuracy" else f" ({a.metric})"),
            a.percent / 100,
            spread=a.spread and a.spread / 100,
            link=a.link,
        )
        for a in ANCHORS
        if a.task == task and a.link and a.metric in ("accuracy", "UAR")
    ]
    return sorted(ours + others, key=lambda dot: -dot.share)


def _dot(name: str, f: dict, *, ours: bool = False) -> Dot:
    low, high = f["interval_95"]
    return Dot(name, f["accuracy"], (low, high), ours=ours)


def elsewhere(measured: Measured) -> list[Dot]:
    """The home figures, and those on pictures and voices from elsewhere."""
    model, found = better_face_model(), []
    names = {"PrivateTest": "face, FER-2013", "lfw": "face, press photos", "london": "face, portraits"}
    for split, name in names.items():
        if f := measured.get(measurements.face_name(model, split)):
            found.append(_dot(name, f, ours=split == "PrivateTest"))
    if f := measured.get(measurements.VOICE_NAME):
        found.append(_dot("voice, RAVDESS", f, ours=True))
    if f := measured.get(measurements.CORPORA_NAME):
        found += [_dot(f"voice, {corpus_name(r['corpus'])} ({f['languages'][r['corpus']]})", r) for r in f["corpora"]]
    return found


def subgroups(measured: Measured) -> list[Dot]:
    """Women and men, by voice and by face; and quiet and strong acting."""
    found = []
    if f := measured.get(measurements.VOICE_NAME):
        for group in f["by_gender"]:
            actors = [a for a in f["by_actor"] if a["gender"] == group["gender"]]
            right, of = np.array([a["accuracy"] for a in actors]), np.array([a["actor"] for a in actors])
            interval = metrics.bootstrap_interval(right, of) if len(actors) > 1 else None
            found.append(Dot(f"voice, {GENDERS[group['gender']][0]}", group["accuracy"], interval))
        found += [
            Dot(f"voice, {g['intensity']} intensity", g["accuracy"], _intensity_interval(g)) for g in f["by_intensity"]
        ]
    if f := measured.get(measurements.face_name(better_face_model(), "london")):
        for group in f["by_gender"]:
            interval = metrics.wilson_interval(group["accuracy"], group["n"])
            found.append(Dot(f"face, {GENDERS[group['gender']][0]} (portraits)", group["accuracy"], interval))
    return found


def _intensity_interval(group: dict) -> tuple[float, float] | None:
    """95% of the accuracy on quiet or strong acting, by actor; None where the single answers are not of this figure."""
    rows = measurements.read_predictions(measurements.VOICE_NAME)
    if rows is None:
        return None
    mine = rows["intensities"] == group["intensity"]
    right, of = (rows["labels"] == rows["predicted"])[mine], rows["actors"][mine]
    if len(right) != group["n"] or abs(right.mean() - group["accuracy"]) > 1e-4 or len(np.unique(of)) < 2:
        return None
    return metrics.bootstrap_interval(right, of)
