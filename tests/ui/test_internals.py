"""What the app uses inside other libraries works as it was seen working, with the versions it was seen with."""

from __future__ import annotations

import asyncio
import inspect
import logging
import subprocess
import sys
import textwrap
import time
from importlib.metadata import version
from types import SimpleNamespace

import pytest
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.session_manager import SessionClientDisconnectedError
from streamlit.testing.v1 import AppTest

from tests.support import LONG_S, ROOT
from ui import aiortc_internals, streamlit_internals, streamlit_webrtc_internals
from ui.sample_clip import sample_player


@pytest.mark.parametrize(
    "package, module",
    [
        ("aiortc", aiortc_internals),
        ("streamlit", streamlit_internals),
        ("streamlit-webrtc", streamlit_webrtc_internals),
    ],
)
def test_the_installed_version_is_the_one_that_was_seen_working(package, module):
    installed = version(package)
    assert installed == module.SEEN_VERSION, (
        f"{package} {installed} is installed, but {module.__name__} was seen working with {module.SEEN_VERSION}. "
        f"Run all tests with it, tests/e2e included, then set SEEN_VERSION to {installed}."
    )


# --- aiortc: in a process of its own, because the changes are for good ---

AIORTC_PROGRAM = """
    import asyncio
    from aiortc import RTCPeerConnection
    from aiortc.codecs.vpx import Vp8Encoder, MAX_BITRATE
    from ui.aiortc_internals import LOWEST_BITRATE, make_no_bandwidth_estimate, start_at_full_bitrate

    async def offer():
        caller = RTCPeerConnection()
        caller.addTransceiver("video")
        made = await caller.createOffer()
        await caller.close()
        return made

    async def answer(offered):
        called = RTCPeerConnection()
        await called.setRemoteDescription(offered)
        made = await called.createAnswer()
        await called.close()
        return made.sdp

    async def main():
        offered = await offer()
        assert "abs-send-time" in offered.sdp and "abs-send-time" in await answer(offered), "nothing to change any more"
        assert "x-google-start-bitrate" not in offered.sdp and Vp8Encoder().target_bitrate < MAX_BITRATE
        for _ in range(2):  # each run of a page calls them
            make_no_bandwidth_estimate()
            start_at_full_bitrate()
        answered = await answer(offered)
        assert "abs-send-time" not in answered and f"x-google-start-bitrate={MAX_BITRATE // 1000}" in answered, answered
        encoder = Vp8Encoder()
        assert encoder.target_bitrate == MAX_BITRATE
        encoder.target_bitrate = 1
        assert encoder.target_bitrate == LOWEST_BITRATE

    asyncio.run(main())
"""


def test_aiortc_agrees_to_no_bandwidth_estimate_and_starts_at_the_full_bitrate():
    program = textwrap.dedent(AIORTC_PROGRAM)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


QUEUE_PROGRAM = """
    import asyncio
    from aiortc import MediaStreamTrack
    from aiortc.contrib.media import MediaRelay, PlayerStreamTrack
    from ui.aiortc_internals import MOST_SOUND, MOST_WAITING, keep_newest_pictures

    SENT = 120

    class Camera(MediaStreamTrack):
        def __init__(self, kind):
            super().__init__()
            self.kind, self.sent = kind, 0

        async def recv(self):
            await asyncio.sleep(0)
            self.sent += 1
            if self.sent > SENT:
                await asyncio.Event().wait()
            return self.sent

    class Film(PlayerStreamTrack):
        recv = Camera.recv

        def __init__(self, kind):
            super().__init__(None, kind)
            self.sent = 0

    async def received(kind, made=Camera):
        passed_on = MediaRelay().subscribe(made(kind))
        found = [await passed_on.recv()]
        await asyncio.sleep(0.2)  # a slow encoder
        while True:
            try:
                found.append(await asyncio.wait_for(passed_on.recv(), 0.2))
            except asyncio.TimeoutError:
                return found

    everything = list(range(1, SENT + 1))
    assert asyncio.run(received("video")) == everything, "nothing to change any more"
    for _ in range(2):  # each run of a page calls it
        keep_newest_pictures()
    assert asyncio.run(received("audio")) == everything
    assert asyncio.run(received("audio", Film))[1:] == everything[-MOST_SOUND:]
    video = asyncio.run(received("video"))
    assert video[1:] == everything[-MOST_WAITING:], video
"""


