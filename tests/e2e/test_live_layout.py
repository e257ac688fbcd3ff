"""The live page's layout: what is seen without scrolling, and that nothing moves at START and STOP."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.labels import FACE_LABELS
from tests.support_browser import await_label, eventually, open_live, skip_check
from ui.panels import readout, style

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
    skip_check(page)
    charts = page.locator(".timeline-chart")
    eventually("the last minute", lambda: charts.count() == (1 if mode == "Hybrid" else 2))
    for box in [place(page, RECORD), *(chart.bounding_box() for chart in charts.all())]:
        assert box["y"] + box["height"] <= 900


def variants(title: str, large: bool) -> list[str]:
    """One readout in each of its states: before START, without an answer, sure, unsure, with a line of reasons."""
    sure, unsure = np.array([0.01, 0.02, 0.03, 0.9, 0.02, 0.01, 0.01]), np.array([0.1, 0.3, 0.1, 0.1, 0.1, 0, 0.3])
    two_lines = "little light on the face (face × 0.4, voice × 1.0); experimental: contempt"
    given: list[tuple] = [
        (None, {"reason": "stopped"}),
        (None, {"reason": "too dark"}),
        (sure, {}),
        (sure, {"note": two_lines}),
        (unsure, {"reason": two_lines}),
    ]
    return [
        readout(title, probs, FACE_LABELS, modality="face", strongest=3, large=large, **words) for probs, words in given
    ]


@pytest.mark.parametrize("width", [384, 360], ids=["wide", "phone"])
@pytest.mark.parametrize("large", [True, False], ids=["large", "small"])
def test_a_readout_is_equally_high_whatever_it_says(open_browser, monkeypatch, large, width):
    monkeypatch.setattr("emotion.certainty.sure_above", lambda: {"face": 0.5})
    page = open_browser()
    drawn = "".join(variants("Face", large))
    fonts = "<style>* { box-sizing: border-box } body { font: 16px 'DejaVu Sans Condensed', sans-serif }</style>"
    page.set_content(f'{fonts}{style()}<div class="st-key-live-answers" style="width:{width}px">{drawn}</div>')
    heights = [round(box.bounding_box()["height"]) for box in page.locator(".readout").all()]
    assert len(set(heights)) == 1, heights


def test_a_readout_without_an_answer_shows_no_bars(open_browser):
    page = open_browser()
    page.set_content(style() + readout("Face", None, FACE_LABELS, reason="stopped", strongest=3))
    assert not page.get_by_text("angry").is_visible() and page.get_by_text("press START").is_visible()


def test_only_the_answer_of_live_is_pinned_on_a_phone(open_browser):
    page = open_browser(size=(390, 844))
    large = readout("Together", np.full(7, 1 / 7), FACE_LABELS, large=True)
    live, capture = f'<div class="st-key-live-answers">{large}</div>', f'<div class="capture">{large}</div>'
    page.set_content(f'{style()}<div class="stMainBlockContainer">{live}{capture}</div>')
    positions = page.locator(".readout").evaluate_all("all => all.map(e => getComputedStyle(e).position)")
    assert positions == ["fixed", "static"]


def test_in_simple_the_face_is_the_large_answer_and_is_pinned_on_a_phone(
    app, open_browser, camera_file, microphone_file
):
    page = open_browser(camera=camera_file, microphone=microphone_file, size=(390, 844))
    stream = open_live(page, app.url)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_text("Simple", exact=True).click()
    page.locator('[data-testid="stSidebarCollapseButton"] button').click()
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    skip_check(page)
    box = place(page, ".readout-face")
    assert box["y"] + box["height"] == 844 and page.locator(".readout.large").count() == 1


def test_one_live_region_says_the_words_and_stays_the_same_element(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    region = page.locator('.st-key-live-spoken[role="status"]')
    region.wait_for(state="attached")
    region.evaluate("e => { e.seen = true }")
    stream.get_by_role("button", name="START").click()
    await_label(page, "together")
    eventually("the spoken words", lambda: region.inner_text().strip().startswith("Together: happy, "))
    assert region.evaluate("e => e.seen"), "a region that is drawn anew with its words is not read out"
    assert page.locator(".st-key-live-answers [role=status], .st-key-live-answers [aria-live]").count() == 1
