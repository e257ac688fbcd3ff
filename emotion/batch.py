"""Folders of files -> two tables, in this process, in worker processes or on a Dask cluster; picks up where it stopped.

`results.parquet` holds the timeline rows of all files. `results.files.parquet` holds one row per file: summary, error, what
it was analysed with. They are apart because their rows mean different things and a failed file has none in the first.
While a run is under way each finished file lies in `results.parquet.parts/`, so that a kill loses only the files in flight.
"""
from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from emotion.analysis import IMAGE_SUFFIXES, ROW_SECONDS, AnalysisError, analyze
from emotion.checkpoint import read_card, verified_file
from emotion.fusion import MODES, learned_weights
from emotion.predict import better_face_model
from emotion.runner import ModelError

MEDIA_SUFFIXES = IMAGE_SUFFIXES + (
    ".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".oga", ".opus", ".wma", ".aif", ".aiff", ".amr",
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".ogv")
TABLE_SUFFIXES = (".parquet", ".csv")
ENGINES = ("processes", "dask")
MAX_DEFAULT_WORKERS = 8       # each holds both models, some hundred megabytes; --workers may ask for more
FLUSH_ROWS = 50_000           # rows held in memory while the result is written
PROBE_BYTES = 1 << 20         # room the output folder must have before work starts
SCHEDULER_TIMEOUT_S = 30
LOST = "was left out: the {} that read it died (out of memory, or a fault in a decoder)"

FILE_COLUMNS = {              # of the per-file table, in this order; the figures of the summary follow by name
    "path": pa.string(), "error": pa.string(), "kind": pa.string(), "duration_s": pa.float64(), "rows": pa.int64(),
    "size_bytes": pa.int64(), "mtime_ns": pa.int64(), "mode": pa.string(), "face_model": pa.string(),
    "face_sha256": pa.string(), "voice_sha256": pa.string(), "settings": pa.string()}


class BatchError(Exception):
    """The run as a whole cannot start or go on; the message says why and what to do."""


@dataclass(frozen=True)
class Media:
    """A file to analyse."""

    path: Path
    name: str                            # in the tables: from the folder on, with /; never absolute, never with ..


@dataclass(frozen=True)
class Settings:
    """What an answer depends on beside the file."""

    mode: str                            # simple, hybrid
    face_model: str                      # accurate, fast
    face_sha256: str
    voice_sha256: str
    settings: str                        # digest of all of these, both temperatures and the fusion weights


@dataclass(frozen=True)
class Outcome:
    """One file, done or failed."""

    record: dict                         # its row of the per-file table; "error" is there when it failed
    timeline: pa.Table | None            # its rows, with a leading `path`; None when it failed


@dataclass(frozen=True)
class Progress:
    """How far a run is, in files."""

    total: int
    reused: int                          # finished by an earlier call
    fresh: int = 0                       # analysed by this one
    failed: int = 0

    @property
    def done(self) -> int:
        """Files that need no more work in this call."""
        return self.reused + self.fresh + self.failed


# --- which files ---

def find_media(arguments: Iterable[str | os.PathLike]) -> tuple[list[Media], list[str]]:
    """Files and folders -> (files to analyse sorted by name, folders that could not be read, as messages).

    Folders are searched to the bottom for MEDIA_SUFFIXES; hidden entries and symbolic links in them are passed over, so no
    loop can catch the search. A file named itself is taken whatever its suffix. Names start at the folder, or, with
    several arguments, at the deepest folder they share. Raises BatchError when an argument does not exist.
    """
    given = [Path(os.path.abspath(a)) for a in arguments]
    for argument in given:
        if not argument.exists():
            raise BatchError(f"{argument} does not exist; check the name")
    root = os.path.commonpath([a if a.is_dir() else a.parent for a in given])
    found, problems = set(), []
    for argument in given:
        if not argument.is_dir():
            found.add(argument)
            continue
        for folder, folders, files in os.walk(argument, onerror=lambda e: problems.append(
                f"{e.filename} cannot be listed ({e.strerror}); its files are left out")):
            folders[:] = [f for f in folders if not f.startswith(".")]  # os.walk does not enter links
            paths = (Path(folder, f) for f in files if not f.startswith(".") and f.lower().endswith(MEDIA_SUFFIXES))
            found |= {p for p in paths if p.is_file() and not p.is_symlink()}
    media = [Media(p, _name(os.path.relpath(p, root))) for p in found]
    return sorted(media, key=lambda m: m.name), problems


