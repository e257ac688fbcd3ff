"""How figures are written in the tables of the Results page."""

from __future__ import annotations

import re

import streamlit as st

ONE_DECIMAL = st.column_config.NumberColumn(format="%.1f")
HEADER_PX, ROW_PX = 38, 35
CORPORA = {"ravdess": "RAVDESS", "tess": "TESS", "nemo": "nEMO", "ased": "ASED"}  # as their authors write them


def percent(share: float | None) -> float | None:
    """Share in 0…1 -> percentage; None stays."""
    return None if share is None else 100 * share


def interval(bounds: list[float]) -> str:
    """Two shares -> "61.2 – 64.0"."""
    return f"{100 * bounds[0]:.1f} – {100 * bounds[1]:.1f}"


def four(f: dict) -> dict:
    """The four headline figures of a measurement or a subgroup as columns."""
    return {**three(f), "ECE %": percent(f["ece"])}


def three(f: dict) -> dict:
    """The figures of a small subgroup, where calibration says little."""
    return {"accuracy %": percent(f["accuracy"]), "macro-F1 %": percent(f["macro_f1"]), "UAR %": percent(f["uar"])}


def table(rows: list[dict], *, key: str) -> None:
    """A table as tall as its rows; figures with one decimal, a dash where there is none."""
    import pandas as pd  # here, because the page begins without tables

    frame = pd.DataFrame(rows)
    decimals = {column: ONE_DECIMAL for column in frame.select_dtypes("float").columns}
    height = HEADER_PX + ROW_PX * len(frame)
    st.dataframe(frame, hide_index=True, column_config=decimals, height=height, key=key, placeholder="–")


def seeds(f: dict) -> str:
    """One seed or several: "0", "120, 121"."""
    return ", ".join(map(str, f["seed"])) if isinstance(f["seed"], list) else str(f["seed"])


def taken(f: dict) -> str:
    """Seed, where chance had a part, and date of a measurement."""
    return f"{f['date']}." if f["seed"] is None else f"Seed {seeds(f)}, {f['date']}."


def corpus_name(corpus: str) -> str:
    """A corpus of voices as its authors write it: "nemo" -> "nEMO", "ravdess folds" -> "RAVDESS folds"."""
    return re.sub(r"^\w+", lambda found: CORPORA.get(found[0], found[0]), corpus)


def commands(lines: list[str]) -> str:
    """Commands as a block of code in Markdown, each once."""
    return "\n\n" + "\n".join(f"    {line}" for line in dict.fromkeys(lines))
