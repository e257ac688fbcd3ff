"""axe-core on every page, light and dark: nothing that it calls serious or critical (WCAG 2, A and AA)."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support_app import PAGES
from tests.support_browser import await_label, open_live, open_page


def serious(page) -> list[str]:
    """What axe finds, as lines that name the rule and the first place."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {v['id']} ({v['impact']}), {len(v['nodes'])} times: {v['nodes'][0]['html'][:200]} "
        f"{v['nodes'][0]['failureSummary'][:300]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_page(app, open_browser, dark):
    page, found = open_browser(dark=dark), []
    page.goto(app.url)
    page.get_by_role("button", name="I understand").wait_for()
    found += serious(page)
    for name in ("", *PAGES):
        open_page(page, app.url, name)
        page.wait_for_timeout(1000)  # charts are drawn after the app has answered
        found += serious(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_live_page_at_work(app, open_browser, camera_file, microphone_file, dark):
    page = open_browser(camera=camera_file, microphone=microphone_file, dark=dark)
    open_live(page, app.url).get_by_role("button", name="START").click()
    await_label(page, "face")
    await_label(page, "voice")
    found = serious(page)
    assert not found, "\n".join(found)
