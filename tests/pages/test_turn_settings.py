"""Half a TURN server: the page says what is missing, and START is there all the same."""

from __future__ import annotations

import pytest

from tests.support import run

pytestmark = pytest.mark.slow  # a whole page with its models


def test_live_says_what_is_missing(monkeypatch):
    monkeypatch.setenv("EMOTION_TURN_URL", "turn:turn.example:3478")
    monkeypatch.delenv("EMOTION_TURN_USER", raising=False)
    monkeypatch.delenv("EMOTION_TURN_PASSWORD", raising=False)
    app = run("pages/live.py", consent=True)
    assert not app.exception
    assert [e.value for e in app.error if "EMOTION_TURN_PASSWORD" in e.value and "direct way" in e.value]
