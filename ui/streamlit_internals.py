"""What the app and its tests use inside Streamlit."""

from __future__ import annotations

import ctypes
import gc
import logging
import threading
from collections.abc import Callable, Sequence

from streamlit.runtime import exists, get_instance
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.session_manager import SessionClientDisconnectedError

log = logging.getLogger(__name__)

SEEN_VERSION = "1.67.0"  # of Streamlit, with which all of this was seen working; tests/ui/test_internals.py
AT_ONCE = 200  # messages to one browser: Streamlit holds 500 for it, then it takes the browser for gone
SETTLE_S = 10.0  # after a session has ended its stream's threads have ended too
APP_TEST_PAGES_MANAGER = "streamlit.testing.v1.app_test.PagesManager"  # the name to replace for a test run


def pages_run_without_app() -> bool:
    """Whether Streamlit runs a file of the folder `pages` by itself, without app.py.

    It does so in every new process where such a folder exists, until app.py has called st.navigation once.
    """
    return bool(PagesManager.uses_pages_directory)


def run_pages_through_app() -> None:
    """From now on Streamlit runs app.py for every page of this process."""
    PagesManager.uses_pages_directory = False


def browser_connected() -> Callable[[], bool]:
    """A function for other threads: whether the browser of this page's visitor is still connected."""
    context = get_script_run_ctx()
    return lambda: context is not None and exists() and get_instance().is_active_session(context.session_id)


def send_messages_at_once() -> None:
    """From now on all messages that wait for a browser go out in one turn of the event loop, up to AT_ONCE.

    Streamlit waits a turn after each message, for one browser after the other. With four live pages on two processors
    that was slower than the pages were drawn: what a page showed was older and older (seconds after one minute).
    """
    flush = AppSession.flush_browser_queue
    if flush.__module__ == __name__:  # it does so already
        return

    def flush_and_send(session: AppSession) -> list:
        """Send; returns what is left for Streamlit to send as ever."""
        messages = flush(session)
        server = get_instance()
        info = server._session_mgr.get_active_session_info(session.id)
        if info is None:
            return messages
        for number, message in enumerate(messages[:AT_ONCE]):
            try:
                server._send_message(info, message)
            except SessionClientDisconnectedError:
                return messages[number:]  # Streamlit sees the same and ends the connection
        return messages[AT_ONCE:]

    setattr(AppSession, "flush_browser_queue", flush_and_send)  # noqa: B010, for mypy a method is no attribute


_stream_ended = threading.Event()


def give_back_memory_soon() -> None:
    """To be called when a stream has ended: what it took is given back some seconds later."""
    _stream_ended.set()


def forget_gone_visitors(every_s: float = 15.0) -> None:
    """From now on let go of visitors whose tab was closed server.disconnectedSessionTTL seconds ago, every so often.

    Streamlit keeps a closed tab's session, with its stream's memory and threads, until the next visitor comes.
    """
    if not exists():
        return
    server = get_instance()
    loop = server._get_async_objs().eventloop
    waiting: dict[str, AppSession] = {}  # for their visitor to come back

    def look() -> None:
        loop.call_later(every_s, look)
        sessions = server._session_mgr._session_storage._cache
        gone = [stored.session for _, stored in sessions.expire()]
        # Streamlit itself drops some without ending them, when another tab is closed
        gone += [s for name, s in waiting.items() if name not in sessions and not server.is_active_session(name)]
        for session in gone:
            _shut_down(session)
        waiting.clear()
        waiting.update({name: stored.session for name, stored in sessions.items()})
        if gone or _stream_ended.is_set():
            _stream_ended.clear()
            loop.call_later(SETTLE_S, give_back_memory, gone)
        _trim_memory()  # glibc keeps freed memory for itself otherwise; some milliseconds

    loop.call_soon_threadsafe(look)


def _shut_down(session) -> None:
    """End a session; an error in it is logged, and the others are ended all the same."""
    try:
        session.shutdown()
    except Exception:
        log.exception("the end of a visitor's session")


def give_back_memory(gone: Sequence[AppSession] = ()) -> None:
    """Let go of what ended sessions hold: Streamlit keeps the last one until somebody does something on a page.

    Then free what holds itself in circles (a stream's connection, encoder and threads), and tell the system. It comes
    back only where glibc has few heaps, so the app is started with emotion.cli.open_app.ENVIRONMENT. Takes some tenths
    of a second, in which no picture is shown, so it is done only when a stream has ended.
    """
    for session in gone:
        session.session_state.clear()
        session._fragment_storage.clear()
    gc.collect()
    _trim_memory()


def _trim_memory() -> None:
    """Let the C library give freed memory back to the system; nothing where it is not glibc."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        pass


class VisitedPagesManager(PagesManager):
    """For tests, in the place of APP_TEST_PAGES_MANAGER: as on a server that somebody has visited before."""

    def __init__(self, *args, **kwargs):
        run_pages_through_app()
        super().__init__(*args, **kwargs)
