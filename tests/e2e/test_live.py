"""The live page in a real browser: real WebRTC, the real models, a camera and a microphone made of files."""

from __future__ import annotations

import re
from statistics import median

import psutil
import pytest
from playwright.sync_api import expect

from tests.support_browser import (
    LEAST_SHARE,
    WORKERS,
    accept_notice,
    await_frames,
    await_label,
    await_threads_gone,
    choose_source,
    eventually,
    go,
    no_error,
    open_details,
    open_live,
    returned_frames,
    settled,
    skip_check,
    video_figures,
)

FULL_SIZE = [640, 480]
STRETCH = 300  # pictures that the browser sends, ten seconds of them
SHARE_WHEN_IDLE = 2 / 3  # of them that comes back, at least, where the processors have time left
IDLE = 0.2  # share of the processors' time that counts as "time left"
LEAST_BITRATE = 400_000  # bit/s that the browser may send; 30,000 to 300,000 while aiortc estimated the bandwidth


def judged_pictures(page) -> int:
    """How many pictures the face model has judged so far, by the figures on the page."""
    left_out, shown = re.search(r"pictures not judged\s*(\d+) of (\d+)", page.locator(".vitals").inner_text()).groups()
    return int(shown) - int(left_out)


def full_size_stretch(stream) -> dict | None:
    """The browser's figures over the next STRETCH pictures, None unless they had full size and quality all the time.

    aiortc's own estimate of the bandwidth once made the browser send small pictures in coarse blocks.
    """
    first = video_figures(stream)
    if not first or not first.get("sent") or not first.get("came_back"):
        return None
    sizes, bitrates, limits, cpu = [], [], set(), psutil.cpu_times()

    def sent() -> dict | None:
        now = video_figures(stream)
        sizes.extend([now["sent_size"], now["size"]])
        bitrates.append(now["bitrate"] or 0)  # a browser that has not been told of a bandwidth yet gives none
        limits.add(now["limited_by"])
        return now if now["sent"] >= first["sent"] + STRETCH else None

    last = eventually(f"{STRETCH} pictures sent by the browser", sent, every=0.5)
    spent = [after - before for before, after in zip(cpu, psutil.cpu_times())]
    found = {name: last[name] - first[name] for name in ("sent", "came_back")}
    found |= {"idle": spent[cpu._fields.index("idle")] / sum(spent), "bitrate": median(bitrates)}
    print("video:", found, "smallest", min(sizes), "limited by", limits)
    full = all(size == FULL_SIZE for size in sizes) and found["bitrate"] >= LEAST_BITRATE
    return found if full and "bandwidth" not in limits else None


