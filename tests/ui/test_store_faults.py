"""A session database that goes away and comes back, as the pages see it; and wishes for START by any clock."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from emotion.timeline import store as store_module
from emotion.timeline.store import StoreError, open_store
from tests.support import LONG_S, run
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


@pytest.fixture
def silent_server(monkeypatch):
    """The address of a PostgreSQL that takes connections and never says a word."""
    pytest.importorskip("psycopg")
    monkeypatch.setattr(store_module, "CONNECT_SECONDS", 2)  # libpq takes no fewer
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql+psycopg://tester@127.0.0.1:{server.getsockname()[1]}/postgres"


def test_a_postgresql_that_never_answers_does_not_hold_who_writes(silent_server, tmp_path):
    said = []

    def write():
        try:
            open_store(silent_server, home=tmp_path)
        except StoreError as e:
            said.append(str(e))

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    thread.join(LONG_S)
    assert said and "cannot be opened" in said[0]


@pytest.mark.slow
def test_a_postgresql_that_never_answers_gets_a_message_on_the_page(silent_server, monkeypatch):
    monkeypatch.setenv("EMOTION_DATABASE_URL", silent_server)
    page = run("pages/sessions.py")
    assert not page.exception and "cannot be opened" in page.error[0].value


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
