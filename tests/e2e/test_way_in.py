"""The ways in: the sample clip, a refused permission, the check, the keys, and leaving while it records."""

from __future__ import annotations

from tests.support_browser import (
    WORKERS,
    accept_notice,
    await_frames,
    await_label,
    await_threads_gone,
    eventually,
    go,
    open_live,
    play_sample,
    returned_frames,
    skip_check,
    stream_of,
)


def test_the_sample_clip_needs_no_camera_and_goes_the_way_of_the_stream(app, open_browser):
    page = open_browser(allow=False)
    stream = open_live(page, app.url)
    play_sample(page)
    for name in ("face", "voice", "together"):
        await_label(page, name)
    assert WORKERS <= set(app.threads())
    assert stream.locator("video").evaluate("v => [v.videoWidth, v.videoHeight]") == [480, 360]
    # it is played again and again, and the labels go on; a round takes ten seconds
    await_frames(stream, after=returned_frames(stream), more=400)
    await_label(page, "face")
    assert page.get_by_role("button", name="This is my neutral").count() == 0, "an actor's neutral is nobody's own"
    stream.get_by_role("button", name="STOP").click()
    await_threads_gone(app)


def test_the_sample_clip_from_a_page_that_is_empty(fresh_app, open_browser):
    page = open_browser(allow=False)
    open_live(page, fresh_app.url)
    go(page, "Sessions")
    play_sample(page)


def test_the_sample_clip_is_analysed_as_a_file(app, open_browser):
    page = open_browser()
    page.goto(app.url + "/analyse")
    accept_notice(page)
    page.get_by_role("button", name="Try a sample clip").click()
    page.get_by_role("heading", name="sample clip").wait_for()
    page.locator("button.seek").filter(has_text="surprise").first.wait_for()


def test_permission_denied_opens_the_help_and_offers_the_sample(app, open_browser):
    page = open_browser(allow=False)
    stream = open_live(page, app.url)
    stream.get_by_role("button", name="START").click()
    page.get_by_test_id("stAlertContentWarning").get_by_text("The browser may not use").wait_for()
    page.get_by_text("Without a camera:").wait_for()
    play_sample(page)


def test_a_refused_camera_in_practice_leads_to_the_sample(app, open_browser):
    page = open_browser(allow=False)
    page.goto(f"{app.url}/practice")
    accept_notice(page)
    page.get_by_text("Press START and allow").wait_for()
    assert page.get_by_role("button", name="Try a sample clip").count() == 0
    stream_of(page).get_by_role("button", name="START").click()
    page.get_by_text("Without a camera:").wait_for()
    play_sample(page)
    page.get_by_role("heading", name="Live").first.wait_for()


def test_the_sample_from_capture(app, open_browser):
    page = open_browser(allow=False)
    page.goto(f"{app.url}/capture")
    accept_notice(page)
    play_sample(page)


def test_the_first_start_begins_with_the_check_and_later_ones_do_not(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    stream.get_by_role("button", name="START").click()
    page.get_by_text("Before you begin").wait_for()
    skip_check(page)
    stream.get_by_role("button", name="STOP").click()
    stream.get_by_role("button", name="START").click()
    page.locator(".timeline-chart").wait_for()
    assert page.get_by_text("Before you begin").count() == 0


def test_the_check_on_request(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    page.get_by_role("button", name="Check camera and microphone").click()
    page.get_by_text("Before you begin").wait_for()
    stream.get_by_role("button", name="STOP").wait_for()
    page.get_by_role("button", name="Skip").click()
    page.get_by_text("Before you begin").wait_for(state="detached")
    await_label(page, "face")


def test_the_keys(app, open_browser):
    page = open_browser(allow=False)
    stream = open_live(page, app.url)
    play_sample(page)
    page.keyboard.press("r")
    page.locator(".recording").wait_for()
    page.keyboard.press("r")
    page.get_by_text("was recorded").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("mute the microphone").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_role("heading", name="Live").click()  # no button has the focus, which Space would press
    page.keyboard.press("Space")
    stream.get_by_role("button", name="START").wait_for()


def test_m_mutes_the_microphone(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    stream.get_by_role("button", name="START").click()
    await_label(page, "voice")
    page.keyboard.press("m")
    stream.get_by_role("button", name="Unmute microphone").wait_for()
    eventually("the voice is muted", lambda: page.locator(".readout-voice").get_by_text("muted").count())


def test_leaving_while_it_records_says_so_and_keeps_it(app, open_browser):
    page = open_browser(allow=False)
    open_live(page, app.url)
    play_sample(page)
    page.get_by_role("button", name="Record", exact=True).click()
    page.locator(".recording").wait_for()
    go(page, "Results")
    page.get_by_text("Leaving Live ended the recording").wait_for()
    go(page, "Live")
    page.get_by_text("was recorded").wait_for()


def test_on_a_phone_the_answer_stays_in_sight_and_the_menu_closes(app, open_browser):
    page = open_browser(allow=False, size=(390, 844))
    open_live(page, app.url)
    play_sample(page)
    await_label(page, "together")
    page.mouse.wheel(0, 900)
    box = eventually("the answer", lambda: page.locator(".readout-together").bounding_box())
    assert box["y"] > 0 and box["y"] + box["height"] <= 845
    await_label(page, "together")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Results").click()
    page.get_by_role("heading", name="Results").first.wait_for()
    eventually("the menu closes", lambda: page.get_by_test_id("stSidebar").bounding_box()["x"] < -200)
