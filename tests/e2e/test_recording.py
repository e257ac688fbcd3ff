"""Recording in a real browser, and what the database and the film hold afterwards."""

from __future__ import annotations

import time

import av

from emotion.timeline.judgements import timeline_of
from emotion.timeline.store import open_store
from tests.support_browser import (
    WORKERS,
    await_label,
    await_threads_gone,
    eventually,
    go,
    no_error,
    open_live,
    returned_frames,
    settled,
)

SECONDS = 6.0  # to record, at least


def tick(page, name: str) -> None:
    """Tick a box and wait until the app knows."""
    page.get_by_text(name).click()
    eventually(f"a tick at “{name}”", lambda: page.get_by_role("checkbox", name=name).is_checked())
    settled(page)


def test_record_look_back_and_delete(app, open_browser, camera_file, microphone_file):
    page = open_browser(camera=camera_file, microphone=microphone_file)
    stream = open_live(page, app.url)
    assert page.get_by_role("button", name="Record").is_disabled(), "nothing can be recorded before START"
    stream.get_by_role("button", name="START").click()
    await_label(page, "together")
    assert not (app.home / "sessions.db").exists() or not open_store(home=app.home).sessions(), (
        "nothing is stored before Record"
    )

    for name in ("with picture", "with sound"):
        tick(page, name)
    begun, frames = time.monotonic(), returned_frames(stream)
    page.get_by_role("button", name="Record").click()
    page.locator(".recording").wait_for()
    store = open_store(home=app.home)
    number = eventually("the new session", store.sessions)[0].id

    def judged(kind: str) -> list[float]:
        """The times of the judgements of one kind that are stored by now."""
        table = store.judgements(number)
        return list(table[table["kind"] == kind]["time_s"])

    def await_judged(kind: str, *, after_s: float) -> None:
        eventually(f"a {kind} judged after {after_s:g} s", lambda: max(judged(kind), default=0) > after_s)

    # the stream and the recording go on when the fusion mode changes
    page.get_by_text("Simple", exact=True).click()
    eventually("the note that Simple was chosen", lambda: len(judged("settings")) == 1)
    await_judged("face", after_s=judged("settings")[-1])
    page.get_by_text("Hybrid", exact=True).click()
    eventually("the note that Hybrid was chosen", lambda: len(judged("settings")) == 2)
    for kind in ("face", "voice", "together"):
        await_judged(kind, after_s=max(SECONDS, judged("settings")[-1]))
    page.get_by_role("button", name="Stop recording").click()
    page.get_by_text("was recorded").wait_for()
    lasted, frames = time.monotonic() - begun, returned_frames(stream) - frames

    info = store.session(number)
    assert SECONDS < info.duration_s < lasted and info.settings["models"]["voice"]["sha256"]
    table = store.judgements(number)
    assert {"face", "voice", "together", "settings"} <= set(table["kind"])
    assert (table[table["kind"] == "face"]["label"].notna()).mean() > 0.8
    timeline = timeline_of(table)
    assert timeline["face_label"].notna().mean() > 0.5 and len(timeline) >= 10
    with av.open(str(store.media_path(info))) as film:
        pictures = [f.time for f in film.decode(video=0)]
        assert len(film.streams.audio) == 1
    assert SECONDS - 1 < pictures[-1] - pictures[0] < lasted
    assert len(pictures) > frames / 2, "the film holds most of the pictures that the browser saw meanwhile"

    stream.get_by_role("button", name="STOP").click()
    await_threads_gone(app, {*WORKERS, "emotion-recorder"})
    go(page, "Sessions")
    page.get_by_role("heading", name=info.name).wait_for()
    film = page.locator("video")
    film.wait_for()
    plays = "v => v.readyState >= 2 && v.duration > 4 && v.videoWidth == 640"
    eventually("the film on the page", lambda: film.evaluate(plays))
    assert no_error(page)
    page.get_by_role("tab", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("Dress rehearsal")
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("heading", name="Dress rehearsal").wait_for()
    assert store.session(info.id).name == "Dress rehearsal"
    page.get_by_role("tab", name="Rename").click()
    page.get_by_role("button", name="Delete this session").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    eventually("the end of the session", lambda: not any(s.id == info.id for s in store.sessions()))
    eventually("the end of its film", lambda: not list(store.media_folder.glob(f"{info.id}-*")))

    store.add_attempt(at_unix_s=1, target="happy", models="a", face=0.5, voice=None, together=0.5)
    page.get_by_role("button", name="Delete all sessions and scores").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete all").click()
    eventually("the end of all scores", lambda: not len(store.attempts()))