def test_live_stream_from_start_to_stop(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    assert not WORKERS & set(app.threads())
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    await_label(page, "voice")
    assert WORKERS <= set(app.threads())
    # hybrid: one judgement beside the two
    expect(page.locator(".readout h3", has_text="Together")).to_have_count(1)

    skip_check(page)
    # the last minute and the place among the words are drawn
    eventually("the lines of the last minute", lambda: page.locator(".timeline-chart polyline").count() >= 7)
    eventually("the point in the circle of emotions", lambda: page.locator(".circumplex-chart .now").count() == 1)

    # Simple and back while the stream goes on
    page.get_by_text("Simple", exact=True).click()
    eventually("no readout for Together", lambda: page.locator(".readout-together").count() == 0)
    counted = returned_frames(stream)
    await_label(page, "face")
    page.get_by_text("Hybrid", exact=True).click()
    await_label(page, "together")
    await_frames(stream, after=counted)

    # a setting beside the picture, while the stream goes on
    page.get_by_role("button", name="Stream settings").click()
    page.get_by_text("Mirror the picture").click()
    expect(page.get_by_role("switch", name="Mirror the picture")).not_to_be_checked()
    await_frames(stream, after=returned_frames(stream))
    page.keyboard.press("Escape")

    stream.get_by_role("button", name="STOP").click()
    await_threads_gone(app)


def test_pictures_come_back_in_full_size_while_judgements_go_on(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    agreed = video_figures(stream)["agreed"]
    assert "abs-send-time" not in agreed, "aiortc would estimate the bandwidth"
    assert "x-google-start-bitrate" in agreed
    open_details(page)
    judged = judged_pictures(page)
    # the browser may begin with a smaller picture, and is told of a bandwidth only after some seconds
    eventually("pictures that come back", lambda: video_figures(stream).get("came_back"))
    full_size_stretch(stream)
    found = eventually("a stretch of pictures in full size", lambda: full_size_stretch(stream))
    # where other programs need the processors, fewer pictures come back, but they go on coming
    share = SHARE_WHEN_IDLE if found["idle"] > IDLE else LEAST_SHARE
    assert found["came_back"] >= share * found["sent"]
    eventually("pictures judged meanwhile", lambda: judged_pictures(page) > judged)
    stream.get_by_role("button", name="STOP").click()
    await_threads_gone(app)


def test_hurried_clicks_do_not_end_the_stream(app, open_browser, camera_file, microphone_file):
    """A click while the page still answers the one before ends that run, often before it gets to the stream."""
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    page.evaluate("""async () => {
        const options = [...document.querySelectorAll('[data-testid="stSidebar"] input[type=radio]')].slice(0, 2);
        for (let i = 0; i < 41; i++) {
            options[i % 2].click();
            await new Promise(done => setTimeout(done, 15 + 7 * (i % 5)));
        }
    }""")
    eventually("the last click, Simple", lambda: page.locator(".readout-together").count() == 0)
    settled(page)
    await_frames(stream, after=returned_frames(stream))
    expect(stream.get_by_role("button", name="STOP")).to_have_count(1)
    assert WORKERS <= set(app.threads())


def test_a_page_left_and_come_back_to_starts_again(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    for _ in range(2):
        stream.get_by_role("button", name="START").click()
        await_label(page, "face")
        go(page, "About and limits")
        await_threads_gone(app)
        go(page, "Live")
        eventually("the button START", lambda: stream.get_by_role("button", name="START").count())


def test_ravdess_clip_as_camera_and_microphone(app, open_browser, clip_files):
    page = open_browser(camera=clip_files[0], microphone=clip_files[1])
    stream = open_live(page, app.url)
    stream.get_by_role("button", name="START").click()
    for name in ("face", "voice", "together"):
        await_label(page, name)


@pytest.mark.parametrize(
    "source, answers, other, why",
    [("Camera only", "face", "voice", "no sound arrives"), ("Microphone only", "voice", "face", "no camera picture")],
)
def test_one_modality_alone(app, open_browser, camera_file, microphone_file, source, answers, other, why):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    choose_source(page, source)
    stream.get_by_role("button", name="START").click()
    await_label(page, answers)
    page.locator(f".readout-{other}").get_by_text(why).wait_for()
    await_label(page, "together")  # hybrid goes on with what is there


def test_a_page_address_as_the_very_first_visit(fresh_app, open_browser):
    page = open_browser()
    page.goto(fresh_app.url + "/capture")
    page.get_by_role("heading", name="Capture").first.wait_for()
    page.get_by_text("Fusion mode").wait_for()  # the sidebar of app.py
    expect(page.get_by_role("link", name="About and limits")).to_have_count(1)


@pytest.mark.parametrize(
    "name",
    [
        "Capture",
        "Analyse a file",
        "Practice",
        "Me",
        "Sessions",
        "Diary",
        "Results",
        "Confusion matrices",
        "About and limits",
    ],
)
def test_every_page_opens_without_an_error(app, open_browser, name):
    page = open_browser()
    page.goto(app.url)
    go(page, name)
    assert no_error(page)
    notice = page.get_by_role("button", name="I understand")
    if notice.count():
        accept_notice(page)
        notice.wait_for(state="detached")
        settled(page)
        assert no_error(page)
