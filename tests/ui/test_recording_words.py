"""What the record switch says."""

from __future__ import annotations

from ui.recording import RED_MARK, left_out


def test_one_picture_is_not_pictures():
    assert left_out(1).startswith("1 picture could") and left_out(2).startswith("2 pictures could")


def test_the_clock_is_not_read_out_each_second():
    assert 'role="timer"' in RED_MARK and "status" not in RED_MARK
