"""How many streams one machine serves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from emotion.processors import processors
from ui import stream_limit


@pytest.mark.parametrize("said, most", [("3", 3), ("0", None), ("", None), ("many", None)])
def test_the_limit_is_what_the_variable_says_else_it_follows_the_processors(monkeypatch, said, most):
    monkeypatch.setenv(stream_limit.VARIABLE, said)
    assert stream_limit.most_streams() == (most or stream_limit.PER_PROCESSOR * processors())


class PageEndedError(Exception):
    """The page ended here."""


@pytest.fixture
def said(monkeypatch):
    words: list[str] = []

    def stop():
        raise PageEndedError

    page = SimpleNamespace(info=lambda text, **_: words.append(text), button=lambda *_: False, stop=stop)
    monkeypatch.setattr(stream_limit, "st", page)
    monkeypatch.setattr(stream_limit, "_sessions", set())
    monkeypatch.setenv(stream_limit.VARIABLE, "2")
    return words


class Session:
    """A visitor's session."""

    def __init__(self, streaming: bool):
        self.streaming = streaming
        stream_limit.count_stream(self)


def test_one_too_many_gets_a_friendly_word_and_those_who_stream_go_on(said):
    others, mine = [Session(True), Session(False)], Session(False)
    stream_limit.end_where_machine_is_full(mine)
    assert not said, "one place is free"
    others[1].streaming = True
    with pytest.raises(PageEndedError):
        stream_limit.end_where_machine_is_full(mine)
    assert "2 streams now" in said[0] and "Capture" in said[0]
    mine.streaming = True
    stream_limit.end_where_machine_is_full(mine)
    assert len(said) == 1
