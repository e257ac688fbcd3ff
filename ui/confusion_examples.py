"""Pictures or clips of one cell of a confusion matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from emotion.datasets import DatasetError, fer2013_root, load_ravdess
from emotion.evaluation import measurements
from emotion.paths import data_root
from ui.text import as_text

SHOWN_FACES, SHOWN_CLIPS = 24, 6


def draw_examples(name: str, f: dict, true: str, predicted: str) -> None:
    """Examples labelled `true` that the model called `predicted`. name: of the measurement; f: its figures."""
    if f["kind"] == "fusion":
        st.info(
            "The pairs of this measurement are drawn at random, so a cell has no examples of its own. "
            "Look at the faces and the voices."
        )
        return
    rows = measurements.read_predictions(name)
    if rows is None:
        st.info(
            f"The single answers of this measurement (models/metrics/{name}.npz) are missing. Write them with"
            f"\n\n    {f['command']}"
        )
        return
    column = f["labels"].index(predicted)
    chosen = measurements.cell_rows(rows, f["labels"].index(true), column)
    if not len(chosen):
        st.caption(f"No example labelled {true} was taken for {predicted}.")
        return
    faces = f["kind"] == "face"
    wanted = chosen[: SHOWN_FACES if faces else SHOWN_CLIPS]
    try:
        files = (_face_files if faces else _clip_files)([str(p) for p in rows["paths"][wanted]])
    except DatasetError as e:
        st.info(
            "The examples can be shown if the data set is on this machine: in `data/` where the app was started, or in "
            f"the folder that the environment variable EMOTION_DATA names. {as_text(str(e))}"
        )
        return
    found = {int(i): file for i, file in zip(wanted, files) if file is not None}
    if not found:
        st.info(
            f"The data set in {data_root()} names its files differently from the one that was measured, so they cannot "
            f"be shown. Measure it with `{f['command']}`."
        )
        return
    st.caption(
        f"{len(found)} of {len(chosen)}, the most certain answers first. The percentage is the probability that the "
        f"model gave to “{predicted}”."
    )
    certain = {i: f"{100 * float(rows['probs'][i, column]):.0f}%" for i in found}
    (_show_faces if faces else _play_clips)(found, certain, rows, f"labelled {true}, taken for {predicted}")


def _face_files(paths: list[str]) -> list[Path | None]:
    """Where each FER-2013 picture is; None for one that is not in this copy."""
    base = fer2013_root()
    return [base / p if (base / p).is_file() else None for p in paths]


def _clip_files(stems: list[str]) -> list[Path | None]:
    """Where each RAVDESS clip is, in any format; None for one that is not in this copy."""
    where = {clip.path.stem: clip.path for clip in load_ravdess()}
    return [where.get(stem) for stem in stems]


def _show_faces(found: dict[int, Path], certain: dict[int, str], rows: dict[str, np.ndarray], what: str) -> None:
    """found: row of the measurement -> file; certain: row -> percentage; what: the cell, in words."""
    with st.container(horizontal=True, gap="small"):
        for i, file in found.items():
            st.image(str(file), caption=certain[i], width=96, alt=f"a face {what}")


def _play_clips(found: dict[int, Path], certain: dict[int, str], rows: dict[str, np.ndarray], what: str) -> None:
    """As _show_faces."""
    for i, file in found.items():
        gender = {"female": "woman", "male": "man"}[str(rows["genders"][i])]
        st.caption(
            f"{certain[i]} – actor {rows['actors'][i]} ({gender}), {rows['intensities'][i]} intensity – "
            f"{rows['paths'][i]}"
        )
        st.audio(str(file))
