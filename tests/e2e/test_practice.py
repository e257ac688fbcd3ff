"""A round of practice in a real browser: countdown, scores, explanation, a kept score, the stream going on all the while."""

from __future__ import annotations

import re

import pytest

from emotion.realtime.practice_round import COUNTDOWN_SECONDS, WINDOW_SECONDS
from emotion.timeline.store import open_store
from tests.support_browser import WORKERS, eventually, go, returned_frames

ROUND_SECONDS = COUNTDOWN_SECONDS + WINDOW_SECONDS


def open_practice(page, url: str):
    """The Practice page with the notice accepted."""
    page.goto(url)
    go(page, "Practice")
    page.get_by_role("button", name="I understand").click(timeout=30_000)
    page.get_by_text("Press START and allow").wait_for(timeout=60_000)
    return page.frame_locator('iframe[title*="webrtc"]')


def score(page, name: str) -> str:
    """A score as it stands on the page, "" while there is none."""
    found = page.locator(f".score-{name} .value")
    return found.first.inner_text() if found.count() else ""


def play_round(page) -> None:
    """Start a round and wait until its scores are there."""
    start = page.get_by_role("button", name="Start round")
    eventually(start.is_enabled, seconds=30)
    start.click()
    page.locator(".clock.get-ready").wait_for(timeout=30_000)
    eventually(lambda: page.locator(".scores").count() == 0, seconds=30)  # those of the round before have gone
    page.locator(".clock.act-now").wait_for(timeout=(COUNTDOWN_SECONDS + 4) * 1000)
    eventually(start.is_disabled, seconds=30)
    page.locator(".scores").wait_for(timeout=(WINDOW_SECONDS + 8) * 1000)


def test_a_round_from_start_to_personal_best(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_practice(page, app.url)
    assert page.get_by_role("button", name="Start round").is_disabled()
    stream.get_by_role("button", name="START").click()
    # while nobody plays, the models' present idea of the target is shown
    eventually(lambda: re.search(r"\d%", page.locator(".meters").inner_text()), seconds=30)
    counted = returned_frames(stream)

    def judged() -> (
        bool
    ):  # a machine that stands still for seconds loses the sound of a round; a person plays another one
        play_round(page)
        return all(score(page, name) != "–" for name in ("face", "voice", "together"))

    eventually(judged, seconds=45)
    for name in ("face", "voice", "together"):
        assert re.fullmatch(r"\d{1,3}%", score(page, name)), name
    eventually(lambda: page.locator(".practice-chart circle").count() >= 15, seconds=30)
    text = page.locator('[data-testid="stMain"]').inner_text()
    assert text.count("Judged for") == 2 and re.search("Strongest at|About the same all the time", text)
    assert "Not kept." in text and not len(open_store(home=app.home).attempts()), "nothing is kept unasked"
    assert page.locator('[data-testid="stException"]').count() == 0
    eventually(lambda: returned_frames(stream) > counted + 20, seconds=30)

    page.get_by_text("Keep my scores on this machine").click()
    page.get_by_text("Kept on this machine.", exact=True).wait_for(timeout=30_000)
    page.get_by_role("button", name="Delete my scores").wait_for(timeout=30_000)
    store = open_store(home=app.home)
    kept = store.attempts().iloc[0]
    assert [f"{kept[m]:.0%}" for m in ("face", "voice", "together")] == [score(page, m) for m in ("face", "voice", "together")]

    # another target, another round, the same stream
    counted = returned_frames(stream)
    before = page.locator(".target .word").inner_text()
    page.get_by_role("button", name="Random target").click()
    eventually(lambda: page.locator(".target .word").inner_text() != before, seconds=30)
    play_round(page)
    eventually(lambda: len(store.attempts()) == 2, seconds=30)
    assert returned_frames(stream) > counted + 3 * ROUND_SECONDS, "the video went on, also on a busy machine"

    page.get_by_role("button", name="Delete my scores").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    eventually(lambda: not len(store.attempts()), seconds=30)

    stream.get_by_role("button", name="STOP").click()
    eventually(lambda: not WORKERS & set(app.threads()), seconds=30)


@pytest.mark.parametrize(
    "source, there, gone, why",
    [("Camera only", "face", "voice", "no sound arrives"), ("Microphone only", "voice", "face", "no camera picture")],
)
def test_one_modality_alone_has_its_score(app, open_browser, camera_file, microphone_file, source, there, gone, why):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_practice(page, app.url)
    before = page.locator('iframe[title*="webrtc"]').element_handle()
    page.get_by_role("radio", name=source).click()
    eventually(lambda: not before.evaluate("e => e.isConnected"), seconds=30)  # the choice has its own component
    stream.get_by_role("button", name="START").click()
    eventually(lambda: re.search(r"\d%", page.locator(".meters").inner_text()), seconds=30)
    play_round(page)
    assert (
        re.fullmatch(r"\d{1,3}%", score(page, there))
        and score(page, gone) == "–"
        and score(page, "together") == score(page, there)
    )
    text = page.locator('[data-testid="stMain"]')
    eventually(
        lambda: why in text.inner_text() and f"This score comes from the {there} alone." in text.inner_text(), seconds=30
    )  # drawn after the scores
