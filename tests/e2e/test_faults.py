"""What happens to a stream, and to what it recorded, when the browser, a tab, the camera or the program goes away."""

from __future__ import annotations

import os
import signal

import av
import psutil
import pytest

from emotion.timeline.store import open_store
from tests.support import LONG_S, ROOT
from tests.support_app import start_app
from tests.support_browser import (
    WORKERS,
    await_frames,
    await_label,
    await_threads_gone,
    eventually,
    no_error,
    open_live,
    play_sample,
    returned_frames,
    settled,
    stream_of,
)

RECORDER = "emotion-recorder"
UNPLUG = """() => {
  const sender = window.connections.at(-1).getSenders().find(s => s.track?.kind === 'video');
  sender.track.stop();
  sender.track.dispatchEvent(new Event('ended'));
}"""
PLUG_IN = """async () => {
  const sender = window.connections.at(-1).getSenders().find(s => s.track?.kind === 'video');
  const media = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}});
  await sender.replaceTrack(media.getVideoTracks()[0]);
}"""

HELD_UP = """
import time
from streamlit.runtime.app_session import AppSession
send = AppSession.flush_browser_queue
AppSession.flush_browser_queue = lambda session: (time.sleep(0.4), send(session))[1]
"""  # a server that comes to send its messages less than three times a second


@pytest.fixture
def held_up_app(tmp_path):
    """An app as on a machine with too much to do."""
    yield from start_app(tmp_path, before=HELD_UP)


@pytest.fixture
def quick_app(tmp_path):
    """An app that nobody has visited, and that soon takes a silent browser for gone."""
    yield from start_app(tmp_path, consent_seconds=0.5)


def record(page, app) -> tuple:
    """Record picture and labels; returns the store and the session's number."""
    page.get_by_text("with picture").click()
    eventually("a tick", lambda: page.get_by_role("checkbox", name="with picture").is_checked())
    settled(page)
    page.get_by_role("button", name="Record", exact=True).click()
    page.locator(".recording").wait_for()
    store = open_store(home=app.home)
    number = eventually("the new session", store.sessions)[0].id
    eventually("two seconds of labels", lambda: judged(store, number) > 10 and store.session(number).duration_s > 2)
    return store, number


def judged(store, number: int) -> int:
    """How many judgements with a label are stored."""
    return int(store.judgements(number)["label"].notna().sum())


def film_seconds(store, number: int) -> float:
    """The time of the last picture of the session's film."""
    with av.open(str(store.media_path(store.session(number)))) as film:
        return max(frame.time for frame in film.decode(video=0))


def kill_browser() -> None:
    """Kill the Chromium that this process started, as a crash does."""
    for process in psutil.Process(os.getpid()).children(recursive=True):
        if "chrom" in process.name() and not any(part.startswith("--type=") for part in process.cmdline()):
            process.kill()


def test_two_tabs_of_one_visitor_of_which_one_is_closed_and_then_the_browser_is_killed(quick_app, open_browser):
    first = open_browser(allow=False)
    open_live(first, quick_app.url)
    play_sample(first)
    second = first.context.new_page()
    open_live(second, quick_app.url)
    play_sample(second)
    eventually("the threads of both", lambda: quick_app.threads().count("emotion-face") == 2)
    second.close()
    eventually("the end of the second", lambda: quick_app.threads().count("emotion-face") == 1)
    await_frames(stream_of(first), after=returned_frames(stream_of(first)))
    assert no_error(first) and WORKERS <= set(quick_app.threads())

    store, number = record(first, quick_app)
    assert len(store.sessions()) == 1
    kill_browser()
    await_threads_gone(quick_app, {*WORKERS, RECORDER})
    info = store.session(number)
    assert info.ended_unix_s is not None and film_seconds(store, number) > 1


def test_a_program_that_is_told_to_end_while_it_streams_ends_and_keeps_the_recording(fresh_app, open_browser):
    page = open_browser(allow=False)
    open_live(page, fresh_app.url)
    play_sample(page)
    store, number = record(page, fresh_app)
    fresh_app.process.send_signal(signal.SIGTERM)
    assert fresh_app.process.wait(LONG_S) == 0
    info = store.session(number)
    assert info.ended_unix_s is not None and film_seconds(store, number) > 1
    assert b"moof" not in store.media_path(info).read_bytes(), "a finished film, with its index in front"
    # aiortc's player may still want to put a picture into the server's loop, which has ended: its own, and harmless
    log = (fresh_app.threads_file.parent / "streamlit.log").read_text()
    assert not [part for part in ("emotion", "ui", "pages") if f'File "{ROOT / part}' in log], log


def test_a_tab_in_the_background_and_a_camera_that_is_unplugged(fresh_app, open_browser, camera_file):
    page = open_browser(camera=camera_file)
    stream = open_live(page, fresh_app.url)
    stream.get_by_role("button", name="START").click()
    await_label(page, "face")
    store, number = record(page, fresh_app)

    other = page.context.new_page()
    other.bring_to_front()
    life = page.context.new_cdp_session(page)
    life.send("Page.setWebLifecycleState", {"state": "frozen"})
    labels = judged(store, number)
    eventually("labels of a tab in the background", lambda: judged(store, number) > labels + 30)
    life.send("Page.setWebLifecycleState", {"state": "active"})
    page.bring_to_front()
    await_label(page, "face")

    body = stream.locator("body")
    body.evaluate(UNPLUG)
    page.locator(".readout-face").get_by_text("no camera picture").wait_for()
    assert page.locator(".recording").count() == 1, "the recording goes on"
    body.evaluate(PLUG_IN)
    await_label(page, "face")
    assert no_error(page)
    page.get_by_role("button", name="Stop recording").click()
    page.get_by_text("was recorded").wait_for()
    table = store.judgements(number)
    assert table[table["kind"] == "face"]["label"].iloc[-1] is not None and len(store.sessions()) == 1
    stream.get_by_role("button", name="STOP").click()
    await_threads_gone(fresh_app, {*WORKERS, RECORDER})


def test_a_server_that_is_held_up_leaves_the_page_whole(held_up_app, open_browser):
    page = open_browser()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_live(page, held_up_app.url)
    play_sample(page)
    for _ in range(6):  # each draws the whole page anew, while the fragments are drawn anew too
        page.get_by_text("All words").click()
        page.wait_for_timeout(1500)
    page.locator(".timeline-chart").first.wait_for()
    page.get_by_role("heading", name="Live").first.wait_for()
    assert errors == []
