"""The live page's layout: what is seen without scrolling, and that nothing moves at START and STOP."""

from __future__ import annotations

import pytest

from tests.support_browser import await_label, eventually, open_live

FRAME, RECORD = ".st-key-live-frame", ".st-key-record"


def place(page, selector: str) -> dict:
    """Where it is on the screen, in whole pixels."""
    box = page.locator(selector).first.bounding_box()
    return {side: round(value) for side, value in box.items()}


def inside(stream, selector: str) -> dict:
    """The width and the height of a part of the stream's frame."""
    return stream.locator(selector).first.evaluate("e => ({width: e.clientWidth, height: e.clientHeight})")


def is_four_to_three(box: dict) -> bool:
    return abs(box["width"] * 3 / 4 - box["height"]) <= 2


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["wide", "phone"])
def test_the_frame_is_whole_from_the_first_moment_and_nothing_moves(
    app, open_browser, camera_file, microphone_file, size
):
    page = open_browser(camera=camera_file, microphone=microphone_file, size=size)
    stream = open_live(page, app.url)
    eventually("a 4:3 place for the picture", lambda: is_four_to_three(inside(stream, ".MuiPaper-root")))
    before = {part: place(page, part) for part in (FRAME, RECORD)}
    iframe = place(page, 'iframe[title*="webrtc"]')
    assert before[FRAME]["y"] <= iframe["y"] and iframe["height"] <= before[FRAME]["height"] <= iframe["height"] + 20
    background = stream.locator("body").evaluate("b => getComputedStyle(b).backgroundColor")
    assert background == "rgba(0, 0, 0, 0)", "the frame has one background, that of the page"
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    assert is_four_to_three(inside(stream, "video"))
    assert {part: place(page, part) for part in before} == before
    stream.get_by_role("button", name="STOP").click()
    stream.get_by_role("button", name="START").wait_for()
    page.get_by_text("Press START and allow").wait_for()
    assert {part: place(page, part) for part in before} == before


@pytest.mark.parametrize("mode", ["Hybrid", "Simple"])
def test_the_last_minute_is_seen_without_scrolling(app, open_browser, camera_file, microphone_file, mode):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    page.get_by_text(mode, exact=True).click()
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    charts = page.locator(".timeline-chart")
    eventually("the last minute", lambda: charts.count() == (1 if mode == "Hybrid" else 2))
    for box in [place(page, RECORD), *(chart.bounding_box() for chart in charts.all())]:
        assert box["y"] + box["height"] <= 900
