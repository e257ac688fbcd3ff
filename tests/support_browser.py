"""What the browser tests do again and again: wait, open Live, follow a link, read an answer."""

from __future__ import annotations

import time

from playwright.sync_api import TimeoutError

WORKERS = {"emotion-face", "emotion-voice"}


def eventually(check, *, seconds: float, every: float = 0.25):
    """The first true answer of check() within `seconds`; fails with the last answer otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        time.sleep(every)


def open_live(page, url: str):
    """The live page with the notice accepted."""
    page.goto(url)
    page.get_by_role("button", name="I understand").click(timeout=30_000)
    page.get_by_text("Press START and allow").wait_for(timeout=60_000)
    return page.frame_locator('iframe[title*="webrtc"]')


def go(page, name: str) -> None:
    """Follow the link to a page, as a person does: again if the page did not come, or did not stay.

    A click that coincides with a message of the page's own (the stream's first state when its page opens, its state after STOP, a
    fragment's turn) can be lost: Streamlit keeps the page of the later one, at times after the new page has begun to show.
    """
    heading = page.get_by_role("heading", name=name).first

    def arrived() -> bool:
        page.get_by_role("link", name=name, exact=True).click(timeout=30_000)
        try:
            heading.wait_for(timeout=10_000)
            page.locator('[data-test-script-state="notRunning"]').wait_for(timeout=30_000)
        except TimeoutError:
            return False
        return heading.is_visible()

    eventually(arrived, seconds=60)


def label(page, name: str) -> str:
    """The emotion shown in a readout, "" while it shows none."""
    found = page.locator(f".readout-{name} .answer .label")
    return found.first.inner_text() if found.count() else ""


def returned_frames(frame) -> int:
    """Frames the browser has shown of the video that came back."""
    return frame.locator("video").evaluate("v => v.getVideoPlaybackQuality().totalVideoFrames")
