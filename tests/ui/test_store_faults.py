"""A session database that goes away and comes back, as the pages see it; and wishes for START by any clock."""

from __future__ import annotations

import json

import pytest

from emotion.timeline.store import open_store
from tests.support import run
from tests.support_postgres import postgres_server


@pytest.mark.slow
def test_a_postgresql_that_was_away_is_there_again_with_the_next_run(monkeypatch, tmp_path):
    with postgres_server() as server:
        monkeypatch.setenv("EMOTION_DATABASE_URL", server.url)
        store = open_store(server.url, home=tmp_path)
        store.begin(started_unix_s=1_700_000_000.0, settings={}, name="Before")
        store.engine.dispose()
        assert "Before" in [s.value for s in run("pages/sessions.py").subheader]
        server.stop()
        server.start()
        unseen = run("pages/sessions.py")
        assert not unseen.error and "Before" in [s.value for s in unseen.subheader], "nobody looked meanwhile"
        server.stop()
        away = run("pages/sessions.py")
        assert not away.exception and "does not answer" in away.error[0].value
        server.start()
        again = run("pages/sessions.py")
        assert not again.exception and not again.error and "Before" in [s.value for s in again.subheader]


def test_a_second_wish_for_start_is_a_new_one_though_the_clock_was_set_back():
    from streamlit.testing.v1 import AppTest

    def page():
        import time
        from unittest.mock import patch

        import streamlit as st

        from ui.stream_frame import press_start

        wishes = []
        for now in (1_700_000_000.0, 1_700_000_000.0 - 3600, 1_700_000_000.0):
            with patch.object(time, "time", lambda now=now: now):
                press_start("live")
            wishes.append(st.session_state["live-press"])
        st.json(wishes)

    app = AppTest.from_function(page).run()
    assert not app.exception and len(set(json.loads(app.json[0].value))) == 3
