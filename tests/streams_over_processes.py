"""Live streams through scripts/serve_many.sh with one and with several processes: what each visitor gets.

python -m tests.streams_over_processes [--processes 1 2] [--streams 4 8] [--seconds 40] [--write docs/remote.md]

A real Chromium on the same machine opens each page in a context of its own (else the visitors would share a cookie, and
so a process) and plays the sample clip. It decodes all the videos, so it takes a good part of the processors. A stream
without a label after START_S, or one that ends while it is measured, is left out of the rates. Needs nginx, PostgreSQL
and a Chromium.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from emotion.evaluation.benchmark_tables import machine, put_into
from emotion.evaluation.browser import chromium_path
from tests.support_app import browser_flags
from tests.support_browser import KEEP_CONNECTIONS, open_details, open_live, stream_of, video_figures
from tests.support_serve import COOKIE, Served, missing, serve_many
from tests.support_soak import NO_LIMIT
from ui.stream_limit import VARIABLE

START_S = 60.0
SETTLE_S = 10.0  # after the last stream has started
HEAD = (
    "| processes | streams | of these begun and going on | visitors of each process | pictures/s in the browser "
    "| face labels/s | label age ms | processors: app, browser | memory MB |\n|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Seen:
    """What one page says and shows at one moment."""

    at_s: float  # of time.monotonic()
    pictures: int  # decoded by the browser; a tab behind others shows none
    judged: int  # of which the face was looked for
    label_age_ms: float


def seen(page: Page) -> Seen | None:
    """Of a page with its details open; None where the stream has ended."""
    if not page.locator(".vitals").count():
        return None
    text = page.locator(".vitals").inner_text()
    age, skipped = re.search(r"label age\s*(\d+) ms", text), re.search(r"not judged\s*(\d+) of (\d+)", text)
    assert skipped, text
    return Seen(
        time.monotonic(),
        (video_figures(stream_of(page)) or {}).get("came_back", 0),
        int(skipped[2]) - int(skipped[1]),
        float(age[1]) if age else float("nan"),
    )


@contextmanager
def open_pages(browser: Browser, url: str, streams: int) -> Iterator[tuple[list[Page], list[Page]]]:
    """So many visitors, and those of them whose sample clip has a label after START_S."""
    pages = []
    try:
        for _ in range(streams):
            context = browser.new_context()
            context.add_init_script(KEEP_CONNECTIONS)
            page = context.new_page()
            pages.append(page)
            open_live(page, url)
        yield pages, begin(pages)  # once all are there: a page is slow to open where the processors are busy
    finally:
        for page in pages:
            page.context.close()


def begin(pages: list[Page]) -> list[Page]:
    """Play the sample clip on all pages at the same time; returns those that have a label before START_S is over."""
    for page in pages:
        page.get_by_role("button", name="Try a sample clip").click()
    until = time.monotonic() + START_S

    def has_label(page: Page) -> bool:
        left_ms = max(100.0, 1000 * (until - time.monotonic()))
        try:
            page.locator(".readout-face .answer .label").wait_for(timeout=left_ms)
        except TimeoutError:
            return False
        return True

    playing = [page for page in pages if has_label(page)]
    for page in playing:
        open_details(page)
    return playing


def processors_and_memory(served: Served) -> tuple[float, float]:
    """Seconds of processor so far, and megabytes, of the app's processes."""
    family = psutil.Process(served.process.pid).children(recursive=True)
    apps = [p for p in family if "streamlit" in " ".join(p.cmdline())]
    used = sum(sum(p.cpu_times()[:2]) for p in apps)
    return used, sum(p.memory_info().rss for p in apps) / 2**20


def browser_seconds() -> float:
    """Seconds of processor so far of this program's Chromium."""
    family = psutil.Process().children(recursive=True)
    return sum(sum(p.cpu_times()[:2]) for p in family if "chrom" in p.name())


def measure(served: Served, browser: Browser, processes: int, streams: int, seconds: float) -> str:
    """A row of the table."""
    with open_pages(browser, served.url, streams) as (pages, playing):
        time.sleep(SETTLE_S)
        begun = [seen(page) for page in playing]
        (app_s, _), shown_s, since = processors_and_memory(served), browser_seconds(), time.monotonic()
        time.sleep(seconds)
        took_s = time.monotonic() - since
        (app_now_s, memory_mb), shown_now_s = processors_and_memory(served), browser_seconds()
        ended = [seen(page) for page in playing]
        whose = Counter(c["value"] for page in pages for c in page.context.cookies() if c["name"] == COOKIE)
    went_on = [(a, b) for a, b in zip(begun, ended) if a and b]
    rate = lambda of: [(of(b) - of(a)) / (b.at_s - a.at_s) for a, b in went_on]
    ends = lambda values, digits=1: f"{min(values):.{digits}f} to {max(values):.{digits}f}" if values else "–"
    ages = [b.label_age_ms for _, b in went_on]
    return (
        f"| {processes} | {streams} | {len(went_on)} | {', '.join(str(whose[k]) for k in sorted(whose))} "
        f"| {ends(rate(lambda s: s.pictures))} | {ends(rate(lambda s: s.judged))} | {ends(ages, 0)} "
        f"| {(app_now_s - app_s) / took_s:.2f}, {(shown_now_s - shown_s) / took_s:.2f} | {memory_mb:.0f} |"
    )


def main() -> int:
    """Measure, print, write; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--streams", type=int, nargs="+", default=[4, 8])
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    chromium = chromium_path()
    if chromium is None or missing():
        print(f"missing: {missing() or 'Chromium'}", file=sys.stderr)
        return 1
    head = f"{args.seconds:.0f} s each, face model as the app chooses. {machine()}."
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=browser_flags())
        for processes in args.processes:
            with serve_many(processes, Path(folder) / "log", **{VARIABLE: NO_LIMIT}) as served:
                for streams in args.streams:
                    rows.append(measure(served, browser, processes, streams, args.seconds))
                    print(rows[-1], flush=True)
                    if args.write:  # after each row: the next one may be too much for the machine
                        put_into(args.write, {"processes": f"{head}\n\n{HEAD}\n" + "\n".join(rows)})
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
