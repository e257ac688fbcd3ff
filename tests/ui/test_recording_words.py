"""What the record switch says, and that what a film lacks is said when it has ended too."""

from __future__ import annotations

from types import SimpleNamespace

from ui import recording


def test_what_was_left_out_is_said_at_the_end_too(monkeypatch):
    words: list[str] = []
    recorder = SimpleNamespace(
        join=lambda _: True, error="", deleted=False, session_id=3, left_out="Left out: 2 pictures."
    )
    page = SimpleNamespace(session_state={"recorder": recorder}, warning=words.append, success=words.append)
    monkeypatch.setattr(recording, "st", page)
    recording._say_what_was_kept()
    assert words[0] == "Left out: 2 pictures." and "Session 3 was recorded" in words[1]


def test_the_clock_is_not_read_out_each_second():
    assert 'role="timer"' in recording.RED_MARK and "status" not in recording.RED_MARK
