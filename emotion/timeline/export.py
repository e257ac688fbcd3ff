"""A timeline as a file for other programs: CSV, JSON, Parquet. The HTML report is in ui.report, as it holds plots."""

from __future__ import annotations

import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from emotion.labels import affect_in_words
from emotion.timeline.people import people
from emotion.timeline.summary import MODALITIES, figures, strongest_in_words


def to_csv_bytes(timeline: pd.DataFrame) -> bytes:
    """UTF-8 CSV; times in ISO 8601 with their offset. Text that a spreadsheet would run gets an apostrophe in front."""
    safe = timeline.copy()
    for name in safe.columns:
        if isinstance(safe[name].dtype, pd.DatetimeTZDtype):
            safe[name] = [None if pd.isna(t) else t.isoformat(timespec="milliseconds") for t in safe[name]]
        elif not pd.api.types.is_numeric_dtype(safe[name]) and not pd.api.types.is_datetime64_any_dtype(safe[name]):
            safe[name] = [f"'{v}" if isinstance(v, str) and v[:1] in tuple("=+-@\t\r") else v for v in safe[name]]
    # line ends as in RFC 4180; with them a single \r in a text is quoted and does not begin a new row
    return safe.to_csv(index=False, lineterminator="\r\n").encode()


def to_json_bytes(timeline: pd.DataFrame, about: dict, faces: pd.DataFrame | None = None) -> bytes:
    """{"about", "figures", "timeline"}, and with a faces_table {"people", "faces"}; NaN is null, times are ISO 8601."""
    rows = lambda table: json.loads(table.to_json(orient="records", date_format="iso"))  # noqa: E731
    out = {"about": about, "figures": figures(timeline), "timeline": rows(timeline)}
    if faces is not None:
        out |= {"people": people(faces), "faces": rows(faces)}
    return json.dumps(out, ensure_ascii=False, indent=1).encode()


def to_parquet_bytes(timeline: pd.DataFrame, about: dict) -> bytes:
    """Parquet; `about` stands as JSON under the key "emotion" of the schema's metadata."""
    table = pa.Table.from_pandas(timeline, preserve_index=False)
    table = table.replace_schema_metadata(
        {**(table.schema.metadata or {}), b"emotion": json.dumps(about, ensure_ascii=False).encode()}
    )
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def _judged_in_words(of: dict) -> str:
    """How much of the time one modality was judged, and why not; only the reason where it is the same all the time."""
    if not of["judged_share"] and len(of["not_judged"]) == 1:
        return f"never: {next(iter(of['not_judged']))}"
    return (
        f"{of['judged_share']:.0%} of the time"
        + (f", unsure {of['unsure_share']:.0%} of that" if of["unsure_share"] else "")
        + "".join(f"; {why} {share:.0%}" for why, share in of["not_judged"].items())
    )


def _signed(value: float | None) -> str:
    """A value from -1 to 1 with one decimal; what is nearly 0 has no minus."""
    return "–" if value is None else f"{round(value, 1) + 0.0:+.1f}"


def figures_in_words(found: dict) -> dict[str, str]:
    """The single numbers of figures(…) as a person reads them."""
    show = lambda value, form: "–" if value is None else format(value, form)  # noqa: E731
    words = {"length": f"{found['duration_s']:.1f} s"}
    words |= {f"{m} judged": _judged_in_words(found[m]) for m in MODALITIES if m in found}
    words |= {
        f"{m}, strongest other than neutral": strongest_in_words(found[m]["strongest"])
        for m in MODALITIES
        if m in found and found[m]["strongest"]
    }
    return words | {
        "changes of emotion per minute": show(found["changes_per_minute"], ".1f"),
        "face and voice disagree": show(found["disagreement_share"], ".0%"),
        "mean valence": _signed(found["mean_valence"]),
        "mean arousal": _signed(found["mean_arousal"]),
        "in words": affect_in_words(found["mean_valence"], found["mean_arousal"]) if found["main"] else "–",
    }
