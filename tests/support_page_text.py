"""Everything that a page run by AppTest shows in words and tables, as a reader sees it; and what nobody should read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape

import pandas as pd
from streamlit.testing.v1 import AppTest

WORDS = ("title", "header", "subheader", "markdown", "caption", "text", "info", "warning", "error", "success")
CONTROLS = ("button", "selectbox", "radio", "toggle", "checkbox", "slider", "button_group", "text_input")
# addresses of papers, code (commands, file names) and versions are no figures of the page
NO_FIGURES = re.compile(r"\]\([^)]*\)|`[^`]*`|https?://\S+|(?<!\S)v?\d+\.\d+\.\d+\S*")
TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
WRONG = {
    "None": re.compile(r"\bNone\b"),
    "not a number": re.compile(r"\b(?:nan|NaN|NaT|inf)\b"),
    "more than one decimal": re.compile(r"\d[.]\d\d(?!\d* s\b)"),  # times of a protocol, such as 0.35 s, are no results
}


def shown(at: AppTest) -> Iterator[str]:
    """Every text, label and cell."""
    for kind in WORDS:
        yield from (unescape(TAG.sub(" ", str(element.value))) for element in at.get(kind))
    for element in at.get("html"):
        yield unescape(TAG.sub(" ", element.proto.body))
    for metric in at.metric:
        yield from (metric.label, metric.value, metric.delta)
    for kind in CONTROLS:
        for element in at.get(kind):
            yield element.proto.label if hasattr(element.proto, "label") else ""
            yield from map(str, getattr(element.proto, "options", ()))
            yield getattr(element.proto, "help", "")
    for block in at.expander:
        yield block.label
    for table in at.table:
        yield from (str(cell) for row in table.value.reset_index().itertuples(index=False) for cell in row)
    for frame in at.dataframe:
        yield from cells(frame)


def cells(frame) -> Iterator[str]:
    """Of st.dataframe, with its columns' formats and its sign for a missing value, as the browser writes them."""
    formats = {
        name: (c.get("type_config") or {}).get("format") for name, c in json.loads(frame.proto.columns or "{}").items()
    }
    for name, column in frame.value.items():
        yield str(name)
        for value in column:
            if pd.api.types.is_scalar(value) and pd.isna(value):
                yield frame.proto.placeholder if frame.proto.HasField("placeholder") else "None"
            elif isinstance(value, float):
                yield formats[name] % value if formats.get(name) else f"{value:.10g}"
            else:
                yield str(value)


def unreadable(texts: Iterator[str]) -> list[str]:
    """What nobody should read, with its place."""
    found = []
    for text in texts:
        figures = NO_FIGURES.sub(" ", text)
        found += [f"{what}: …{text[:120]}…" for what, pattern in WRONG.items() if pattern.search(figures)]
    return found
