"""Results in a real browser: everything before the folded parts within three screens."""

from __future__ import annotations

from tests.support_browser import settled

SIZE = (1440, 900)


def test_results_take_at_most_three_screens_before_unfolding(app, open_browser):
    page = open_browser(size=SIZE)
    page.goto(app.url + "/results")
    page.locator(".condition-chart svg").wait_for()
    settled(page)
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    assert page.locator(".dot-row").count() > 20 and tall <= 3 * SIZE[1], tall
