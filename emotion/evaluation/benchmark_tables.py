"""The benchmark's figures as Markdown tables, and their places in a file."""

from __future__ import annotations

import os
import platform
import re
from datetime import date
from pathlib import Path

from emotion.evaluation.timing import Timing

BEGIN, END = "<!-- {name}:begin -->", "<!-- {name}:end -->"


def machine() -> str:
    """Processor and number of its threads, as the system names it."""
    info = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    family = re.search(r"cpu family\s*:\s*(\d+)\s+model\s*:\s*(\d+)", info.read_text()) if info.exists() else None
    name = (named[1] if named else platform.processor() or platform.machine()).strip()
    which = f", family {family[1]} model {family[2]}" if family else ""
    load = f", load before {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}{which}, {os.cpu_count()} processors{load}, {date.today()}"


def parts_table(rows: list[Timing]) -> str:
    """A row per part, median and 95 % quantile in milliseconds for each number of threads."""
    threads = sorted({r.threads for r in rows if r.threads})
    head = "| part | " + " | ".join(f"{n} thread{'s' if n > 1 else ''}: median, 95 %" for n in threads) + " |"
    lines = [head, "|---|" + "---|" * len(threads)]
    for part in dict.fromkeys(r.part for r in rows):
        of = {r.threads: f"{r.median_ms:.1f}, {r.slow_ms:.1f}" for r in rows if r.part == part}
        lines.append(f"| {part} | " + " | ".join(of.get(n, of.get(0, "–")) for n in threads) + " |")
    return f"Milliseconds. {machine()}.\n\n" + "\n".join(lines)


def live_table(measured: list[dict], *, face_model: str) -> str:
    """A row per number of streams; of several streams the slowest and the fastest."""
    lines = [
        "| streams | pictures/s judged or drawn | pictures/s back in the browser | picture late ms: median, 95 % | "
        "face labels/s | voice labels/s | label age ms: median, 95 % | share judged % | callback ms: median, 95 % | "
        "processors | memory MB | threads |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for m in measured:
        judged = sum(m["face_labels"]) / max(sum(m["pictures_in"]), 0.01)
        cells = [
            str(m["streams"]),
            *(_ends(m[name]) for name in ("pictures_in", "pictures_out")),
            _worst(m["picture_late_ms"]),
            *(_ends(m[name]) for name in ("face_labels", "voice_labels")),
            _worst(m["label_age_ms"]),
            f"{judged:.0%}".rstrip("%"),
            _worst(m["callback_ms"]),
            f"{m['cpu_share_of_a_core']:.2f}",
            str(m["memory_mb"]),
            str(m["threads"]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    seconds = measured[0]["seconds"] if measured else 0
    return f"Face model `{face_model}`, {seconds:.0f} s each. {machine()}.\n\n" + "\n".join(lines)


def put_into(file: Path, found: dict[str, str]) -> None:
    """Replace what stands between the marks of each name. Raises ValueError where a mark is missing."""
    text = file.read_text(encoding="utf-8")
    for name, table in found.items():
        begin, end = BEGIN.format(name=name), END.format(name=name)
        if begin not in text or end not in text:
            raise ValueError(f"{file} has no place for the table: {begin} … {end}")
        before, after = text[: text.index(begin) + len(begin)], text[text.index(end) :]
        text = f"{before}\n{table}\n{after}"
    file.write_text(text, encoding="utf-8")


def _ends(values: list[float]) -> str:
    """One value, or the least and the most."""
    return f"{values[0]:.1f}" if len(values) == 1 else f"{min(values):.1f} to {max(values):.1f}"


def _worst(pairs: list[list[float]]) -> str:
    """Of the streams' medians and quantiles the largest ones."""
    medians, slow = ([p[i] for p in pairs if p[i] is not None] for i in (0, 1))
    return f"{max(medians):.0f}, {max(slow):.0f}" if medians and slow else "–"
