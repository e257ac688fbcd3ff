"""One file -> its row of the per-file table and the rows of its timeline, in any process."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from emotion.batch.find import BatchError, Media, readable
from emotion.checkpoint import read_card
from emotion.fusion import MODES, learned_weights
from emotion.predict import VOICE_MODELS, better_face_model, better_voice_model
from emotion.runner import ModelError
from emotion.timeline.analysis import MAX_FACES, analyze
from emotion.timeline.rows import ROW_SECONDS, AnalysisError


@dataclass(frozen=True)
class Settings:
    """All that a result depends on besides the file."""

    mode: str  # simple, hybrid
    face_model: str  # accurate, fast
    voice_model: str  # accurate, fast
    face_sha256: str
    voice_sha256: str
    max_faces: int  # at most, in one picture
    settings: str  # digest of all of these, both temperatures and the fusion weights


@dataclass(frozen=True)
class Outcome:
    """One file, analysed or failed."""

    record: dict  # its row of the per-file table; "error" is there when it failed
    timeline: pa.Table | None  # its rows, with a leading `path`; None when it failed
    faces: pa.Table | None = None  # a row for each face in each of these rows, with a leading `path`


def current_settings(
    mode: str = "hybrid", face_model: str | None = None, max_faces: int = MAX_FACES, voice_model: str | None = None
) -> Settings:
    """The settings of an analysis made now; a model that is None: the better one. Raises ModelError, ValueError."""
    if mode not in MODES:
        raise ValueError(f"mode must be one of {MODES}, got {mode!r}")
    face_model, voice_model = face_model or better_face_model(), voice_model or better_voice_model()
    face, voice = read_card(f"face_{face_model}"), read_card(VOICE_MODELS[voice_model])
    if max_faces < 1:
        raise ValueError(f"at least one face must be judged, got {max_faces}")
    parts = [
        mode,
        face_model,
        max_faces,
        "faces and voices by their change from what is usual for them; the voice with the face that speaks",
        "time stamps checked; a picture stands until the next one, with its faces",
        "channels that cancel each other are turned round; speech at any level is heard",
        *((c["sha256"], c["temperature"]) for c in (face, voice)),
        learned_weights(),
    ]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return Settings(mode, face_model, voice_model, face["sha256"], voice["sha256"], max_faces, digest[:16])


def analyze_one(media: Media, settings: Settings) -> Outcome:
    """Analyse one file; one that cannot be analysed comes back with its error.

    Raises BatchError where the models here are not those of `settings`, ModelError where they cannot be loaded.
    """
    _check_models(settings)
    record: dict[str, Any] = {"path": media.name, **asdict(settings)}
    try:
        stat = media.path.stat()  # before reading: a file that changes meanwhile is analysed again by the next call
        record |= {"size_bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        found = analyze(
            media.path,
            settings.mode,
            face_model=settings.face_model,
            voice_model=settings.voice_model,
            max_faces=settings.max_faces,
        )
    except ModelError:
        raise
    except AnalysisError as e:
        return Outcome(record | {"error": one_line(e)}, None)
    except Exception as e:  # one bad file must not stop the others
        return Outcome(record | {"error": one_line(f"{media.path} cannot be analysed: {type(e).__name__}: {e}")}, None)
    seconds = 0.0 if found.kind == "image" else len(found.timeline) * ROW_SECONDS
    figures = {
        **_flat(found.summary),
        "notes": "; ".join(found.summary["notes"]) or None,
        "kind": found.kind,
        "mode": found.mode,
        "duration_s": seconds,
        "rows": len(found.timeline),
        "face_rows": len(found.faces),
    }
    return Outcome(record | figures, _as_arrow(media.name, found.timeline), _as_arrow(media.name, found.faces))


@lru_cache(maxsize=1)
def _check_models(settings: Settings) -> None:
    found = current_settings(settings.mode, settings.face_model, settings.max_faces, settings.voice_model)
    if found != settings:
        raise BatchError(
            "the models or fusion weights changed, or a worker has others than this machine; "
            "give all the same models/ folder and run the command again"
        )


def failed(media: Media, settings: Settings, error: str) -> Outcome:
    """The outcome of a file that could not be analysed."""
    return Outcome({"path": media.name, **asdict(settings), "error": one_line(f"{media.path} {error}")}, None)


def one_line(message: object) -> str:
    """A message as one readable line, for a table and a terminal."""
    return readable(" ".join(str(message).split()))


def _flat(summary: dict) -> dict:
    """Nested figures -> one level: {"face": {"label": …, "probs": {"happy": …}}} -> face_label, face_happy."""
    flat: dict[str, Any] = {}
    for key, value in summary.items():
        if isinstance(value, dict):
            flat |= _flat(value) if key == "probs" else {f"{key}_{k}": v for k, v in _flat(value).items()}
        else:
            flat[key] = value if value is None or isinstance(value, (str, int, float)) else json.dumps(value)
    return flat


def _as_arrow(name: str, timeline) -> pa.Table:
    """A timeline with a first column `path`; the same types whether or not anything was judged."""
    table = pa.Table.from_pandas(timeline, preserve_index=False)
    table = table.add_column(0, "path", pa.array([name] * len(timeline), pa.string()))
    return table.cast(texts_where_empty(table.schema)).replace_schema_metadata(None)


def texts_where_empty(schema: pa.Schema) -> pa.Schema:
    """Types where a column without any value is text, or yes and no: figures are float."""
    texts = (pa.types.is_null, pa.types.is_large_string)

    def typed(field: pa.Field) -> pa.Field:
        if field.name.endswith("_sure"):
            return field.with_type(pa.bool_())
        return field.with_type(pa.string()) if any(t(field.type) for t in texts) else field

    return pa.schema([typed(field) for field in schema])