def test_of_what_cannot_be_sent_in_time_the_newest_is_kept():
    program = textwrap.dedent(QUEUE_PROGRAM)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_sample_is_read_through_one_reader(monkeypatch):
    """MediaPlayer alone would ask for a new one for each frame, of which PyAV frees nothing."""
    asked = []
    decode = aiortc_internals.OneReader.decode

    def noted(self, *streams):
        asked.append(decode(self, *streams))
        return asked[-1]

    monkeypatch.setattr(aiortc_internals.OneReader, "decode", noted)

    async def play() -> list:
        player = sample_player()
        frames = [await player.video.recv() for _ in range(5)] + [await player.audio.recv() for _ in range(5)]
        player.video.stop()
        player.audio.stop()
        return frames

    frames = asyncio.run(play())
    assert [round(f.time * 30) for f in frames[:5]] == list(range(5)), "none is left out"
    assert [round(f.time * 50) for f in frames[5:]] == list(range(5))
    assert len(asked) >= 10 and len({id(reader) for reader in asked}) == 1, "asked for each frame, answered with one"


def test_the_sound_of_the_sample_is_heard_as_it_is_played():
    async def play() -> tuple[list, list]:
        heard: list = []
        audio = sample_player(heard.append).audio
        frames = [await audio.recv() for _ in range(5)]
        audio.stop()
        return frames, heard

    frames, heard = asyncio.run(play())
    assert frames == heard and len(heard) == 5


def test_of_a_sample_that_nobody_takes_two_seconds_wait():
    async def wait_for_it() -> dict[str, int]:
        player = sample_player()
        await player.video.recv()
        until = time.monotonic() + LONG_S
        waits = lambda: {track.kind: track._queue.qsize() for track in (player.video, player.audio)}
        while waits() != aiortc_internals.MOST_READ and time.monotonic() < until:
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)  # it is read on
        waiting = waits()
        player.video.stop()
        player.audio.stop()
        return waiting

    assert asyncio.run(wait_for_it()) == aiortc_internals.MOST_READ


STOP_PROGRAM = """
    import asyncio, threading
    from ui.sample_clip import sample_player

    async def stop_from_two_threads():
        player = sample_player()
        tracks = [player.video, player.audio]
        for track in tracks:
            await track.recv()
        together = threading.Barrier(2)

        def stop():
            together.wait()
            for track in tracks:
                track.stop()

        await asyncio.gather(asyncio.to_thread(stop), asyncio.to_thread(stop))

    for _ in range(30):
        asyncio.run(stop_from_two_threads())
"""


