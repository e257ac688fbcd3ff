"""Streams for a long time and again and again in the running app, with what it holds of memory and threads."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import psutil

from tests.support_app import App
from tests.support_browser import (
    WORKERS,
    await_label,
    await_threads_gone,
    open_details,
    open_live,
    play_sample,
    stream_of,
)

POOLS = (
    "asyncio_",
    "AnyIO",
    "ThreadPoolExecutor",
)  # threads that libraries keep for later work, a fixed number at most
NO_LIMIT = "100"  # streams at once: those of a closed tab count for half a minute more
MORE_POOLED = 4  # threads, while a stream runs: those of a page's runs come and go
IDLE_S = 5.0  # for what ends with a delay: workers, peer connections


@dataclass(frozen=True)
class Sample:
    """What the app holds at one moment."""

    memory_mb: float
    threads: int  # without those of POOLS
    label_age_ms: float = 0.0


def sample_of(app: App, page=None) -> Sample:
    """page: a running Live page, whose label age is read."""
    process = psutil.Process(app.process.pid)
    age_ms = 0.0
    if page is not None:
        found = re.search(r"label age\s*(\d+) ms", page.locator(".vitals").inner_text())
        age_ms = float(found[1]) if found else float("nan")
    pooled = sum(name.startswith(POOLS) for name in app.threads())
    return Sample(process.memory_info().rss / 2**20, process.num_threads() - pooled, age_ms)


def run_stream(app: App, page, *, minutes: float) -> list[tuple[float, Sample]]:
    """The sample clip for so many minutes; a sample each minute, at least twelve. Then STOP."""
    open_live(page, app.url)
    play_sample(page)
    open_details(page)
    begun, found = time.monotonic(), []
    every_s = min(60.0, minutes * 5)
    while (passed_s := time.monotonic() - begun) < minutes * 60:
        found.append((passed_s / 60, sample_of(app, page)))
        time.sleep(every_s)
    found.append(((time.monotonic() - begun) / 60, sample_of(app, page)))
    stream_of(page).get_by_role("button", name="STOP").click()
    await_threads_gone(app)
    time.sleep(IDLE_S)
    return found


def start_and_stop(app: App, page, *, rounds: int) -> list[Sample]:
    """START, a label, STOP, again and again on one page; a sample after each."""
    start, stop = (stream_of(page).get_by_role("button", name=name) for name in ("START", "STOP"))
    found = []
    for _ in range(rounds):
        start.click()
        stop.wait_for()
        await_label(page, "face")
        stop.click()
        start.wait_for()
        found.append(sample_of(app))
    return found


def close_tabs(app: App, browser, *, rounds: int) -> list[Sample]:
    """A tab with a running stream is closed, again and again; a sample after each."""
    found = []
    for _ in range(rounds):
        tab = browser.new_page()
        open_live(tab, app.url)
        play_sample(tab)
        tab.close()
        found.append(sample_of(app))
    return found


def await_return(
    app: App, before: Sample, *, seconds: float, more: float = 0.05, more_threads: int = 0
) -> tuple[Sample, float]:
    """Wait until threads and memory (a share) are at most so much above `before`. Returns the last sample, and when.

    A visitor's session is kept by Streamlit for two minutes after the tab was closed.
    """
    begun = time.monotonic()
    while True:
        now, passed_s = sample_of(app), time.monotonic() - begun
        back = now.threads <= before.threads + more_threads and now.memory_mb <= before.memory_mb * (1 + more)
        if (back and not WORKERS & set(app.threads())) or passed_s > seconds:
            return now, passed_s
        time.sleep(1.0)


def not_kept(long: list[tuple[float, Sample]], before: Sample, after: dict[str, Sample], *, more: float) -> list[str]:
    """What was promised and is not so, in words; none: all is well.

    long: of run_stream, judged from its first minute on; before and after: of the rounds; more: share of memory.
    """
    settled = [s for minute, s in long if minute >= 1] or [s for _, s in long]
    first, last = settled[0], settled[-1]
    said = []
    if last.memory_mb > first.memory_mb * (1 + more):
        said.append(f"one stream: memory {first.memory_mb:.0f} -> {last.memory_mb:.0f} MB, more than {more:.0%}")
    if last.threads > first.threads + MORE_POOLED:
        said.append(f"one stream: {first.threads} -> {last.threads} threads")
    for when, s in after.items():
        if s.memory_mb > before.memory_mb * (1 + more):
            said.append(f"{when}: memory {before.memory_mb:.0f} -> {s.memory_mb:.0f} MB, more than {more:.0%}")
        if s.threads > before.threads:
            said.append(f"{when}: {before.threads} -> {s.threads} threads")
    return said
