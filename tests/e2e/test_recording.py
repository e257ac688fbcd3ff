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
    begun = time.monotonic()
    page.get_by_role("button", name="Record").click()
    page.locator(".recording").wait_for()
    frames = returned_frames(stream)
    store = open_store(home=app.home)
    number = eventually("the new session", store.sessions)[0].id

    def stored(kind: str):
        """The judgements of one kind that are stored by now."""
        table = store.judgements(number)
        return table[table["kind"] == kind]

    def await_label_stored(kind: str, *, after_s: float, several: int = 1) -> None:
        def labelled() -> bool:
            found = stored(kind).dropna(subset="label")
            return len(found) >= several and found["time_s"].max() > after_s

        eventually(f"labels of {kind} after {after_s:g} s", labelled)

    # the stream and the recording go on when the fusion mode changes
    page.get_by_text("Simple", exact=True).click()
    eventually("the note that Simple was chosen", lambda: len(stored("settings")) == 1)
    await_label_stored("face", after_s=stored("settings")["time_s"].max())
    page.get_by_text("Hybrid", exact=True).click()
    eventually("the note that Hybrid was chosen", lambda: len(stored("settings")) == 2)
    for kind in ("face", "voice", "together"):
        await_label_stored(kind, after_s=max(SECONDS, stored("settings")["time_s"].max()), several=5)
    frames = returned_frames(stream) - frames
    page.get_by_role("button", name="Stop recording").click()
    page.get_by_text("was recorded").wait_for()
    lasted = time.monotonic() - begun

    info = store.session(number)
    assert SECONDS < info.duration_s < lasted and info.settings["models"]["voice"]["sha256"]
    table = store.judgements(number)
    assert {"face", "voice", "together", "settings"} <= set(table["kind"])
    faces = table[table["kind"] == "face"]
    # how many have a label depends on the picture: a busy machine loses parts of it, and then no face is found
    assert (faces["label"].notna() | (faces["reason"] != "")).all(), "a label, or why there is none"
    timeline = timeline_of(table)
    assert len(timeline) >= 10 and set(timeline["face_label"].dropna()) <= set(faces["label"].dropna())
    assert timeline["face_label"].notna().any() and timeline["together_label"].notna().any()
    with av.open(str(store.media_path(info))) as film:
        pictures = [f.time for f in film.decode(video=0)]
        assert len(film.streams.audio) == 1
    assert SECONDS - 1 < pictures[-1] - pictures[0] < lasted
    assert len(pictures) > frames / 3, "the pictures that the browser saw meanwhile, but for those left out when busy"

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
