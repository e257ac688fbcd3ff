"""What every test of a page needs."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_runtime(monkeypatch):
    """streamlit-webrtc allows for tests without a Streamlit server, but AppTest's stand-in for one confuses it.

    The real server, browser and stream are driven in tests/e2e.
    """
    import streamlit_webrtc.component
    import streamlit_webrtc.shutdown

    for module in (streamlit_webrtc.component, streamlit_webrtc.shutdown):
        monkeypatch.setattr(module, "get_this_session_info", lambda: None)
