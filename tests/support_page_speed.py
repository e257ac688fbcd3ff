"""`make page-speed`: how long it takes from a click in the sidebar until a page's title and first content are there.

A store with a month of sessions, a real Chromium; every page several times. Needs a Chromium.
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
from playwright.sync_api import Page, sync_playwright

from emotion.evaluation.browser import chromium_path
from emotion.labels import FACE_LABELS
from emotion.timeline.judgements import Judgement
from emotion.timeline.store import Store, open_store
from tests.support_app import browser_flags, start_app
from tests.support_browser import accept_notice, settled

DAYS, SESSION_S = 30, 60
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


def main() -> int:
    """Measure all pages and print a table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="visits of each page after the first one")
    times = parser.parse_args().times
    if (chromium := chromium_path()) is None:
        print("no Chromium found; install one, as on Debian and Ubuntu: sudo apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMOTION_HOME"] = str(Path(folder) / "recordings")  # where start_app lets the app look
        fill_store(open_store())
        load = os.getloadavg()[0]
        with closing(start_app(Path(folder))) as apps, sync_playwright() as playwright:
            app = next(apps)
            browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=browser_flags())
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(app.url)
            accept_notice(page)
            settled(page)
            rounds = [{name: time_to(page, name) for name in FIRST} for _ in range(1 + times)]
            browser.close()
    print(f"seconds until title and first content; load before: {load:.1f}, after: {os.getloadavg()[0]:.1f}")
    print(f"{'page':20s} {'first':>6s} {'median':>7s} {'slowest':>8s}")
    for name in FIRST:
        first, *later = (found[name] for found in rounds)
        print(f"{name:20s} {first:6.2f} {median(later):7.2f} {max(later):8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
