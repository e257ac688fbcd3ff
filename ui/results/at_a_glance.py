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
from ui.results.dots import Dot, dot_chart

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
    worse = dot_chart("For whom it is worse", subgroups(measured), note="Where intervals overlap, no gap is shown.")
    away = dot_chart("Away from home", elsewhere(measured), note="Accuracy. Corpora: 5 emotions, voices never heard.")
    st.html(
        f'<div class="cards">{cards}</div>'
        f'<div class="cards two">{beside}</div><div class="cards two">{away}{worse}</div>'
    )


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def _card(found: tuple[str, float, str, str] | None) -> str:
    """title, share, what it is of, what else matters -> HTML."""
    if found is None:
        return ""
    title, share, what, more = found
    return (
        f'<section class="card"><h3>{escape(title)}</h3><div class="big">{_percent(share, 1)}</div>'
        f'<p>{escape(what)}</p><p class="soft more">{escape(more)}</p></section>'
    )


def _interval(f: dict) -> str:
    low, high = f["interval_95"]
    return f"95 %: {100 * low:.1f} to {100 * high:.1f}"


def face_card(measured: Measured) -> tuple[str, float, str, str] | None:
    """The face model that the app starts with."""
    model = better_face_model()
    f = measured.get(measurements.face_name(model, "PrivateTest"))
    if f is None:
        return None
    more = f"Model {model} ({f['network']})."
    if lfw := measured.get(measurements.face_name(model, "lfw")):
        more += f" Press photos: {_percent(lfw['accuracy'])}."
    if person := measured.get(measurements.PERSON_NAME):
        row = person["rows"][0]
        more += f" When it knows a person's neutral: {_percent(row['learned']['accuracy'])} there."
    return "Face", f["accuracy"], f"right of {f['n']:,} web photos (FER-2013 PrivateTest). {_interval(f)}", more


def voice_card(measured: Measured) -> tuple[str, float, str, str] | None:
    """The voice model that the app starts with."""
    f = measured.get(measurements.VOICE_NAME)
    if f is None:
        return None
    more = ""
    if corpora := measured.get(measurements.CORPORA_NAME):
        more = f"A corpus never heard, {len(corpora['classes'])} emotions: {_percent(corpora['mean_uar'])}"
        if own := measured.get(measurements.OWN_VOICE_NAME):
            strangers = [row for row in own["rows"] if "never heard" in row["set"]]
            heard = [h["uar"] for row in strangers for h in row["heard"] if h["seconds"] == HEARD_S]
            if heard:
                talks = len(heard) // len(strangers)
                more += f"; after {HEARD_S} s of the speaker: {_percent(float(np.mean(heard[::talks])))}"
        more += " (UAR)."
    what = f"right of {f['n']:,} clips, 8 emotions, actors never heard (RAVDESS, five folds). {_interval(f)}"
    return "Voice", f["accuracy"], what, more


def both_card(measured: Measured) -> tuple[str, float, str, str] | None:
    """Hybrid."""
    f = measured.get(measurements.FUSION_NAME)
    if f is None:
        return None
    sure = f["methods"]["hybrid"]["sure"]
    more = f"Names a word in {_percent(sure['coverage'])}, and is right in {_percent(1 - sure['wrong'])} of those."
    if strangers := measured.get(measurements.STRANGERS_NAME):
        more += f" Voices never heard: {_percent(strangers['means']['hybrid']['accuracy'])} right."
    what = f"right of made pairs, {100 * f['gain']:+.1f} points over the better one alone. {_interval(f)}"
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
        Dot(a.system + ("" if a.metric == "accuracy" else f" ({a.metric})"), a.percent / 100, link=a.link)
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
        found += [_dot(f"voice, {r['corpus']} ({f['languages'][r['corpus']]})", r) for r in f["corpora"]]
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
        found += [Dot(f"voice, {g['intensity']} intensity", g["accuracy"]) for g in f["by_intensity"]]
    if f := measured.get(measurements.face_name(better_face_model(), "london")):
        for group in f["by_gender"]:
            interval = metrics.wilson_interval(group["accuracy"], group["n"])
            found.append(Dot(f"face, {GENDERS[group['gender']][0]} (portraits)", group["accuracy"], interval))
    return found
