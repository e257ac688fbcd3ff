"""What the app and its tests use inside streamlit-webrtc."""

from __future__ import annotations

import logging

from streamlit_webrtc import WebRtcStreamerContext

SEEN_VERSION = "0.79.0"  # of streamlit-webrtc, with which all of this was seen working; tests/ui/test_internals.py

# where the library asks for the session of the Streamlit server; the tests of pages, which have no server, replace both
SESSION_INFO_FUNCTIONS = (
    "streamlit_webrtc.component.get_this_session_info",
    "streamlit_webrtc.shutdown.get_this_session_info",
)


def forget_missed_runs(context: WebRtcStreamerContext) -> None:
    """Let the library begin a new count of the runs in which it was not drawn.

    The library ends a stream that it has not drawn for two runs, because then the page must have been left. But
    Streamlit counts a run when the browser is told of its end, on a busy machine several at once, so a few quick
    clicks would end the stream.
    """
    context._last_rendered_run_count = None


def keep_addresses_out_of_the_log() -> None:
    """Let no ICE candidate, which holds a visitor's address, come into the log, however much is logged."""
    logging.getLogger("streamlit_webrtc.webrtc").addFilter(_without_candidates)
    logging.getLogger("aioice").setLevel(logging.WARNING)  # it names the addresses of every pair that it tries


def _without_candidates(record: logging.LogRecord) -> bool:
    return "candidate" not in str(record.msg)
