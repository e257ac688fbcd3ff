"""A real Chromium with a fake camera and microphone, and the real app on a free port."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion.evaluation.browser import chromium_path
from tests.support import LONG_S, write_wav
from tests.support_app import browser_flags, start_app
from tests.support_browser import HEIGHT, KEEP_CONNECTIONS, WIDTH, moving_portrait, write_y4m


def pytest_collection_modifyitems(items):
    """Every test of this folder needs a browser, so none belongs to the quick ones."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def camera_file(tmp_path_factory, astronaut) -> Path:
    return write_y4m(tmp_path_factory.mktemp("camera") / "face.y4m", moving_portrait(astronaut))


@pytest.fixture(scope="session")
def microphone_file(tmp_path_factory, speech) -> Path:
    return write_wav(tmp_path_factory.mktemp("microphone") / "speech.wav", np.concatenate([speech] * 2), 16_000)


@pytest.fixture(scope="session")
def clip_files(tmp_path_factory, data_folder) -> tuple[Path, Path]:
    """A RAVDESS clip (picture and voice) as a camera file and a microphone file."""
    import av

    from emotion.audio import read_audio

    source, folder = data_folder / "media/01-01-08-02-02-02-01.mp4", tmp_path_factory.mktemp("clip")

    def frames():
        with av.open(str(source)) as container:
            for frame in container.decode(video=0):
                small = cv2.resize(
                    frame.to_ndarray(format="rgb24"), (WIDTH, WIDTH * 9 // 16), interpolation=cv2.INTER_AREA
                )
                border = (HEIGHT - small.shape[0]) // 2
                yield cv2.copyMakeBorder(small, border, HEIGHT - small.shape[0] - border, 0, 0, cv2.BORDER_REPLICATE)

    return write_y4m(folder / "clip.y4m", frames()), write_wav(folder / "clip.wav", read_audio(source), 16_000)


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """The app as `make run` starts it, on a free port; one for all tests."""
    yield from start_app(tmp_path_factory.mktemp("app"))


@pytest.fixture
def fresh_app(tmp_path):
    """An app that nobody has visited yet."""
    yield from start_app(tmp_path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed browser test comes with what its pages showed: a CI run leaves nothing else to look at."""
    report = yield
    if report.when == "call" and report.failed:
        for page in getattr(item, "opened_pages", []):
            for frame in page.frames:
                try:
                    report.sections.append((f"{frame.url}", frame.locator("body").inner_text(timeout=2000)))
                except Exception as e:  # the page may be what failed
                    report.sections.append((f"{frame.url}", f"no text: {e}"))
    return report


@pytest.fixture
def open_browser(request):
    """open_browser(camera=FILE or None, microphone=FILE or None, allow=True, size=(w, h), dark=False, …) -> a page."""
    path = chromium_path()
    if path is None:
        message = (
            "no Chromium found. Debian or Ubuntu: sudo apt-get install chromium. Others: install Chromium or Chrome "
            "so that `chromium` or `google-chrome` is on the PATH."
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=LONG_S * 1000)
    opened, request.node.opened_pages = [], []
    with sync_playwright() as playwright:

        def start(
            *,
            camera: Path | None = None,
            microphone: Path | None = None,
            allow: bool = True,
            size: tuple[int, int] = (1440, 900),
            dark: bool = False,
            **of_the_context,
        ):
            flags = browser_flags(camera=camera, microphone=microphone, allow=allow)
            browser = playwright.chromium.launch(executable_path=path, headless=True, args=flags)
            opened.append(browser)
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if dark else "light",
                **of_the_context,
            )
            context.set_default_timeout(LONG_S * 1000)
            context.add_init_script(KEEP_CONNECTIONS)
            request.node.opened_pages.append(context.new_page())
            return request.node.opened_pages[-1]

        yield start
        for browser in opened:
            browser.close()
