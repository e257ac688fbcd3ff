"""Confusion matrices: what is taken for what, with examples where the data set lies on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from emotion.datasets import DatasetError, fer2013_root, load_ravdess
from emotion.evaluation import measurements
from emotion.paths import data_root
from ui import plots
from ui.entry import through_app

SHOWN_FACES, SHOWN_CLIPS = 24, 6
CHART = "confusion-cell"


def commonest_mistake(counts: np.ndarray) -> tuple[int, int]:
    """(true, predicted) of the largest cell off the diagonal."""
    wrong = np.array(counts, float)
    np.fill_diagonal(wrong, -1)
    t, p = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return int(t), int(p)


def take_click() -> None:
    """A click on a cell sets the two select boxes; a click beside the cells changes nothing."""
    points = st.session_state[CHART]["selection"]["points"]
    if points:
        st.session_state["cell-true"], st.session_state["cell-predicted"] = points[0]["customdata"][:2]


def face_files(paths: list[str]) -> list[Path | None]:
    """Where each FER-2013 picture lies; None for one that is not in this copy."""
    base = fer2013_root()
    return [base / p if (base / p).is_file() else None for p in paths]


def clip_files(stems: list[str]) -> list[Path | None]:
    """Where each RAVDESS clip lies, whatever its format; None for one that is not in this copy."""
    where = {clip.path.stem: clip.path for clip in load_ravdess()}
    return [where.get(stem) for stem in stems]


def examples(name: str, f: dict, true: str, predicted: str) -> None:
    """Pictures or clips of one cell."""
    if f["kind"] == "fusion":
        st.info(
            "The pairs of this measurement are drawn at random, so a cell has no examples of its own; look at the faces and the voices."
        )
        return
    rows = measurements.read_predictions(name)
    if rows is None:
        st.info(
            f"The single answers of this measurement (models/metrics/{name}.npz) are missing; write them with\n\n    {f['command']}"
        )
        return
    chosen = measurements.cell_rows(rows, f["labels"].index(true), f["labels"].index(predicted))
    wanted = chosen[: SHOWN_FACES if f["kind"] == "face" else SHOWN_CLIPS]
    if not len(chosen):
        st.caption(f"No example labelled {true} was taken for {predicted}.")
        return
    try:
        files = (face_files if f["kind"] == "face" else clip_files)([str(p) for p in rows["paths"][wanted]])
    except DatasetError as e:
        st.info(f"The examples can be shown when the data set lies on this machine. {e}")
        return
    there = [(i, file) for i, file in zip(wanted, files) if file is not None]
    sure = {int(i): f"{100 * float(rows['probs'][i, f['labels'].index(predicted)]):.0f} %" for i, _ in there}
    if not there:
        st.info(
            f"The data set in {data_root()} names its files differently than the one that was measured, so they cannot be shown. "
            f"Measure it with `{f['command']}`."
        )
        return
    st.caption(
        f"{len(there)} of {len(chosen)}, the surest answers first; the percentage is what the model gave to “{predicted}”."
    )
    if f["kind"] == "face":
        with st.container(horizontal=True, gap="small"):
            for i, file in there:
                st.image(str(file), caption=sure[int(i)], width=96)
        return
    for i, file in there:
        gender = {"female": "woman", "male": "man"}[str(rows["genders"][i])]
        st.caption(
            f"{sure[int(i)]} – actor {rows['actors'][i]} ({gender}), {rows['intensities'][i]} intensity – {rows['paths'][i]}"
        )
        st.audio(str(file))


def downloads(name: str, counts: np.ndarray, f: dict, normalise: bool) -> None:
    """The matrix as CSV and as PNG, as it is shown."""
    form = "row-shares" if normalise else "counts"
    title = f"{f['model']}, {f['split']}, n = {f['n']}"
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV",
            plots.confusion_csv(counts, f["labels"], normalise),
            f"{name}-{form}.csv",
            "text/csv",
            icon=":material/table:",
            on_click="ignore",
        )
        st.download_button(
            "Download PNG",
            plots.confusion_png(counts, f["labels"], normalise, title),
            f"{name}-{form}.png",
            "image/png",
            icon=":material/image:",
            on_click="ignore",
        )


def choose(measured: dict[str, dict]) -> tuple[str, bool]:
    """The measurement to look at, and whether rows are normalised."""
    models = list(dict.fromkeys(f["model"] for f in measured.values()))
    left, middle, right = st.columns(3)
    model = left.selectbox("Model", models, key="model")
    splits = {f["split"]: name for name, f in measured.items() if f["model"] == model}
    split = middle.selectbox("Split", list(splits), key=f"split-{model}")
    shown = right.radio("Cells show", ["Row percentages", "Counts"], horizontal=True, key="cells")
    return splits[split], shown == "Row percentages"


through_app()
st.title("Confusion matrices")
st.markdown(
    "Each row holds the examples that carry one label, each column what the model called them. Labels are acted or annotated "
    "expressions, not feelings."
)
measured = {name: f for name, f in measurements.read_metrics().items() if f["kind"] in measurements.MATRIX_KINDS}
if not measured:
    st.info(
        "Nothing has been measured yet. These commands write the files this page reads (they need the data sets, see README):\n\n"
        + "\n".join(f"    {c}" for c in dict.fromkeys(measurements.EXPECTED.values()))
    )
    st.stop()

name, normalise = choose(measured)
found = measured[name]
counts, labels = np.array(found["confusion"]), found["labels"]
st.caption(
    f"{found['data_set']}, {found['split']}: n = {found['n']:,}, accuracy {found['accuracy']:.1%}, UAR {found['uar']:.1%}, "
    f"seed {found['seed']}, {found['date']}."
    + (" Counts are means over the draws." if found["kind"] == "fusion" else "")
)
changed = measurements.outdated(found)
if changed:
    st.warning(f"Taken with other weights than those in models/ now ({', '.join(changed)}). Run `{found['command']}`.")

# another matrix, or back from another page (Streamlit forgets the boxes then): start at the commonest mistake
if st.session_state.get("cell-of") != name or "cell-true" not in st.session_state:
    true, predicted = commonest_mistake(counts)
    st.session_state.update({"cell-of": name, "cell-true": labels[true], "cell-predicted": labels[predicted]})
st.plotly_chart(
    plots.confusion_heatmap(
        counts, labels, normalise, chosen=(st.session_state["cell-true"], st.session_state["cell-predicted"])
    ),
    key=CHART,
    on_select=take_click,
    selection_mode="points",
    config={"displayModeBar": False},
)
st.caption("Point at a cell for both figures; click it for its examples below.")
downloads(name, counts, found, normalise)

st.subheader("Examples of a cell")
left, right = st.columns(2)
true = left.selectbox("True label", labels, key="cell-true")
predicted = right.selectbox("Predicted label", labels, key="cell-predicted")
examples(name, found, true, predicted)
