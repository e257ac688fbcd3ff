"""Analyse a file in a real browser; the report that comes out is opened with the network shut."""

from __future__ import annotations

import cv2
import numpy as np

from tests.support import write_wav
from tests.support_browser import accept_notice, eventually, go, no_error


def test_upload_look_download_and_open_the_report(app, open_browser, speech, tmp_path):
    note = write_wav(tmp_path / "note.wav", speech, 16_000)
    page = open_browser()
    page.goto(app.url)
    go(page, "Analyse a file")
    accept_notice(page)
    page.locator('input[type="file"]').set_input_files(str(note))
    page.get_by_role("button", name="Analyse", exact=True).click()
    page.get_by_role("heading", name="note.wav").wait_for()
    page.locator(".shares").first.wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Report (HTML)").click()
    report = tmp_path / "report.html"
    waiting.value.save_as(report)

    reader = open_browser()
    asked = []
    reader.context.route(
        "**/*",
        lambda route: (
            (asked.append(route.request.url), route.abort())
            if route.request.url.startswith("http")
            else route.continue_()
        ),
    )
    complaints: list[str] = []
    reader.on("console", lambda message: complaints.append(message.text))
    reader.goto(report.as_uri())
    reader.locator(".time-chart.lines svg").first.wait_for()
    assert asked == [] and complaints == []
    assert "not a feeling" in reader.inner_text("body") and "note.wav" in reader.inner_text("body")
    assert "emotion-analysis" not in app.threads()


def test_a_clip_gives_labels_and_a_film_that_plays(app, open_browser, data_folder):
    page = open_browser()
    page.goto(app.url + "/analyse")
    accept_notice(page)
    page.locator('input[type="file"]').set_input_files(data_folder / "media/01-01-08-02-02-02-01.mp4")
    page.get_by_text("Also make a copy of the film").click()
    page.get_by_role("button", name="Analyse", exact=True).click()
    film = page.locator("video")
    film.wait_for()
    ready = "v => v.readyState >= 2 && v.duration > 3 && v.videoWidth > 0"
    eventually("the film on the page", lambda: film.evaluate(ready))
    film.evaluate("v => { v.muted = true; return v.play() }")
    heard = "v => v.currentTime > 1 && v.webkitAudioDecodedByteCount > 0"
    eventually("the film playing with sound", lambda: film.evaluate(heard))
    for name in ("Together", "Face", "Voice"):
        page.get_by_role("tab", name=name).first.click()  # its curve
        page.locator(".time-chart.lines:visible svg").wait_for()
        page.get_by_role("tab", name=name).last.click()  # its figures
        page.locator(".shares:visible").first.wait_for()
    eventually("the figures", lambda: page.get_by_text("of the time").count() >= 3)
    assert no_error(page)
    assert "emotion-analysis" not in app.threads()


def test_a_photo_shows_its_boxes_and_the_bars_of_each_face_and_nothing_over_time(
    app, open_browser, astronaut, tmp_path
):
    pair = tmp_path / "pair.png"
    cv2.imwrite(str(pair), np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)[..., ::-1])
    page = open_browser()
    page.goto(app.url + "/analyse")
    accept_notice(page)
    page.locator('input[type="file"]').set_input_files(str(pair))
    page.get_by_role("button", name="Analyse", exact=True).click()
    page.get_by_role("heading", name="pair.png").wait_for()
    page.locator(".photo .box").first.wait_for()
    picture = page.locator(".photo img").bounding_box()
    boxes = [page.locator(".photo .box").nth(i).bounding_box() for i in range(2)]
    for box in boxes:
        assert picture["x"] < box["x"] and box["x"] + box["width"] < picture["x"] + picture["width"]
        assert picture["y"] < box["y"] and box["y"] + box["height"] < picture["y"] + picture["height"]
    middle = picture["x"] + picture["width"] / 2
    assert sorted(box["x"] > middle for box in boxes) == [False, True], "one in each half"
    assert page.locator(".photo .readout").count() == 2
    assert page.locator(".photo .fill").evaluate_all("bars => bars.filter(b => b.offsetWidth > 0).length") >= 2
    assert page.locator(".time-chart").count() == 0 and page.locator(".js-plotly-plot").count() == 0
    assert no_error(page)
