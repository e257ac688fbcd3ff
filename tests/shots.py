"""`make shots`: a picture of every page at three sizes, with the Live page at work, into shots/ (not in git).

Also README's picture. To look at after a change of the pages. Needs a Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from emotion.evaluation.browser import chromium_path
from tests.support import ROOT, write_wav
from tests.support_app import PAGES, browser_flags, start_app
from tests.support_browser import (
    accept_notice,
    await_label,
    moving_portrait,
    open_live,
    open_page,
    settled,
    skip_check,
    write_y4m,
)

SIZES = {"wide": (1440, 900, False), "dark": (1440, 900, True), "phone": (390, 844, False)}
MOST_PX = 6000  # taller pages are cut
README_SIZE, README_MOST_BYTES = (1200, 750), 400_000


def take(page: Page, path: Path, size: tuple[int, int]) -> None:
    """The whole page, however long it is."""
    page.wait_for_timeout(1500)  # charts are drawn after the app has answered
    tall = page.evaluate("document.querySelector('[data-testid=stMain]')?.scrollHeight || 0")
    page.set_viewport_size({"width": size[0], "height": min(max(size[1], tall), MOST_PX)})
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    print(path)


def for_readme(shot: Path, out: Path) -> None:
    """README's picture: the first screen of a shot, smaller, in all its colours. Raises ValueError if it is too large.

    With a palette of few colours, words whose colours are near each other look the same.
    """
    with Image.open(shot) as picture:
        width, height = SIZES["wide"][:2]
        small = picture.convert("RGB").crop((0, 0, width, height)).resize(README_SIZE, Image.Resampling.LANCZOS)
    small.save(out, optimize=True)
    if out.stat().st_size > README_MOST_BYTES:
        raise ValueError(f"{out} has {out.stat().st_size:,} bytes, more than {README_MOST_BYTES:,}")


def main() -> int:
    """Take them all; returns the exit status."""
    chromium, out = chromium_path(), ROOT / "shots"
    if chromium is None:
        print("no Chromium found; install one, as on Debian and Ubuntu: sudo apt-get install chromium", file=sys.stderr)
        return 1
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, closing(start_app(Path(name))) as apps, sync_playwright() as playwright:
        folder, app = Path(name), next(apps)
        camera = write_y4m(folder / "face.y4m", moving_portrait(skimage.data.astronaut()))
        microphone = write_wav(folder / "quiet.wav", np.random.default_rng(0).normal(0, 2e-4, 160_000), 16_000)
        for size, (width, height, dark) in SIZES.items():
            flags = browser_flags(camera=camera, microphone=microphone)
            browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=flags)
            page = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
            ).new_page()
            page.goto(app.url)
            page.get_by_role("button", name="I understand").wait_for()
            take(page, out / f"notice-{size}.png", (width, height))
            accept_notice(page)
            settled(page)
            for name in PAGES:
                open_page(page, app.url, name)
                take(page, out / f"{name}-{size}.png", (width, height))
            open_page(page, app.url, "analyse")
            page.get_by_role("button", name="Try a sample clip").click()
            page.get_by_role("heading", name="sample clip").wait_for()
            settled(page)
            take(page, out / f"analysed-{size}.png", (width, height))
            stream = open_live(page, app.url)
            take(page, out / f"live-before-{size}.png", (width, height))
            stream.get_by_role("button", name="START").click()
            await_label(page, "face")
            take(page, out / f"live-check-{size}.png", (width, height))
            skip_check(page)
            page.wait_for_timeout(5000)  # a few seconds of the last minute
            take(page, out / f"live-{size}.png", (width, height))
            browser.close()
        for_readme(out / "live-wide.png", out / "readme.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
