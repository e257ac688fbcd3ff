"""Recording in a real browser, and what the database and the film hold afterwards."""

from __future__ import annotations

import time

import av

from emotion.timeline.judgements import timeline_of
from emotion.timeline.store import open_store
from tests.support_browser import eventually, go, label, open_live


def test_record_look_back_and_delete(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    assert page.get_by_role("button", name="Record").is_disabled(), "nothing can be recorded before START"
    stream.get_by_role("button", name="START").click()
    eventually(lambda: label(page, "together"), seconds=30)
    assert not (app.home / "sessions.db").exists() or not open_store(home=app.home).sessions(), (
        "nothing is stored before Record"
    )

    for what in ("with picture", "with sound"):
        page.get_by_text(what).click()
        time.sleep(1)
    page.get_by_role("button", name="Record").click()
    page.locator(".recording").wait_for(timeout=30_000)
    begun = time.monotonic()
    page.get_by_text("Simple", exact=True).click()  # the stream and the recording go on
    time.sleep(3)
    page.get_by_text("Hybrid", exact=True).click()
    eventually(lambda: time.monotonic() - begun > 7, seconds=30)
    page.get_by_role("button", name="Stop recording").click()
    page.get_by_text("was recorded").wait_for(timeout=30_000)
    lasted = time.monotonic() - begun

    store = open_store(home=app.home)
    info = store.sessions()[0]
    assert 5 < info.duration_s < lasted + 2 and info.settings["models"]["voice"]["sha256"]
    table = store.judgements(info.id)
    assert {"face", "voice", "together", "settings"} <= set(table["kind"])
    assert (table[table["kind"] == "face"]["label"].notna()).mean() > 0.8
    timeline = timeline_of(table)
    assert timeline["face_label"].notna().mean() > 0.5 and len(timeline) >= 10
    with av.open(str(store.media_path(info))) as film:
        pictures = [f.time for f in film.decode(video=0)]
        assert len(film.streams.audio) == 1
    assert 5 < pictures[-1] - pictures[0] < lasted + 2 and len(pictures) > 4 * (pictures[-1] - pictures[0])

    stream.get_by_role("button", name="STOP").click()
    eventually(lambda: not {"emotion-face", "emotion-voice", "emotion-recorder"} & set(app.threads()), seconds=30)
    go(page, "Sessions")
    page.get_by_role("heading", name=info.name).wait_for(timeout=30_000)
    film = page.locator("video")
    film.wait_for(timeout=30_000)
    eventually(lambda: film.evaluate("v => v.readyState >= 2 && v.duration > 4 && v.videoWidth == 640"), seconds=30)
    assert page.locator('[data-testid="stException"]').count() == 0
    page.get_by_role("tab", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("Dress rehearsal")
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("heading", name="Dress rehearsal").wait_for(timeout=30_000)
    assert store.session(info.id).name == "Dress rehearsal"
    page.get_by_role("tab", name="Rename").click()
    page.get_by_role("button", name="Delete this session").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    eventually(lambda: not any(s.id == info.id for s in store.sessions()), seconds=30)
    assert not list(store.media_folder.glob(f"{info.id}-*"))

    store.add_attempt(at_unix_s=1, target="happy", models="a", face=0.5, voice=None, together=0.5)
    page.get_by_role("button", name="Delete all sessions and scores").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete all").click()
    eventually(lambda: not len(store.attempts()), seconds=30)
