"""The measured files for the pages, read once and again when they have changed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from emotion.evaluation import measurements


def read_measured() -> dict[str, dict]:
    """All measurements: name -> figures, as measurements.read_metrics. Shared by all pages: not to be changed."""
    folder = measurements.METRICS
    return _read(str(folder), tuple((p.name, p.stat().st_mtime_ns) for p in sorted(folder.glob("*.json"))))


@st.cache_resource(show_spinner=False, max_entries=2)
def _read(folder: str, files: tuple[tuple[str, int], ...]) -> dict[str, dict]:
    """files: names and times of change, part of the cache's key."""
    return measurements.read_metrics(Path(folder))