def test_two_threads_may_stop_the_sample_at_the_same_moment():
    """The event loop and a page's run do; FFmpeg ends the program where a file is closed twice at once."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(STOP_PROGRAM)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# --- streamlit-webrtc ---


def test_what_the_page_tests_replace_is_how_streamlit_webrtc_asks_for_its_session():
    from streamlit_webrtc import component, session_info, shutdown

    assert streamlit_webrtc_internals.SESSION_INFO_FUNCTIONS == tuple(
        f"{module.__name__}.get_this_session_info" for module in (component, shutdown)
    )
    for module in (component, shutdown):
        assert module.get_this_session_info is session_info.get_this_session_info


@pytest.mark.parametrize("forget", [False, True])
def test_a_stream_that_was_not_drawn_for_some_runs_is_reset_unless_they_are_forgotten(monkeypatch, caplog, forget):
    run = SimpleNamespace(script_run_count=1)
    component, shutdown = streamlit_webrtc_internals.SESSION_INFO_FUNCTIONS
    monkeypatch.setattr(component, lambda: run)
    monkeypatch.setattr(shutdown, lambda: None)

    def page():
        import streamlit as st
        from streamlit_webrtc import webrtc_streamer

        from ui.streamlit_webrtc_internals import forget_missed_runs

        if "stream" in st.session_state and st.session_state["forget"]:
            forget_missed_runs(st.session_state["stream"])
        webrtc_streamer(key="stream", rtc_configuration={"iceServers": []})

    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["forget"] = forget
    with caplog.at_level(logging.DEBUG, logger="streamlit_webrtc"):
        app.run()
        assert "was not rendered for" not in caplog.text
        run.script_run_count = 5
        app.run()
    assert not app.exception
    assert ("was not rendered for 3 script runs" in caplog.text) == (not forget)


# --- Streamlit ---


def test_a_pages_folder_is_run_without_the_app_until_it_is_told_otherwise(monkeypatch):
    from streamlit.runtime.pages_manager import PagesManager

    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)  # as in a new process
    assert not streamlit_internals.pages_run_without_app()
    PagesManager(str(ROOT / "app.py"))
    assert streamlit_internals.pages_run_without_app(), "Streamlit found the folder `pages`"
    streamlit_internals.run_pages_through_app()
    PagesManager(str(ROOT / "app.py"))
    assert not streamlit_internals.pages_run_without_app()


def test_the_pages_manager_of_page_tests_is_that_of_a_visited_server(monkeypatch):
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.testing.v1 import app_test

    assert streamlit_internals.APP_TEST_PAGES_MANAGER == f"{app_test.__name__}.PagesManager"
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    assert isinstance(streamlit_internals.VisitedPagesManager(str(ROOT / "app.py")), PagesManager)
    assert not streamlit_internals.pages_run_without_app()


def test_a_browser_is_connected_while_its_session_is_active(monkeypatch):
    from streamlit.runtime import Runtime

    assert callable(Runtime.is_active_session)
    assert not streamlit_internals.browser_connected()(), "without a page and a server"
    active = {"abc"}
    server = SimpleNamespace(is_active_session=lambda session_id: session_id in active)
    monkeypatch.setattr(streamlit_internals, "get_script_run_ctx", lambda: SimpleNamespace(session_id="abc"))
    monkeypatch.setattr(streamlit_internals, "exists", lambda: True)
    monkeypatch.setattr(streamlit_internals, "get_instance", lambda: server)
    connected = streamlit_internals.browser_connected()
    assert connected()
    active.clear()
    assert not connected(), "asked again each time"


@pytest.mark.parametrize("broken_after", [None, 3], ids=["connected", "disconnected"])
def test_messages_go_out_in_one_turn_and_the_rest_as_ever(monkeypatch, broken_after):
    sent: list[tuple] = []
    here = object()

    def send(to, message):
        if len(sent) == broken_after:
            raise SessionClientDisconnectedError
        sent.append((to, message))

    sessions = SimpleNamespace(get_active_session_info={"here": here}.get)
    server = SimpleNamespace(_send_message=send, _session_mgr=sessions)
    monkeypatch.setattr(streamlit_internals, "get_instance", lambda: server)
    waiting = list(range(streamlit_internals.AT_ONCE + 50))
    monkeypatch.setattr(AppSession, "flush_browser_queue", lambda session: list(waiting))
    streamlit_internals.send_messages_at_once()
    flush = AppSession.flush_browser_queue
    streamlit_internals.send_messages_at_once()
    assert AppSession.flush_browser_queue is flush, "changed once only"
    at_once = streamlit_internals.AT_ONCE if broken_after is None else broken_after
    assert flush(SimpleNamespace(id="here")) == waiting[at_once:]
    assert sent == [(here, message) for message in waiting[:at_once]]
    assert flush(SimpleNamespace(id="gone")) == waiting


def look_for_gone_visitors(monkeypatch, storage) -> list[tuple]:
    """One look at the visitors in a storage. Returns what is planned for later: (seconds, name, what)."""
    planned: list[tuple] = []
    later = lambda seconds, what, *args: planned.append((seconds, what.__name__, lambda: what(*args)))
    loop = SimpleNamespace(call_soon_threadsafe=lambda look: look(), call_later=later)
    server = SimpleNamespace(
        _get_async_objs=lambda: SimpleNamespace(eventloop=loop),
        _session_mgr=SimpleNamespace(_session_storage=storage),
        is_active_session=lambda session_id: False,
    )
    monkeypatch.setattr(streamlit_internals, "exists", lambda: True)
    monkeypatch.setattr(streamlit_internals, "get_instance", lambda: server)
    streamlit_internals.forget_gone_visitors(7.0)
    return planned


def gone_session(ended: list, shutdown=lambda: None) -> SimpleNamespace:
    """A visitor's session. Its end, and that its state is let go of, are written into `ended`."""
    state = SimpleNamespace(clear=lambda: ended.append("state"))
    return SimpleNamespace(
        id="abc",
        shutdown=lambda: ended.append(shutdown() or "abc"),
        session_state=state,
        _fragment_storage=MemoryFragmentStorage(),
    )


