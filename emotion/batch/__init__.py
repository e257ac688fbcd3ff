"""Folders of files -> three tables, in this process, in worker processes or on a Dask cluster.

`results.parquet` holds the timeline rows of all files. `results.files.parquet` holds one row per file: summary,
error, what it was analysed with. `results.faces.parquet` holds a row for each face in each timeline row. They are
apart, because their rows mean different things, and a failed file has none in the first. While a run goes on, each
finished file lies in `results.parquet.parts/`. So a killed run loses only the files that were being analysed, and the
next run with the same output goes on from there.
"""

from __future__ import annotations

from emotion.batch.engines import default_workers
from emotion.batch.find import MEDIA_SUFFIXES, BatchError, Found, Media, PassedOver, find_media, in_words, search
from emotion.batch.one_file import Outcome, Settings, analyze_one, current_settings
from emotion.batch.output import TABLE_SUFFIXES, faces_path, files_path
from emotion.batch.run import Progress, analyze_files, progress_line, summary_text

__all__ = [
    "MEDIA_SUFFIXES",
    "TABLE_SUFFIXES",
    "BatchError",
    "Found",
    "Media",
    "Outcome",
    "PassedOver",
    "Progress",
    "Settings",
    "analyze_files",
    "analyze_one",
    "current_settings",
    "default_workers",
    "faces_path",
    "files_path",
    "find_media",
    "in_words",
    "progress_line",
    "search",
    "summary_text",
]