def _name(relative: str) -> str:
    """With /, and any bytes that are not UTF-8 spelt out, because a table cannot hold them."""
    return os.fsencode(relative.replace(os.sep, "/")).decode("utf-8", "backslashreplace")


# --- one file ---

def current_settings(mode: str = "hybrid", face_model: str | None = None) -> Settings:
    """The settings of an analysis made now; face_model None is the better one. Raises ModelError, ValueError."""
    if mode not in MODES:
        raise ValueError(f"mode must be one of {MODES}, got {mode!r}")
    face_model = face_model or better_face_model()
    face, voice = read_card(f"face_{face_model}"), read_card("voice")
    all_of_it = [mode, face_model, *((c["sha256"], c["temperature"]) for c in (face, voice)), learned_weights()]
    digest = hashlib.sha256(json.dumps(all_of_it, sort_keys=True).encode()).hexdigest()
    return Settings(mode, face_model, face["sha256"], voice["sha256"], digest[:16])


def analyze_one(media: Media, settings: Settings) -> Outcome:
    """One file, in whatever process; a file that cannot be analysed comes back with its error.

    Raises BatchError where this machine's models are not those of `settings`, ModelError where they cannot be loaded.
    """
    _same_models_here(settings)
    record: dict[str, Any] = {"path": media.name, **asdict(settings)}
    try:
        stat = media.path.stat()  # before reading: a file that changes meanwhile is then analysed anew by the next call
        record |= {"size_bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        found = analyze(media.path, settings.mode, face_model=settings.face_model)
    except ModelError:
        raise
    except AnalysisError as e:
        return Outcome(record | {"error": _one_line(e)}, None)
    except Exception as e:  # whatever one file does to a decoder, the thousands after it still have to be read
        return Outcome(record | {"error": _one_line(f"{media.path} cannot be analysed: {type(e).__name__}: {e}")}, None)
    seconds = 0.0 if found.kind == "image" else len(found.timeline) * ROW_SECONDS
    figures = {**_flat(found.summary), "kind": found.kind, "mode": found.mode, "duration_s": seconds, "rows": len(found.timeline)}
    return Outcome(record | figures, _as_arrow(media.name, found.timeline))


@lru_cache(maxsize=1)
def _same_models_here(settings: Settings) -> None:
    found = current_settings(settings.mode, settings.face_model)
    if found != settings:
        raise BatchError("the models or fusion weights changed, or a worker has others than this machine; "
                         "give all the same models/ folder and run the command again")


def _failed(media: Media, settings: Settings, error: str) -> Outcome:
    return Outcome({"path": media.name, **asdict(settings), "error": _one_line(f"{media.path} {error}")}, None)


def _one_line(message: object) -> str:
    return " ".join(str(message).split())


def _flat(summary: dict) -> dict:
    """Nested figures -> one level: {"face": {"label": …, "probs": {"happy": …}}} -> face_label, face_happy."""
    flat = {}
    for key, value in summary.items():
        if isinstance(value, dict):
            flat |= _flat(value) if key == "probs" else {f"{key}_{k}": v for k, v in _flat(value).items()}
        else:
            flat[key] = value if value is None or isinstance(value, (str, int, float)) else json.dumps(value)
    return flat


def _as_arrow(name: str, timeline) -> pa.Table:
    """A timeline with a leading `path`; the same types whether or not anything was judged."""
    table = pa.Table.from_pandas(timeline, preserve_index=False)
    table = table.add_column(0, "path", pa.array([name] * len(timeline), pa.string()))
    return table.cast(_texts_where_empty(table.schema)).replace_schema_metadata(None)


def _texts_where_empty(schema: pa.Schema) -> pa.Schema:
    """A column without any value is one of labels or reasons: figures are float with nulls."""
    texts = (pa.types.is_null, pa.types.is_large_string)
    return pa.schema([f.with_type(pa.string()) if any(t(f.type) for t in texts) else f for f in schema])


# --- many files ---

def default_workers() -> int:
    """One per core this process may use, at most MAX_DEFAULT_WORKERS."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MAX_DEFAULT_WORKERS)


def analyze_files(files: list[Media], *, out: str | os.PathLike, mode: str = "hybrid", face_model: str | None = None,
                  workers: int | None = None, engine: str = "processes", scheduler: str | None = None,
                  report: Callable[[Progress, str | None], None] = lambda progress, error: None):
    """Analyse files into the table `out` (.parquet or .csv) and `files_path(out)`; returns the latter (pandas DataFrame).

    Rows are sorted by path, then time, and do not depend on engine or number of workers (on one kind of CPU). What an earlier
    call with this `out` finished is kept, unless the file's size or time of change, the mode or a model differs; what
    failed is tried again. workers=1 works in this process. engine "dask" uses the cluster at `scheduler`
    (tcp://host:port; its workers must see the same absolute paths and import `emotion`) or a local one. report is called
    once before the work and after each file, with the error of a file that failed. Raises BatchError, ModelError, ValueError.
    """
    out = Path(out)
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {ENGINES}, got {engine!r}")
    if workers is not None and workers < 1:
        raise ValueError(f"at least one worker is needed, got {workers}")
    if not files:
        raise BatchError("no image, audio or video files were found (hidden files and symbolic links are passed over)")
    settings = current_settings(mode, face_model)
    for model in (f"face_{settings.face_model}", "voice"):
        verified_file(model)
    files = sorted((replace(m, path=Path(os.path.abspath(m.path))) for m in files), key=lambda m: m.name)
    parts = _prepare(out)
    finished = _finished(out, parts, files, settings)
    waiting = [m for m in files if m.name not in finished]
    workers = min(workers or default_workers(), max(1, len(waiting)))
    progress = Progress(total=len(files), reused=len(finished))
    report(progress, None)
    failures = {}
    if waiting:
        # closing ends the workers at once when a write fails or the user presses Ctrl-C
        with closing(_run(waiting, settings, engine=engine, workers=workers, scheduler=scheduler)) as outcomes:
            for outcome in outcomes:
                name, error = outcome.record["path"], outcome.record.get("error")
                if error is None:
                    finished[name] = _keep(outcome, parts, out)
                    progress = replace(progress, fresh=progress.fresh + 1)
                else:
                    failures[name] = outcome.record
                    progress = replace(progress, failed=progress.failed + 1)
                report(progress, error)
    records = [finished[m.name].record if m.name in finished else failures[m.name] for m in files]
    with _saying_what_to_do(out):
        table = _file_table(records)
        _write(files_path(out), parts, table.schema, [table])
        timelines = [finished[m.name] for m in files if m.name in finished]
        _write(out, parts, *_timelines(timelines))
        shutil.rmtree(parts)
    return table.to_pandas()


def _run(files: list[Media], settings: Settings, *, engine: str, workers: int, scheduler: str | None) -> Iterator[Outcome]:
    """The outcomes in the order they come."""
    if engine == "dask":
        return _run_on_dask(files, settings, workers, scheduler)
    if workers == 1:
        return (analyze_one(m, settings) for m in files)
    return _run_in_processes(files, settings, workers)


def _run_in_processes(files: list[Media], settings: Settings, workers: int) -> Iterator[Outcome]:
    """A worker that dies breaks the whole pool: its files in flight are tried again, each alone, and the rest in a new pool."""
    waiting = deque(files)
    while waiting:
        lost = []
        with _pool(workers) as pool:
            running = {}
            while running or (waiting and not lost):
                while waiting and not lost and len(running) < 2 * workers:  # never idle, yet little in flight
                    try:
                        running[pool.submit(analyze_one, waiting[0], settings)] = waiting[0]
                        waiting.popleft()
                    except BrokenProcessPool:
                        lost.append(waiting.popleft())
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    media = running.pop(future)
                    if isinstance(future.exception(), BrokenProcessPool):
                        lost.append(media)
                    else:
                        yield future.result()
        for media in lost:
            yield _alone(media, settings)


def _alone(media: Media, settings: Settings) -> Outcome:
    with _pool(1) as pool:
        try:
            return pool.submit(analyze_one, media, settings).result()
        except BrokenProcessPool:
            return _failed(media, settings, LOST.format("process"))


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh interpreters: forking a process that has loaded LiteRT or OpenCV can hang in their thread pools."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    lifeline, held = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(lifeline,))
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # NumPy reads it when a worker imports it; a quarter faster on two cores
    try:
        yield pool
    finally:
        held.close()
        pool.shutdown(cancel_futures=True)
        lifeline.close()
        if before is None:
            os.environ.pop("OMP_NUM_THREADS", None)


def _start_worker(lifeline) -> None:
    """The pipe closes when the parent is done, or was killed: no worker then stays behind, or finishes a long film first."""
    def leave():
        try:
            lifeline.recv_bytes()
        except (EOFError, OSError):
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says what there is to say
    threading.Thread(target=leave, name="emotion-lifeline", daemon=True).start()
    _one_thread()


def _one_thread() -> None:
    """As many workers as cores: more threads in each would only wait for one another."""
    import cv2

    cv2.setNumThreads(1)


def _analyze_on_dask(media: Media, settings: Settings) -> Outcome:
    _one_thread()
    return analyze_one(media, settings)


def _run_on_dask(files: list[Media], settings: Settings, workers: int, scheduler: str | None) -> Iterator[Outcome]:
    """Dask itself gives the files of a worker that died to another; only one that killed several is left out."""
    try:
        from distributed import Client, KilledWorker, LocalCluster
        from distributed import wait as wait_on_cluster
    except ImportError as e:
        raise BatchError('the engine "dask" needs a package that is not installed; install it: '
                         'pip install "dask[distributed]", or leave --engine out') from e
    with ExitStack() as stack:
        try:
            # its log would tell of every worker that comes and goes; what matters arrives here as an error
            cluster = scheduler or stack.enter_context(LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL))
            client = stack.enter_context(Client(cluster, timeout=SCHEDULER_TIMEOUT_S))
            client.wait_for_workers(1, timeout=SCHEDULER_TIMEOUT_S)
        except (OSError, ValueError, RuntimeError) as e:  # a timeout is an OSError, a worker that does not start a RuntimeError
            raise BatchError(f"no Dask scheduler with workers answers at {scheduler or 'this machine'} ({_one_line(e)}); "
                             "check the address, like tcp://host:8786, and that `dask worker` runs") from e
        waiting, running = deque(files), {}
        # one file per worker thread: Dask blames a death on all that a worker holds, and holds no results beyond these in memory
        in_flight = sum(client.nthreads().values())
        while waiting or running:
            while waiting and len(running) < in_flight:
                media = waiting.popleft()
                running[client.submit(_analyze_on_dask, media, settings, pure=False)] = media
            try:
                done = wait_on_cluster(list(running), timeout=SCHEDULER_TIMEOUT_S, return_when="FIRST_COMPLETED").done
                for future in done:
                    media = running.pop(future)
                    try:
                        outcome = future.result()
                    except KilledWorker:
                        outcome = _failed(media, settings, LOST.format("workers"))
                    yield outcome
            except TimeoutError:
                if not client.nthreads():  # otherwise a file takes long
                    raise BatchError("the Dask cluster has no workers left; start some and run the same command again to go on") from None
            except CancelledError as e:
                raise BatchError(f"the Dask cluster went away ({_one_line(e)}); run the same command again to go on") from e
            except ImportError as e:
                raise BatchError(f"a Dask worker cannot import what it needs ({e}); start `dask worker` in this project's folder, "
                                 "with its requirements installed") from e


# --- what is on disk ---

@dataclass(frozen=True)
class _Finished:
    """A file's answer: in a part of its own, or in memory out of an earlier result."""

    record: dict
    part: Path | None = None
    rows: pa.Table | None = None

    def schema(self) -> pa.Schema:
        return (pa.parquet.read_schema(self.part) if self.part else self.rows.schema).remove_metadata()

    def table(self) -> pa.Table:
        return pa.parquet.read_table(self.part).replace_schema_metadata(None) if self.part else self.rows


def files_path(out: str | os.PathLike) -> Path:
    """Where the per-file table lies: results.parquet -> results.files.parquet."""
    out = Path(out)
    return out.with_name(f"{out.stem}.files{out.suffix}")


def _parts_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.parts")


@contextmanager
def _saying_what_to_do(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise BatchError(f"{out} cannot be written ({e.strerror or e}); free space or choose another place. The same command "
                         "run again goes on from what is finished") from e


def _prepare(out: Path) -> Path:
    """The folder for parts, after making sure that a result can be written and nothing of another origin is overwritten."""
    if out.suffix not in TABLE_SUFFIXES:
        raise BatchError(f"results are written as {' or '.join(TABLE_SUFFIXES)}, not as {out.name!r}; give a name that ends so")
    parts = _parts_path(out)
    if not out.parent.is_dir():
        raise BatchError(f"{out.parent} is not a folder; make it first or choose another place for the results")
    if out.is_dir():
        raise BatchError(f"{out} is a folder; give the name of a file")
    if out.exists() and not files_path(out).exists() and not parts.exists():
        raise BatchError(f"{out} is there and has no {files_path(out).name} beside it, so it is not from an earlier run; "
                         "move it away or choose another name")
    with _saying_what_to_do(out):
        parts.mkdir(exist_ok=True)
        for torn in parts.glob("*.tmp"):  # of a run that was killed, or found the disk full, while it wrote
            torn.unlink(missing_ok=True)
        _replace(parts / "probe", parts, bytes(PROBE_BYTES))
        (parts / "probe").unlink()
    return parts


def _finished(out: Path, parts: Path, files: list[Media], settings: Settings) -> dict[str, _Finished]:
    """What need not be done again, by name: earlier results, then the parts of a run that was cut off."""
    wanted = {m.name: m.path for m in files}
    found = {}
    for one in [*_earlier_results(out), *_earlier_parts(parts)]:
        path = wanted.get(one.record["path"])
        if path and one.record.get("settings") == settings.settings and _unchanged(path, one.record):
            found[one.record["path"]] = one
    return found


def _unchanged(path: Path, record: dict) -> bool:
    try:
        stat = path.stat()
    except OSError:
        return False
    return (stat.st_size, stat.st_mtime_ns) == (record.get("size_bytes"), record.get("mtime_ns"))


def _earlier_results(out: Path) -> Iterator[_Finished]:
    if not (out.exists() and files_path(out).exists()):
        return
    try:
        rows, records = _read(out), _read(files_path(out)).to_pylist()
        records = [{k: v for k, v in r.items() if v is not None} for r in records]
        good = [r for r in records if "error" not in r]
        if rows["path"].to_pylist() != [r["path"] for r in good for _ in range(r["rows"])]:
            return  # cut off between the two files, or edited since: the two no longer belong together
    except (pa.ArrowException, KeyError, OSError) as e:
        raise BatchError(f"the earlier results in {out} cannot be read ({_one_line(e)}); move them away or choose another name") from e
    start = 0
    for record in good:
        yield _Finished(record, rows=rows.slice(start, record["rows"]))
        start += record["rows"]


def _earlier_parts(parts: Path) -> Iterator[_Finished]:
    for part in sorted(parts.glob("*.part")):
        try:
            yield _Finished(json.loads(pa.parquet.read_schema(part).metadata[b"emotion"]), part=part)
        except (pa.ArrowException, KeyError, TypeError, ValueError, OSError):
            part.unlink()  # half of it reached the disk before a power cut: analysed again


def _keep(outcome: Outcome, parts: Path, out: Path) -> _Finished:
    """One file's answer onto the disk, whole or not at all."""
    name = hashlib.sha256(outcome.record["path"].encode()).hexdigest()[:32]
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(outcome.timeline.replace_schema_metadata({"emotion": json.dumps(outcome.record)}), sink)
    with _saying_what_to_do(out):
        _replace(parts / f"{name}.part", parts, sink.getvalue())
    return _Finished(outcome.record, part=parts / f"{name}.part")


def _replace(path: Path, parts: Path, content: bytes | pa.Buffer) -> None:
    temporary = parts / f"{os.getpid()}.tmp"
    with temporary.open("wb") as f:
        f.write(content)
        f.flush()
        os.fsync(f.fileno())
    os.replace(temporary, path)


def _file_table(records: list[dict]) -> pa.Table:
    """One row per file: FILE_COLUMNS, then every other figure by name, null where a file has none."""
    rest = sorted({k for r in records for k in r} - set(FILE_COLUMNS))
    columns = {k: pa.array([r.get(k) for r in records], t) for k, t in FILE_COLUMNS.items()}
    table = pa.table(columns | {k: pa.array([r.get(k) for r in records]) for k in rest})
    return table.cast(_texts_where_empty(table.schema))


def _timelines(finished: list[_Finished]) -> tuple[pa.Schema, Iterator[pa.Table]]:
    """(the columns of all, the rows in pieces of at least FLUSH_ROWS): memory does not grow with the number of files."""
    schemas = [f.schema() for f in finished] or [pa.schema([("path", pa.string()), ("time_s", pa.float64())])]
    schema = _texts_where_empty(pa.unify_schemas(schemas, promote_options="permissive"))

    def pieces():
        held = [schema.empty_table()]
        for one in finished:
            held.append(one.table())
            if sum(map(len, held)) >= FLUSH_ROWS:
                yield pa.concat_tables(held, promote_options="permissive")
                held = [schema.empty_table()]
        yield pa.concat_tables(held, promote_options="permissive")

    return schema, pieces()


def _write(path: Path, parts: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """.parquet or .csv; the name gets the new content when all of it is on the disk."""
    temporary = parts / f"{os.getpid()}.tmp"
    with temporary.open("wb") as f:
        with (pa.csv.CSVWriter if path.suffix == ".csv" else pa.parquet.ParquetWriter)(f, schema) as writer:
            for table in tables:
                writer.write_table(table)
        f.flush()
        os.fsync(f.fileno())
    os.replace(temporary, path)


def _read(path: Path) -> pa.Table:
    """A table as _write left it. In CSV an empty text is quoted and a missing value is not, so both come back as they were."""
    if path.suffix != ".csv":
        return pa.parquet.read_table(path)
    return pa.csv.read_csv(path, parse_options=pa.csv.ParseOptions(newlines_in_values=True), convert_options=pa.csv.ConvertOptions(
        column_types=FILE_COLUMNS, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False))


# --- in words ---

def progress_line(progress: Progress, *, elapsed_s: float) -> str:
    """`12/100 files, 3.4 a second, 26 s left`; the rate counts what this call did."""
    worked = progress.fresh + progress.failed
    line = f"{progress.done}/{progress.total} files"
    if progress.failed:
        line += f", {progress.failed} failed"
    if worked and elapsed_s > 0:
        left_s = round((progress.total - progress.done) * elapsed_s / worked)
        minutes, seconds = divmod(left_s, 60)
        line += f", {worked / elapsed_s:.1f} a second, " + (f"{minutes} min {seconds:02d} s left" if minutes else f"{seconds} s left")
    return line


def summary_text(files, progress: Progress, *, elapsed_s: float) -> str:
    """files: the per-file table (DataFrame) -> what a run came to, with the share of files that got each label."""
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
