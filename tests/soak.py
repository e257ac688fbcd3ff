"""The app for a long time, with a real browser: does it take more and more memory, do threads stay behind?

python -m tests.soak [--minutes 30] [--rounds 50] [--write docs/benchmark.md]

First one stream runs for so many minutes. Then it is started and stopped so many times, and as many tabs with a running
stream are closed. At the end the app is given RETURN_S to come back to where it was. The exit status is 1 where memory
grew by more than MORE_MEMORY or threads stayed behind.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from emotion.evaluation.benchmark_tables import machine, put_into
from emotion.evaluation.browser import chromium_path
from tests.support_app import browser_flags, start_app
from tests.support_soak import (
    NO_LIMIT,
    Sample,
    await_return,
    close_tabs,
    not_kept,
    run_stream,
    sample_of,
    start_and_stop,
)
from ui.stream_limit import VARIABLE

RETURN_S = 180.0
MORE_MEMORY = 0.05


def main() -> int:
    """Run, print, write; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    os.environ.setdefault(VARIABLE, NO_LIMIT)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for app in start_app(Path(folder)):
            flags = browser_flags(allow=False)
            browser = playwright.chromium.launch(executable_path=chromium_path(), headless=True, args=flags)
            page = browser.new_page()
            long = run_stream(app, page, minutes=args.minutes)
            table = stream_table(long)
            print(table, flush=True)
            before = sample_of(app)
            starts = start_and_stop(app, page, rounds=args.rounds)
            stopped, stopped_s = await_return(app, before, seconds=RETURN_S)
            tabs = close_tabs(app, browser, rounds=args.rounds)
            closed, closed_s = await_return(app, before, seconds=RETURN_S)
            table += "\n\n" + rounds_table(before, (stopped, stopped_s), (closed, closed_s), args.rounds)
            for title, of, found in (
                ("One stream", "minute", [sample for _, sample in long]),
                ("Starts and stops", "round", starts),
                ("Closed tabs", "tab", tabs),
            ):
                table += "\n\n" + memory_curve(title, of, found)
            print(table, flush=True)
            print("threads of Python at the end:", ", ".join(sorted(app.threads())), flush=True)
            browser.close()
            break
    if args.write:
        put_into(args.write, {"soak": f"{machine()}.\n\n{table}"})
    after = {f"{args.rounds} starts and stops": stopped, f"{args.rounds} closed tabs": closed}
    said = not_kept(long, before, after, more=MORE_MEMORY)
    print("\n".join(said) or "All of it came back.")
    return 1 if said else 0


def stream_table(samples: list[tuple[float, Sample]]) -> str:
    """A row for each noted minute of the long stream."""
    lines = ["| minute | memory MB | threads | label age ms |", "|---|---|---|---|"]
    step = max(1, len(samples) // 12)
    shown = samples[::step] + ([samples[-1]] if (len(samples) - 1) % step else [])
    lines += [f"| {minute:.0f} | {s.memory_mb:.0f} | {s.threads} | {s.label_age_ms:.0f} |" for minute, s in shown]
    return "\n".join(lines)


def memory_curve(title: str, of: str, samples: list[Sample]) -> str:
    """The memory and the threads of each sample, as a chart that a reader of Markdown draws (Mermaid).

    of: what the samples are counted in.
    """
    charts = []
    for name, values in (("memory MB", [s.memory_mb for s in samples]), ("threads", [s.threads for s in samples])):
        charts += [
            "```mermaid",
            "xychart-beta",
            f'  title "{title}: {name}"',
            f'  x-axis "{of}" 1 --> {len(values)}',
            f'  y-axis "{name}" 0 --> {1.2 * max(values):.0f}',
            f"  line [{', '.join(f'{v:.0f}' for v in values)}]",
            "```",
            "",
        ]
    return "\n".join(charts).rstrip()


def rounds_table(before: Sample, stopped: tuple[Sample, float], closed: tuple[Sample, float], rounds: int) -> str:
    """Before, after the starts and stops, after the closed tabs."""
    lines = ["| when | memory MB | threads | s until it was back |", "|---|---|---|---|"]
    lines.append(f"| before | {before.memory_mb:.0f} | {before.threads} | |")
    for when, (s, back_s) in ((f"{rounds} starts and stops", stopped), (f"{rounds} closed tabs", closed)):
        lines.append(f"| after {when} | {s.memory_mb:.0f} | {s.threads} | {back_s:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    begun = time.monotonic()
    status = main()
    print(f"{(time.monotonic() - begun) / 60:.0f} minutes, {psutil.cpu_count()} processors")
    sys.exit(status)
