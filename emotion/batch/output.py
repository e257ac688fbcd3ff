"""What a run writes: a part for each finished file, in the end three tables; and what of an earlier run can be kept."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from emotion.batch.find import BatchError, Media
from emotion.batch.one_file import Outcome, Settings, one_line, texts_where_empty
from emotion.timeline.rows import TRACK_COLUMNS

TABLE_SUFFIXES = (".parquet", ".csv")
FACES_PART = ".faces"
FLUSH_ROWS = 50_000  # rows held in memory while the result is written
PROBE_BYTES = 1 << 20  # so much is written to the output folder before work starts, to see that there is room

FILE_COLUMNS = {  # of the per-file table, in this order; the figures of the summary follow by name
    "path": pa.string(),
    "error": pa.string(),
    "notes": pa.string(),
    "kind": pa.string(),
    "duration_s": pa.float64(),
    "rows": pa.int64(),
    "face_rows": pa.int64(),
    "size_bytes": pa.int64(),
    "mtime_ns": pa.int64(),
    "mode": pa.string(),
    "face_model": pa.string(),
    "voice_model": pa.string(),
    "face_sha256": pa.string(),
    "voice_sha256": pa.string(),
    "max_faces": pa.int64(),
    "settings": pa.string(),
}


Rows: TypeAlias = Path | pa.Table  # a part on disk, or rows of an earlier result


@dataclass(frozen=True)
class Finished:
    """A finished file: its row of the per-file table, its timeline, and the rows of its faces."""

    record: dict
    timeline: Rows
    faces: Rows


def _schema_of(rows: Rows) -> pa.Schema:
    """Names and types of the columns."""
    return (pa.parquet.read_schema(rows) if isinstance(rows, Path) else rows.schema).remove_metadata()


def _table_of(rows: Rows) -> pa.Table:
    return pa.parquet.read_table(rows).replace_schema_metadata(None) if isinstance(rows, Path) else rows


def files_path(out: str | os.PathLike) -> Path:
    """Where the per-file table lies: results.parquet -> results.files.parquet."""
    out = Path(out)
    return out.with_name(f"{out.stem}.files{out.suffix}")


def faces_path(out: str | os.PathLike) -> Path:
    """Where the rows of each face lie: results.parquet -> results.faces.parquet."""
    out = Path(out)
    return out.with_name(f"{out.stem}.faces{out.suffix}")


def _parts_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.parts")


@contextmanager
def write_errors(out: Path) -> Iterator[None]:
    """An OSError within this block becomes a BatchError that says what to do."""
    try:
        yield
    except OSError as e:
        raise BatchError(
            f"{out} cannot be written ({e.strerror or e}); free space or choose another place. The same command "
            "run again goes on from what is finished"
        ) from e


@contextmanager
def prepared(out: Path) -> Iterator[Path]:
    """The folder for parts, which no other run uses meanwhile.

    Raises BatchError where results cannot be written, or would replace a file that is not from an earlier run.
    """
    if out.suffix not in TABLE_SUFFIXES:
        raise BatchError(
            f"results are written as {' or '.join(TABLE_SUFFIXES)}, not as {out.name!r}; give a name that ends so"
        )
    parts = _parts_path(out)
    if not out.parent.is_dir():
        raise BatchError(f"{out.parent} is not a folder; make it first or choose another place for the results")
    if out.is_dir():
        raise BatchError(f"{out} is a folder; give the name of a file")
    if out.exists() and not files_path(out).exists() and not parts.exists():
        raise BatchError(
            f"{out} is there and has no {files_path(out).name} beside it, so it is not from an earlier run; "
            "move it away or choose another name"
        )
    with write_errors(out):
        parts.mkdir(exist_ok=True)
    with _locked(out, parts):
        with write_errors(out):
            for incomplete in parts.glob("*.tmp"):  # of a run that was killed, or found the disk full, while it wrote
                incomplete.unlink(missing_ok=True)
            _replace(parts / "probe", parts, bytes(PROBE_BYTES))
            (parts / "probe").unlink()
        yield parts


@contextmanager
def _locked(out: Path, parts: Path) -> Iterator[None]:
    """One run at a time writes these results. The lock ends with the process, however that ends. Windows has none."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with write_errors(out):
        lock = (parts / "lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise BatchError(f"another run is writing {out}; wait for it, or choose another name") from e
        yield


def finished_before(out: Path, parts: Path, files: list[Media], settings: Settings) -> dict[str, Finished]:
    """The files that need not be analysed again, by name: earlier results, then parts of a run that was cut off."""
    wanted = {m.name: m.path for m in files}
    found = {}
    for earlier in [*_earlier_results(out), *_earlier_parts(parts)]:
        record = earlier.record
        path = wanted.get(record["path"])
        if path and record.get("settings") == settings.settings and _unchanged(path, record):
            found[record["path"]] = earlier
    return found


def _unchanged(path: Path, record: dict) -> bool:
    try:
        stat = path.stat()
    except OSError:
        return False
    return (stat.st_size, stat.st_mtime_ns) == (record.get("size_bytes"), record.get("mtime_ns"))


def refuse_other_files(out: Path, files: list[Media]) -> None:
    """Raises BatchError where `out` holds results, but of none of these files: they would be lost."""
    if not files_path(out).exists():
        return
    try:
        before = set(_read(files_path(out))["path"].to_pylist())
    except (pa.ArrowException, KeyError, OSError):
        return  # finished_before reports what is wrong with it
    if before and before.isdisjoint(m.name for m in files):
        raise BatchError(
            f"{out} holds the results of {len(before)} other files ({sorted(before)[0]}, …), which would be lost; "
            "choose another name, or name both folders in one call"
        )


def _earlier_results(out: Path) -> Iterator[Finished]:
    if not (out.exists() and files_path(out).exists() and faces_path(out).exists()):
        return
    try:
        rows, faces, records = _read(out), _read(faces_path(out)), _read(files_path(out)).to_pylist()
        records = [{k: v for k, v in r.items() if v is not None} for r in records]
        good = [r for r in records if "error" not in r]
        for table, count in ((rows, "rows"), (faces, "face_rows")):
            if table["path"].to_pylist() != [r["path"] for r in good for _ in range(r[count])]:
                return  # cut off between the files, or edited since: they no longer belong together
    except (pa.ArrowException, KeyError, OSError) as e:
        raise BatchError(
            f"the earlier results in {out} cannot be read ({one_line(e)}); move them away or choose another name"
        ) from e
    start = start_of_faces = 0
    for record in good:
        mine = rows.slice(start, record["rows"]), faces.slice(start_of_faces, record["face_rows"])
        yield Finished(record, *mine)
        start, start_of_faces = start + record["rows"], start_of_faces + record["face_rows"]


def _earlier_parts(parts: Path) -> Iterator[Finished]:
    for part in sorted(parts.glob("*.part")):
        try:
            faces = part.with_suffix(FACES_PART)
            pa.parquet.read_schema(faces)
            yield Finished(json.loads(pa.parquet.read_schema(part).metadata[b"emotion"]), part, faces)
        except (pa.ArrowException, KeyError, TypeError, ValueError, OSError):
            part.unlink()  # incomplete, as after a power cut: the file is analysed again


def keep(outcome: Outcome, parts: Path, out: Path) -> Finished:
    """Write a part, whole or not at all."""
    part = parts / f"{hashlib.sha256(outcome.record['path'].encode()).hexdigest()[:32]}.part"
    assert outcome.timeline is not None and outcome.faces is not None, "a failed file has no part"
    faces = part.with_suffix(FACES_PART)
    about = {"emotion": json.dumps(outcome.record)}
    for path, table in ((faces, outcome.faces), (part, outcome.timeline)):  # the part is there when all of it is
        sink = pa.BufferOutputStream()
        pa.parquet.write_table(table.replace_schema_metadata(about), sink)
        with write_errors(out):
            _replace(path, parts, sink.getvalue())
    return Finished(outcome.record, part, faces)


def _replace(path: Path, parts: Path, content: bytes | pa.Buffer) -> None:
    temporary = parts / f"{os.getpid()}.tmp"
    with temporary.open("wb") as f:
        f.write(content)
        f.flush()
        os.fsync(f.fileno())
    os.replace(temporary, path)


def file_table(records: list[dict]) -> pa.Table:
    """One row per file: FILE_COLUMNS, then every other figure by name, null where a file has none."""
    rest = sorted({k for r in records for k in r} - set(FILE_COLUMNS))
    columns = {k: pa.array([r.get(k) for r in records], t) for k, t in FILE_COLUMNS.items()}
    table = pa.table(columns | {k: pa.array([r.get(k) for r in records]) for k in rest})
    return table.cast(texts_where_empty(table.schema))


def joined_rows(files: list[Rows]) -> tuple[pa.Schema, Iterator[pa.Table]]:
    """-> (all columns, the rows in pieces of at least FLUSH_ROWS). Memory does not grow with the number of files."""
    schemas = [_schema_of(f) for f in files] or [pa.schema([("path", pa.string()), ("time_s", pa.float64())])]
    schema = texts_where_empty(pa.unify_schemas(schemas, promote_options="permissive"))

    def pieces() -> Iterator[pa.Table]:
        held = [schema.empty_table()]
        for file in files:
            held.append(_table_of(file))
            if sum(map(len, held)) >= FLUSH_ROWS:
                yield pa.concat_tables(held, promote_options="permissive")
                held = [schema.empty_table()]
        yield pa.concat_tables(held, promote_options="permissive")

    return schema, pieces()


def write_table(path: Path, parts: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write .parquet or .csv, whole or not at all."""
    temporary = parts / f"{os.getpid()}.tmp"
    with temporary.open("wb") as f:
        with (pa.csv.CSVWriter if path.suffix == ".csv" else pa.parquet.ParquetWriter)(f, schema) as writer:
            for table in tables:
                writer.write_table(table)
        f.flush()
        os.fsync(f.fileno())
    os.replace(temporary, path)


def _read(path: Path) -> pa.Table:
    """A table as write_table wrote it. In CSV an empty text has quotes and a missing value none; both are kept."""
    if path.suffix != ".csv":
        return pa.parquet.read_table(path)
    return pa.csv.read_csv(
        path,
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=FILE_COLUMNS | dict.fromkeys(TRACK_COLUMNS, pa.int64()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
