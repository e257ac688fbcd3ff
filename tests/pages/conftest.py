"""What every test of a page needs."""

from __future__ import annotations

import pytest

from emotion.timeline.store import open_store
from ui.streamlit_webrtc_internals import SESSION_INFO_FUNCTIONS


@pytest.fixture(autouse=True)
def no_server(monkeypatch):
    """streamlit-webrtc works without a Streamlit server, but AppTest's substitute for one confuses it.

    The real server, browser and stream are used in tests/e2e.
    """
    for function in SESSION_INFO_FUNCTIONS:
        monkeypatch.setattr(function, lambda: None)


@pytest.fixture
def store():
    """The store that the pages open, empty before and after."""
    made = open_store()
    made.delete_all()
    yield made
    made.delete_all()
    made.set_retention_days(None)
