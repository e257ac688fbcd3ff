"""Many files -> three tables, and progress in words."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from emotion.batch.engines import ENGINES, default_workers, outcomes_of
from emotion.batch.find import BatchError, Media
from emotion.batch.one_file import current_settings
from emotion.batch.output import (
    faces_path,
    file_table,
    files_path,
    finished_before,
    joined_rows,
    keep,
    prepared,
    refuse_other_files,
    write_errors,
    write_table,
)
from emotion.checkpoint import verified_file
from emotion.predict import VOICE_MODELS
from emotion.timeline.analysis import MAX_FACES


@dataclass(frozen=True)
class Progress:
    """How far a run is, in files."""

    total: int
    reused: int  # finished by an earlier call
    fresh: int = 0  # analysed by this one
    failed: int = 0

    @property
    def done(self) -> int:
        """Files that are finished or have failed."""
        return self.reused + self.fresh + self.failed


def analyze_files(
    files: list[Media],
    *,
    out: str | os.PathLike,
    mode: str = "hybrid",
    face_model: str | None = None,
    voice_model: str | None = None,
    max_faces: int = MAX_FACES,
    workers: int | None = None,
    engine: str = "processes",
    scheduler: str | None = None,
    report: Callable[[Progress, str | None], None] = lambda progress, error: None,
):
    """Analyse files into the table `out` (.parquet or .csv) and `files_path(out)`; returns the latter as a DataFrame.

    A third table, `faces_path(out)`, has a row for each face in each row of `out`. Rows are sorted by path, then time.
    They do not depend on engine or number of workers, nor on the threads of BLAS. What an earlier call with this `out`
    finished is kept, unless the file's size or time of change, the mode or a model differs; what failed is tried again.
    workers=1 works in this process. engine "dask" uses the cluster at `scheduler` (tcp://host:port; its workers must
    see the same absolute paths and import `emotion`) or a local one. report is called once before the work and after
    each file, with the error of a file that failed. Raises BatchError, ModelError, ValueError.
    """
    out = Path(out)
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {ENGINES}, got {engine!r}")
    if workers is not None and workers < 1:
        raise ValueError(f"at least one worker is needed, got {workers}")
    if not files:
        raise BatchError("no image, audio or video files were found (hidden files and symbolic links are passed over)")
    settings = current_settings(mode, face_model, max_faces, voice_model)
    for model in (f"face_{settings.face_model}", VOICE_MODELS[settings.voice_model]):
        verified_file(model)
    files = sorted((replace(m, path=Path(os.path.abspath(m.path))) for m in files), key=lambda m: m.name)
    with prepared(out) as parts:
        refuse_other_files(out, files)
        finished = finished_before(out, parts, files, settings)
        waiting = [m for m in files if m.name not in finished]
        workers = min(workers or default_workers(), max(1, len(waiting)))
        progress = Progress(total=len(files), reused=len(finished))
        report(progress, None)
        failures = {}
        if waiting:
            # closing ends the workers at once when writing fails or the user presses Ctrl-C
            with closing(
                outcomes_of(waiting, settings, engine=engine, workers=workers, scheduler=scheduler)
            ) as outcomes:
                for outcome in outcomes:
                    name, error = outcome.record["path"], outcome.record.get("error")
                    if error is None:
                        finished[name] = keep(outcome, parts, out)
                        progress = replace(progress, fresh=progress.fresh + 1)
                    else:
                        failures[name] = outcome.record
                        progress = replace(progress, failed=progress.failed + 1)
                    report(progress, error)
        records = [finished[m.name].record if m.name in finished else failures[m.name] for m in files]
        with write_errors(out):
            table = file_table(records)
            write_table(files_path(out), parts, table.schema, [table])
            good = [finished[m.name] for m in files if m.name in finished]
            write_table(faces_path(out), parts, *joined_rows([f.faces for f in good]))
            write_table(out, parts, *joined_rows([f.timeline for f in good]))
            shutil.rmtree(parts)
        return table.to_pandas()


def progress_line(progress: Progress, *, elapsed_s: float) -> str:
    """`12/100 files, 3.4 a second, 26 s left`; the rate is that of this call."""
    worked = progress.fresh + progress.failed
    line = f"{progress.done}/{progress.total} files"
    if progress.failed:
        line += f", {progress.failed} failed"
    if worked and elapsed_s > 0:
        left_s = round((progress.total - progress.done) * elapsed_s / worked)
        minutes, seconds = divmod(left_s, 60)
        line += f", {worked / elapsed_s:.1f} a second, " + (
            f"{minutes} min {seconds:02d} s left" if minutes else f"{seconds} s left"
        )
    return line


def summary_text(files, progress: Progress, *, elapsed_s: float) -> str:
    """What came of a run, with the share of files that got each label. files: the per-file table (DataFrame)."""
    good = files[files["error"].isna()]
    line = f"{len(files)} files, {len(files) - len(good)} failed, {good['duration_s'].sum():.1f} s of sound and film"
    if progress.reused:
        line += f", {progress.reused} done before"
    if progress.fresh and elapsed_s > 0:
        line += f"; {progress.fresh} in {elapsed_s:.1f} s, {progress.fresh / elapsed_s:.2f} clips a second"
    lines = [line]
    for name in ("face", "voice", "together"):
        if f"{name}_label" in good and len(good):
            shares = good[f"{name}_label"].fillna("not judged").value_counts(normalize=True)
            ranked = sorted(shares.items(), key=lambda item: (item[0] == "not judged", -item[1], item[0]))
            lines.append(f"  {name:9s}" + ", ".join(f"{label} {share:.0%}" for label, share in ranked))
    return "\n".join(lines)
