"""The table of several faces on the Live page."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.face import Face
from emotion.judge import FaceReading, FacesReading
from emotion.realtime.session import Snapshot
from emotion.speaker import Speaker
from tests.support import LONG_S
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


def _page_with_two_faces() -> None:
    import numpy as np
    import streamlit as st

    from emotion.face import Face
    from emotion.judge import FaceReading, FacesReading
    from emotion.realtime.session import Snapshot
    from ui.live_people import draw_main_face

    class Session:
        pinned = None

        def pin(self, track):
            self.pinned = track

        def snapshot(self):
            square = Face((0, 0, 40, 40), np.zeros((6, 2), np.float32), 0.9)
            faces = tuple(FaceReading(0.0, t, square, np.ones(7, np.float32) / 7) for t in st.session_state["tracks"])
            reading = FacesReading(0.0, faces, main_track=1, pinned=self.pinned)
            return Snapshot(0.0, "hybrid", reading, "", None, "silence", None)

    if "session" not in st.session_state:
        st.session_state["session"] = Session()
    draw_main_face(st.session_state["session"])


def test_a_face_is_pinned_by_its_number_and_let_go_of():
    from streamlit.testing.v1 import AppTest  # here, because Streamlit takes long to import

    app = AppTest.from_function(_page_with_two_faces, default_timeout=LONG_S)
    app.session_state["tracks"] = [1]
    assert not app.run().get("button_group"), "one face leaves no choice"
    app.session_state["tracks"] = [2, 1]
    choice = app.run().get("button_group")[0]
    assert choice.options == ["#1", "#2"]
    choice.select(2).run()
    assert app.session_state["session"].pinned == 2
    app.get("button_group")[0].unselect(2).run()
    assert app.session_state["session"].pinned is None and not app.exception
