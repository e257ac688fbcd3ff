"""What the browser says when a stream does not start, and the help that belongs to it."""

from __future__ import annotations

import pytest

from ui.start_help import ALL_HELP, HELP, OTHERWISE, what_to_do


@pytest.mark.parametrize(
    "said, words",
    [
        ("NotAllowedError: Permission denied", "may not use camera and microphone"),
        ("NotAllowedError: The request is not allowed by the user agent", "may not use camera and microphone"),
        ("NotFoundError: Requested device not found", "No camera or no microphone"),
        ("NotReadableError: Could not start video source", "Another program uses"),
        ("AbortError: Starting videoinput failed", "Another program uses"),
        ("Connection is taking longer than expected. Check your network", "Capture"),
        ("OverconstrainedError: ", "No camera or no microphone"),
        ("Something nobody knows", OTHERWISE),
    ],
)
def test_the_help_that_belongs_to_an_error(said, words):
    assert words in what_to_do(said)


def test_the_sample_is_the_next_step():
    assert "sample clip" in what_to_do("NotFoundError")
    assert what_to_do("") == ""


def test_all_help_is_in_the_list():
    assert all(text in ALL_HELP for text in HELP.values())
