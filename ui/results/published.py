"""Our figures beside those of others."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from emotion.evaluation import measurements
from emotion.evaluation.anchors import ANCHORS, MEASURED_HERE, Anchor
from ui.model_names import short_name


def draw_published(measured: dict[str, dict]) -> None:
    """One table per task; every row says where it comes from."""
    st.caption(
        "**published**: taken from the source named, not run here; training data, pretraining, input size or split may "
        f"differ. **{MEASURED_HERE}**: someone else's method or an earlier trial, run on the same files. "
        "**this project**: the models in this app."
    )
    rows = our_rows(measured) + [_anchor_row(a) for a in ANCHORS]
    for task in dict.fromkeys(a.task for a in ANCHORS):
        st.markdown(f"**{task}**")
        of_task = pd.DataFrame([row for row in rows if row["task"] == task])
        st.table(of_task.drop(columns="task").set_index("system"))


def our_rows(measured: dict[str, dict]) -> list[dict]:
    """The figures of this project's models, for the same tasks as the anchors."""
    rows = []
    faces = [f for f in measured.values() if f["kind"] == "face"]
    for f in [f for f in faces if f["split"] != "test"] or faces:
        system = f"{f['network']} ({short_name(f['model'])}), {f['split']}"
        ten = f"; ten views {f['ten_views']['accuracy']:.1%}" if f["ten_views"] else ""
        result = f"{f['accuracy']:.1%} accuracy{ten}; macro-F1 {f['macro_f1']:.1%}"
        rows.append(_our_row("FER-2013", f, system, result))
    voice, fusion = measured.get(measurements.VOICE_NAME), measured.get(measurements.FUSION_NAME)
    if voice:
        for classes, found in (
            ("8 classes, these five folds", voice),
            ("7 classes (calm = neutral), all five folds", voice["seven_classes"]),
        ):
            result = f"{found['accuracy']:.1%} accuracy; UAR {found['uar']:.1%}"
            rows.append(_our_row("RAVDESS speech", voice, f"{voice['network']}, {classes}", result))
    if fusion:
        system = "Hybrid, gain over the better single modality, on made-up pairs"
        rows.append(_our_row("Face and voice together", fusion, system, f"{100 * fusion['gain']:+.1f} points"))
    return rows


def _our_row(task: str, f: dict, system: str, result: str) -> dict:
    origin, source = "**this project**", f"`{f['command']}`"
    return {"task": task, "system": system, "result": result, "origin": origin, "source": source}


def _anchor_row(a: Anchor) -> dict:
    if a.metric == "points":
        result = f"{a.percent:+.1f} points"
    else:
        result = f"{a.percent:.1f}%{'' if a.spread is None else f' ± {a.spread:.1f}'} {a.metric}"
    return {
        "task": a.task,
        "system": a.system,
        "result": result,
        "origin": a.origin,
        "source": f"[{a.source}]({a.link})",
    }
