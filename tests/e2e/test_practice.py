"""A round of practice in a real browser: countdown, scores, explanation, a kept score; the stream goes on meanwhile."""

from __future__ import annotations

import re

import pytest

from emotion.timeline.store import open_store
from tests.support_browser import (
    LEAST_SHARE,
    accept_notice,
    await_frames,
    await_threads_gone,
    choose_source,
    eventually,
    no_error,
    returned_frames,
    stream_of,
    video_figures,
)

STOP_CAMERA = """() => window.connections.forEach(
    c => c.getSenders().forEach(s => s.track && s.track.kind === 'video' && s.track.stop()))"""
FILM = '[data-testid="stVideo"]'

TRIES = 5  # rounds: a machine that stands still for seconds loses the sound of one, and a person plays another

# keeps the classes that the clock of a round has had and what was said of the input, since a busy test could miss them
WATCH_CLOCK = """() => {
    window.clockStates = [];
    window.troubles = [];
    new MutationObserver(() => {
        const trouble = document.querySelector('.over-picture .trouble');
        if (trouble && !window.troubles.includes(trouble.innerText)) window.troubles.push(trouble.innerText);
        const clock = document.querySelector('.clock');
        if (clock && !window.clockStates.includes(clock.className)) window.clockStates.push(clock.className);
    }).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""


def open_practice(page, url: str):
    """The Practice page with the notice accepted; returns the frame of its stream."""
    page.goto(f"{url}/practice")
    accept_notice(page)
    page.get_by_text("Press START and allow").wait_for()
    page.evaluate(WATCH_CLOCK)
    return stream_of(page)


def score(page, name: str) -> str:
    """A score as the page shows it, "" while there is none."""
    found = page.locator(f".score-{name} .value")
    return found.first.inner_text() if found.count() else ""


def target_is_judged(page) -> bool:
    """Whether a meter has a value: without a round the page shows how probable the target is now."""
    return bool(re.search(r"\d%", page.locator(".meters").inner_text()))


def play_round(page) -> None:
    """Start a round and wait until its scores are there."""
    start = page.get_by_role("button", name="Start round")
    eventually("an enabled button Start round", start.is_enabled)
    page.evaluate("window.clockStates = []")
    start.click()
    eventually("the clock of the round", lambda: page.evaluate("window.clockStates.length > 0"))
    eventually(
        "the scores of the round", lambda: page.locator(".scores").count() and not page.locator(".clock").count()
    )
    assert page.evaluate("window.clockStates") == ["clock get-ready", "clock act-now"]


def test_a_round_from_start_to_personal_best(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_practice(page, app.url)
    assert page.get_by_role("button", name="Start round").is_disabled()
    stream.get_by_role("button", name="START").click()
    eventually("a value in a meter", lambda: target_is_judged(page))
    counted = returned_frames(stream)
    for _ in range(TRIES):
        play_round(page)
        if all(score(page, name) != "–" for name in ("face", "voice", "together")):
            break
    for name in ("face", "voice", "together"):
        assert re.fullmatch(r"\d{1,3}%", score(page, name)), name
    eventually("the points of the curve", lambda: page.locator(".practice-chart circle").count() >= 15)
    main = page.locator('[data-testid="stMain"]')
    main.get_by_text("Not kept.").wait_for()
    text = main.inner_text()
    assert text.count("Judged for") == 2 and re.search("Strongest at|About the same all the time", text)
    assert not len(open_store(home=app.home).attempts()), "nothing is kept unasked"
    assert no_error(page)
    await_frames(stream, after=counted)

    page.get_by_text("Keep my scores on this machine").click()
    page.get_by_text("Kept on this machine.", exact=True).wait_for()
    page.get_by_role("button", name="Delete my scores").wait_for()
    store = open_store(home=app.home)
    kept, names = store.attempts().iloc[0], ("face", "voice", "together")
    assert [f"{kept[m]:.0%}" for m in names] == [score(page, m) for m in names]

    # another target, another round, the same stream
    before = page.locator(".target .word").inner_text()
    page.get_by_role("button", name="Random target").click()
    eventually("another target", lambda: page.locator(".target .word").inner_text() != before)
    first = video_figures(stream)
    play_round(page)
    last = video_figures(stream)
    sent, came_back = last["sent"] - first["sent"], last["came_back"] - first["came_back"]
    assert came_back >= LEAST_SHARE * sent, "the video went on during the round"
    eventually("a second kept score", lambda: len(store.attempts()) == 2)

    page.get_by_role("button", name="Delete my scores").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    eventually("the end of all scores", lambda: not len(store.attempts()))

    stream.get_by_role("button", name="STOP").click()
    await_threads_gone(app)


@pytest.mark.parametrize(
    "source, there, gone, why",
    [("Camera only", "face", "voice", "no sound arrives"), ("Microphone only", "voice", "face", "no camera picture")],
)
def test_one_modality_alone_has_its_score(app, open_browser, camera_file, microphone_file, source, there, gone, why):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_practice(page, app.url)
    choose_source(page, source)
    stream.get_by_role("button", name="START").click()
    eventually("a value in a meter", lambda: target_is_judged(page))
    for _ in range(TRIES):
        play_round(page)
        if score(page, there) != "–":
            break
    assert re.fullmatch(r"\d{1,3}%", score(page, there)) and score(page, gone) == "–"
    assert score(page, "together") == score(page, there)
    main = page.locator('[data-testid="stMain"]')
    main.get_by_text(f"This score comes from the {there} alone.").wait_for()
    eventually(f"the reason “{why}”", lambda: why in main.inner_text())


def test_two_rounds_are_seen_beside_each_other_until_the_stream_stops(app, open_browser, camera_file):
    page = open_browser(camera=camera_file, size=(390, 844))
    stream = open_practice(page, app.url)
    stream.get_by_role("button", name="START").click()
    eventually("a value in a meter", lambda: target_is_judged(page))
    frame, over = (page.locator(f).bounding_box() for f in (".st-key-practice-frame", ".over-picture"))
    assert abs(frame["x"] - over["x"]) < 2 and abs(frame["y"] - over["y"]) < 2, "the score lies over the picture"
    assert abs(frame["width"] - over["width"]) < 2 and abs(frame["height"] - over["height"]) < 2
    play_round(page)
    for _ in range(TRIES):
        play_round(page)
        eventually("the film", lambda: page.locator(FILM).evaluate("v => v.videoWidth"))
        if page.locator(".film-names span").count() == 2:
            break
    assert page.locator(FILM).evaluate("v => [v.videoWidth, v.videoHeight, v.duration]") == [640, 240, 6]
    page.locator(".best-round").first.wait_for()
    assert no_error(page)
    stream.get_by_role("button", name="STOP").click()
    eventually("the end of the film", lambda: not page.locator(FILM).count())
    await_threads_gone(app)


def test_a_camera_that_stops_is_told_and_the_round_goes_on_to_its_end(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_practice(page, app.url)
    stream.get_by_role("button", name="START").click()
    eventually("a value in a meter", lambda: target_is_judged(page))
    stream.locator("body").evaluate(STOP_CAMERA)
    eventually("the end of the pictures", lambda: "no camera picture" in page.locator(".meters").inner_text())
    play_round(page)
    assert any(said.startswith("No picture arrived: check the camera") for said in page.evaluate("window.troubles"))
    # on a busy machine most half seconds may have no answer to the voice either
    assert re.search("no picture arrived: check the camera|the picture stood still", page.locator(".tip").inner_text())
    assert score(page, "face") == "–" and no_error(page)
