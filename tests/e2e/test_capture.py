"""The Capture page in a real browser: a photo from the fake camera, files by upload, and bad files."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.support import write_wav
from tests.support_browser import accept_notice, await_label, eventually


def open_capture(page, url: str):
    page.goto(url + "/capture")
    accept_notice(page)
    page.get_by_text("Take a photo, record a voice note, or both").wait_for()
    return page


def await_camera(page) -> None:
    """Wait until the camera's picture is there: "Take Photo" can be pressed before, and then takes none."""
    video = page.get_by_test_id("stCameraInput").locator("video")
    eventually("the camera's picture", lambda: video.count() and video.evaluate("v => v.videoHeight"))


@pytest.fixture
def portrait_file(tmp_path, astronaut):
    cv2.imwrite(str(tmp_path / "portrait.png"), astronaut[..., ::-1])
    return tmp_path / "portrait.png"


def test_photo_from_the_camera(app, open_browser, camera_file):
    page = open_capture(open_browser(camera=camera_file), app.url)
    await_camera(page)
    page.get_by_role("button", name="Take Photo").click()
    await_label(page, "face")
    page.locator(".photo .box").wait_for()
    assert page.locator(".readout").count() == 1, "no empty bars of a voice that was not recorded"


def test_uploaded_photo_and_voice_give_one_judgement(app, open_browser, portrait_file, tmp_path, speech):
    page = open_capture(open_browser(), app.url)
    uploads = page.locator('input[type="file"]')
    uploads.nth(0).set_input_files(portrait_file)
    await_label(page, "face")
    uploads.nth(1).set_input_files(write_wav(tmp_path / "voice.wav", speech, 16_000))
    await_label(page, "voice")
    readout = page.locator(".readout-together")
    eventually("one judgement", lambda: any(word in readout.inner_text() for word in ("agree", "voice says")))


def test_bad_files_get_a_message_and_the_page_lives_on(app, open_browser, tmp_path, portrait_file):
    page = open_capture(open_browser(), app.url)
    uploads = page.locator('input[type="file"]')
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"nothing of the kind" * 20)
    uploads.nth(0).set_input_files(broken)
    page.get_by_text("broken.png cannot be read as a picture").wait_for()
    silence = write_wav(tmp_path / "silence.wav", np.zeros(32_000, np.float32), 16_000)
    uploads.nth(1).set_input_files(silence)
    page.get_by_text("muted: switched off").wait_for()
    uploads.nth(0).set_input_files(portrait_file)
    await_label(page, "face")
