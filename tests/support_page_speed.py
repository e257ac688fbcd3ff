"""`make page-speed`: how long it takes from a click to a page's first content, and from START to the first label.

A store with a month of sessions, a real Chromium with a portrait as its camera; every page several times. Needs a
Chromium. With --write FILE the table goes into its place there.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

import numpy as np
import skimage.data
from playwright.sync_api import Page, sync_playwright

from emotion.evaluation.benchmark_tables import machine, put_into
from emotion.evaluation.browser import chromium_path
from emotion.labels import FACE_LABELS
from emotion.timeline.judgements import Judgement
from emotion.timeline.store import Store, open_store
from tests.support_app import App, browser_flags, start_app
from tests.support_browser import accept_notice, await_threads_gone, moving_portrait, settled, stream_of, write_y4m

DAYS, SESSION_S = 30, 60
LABEL = "START on Live, until the first label"
QUIET_MS = 1500  # before the next click: one that coincides with a stream's first message can be lost
# name in the sidebar -> its first chart or control
FIRST = {
    "Live": "[data-testid=stButtonGroup]",
    "Capture": "[data-testid=stCameraInput]",
    "Analyse a file": "[data-testid=stFileUploader]",
    "Practice": "[data-testid=stButtonGroup], [data-testid=stSelectbox]",
    "Me": "[data-testid=stButtonGroup], [data-testid=stAudioInput]",
    "Sessions": "[data-testid=stTextInput]",
    "Diary": ".js-plotly-plot .legendtext",
    "Results": ".cards .dot-row",
    "Confusion matrices": ".js-plotly-plot .heatmaplayer image",
    "About and limits": ".stMain [data-testid=stExpander]",
}


def fill_store(store: Store) -> None:
    """One session a day, with an answer every half second."""
    for day in range(DAYS):
        start = time.time() - day * 86_400 - 2 * SESSION_S
        number = store.begin(started_unix_s=start, settings={})
        probs = np.eye(7, dtype=np.float32)[day % len(FACE_LABELS)]
        times = np.arange(0, SESSION_S, 0.5)
        store.add(number, [Judgement(float(t), start + float(t), "together", probs) for t in times])
        store.finish(number, ended_unix_s=start + SESSION_S)


def time_to(page: Page, name: str) -> float:
    """Seconds from the click until title and first content of the page can be seen."""
    fresh = ".stMain .stElementContainer[data-stale=false]"  # what is left of the page before is stale
    inside = [part.strip() for part in FIRST[name].split(",")]
    content = page.locator(", ".join(part if "Expander" in part else f"{fresh} {part}" for part in inside)).first
    title = page.locator(f"{fresh} h1", has_text=name)
    link = page.get_by_role("link", name=name, exact=True)
    begun = time.perf_counter()
    link.click()
    title.wait_for()
    content.wait_for()
    seconds = time.perf_counter() - begun
    page.wait_for_timeout(QUIET_MS)
    settled(page)
    return seconds


def time_to_label(page: Page, app: App) -> float:
    """Seconds from START on the Live page until the face has a label; then STOP, and until the stream has gone."""
    stop = stream_of(page).get_by_role("button", name="STOP")
    begun = time.perf_counter()
    stream_of(page).get_by_role("button", name="START").click()
    page.locator(".readout-face .answer .label").wait_for()
    seconds = time.perf_counter() - begun
    stop.click()
    await_threads_gone(app)
    page.wait_for_timeout(QUIET_MS)
    settled(page)
    return seconds


def table_of(rounds: list[dict[str, float]]) -> str:
    """A row for each page: the first time, then median and slowest of the others, in seconds."""
    lines = ["| click | first time | median of the next | slowest of the next |", "|---|---|---|---|"]
    for name in rounds[0]:
        first, *later = (found[name] for found in rounds)
        lines.append(f"| {name} | {first:.2f} | {median(later):.2f} | {max(later):.2f} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, write; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="visits of each page after the first one")
    parser.add_argument("--write", type=Path, help="a Markdown file with a place for the table")
    args = parser.parse_args()
    if (chromium := chromium_path()) is None:
        print("no Chromium found; install one, as on Debian and Ubuntu: sudo apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMOTION_HOME"] = str(Path(folder) / "recordings")  # where start_app lets the app look
        fill_store(open_store())
        head = f"Seconds. {machine()}."
        flags = browser_flags(camera=write_y4m(Path(folder) / "camera.y4m", moving_portrait(skimage.data.astronaut())))
        with closing(start_app(Path(folder))) as apps, sync_playwright() as playwright:
            app = next(apps)
            browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=flags)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(app.url)
            accept_notice(page)
            settled(page)
            rounds = [{name: time_to(page, name) for name in FIRST} for _ in range(1 + args.times)]
            time_to(page, "Live")
            for found in rounds:
                found[LABEL] = time_to_label(page, app)
            browser.close()
    table = f"{head}\n\n{table_of(rounds)}"
    print(table)
    if args.write:
        put_into(args.write, {"pages": table})
    return 0


if __name__ == "__main__":
    sys.exit(main())