def test_a_visitor_who_cannot_be_ended_does_not_keep_the_others(monkeypatch, caplog):
    ended = []

    def fail():
        raise RuntimeError("no way out")

    gone = [SimpleNamespace(session=session) for session in (gone_session(ended, fail), gone_session(ended))]

    class Cache(dict):
        def expire(self):
            return list(enumerate(gone))

    storage = SimpleNamespace(_cache=Cache())
    planned = look_for_gone_visitors(monkeypatch, storage)
    assert ended == ["abc"] and len(planned) == 2
    planned[1][2]()
    assert ended == ["abc", "state", "state"], "memory is given back later"
    assert "the end of a visitor's session" in caplog.text and "no way out" in caplog.text


def test_visitors_who_are_gone_for_long_are_let_go(monkeypatch):
    from streamlit.runtime.memory_session_storage import MemorySessionStorage

    streamlit_internals.forget_gone_visitors()  # without a server: nothing to do
    ended = []
    storage = MemorySessionStorage(ttl_seconds=0)
    storage.save(SimpleNamespace(session=gone_session(ended)))
    planned = look_for_gone_visitors(monkeypatch, storage)
    assert ended == ["abc"] and storage.list() == []
    assert [seconds for seconds, *_ in planned] == [7.0, streamlit_internals.SETTLE_S], "and again later"
    planned[1][2]()
    assert ended == ["abc", "state"], "gives memory back"
    look_again, planned[:] = planned[0][2], []
    look_again()
    assert [seconds for seconds, *_ in planned] == [7.0], "nobody has gone"
    streamlit_internals.give_back_memory_soon()
    look_again()
    assert planned[-1][:2] == (streamlit_internals.SETTLE_S, "give_back_memory"), "a stream has ended"


def test_visitors_whom_streamlit_drops_without_a_word_are_noticed(monkeypatch):
    from streamlit.runtime.memory_session_storage import MemorySessionStorage

    storage = MemorySessionStorage(ttl_seconds=60)
    ended = []
    storage.save(SimpleNamespace(session=gone_session(ended)))
    planned = look_for_gone_visitors(monkeypatch, storage)
    (_, _, look_again), *_ = planned
    assert len(planned) == 1, "they may come back"
    storage.delete("abc")
    look_again()
    assert ended == ["abc"]
    assert planned[-1][:2] == (streamlit_internals.SETTLE_S, "give_back_memory")


def test_a_session_has_a_state_that_can_be_cleared():
    from streamlit.runtime.state import SessionState

    assert isinstance(AppSession.session_state, property) and callable(SessionState.clear)


def test_the_fragments_of_a_gone_visitor_are_let_go():
    assert "self._fragment_storage" in inspect.getsource(AppSession.__init__)
    session = gone_session([])
    session._fragment_storage.register("abc", lambda: None)
    streamlit_internals.give_back_memory([session])
    assert not session._fragment_storage.contains("abc")
