"""Replay in a real browser: film, cursors and readouts move together; a click on a curve goes to its moment."""

from __future__ import annotations

import time

import numpy as np
import pytest

from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.judgements import Judgement
from emotion.timeline.store import open_store
from tests.support import write_video
from tests.support_browser import eventually, label, no_error

SECONDS = 20.0  # happy in the first half, sad in the second; the voice is angry throughout


def answer(labels, word: str) -> np.ndarray:
    return np.array([0.94 if label == word else 0.06 / (len(labels) - 1) for label in labels], np.float32)


def record(home, *, film: bool) -> None:
    """A session in the app's store."""
    store, start = open_store(home=home), time.time() - 60
    number = store.begin(started_unix_s=start, settings={"mode": "simple"}, name="Rehearsal")
    for t in np.arange(0, SECONDS, 0.5):
        word, at = "happy" if t < SECONDS / 2 else "sad", start + t
        face = Judgement(float(t), at, "face", answer(FACE_LABELS, word), track=1)
        store.add(number, [face, Judgement(float(t), at, "voice", answer(VOICE_LABELS, "angry"))])
    store.finish(number, ended_unix_s=start + SECONDS)
    if film:
        store.media_folder.mkdir(parents=True, exist_ok=True)
        pictures = [np.full((120, 160, 3), i, np.uint8) for i in range(int(SECONDS) * 10)]
        write_video(store.media_folder / "1-1.mp4", pictures, fps=10)
        store.set_media(number, "1-1.mp4")


@pytest.fixture
def replay(fresh_app, open_browser):
    """replay(film=…, size=…) -> the Sessions page with the session, when its readouts follow."""

    def opened(*, film: bool, size: tuple[int, int] = (1440, 900)):
        record(fresh_app.home, film=film)
        page = open_browser(size=size)
        page.goto(fresh_app.url + "/sessions")
        eventually("the time of the moment", lambda: "1 face in view" in time_shown(page))
        if film:
            eventually("the film", lambda: page.locator("video").evaluate("v => v.readyState >= 1 && v.duration > 19"))
        return page

    return opened


def time_shown(page) -> str:
    found = page.locator(".replay-time")
    return found.inner_text() if found.count() else ""


def cursors(page) -> list[float]:
    """Where each cursor is, as a share of its chart."""
    return page.locator(".cursor").evaluate_all("lines => lines.map(line => line.getAttribute('x1') / 1000)")


def click_at(page, chart: str, share: float) -> None:
    """Click on a chart at this share of its width."""
    plot = page.locator(f".time-chart.{chart} .plot:visible")
    plot.click(position={"x": share * plot.bounding_box()["width"], "y": 20})


def await_moment(page, share: float, word: str) -> None:
    """Wait until all cursors and the face's readout are at a moment."""
    eventually(f"the cursors at {share}", lambda: all(abs(x - share) < 0.02 for x in cursors(page)))
    eventually(f"the face {word}", lambda: label(page, "face") == word)


def test_a_click_on_a_curve_or_the_strip_goes_to_its_moment_in_the_film(replay):
    page = replay(film=True)
    assert len(cursors(page)) == 3, "face, voice, how far they are apart"
    for chart, share, word in (("lines", 0.75, "sad"), ("strip", 0.25, "happy")):
        click_at(page, chart, share)
        await_moment(page, share, word)
        assert abs(page.locator("video").evaluate("v => v.currentTime") - share * SECONDS) < 0.5
    page.locator(".seek").first.click()
    wanted = float(page.locator(".seek").first.get_attribute("data-seek"))
    eventually("the moment of the button", lambda: abs(cursors(page)[0] * SECONDS - wanted) < 0.1)
    assert no_error(page)


def test_cursors_and_readouts_move_while_the_film_plays(replay):
    page = replay(film=True)
    page.locator("video").evaluate("v => { v.muted = true; v.currentTime = 9; return v.play() }")
    eventually("the cursors beyond the middle", lambda: min(cursors(page)) > 0.52)
    eventually("the second word", lambda: label(page, "face") == "sad")
    before = cursors(page)[0]
    eventually("a step further", lambda: cursors(page)[0] > before)
    page.locator("video").evaluate("v => v.pause()")
    stood = page.locator("video").evaluate("v => v.currentTime") / SECONDS
    await_moment(page, stood, "sad")


def test_without_a_film_the_curve_and_the_keyboard_move_the_readouts(replay):
    page = replay(film=False)
    assert page.locator("video").count() == 0
    click_at(page, "lines", 0.75)
    await_moment(page, 0.75, "sad")
    page.get_by_label("Moment").focus()
    page.keyboard.press("Home")
    await_moment(page, 0.0, "happy")
    page.keyboard.press("ArrowRight")
    eventually("half a second later", lambda: time_shown(page).startswith("0.5 s"))


def test_on_a_phone_the_answers_stand_below_the_film_in_short(replay):
    page = replay(film=True, size=(390, 844))
    short = page.locator(".replay-now")
    short.wait_for()
    eventually("the first word in short", lambda: "face: happy 94%" in short.inner_text().lower())
    click_at(page, "lines", 0.75)
    eventually("the second word in short", lambda: "face: sad 94%" in short.inner_text().lower())
    film, below = page.locator("video").bounding_box(), short.bounding_box()
    assert 0 < below["y"] - film["y"] - film["height"] < 100
