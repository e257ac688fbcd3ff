"""Paths of this machine and the address of its database are shown to its own browser only."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st
from sqlalchemy import make_url

from emotion import predict
from emotion.timeline.store import Store
from tests.support import run
from ui import session_views, visitor

HERE = {"Host": "localhost:8501"}
SIGNED_IN = HERE | {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-User": "ada"}


@pytest.fixture(params=[(HERE, True), (SIGNED_IN, False)], ids=["here", "elsewhere"])
def seen(request, monkeypatch) -> bool:
    """Whether the visitor of this test may see paths."""
    headers, may = request.param
    monkeypatch.setattr(visitor, "request_headers", lambda: headers)
    return may


@pytest.mark.slow
def test_where_sessions_are_kept(store, seen):
    app = run("pages/sessions.py")
    assert not app.exception
    (said,) = [c.value for c in app.caption if "nowhere else" in c.value]
    assert (str(store.home) in said) == seen


def test_the_address_of_the_database(monkeypatch, tmp_path, seen):
    url = make_url("postgresql+psycopg://ada:secret@db.lab.example/emotion")
    engine = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"), url=url)
    store, said = SimpleNamespace(engine=engine, media_folder=tmp_path), []
    monkeypatch.setattr(session_views, "st", SimpleNamespace(caption=said.append))
    session_views.say_where(store)
    assert ("db.lab.example" in said[0]) == (str(tmp_path) in said[0]) == seen and "secret" not in said[0]


def test_where_a_film_too_large_for_the_page_is(monkeypatch, tmp_path, seen):
    said = []
    monkeypatch.setattr(session_views, "draw_replay", lambda *_, else_say, **__: said.append(else_say))
    monkeypatch.setattr(session_views, "as_chosen", lambda timeline: timeline)
    store = SimpleNamespace(media_path=lambda session: tmp_path / "film.mp4")
    session_views._draw_replay(store, SimpleNamespace(id=1), [1], {})
    assert (str(tmp_path) in said[0]) == seen


@pytest.mark.slow
def test_a_database_that_cannot_be_opened(monkeypatch, tmp_path, seen):
    monkeypatch.setenv("EMOTION_DATABASE_URL", f"sqlite:///{tmp_path}/no/such/folder/sessions.db")
    app = run("pages/sessions.py")
    assert not app.exception and "cannot be opened" in app.error[0].value
    assert (str(tmp_path) in app.error[0].value) == seen


@pytest.mark.slow
def test_a_database_that_does_not_answer(store, monkeypatch, seen):
    from sqlalchemy.exc import OperationalError

    def fail(*_, **__):
        raise OperationalError("", {}, Exception("server at db.lab.example refused"))

    monkeypatch.setattr(Store, "prune", fail)
    app = run("pages/sessions.py")
    assert not app.exception and "does not answer" in app.error[0].value
    assert ("db.lab.example" in app.error[0].value) == seen


def test_a_model_that_is_missing(monkeypatch, tmp_path, caplog, seen):
    load = predict.load_face_model
    monkeypatch.setattr(predict, "load_face_model", lambda name: load(name, folder=tmp_path))
    st.cache_resource.clear()
    app = run("pages/live.py", consent=True)
    st.cache_resource.clear()
    assert not app.exception and "cannot be used" in app.error[0].value
    assert (str(tmp_path) in app.error[0].value) == seen
    assert str(tmp_path) in caplog.text


def test_an_error_of_a_running_stream(seen):
    said = visitor.with_reason("It went wrong", OSError("/srv/models is empty"))
    assert said == ("It went wrong: /srv/models is empty" if seen else f"It went wrong. {visitor.ITS_LOG}")
