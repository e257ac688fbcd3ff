"""What a person is told about a file."""

from __future__ import annotations

import pytest

from emotion.media.media_clock import Jump
from emotion.media.media_notes import LISTED, about_jumps, about_the_rest, about_unread, about_wrong_stamps


@pytest.mark.parametrize(
    "by_s, words",
    [
        (7195.9, "the clock jumped by 2 h at 4.0 s; the gap is closed"),
        (300.0, "the clock jumped by 5 min at 4.0 s; the gap is closed"),
        (42.04, "the clock jumped by 42.0 s at 4.0 s; the gap is closed"),
        (-90_000.0, "the clock went back by 25 h at 4.0 s; the parts are joined"),
    ],
)
def test_a_jump_in_words(by_s, words):
    assert list(about_jumps([Jump(4.0, by_s)])) == [words]


def test_many_jumps_are_one_line():
    jumps = [Jump(float(i), -1.0) for i in range(LISTED + 1)]
    assert len(list(about_jumps(jumps[:LISTED]))) == LISTED
    assert list(about_jumps(jumps)) == ["the clock was changed 4 times, first at 0.0 s; the parts are joined"]


def test_counts_in_words():
    assert list(about_wrong_stamps(0, "picture")) == [] == list(about_unread(0, "sound", whole=True))
    assert list(about_wrong_stamps(2, "packet of sound"))[0].startswith("2 packets of sound with a wrong time stamp")
    assert list(about_unread(1, "sound", whole=False)) == ["1 packet of the sound could not be read"]
    assert list(about_unread(9, "picture", whole=True)) == ["none of the 9 packets of the picture could be read"]


def test_a_file_that_cannot_be_read_to_its_end():
    assert list(about_the_rest("", 3.0)) == []
    assert "beyond 3.0 s (Invalid data" in list(about_the_rest("Invalid data found", 3.0))[0]
