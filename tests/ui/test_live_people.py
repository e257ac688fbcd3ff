"""The table of several faces on the Live page."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.face import Face
from emotion.judge import FaceReading, FacesReading
from emotion.realtime.session import Snapshot
from emotion.speaker import Speaker
from ui.live_people import people_table

PROBS = np.array([0.1, 0, 0, 0.9, 0, 0, 0], np.float32)


def snapshot(
    tracks: list[int], *, speaker: Speaker | None = None, pinned: int | None = None, why: str = ""
) -> Snapshot:
    square = Face((0, 0, 40, 40), np.zeros((6, 2), np.float32), 0.9)
    faces = tuple(FaceReading(0.0, t, square, None if t == 9 else PROBS, "too dark" if t == 9 else "") for t in tracks)
    reading = FacesReading(0.0, faces, why, main_track=pinned or tracks[0] if tracks else None, pinned=pinned)
    return Snapshot(0.0, "hybrid", reading, why, None, "silence", None, speaker=speaker)


def test_one_face_needs_no_table():
    assert people_table(snapshot([1])) == "" == people_table(snapshot([]))
    assert people_table(snapshot([1, 2], why="no camera")) == "", "what was seen is too old"


def test_it_says_who_is_the_main_face_and_who_speaks():
    html = people_table(snapshot([1, 2], speaker=Speaker(0.0, 2)))
    first, second = html.split("<tr>")[1:]
    assert "#1" in first and "main face" in first and "speaks" not in first
    assert "#2" in second and "speaks" in second and "happy 90%" in second


def test_a_pinned_face_and_one_that_is_not_judged_say_so():
    html = people_table(snapshot([1, 9, 2], pinned=2, speaker=Speaker(0.0, None, "several mouths move")))
    assert "pinned" in html.split("#2")[1] and "too dark" in html and "several mouths move" in html


@pytest.mark.parametrize("why", ["main face away"])
def test_while_the_main_face_is_away_the_others_are_shown(why):
    assert "#2" in people_table(snapshot([1, 2], why=why))
