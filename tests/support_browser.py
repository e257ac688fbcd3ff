"""What the browser tests do again and again: wait, open a page, follow a link, read an answer, ask about the video."""

from __future__ import annotations

import re
import time
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import TimeoutError

from tests.support import LONG_S

WORKERS = {"emotion-face", "emotion-voice"}
LEAST_SHARE = 0.1  # of the pictures sent that comes back while other programs keep the processors busy

AFTER_NOTICE = {"", "capture", "analyse", "practice", "me"}  # addresses of the pages that the notice comes before
WIDTH, HEIGHT, FPS = 640, 480, 30  # of the pretended camera

# Keeps the WebRTC connections of a page where a test can ask them.
KEEP_CONNECTIONS = """
if (window.RTCPeerConnection) {
  window.connections = [];
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct(target, options) {
      const made = new target(...options);
      window.connections.push(made);
      return made;
    },
  });
}
"""
VIDEO_FIGURES = """
async () => {
  const connection = window.connections.findLast(c => c.connectionState === 'connected');
  if (!connection) return null;
  const found = {agreed: connection.remoteDescription.sdp};
  for (const report of (await connection.getStats()).values()) {
    if (report.kind === 'video' && report.type === 'outbound-rtp')
      Object.assign(found, {
        sent: report.framesSent, sent_size: [report.frameWidth, report.frameHeight],
        bitrate: report.targetBitrate, limited_by: report.qualityLimitationReason,
      });
    if (report.kind === 'video' && report.type === 'inbound-rtp')
      Object.assign(found, {came_back: report.framesDecoded, size: [report.frameWidth, report.frameHeight]});
  }
  return found;
}
"""


SECONDS = 8  # of the moving portrait


def moving_portrait(portrait: np.ndarray):
    """The portrait drifting and growing in front of a plain wall."""
    for i in range(FPS * SECONDS):
        phase = 2 * np.pi * i / (FPS * SECONDS)
        scale = 0.75 + 0.15 * np.sin(phase)
        matrix = np.array([[scale, 0, 120 + 60 * np.sin(phase)], [0, scale, 40 + 25 * np.cos(2 * phase)]])
        yield cv2.warpAffine(portrait, matrix, (WIDTH, HEIGHT), borderValue=(120, 125, 130))


def write_y4m(path: Path, frames, *, fps: int = FPS) -> Path:
    """An uncompressed video that Chromium takes for a camera; frames: uint8 (HEIGHT, WIDTH, 3) RGB."""
    with path.open("wb") as f:
        f.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{fps}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            f.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


def eventually(awaited: str, check, *, seconds: float = LONG_S, every: float = 0.25):
    """The first true answer of check(); fails with what was awaited and the last answer after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {awaited}; still {answer!r}"
        time.sleep(every)


def accept_notice(page) -> None:
    """Press the button of the notice, when it comes."""
    page.get_by_role("button", name="I understand").click()


def settled(page) -> None:
    """Wait until the app has answered everything that was clicked."""
    page.locator('[data-test-script-state="notRunning"]').wait_for()


def stream_of(page):
    """The frame with START, STOP and the picture."""
    return page.frame_locator('iframe[title*="webrtc"]')


def open_live(page, url: str):
    """The live page with the notice accepted; returns the frame of its stream."""
    page.goto(url)
    accept_notice(page)
    page.get_by_text("Press START and allow").wait_for()
    return stream_of(page)


def open_page(page, url: str, address: str) -> None:
    """A page by its address, past the notice: each visit of an address is a new session, which is asked again."""
    page.goto(f"{url}/{address}")
    page.locator("h1").first.wait_for()
    notice = page.get_by_role("button", name="I understand")
    if address in AFTER_NOTICE:
        accept_notice(page)
        notice.wait_for(state="detached")
    settled(page)
    assert notice.count() == 0, f"{address}: the notice instead of the page"


def go(page, name: str) -> None:
    """Follow the link to a page, as a person does: again if the page did not come, or did not stay.

    A click that coincides with a message of the page's own (the stream's first state when its page opens, its state
    after STOP, a fragment's turn) can be lost: Streamlit keeps the page of the later one, at times after the new page
    has begun to show.
    """
    heading = page.get_by_role("heading", name=name).first

    def arrived() -> bool:
        page.get_by_role("link", name=name, exact=True).click()
        try:
            heading.wait_for(timeout=20_000)
            settled(page)
        except TimeoutError:
            return False
        return heading.is_visible()

    eventually(f"the page {name}", arrived)


def play_sample(page) -> None:
    """Press "Try a sample clip" until the face has a label: a click can be lost while the page is drawn again."""
    button = page.get_by_role("button", name="Try a sample clip")
    label = page.locator(".readout-face .answer .label")

    def plays() -> bool:
        button.or_(label).first.wait_for()
        if button.count():
            button.click()
        try:
            label.wait_for(timeout=20_000)
        except TimeoutError:
            return False
        return True

    eventually("a label of the sample clip", plays)


def skip_check(page) -> None:
    """Press Skip (or Go on, where it has ended) in the check that comes with the first START, until it is gone."""
    check, buttons = page.get_by_text("Before you begin"), page.get_by_role("button", name=re.compile("^(Skip|Go on)$"))
    last_minute = page.locator(".timeline-chart")

    def gone() -> bool:
        if buttons.count():
            buttons.first.click()
        return last_minute.count() > 0 and check.count() == 0

    eventually("the end of the check", gone, every=1.0)


def open_details(page) -> None:
    """The figures below the stream: click until they are there, for a click can be lost on a busy page."""
    figures = page.locator(".vitals")

    def opened() -> bool:
        try:
            if not figures.count() or not figures.is_visible():
                page.get_by_text("Details: pictures a second").click(timeout=10_000)
            figures.wait_for(timeout=10_000)
        except TimeoutError:
            return False
        return True

    eventually("the figures of the stream", opened)


def choose_source(page, name: str) -> None:
    """Choose what the stream uses; each choice has its own component, which takes the place of the one before."""
    before = page.locator('iframe[title*="webrtc"]').element_handle()
    page.get_by_role("radio", name=name).click()
    eventually(f"the stream of {name}", lambda: not before.evaluate("e => e.isConnected"))


def label(page, name: str) -> str:
    """The emotion shown in a readout, "" while it shows none."""
    found = page.locator(f".readout-{name} .answer .label")
    return found.first.inner_text() if found.count() else ""


def await_label(page, name: str) -> None:
    """Wait until a readout shows an emotion."""
    eventually(f"an emotion in the readout {name}", lambda: label(page, name))


def await_threads_gone(app, names: set[str] = WORKERS) -> None:
    """Wait until the app has none of these threads."""
    eventually(f"the end of {', '.join(sorted(names))}", lambda: not names & set(app.threads()))


def no_error(page) -> bool:
    """Whether the page shows no traceback."""
    return page.locator('[data-testid="stException"]').count() == 0


def returned_frames(frame) -> int:
    """Frames the browser has shown of the video that came back."""
    return frame.locator("video").evaluate("v => v.getVideoPlaybackQuality().totalVideoFrames")


def await_frames(frame, *, after: int, more: int = 20) -> None:
    """Wait until the video that comes back has gone on."""
    eventually(f"{more} more frames of the video", lambda: returned_frames(frame) > after + more)


def video_figures(frame) -> dict | None:
    """What the browser says about its video: frames sent and come back, their sizes, bitrate; None before it connects.

    agreed: the answer of the app (SDP); bitrate in bit/s; limited_by: none, cpu, bandwidth or other.
    """
    return frame.locator("body").evaluate(VIDEO_FIGURES)
