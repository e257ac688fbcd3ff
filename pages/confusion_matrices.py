"""Confusion matrices: which label is taken for which, with examples if the data set is on this machine."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion.evaluation import measurements
from ui.confusion_examples import draw_examples
from ui.entry import through_app
from ui.measured import read_measured
from ui.model_names import long_name, short_name
from ui.plots.base import NO_BUTTONS
from ui.plots.confusion import confusion_csv, confusion_heatmap, confusion_png
from ui.results.result_tables import taken
from ui.settings import settings

CHART = "confusion-cell"
MAIN_SPLIT = "PrivateTest"  # of FER-2013: the one that others publish


def most_frequent_mistake(counts: np.ndarray) -> tuple[int, int]:
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


def draw_downloads(name: str, counts: np.ndarray, f: dict, normalise: bool) -> None:
    """The matrix as CSV and as PNG, as it is shown."""
    stem = f"{name}-{'row-shares' if normalise else 'counts'}"
    title = f"{short_name(f['model'])}, {f['split']}, n = {f['n']}"
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV",
            confusion_csv(counts, f["labels"], normalise),
            f"{stem}.csv",
            "text/csv",
            icon=":material/table:",
            on_click="ignore",
        )
        st.download_button(
            "Download PNG",
            confusion_png(counts, f["labels"], normalise, title),
            f"{stem}.png",
            "image/png",
            icon=":material/image:",
            on_click="ignore",
        )


def choose(measured: dict[str, dict]) -> tuple[str, bool]:
    """The measurement to look at, and whether rows are normalised. First: that of the face model in use."""
    models = list(dict.fromkeys(f["model"] for f in measured.values()))
    served = f"face_{settings().face_model}"
    names = {model: long_name(model, measured) for model in models}
    model = st.selectbox(
        "Model", models, index=models.index(served) if served in models else 0, key="model", format_func=names.get
    )
    splits = {f["split"]: name for name, f in measured.items() if f["model"] == model}
    order = sorted(splits, key=lambda split: split != MAIN_SPLIT)
    left, right = st.columns(2)
    split = left.selectbox(
        "Data set and split", order, key=f"split-{model}", format_func=lambda s: _data(measured, splits[s])
    )
    shown = right.radio("Cells show", ["Row percentages", "Counts"], horizontal=True, key="cells")
    return splits[split], shown == "Row percentages"


def _data(measured: dict[str, dict], name: str) -> str:
    """The data set and split of a measurement."""
    return f"{measured[name]['data_set']}, {measured[name]['split']}"


through_app()
st.title("Confusion matrices")
st.markdown(
    "Each row holds the examples that have one label, each column what the model called them. Labels are acted or "
    "annotated expressions, not feelings."
)
measured = {name: f for name, f in read_measured().items() if f["kind"] in measurements.MATRIX_KINDS}
if not measured:
    st.info(
        "Nothing has been measured yet. These commands write the files for this page (they need the data sets, see "
        "docs/api.md):\n\n" + "\n".join(f"    {c}" for c in dict.fromkeys(measurements.EXPECTED.values()))
    )
    st.stop()

name, normalise = choose(measured)
found = measured[name]
counts, labels = np.array(found["confusion"]), found["labels"]
st.caption(
    f"{_data(measured, name)}: n = {found['n']:,}, accuracy {found['accuracy']:.1%}, "
    f"UAR {found['uar']:.1%} (how many of each label are found, mean of the labels). {taken(found)}"
    + (" Counts are means over the draws." if found["kind"] == "fusion" else "")
)
changed = measurements.outdated(found)
if changed:
    st.warning(
        f"Measured with other weights than those in models/ now ({', '.join(changed)}). Run `{found['command']}`."
    )

# another matrix, or back from another page (Streamlit forgets the boxes then): begin at the most frequent mistake
if st.session_state.get("cell-of") != name or "cell-true" not in st.session_state:
    true, predicted = most_frequent_mistake(counts)
    st.session_state.update({"cell-of": name, "cell-true": labels[true], "cell-predicted": labels[predicted]})
chosen = st.session_state["cell-true"], st.session_state["cell-predicted"]
st.plotly_chart(
    confusion_heatmap(counts, labels, normalise, chosen=chosen),
    key=CHART,
    on_select=take_click,
    selection_mode="points",
    config=NO_BUTTONS,
    alt=f"Confusion matrix of {short_name(found['model'])}: rows are labels, columns answers; the CSV has the figures",
)
st.caption("Point at a cell for count and percentage; click it for its examples below.")
draw_downloads(name, counts, found, normalise)

st.subheader("Examples of a cell")
left, right = st.columns(2)
true = left.selectbox("True label", labels, key="cell-true")
predicted = right.selectbox("Predicted label", labels, key="cell-predicted")
draw_examples(name, found, true, predicted)
