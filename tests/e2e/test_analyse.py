"""Analyse a file in a real browser; the report that comes out is opened with the network shut."""
from __future__ import annotations

from tests.conftest import write_wav
from tests.e2e.test_live import eventually


def test_upload_look_download_and_open_the_report(app, open_browser, speech, tmp_path):
    note = write_wav(tmp_path / "note.wav", speech, 16_000)
    page = open_browser()
    page.goto(app.url)
    page.get_by_role("link", name="Analyse a file").click(timeout=30_000)
    page.get_by_role("button", name="I understand").click(timeout=30_000)
    page.locator('input[type="file"]').set_input_files(str(note))
    page.get_by_role("button", name="Analyse", exact=True).click(timeout=15_000)
    page.get_by_role("heading", name="note.wav").wait_for(timeout=60_000)
    page.locator(".js-plotly-plot").first.wait_for(timeout=15_000)
    with page.expect_download(timeout=30_000) as waiting:
        page.get_by_role("button", name="Report (HTML)").click()
    report = tmp_path / "report.html"
    waiting.value.save_as(report)

    reader = open_browser()
    asked = []
    reader.context.route("**/*", lambda route: (asked.append(route.request.url), route.abort())
                         if route.request.url.startswith("http") else route.continue_())
    failures: list[str] = []
    reader.on("pageerror", lambda error: failures.append(str(error)))
    reader.goto(report.as_uri())
    eventually(lambda: reader.locator(".js-plotly-plot .main-svg").count() >= 4, seconds=15)
    assert asked == [] and failures == []
    assert "not a feeling" in reader.inner_text("body") and "note.wav" in reader.inner_text("body")
    assert "emotion-analysis" not in app.threads()
