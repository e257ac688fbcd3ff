"""What a screen reader is told on the Live page."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.face import Face
from emotion.judge import FaceReading, FacesReading, VoiceReading
from emotion.labels import FACE_LABELS
from emotion.realtime.session import Snapshot
from ui.live_spoken import in_spoken_words
from ui.live_views import main_title
from ui.panels import readout


@pytest.fixture(autouse=True)
def sure_above_a_half(monkeypatch):
    monkeypatch.setattr("emotion.certainty.sure_above", lambda: dict.fromkeys(("face", "voice", "together"), 0.5))


def face(happy: float, fear: float = 0.0) -> Snapshot:
    """A face with these probabilities; the rest is shared."""
    probs = np.full(7, (1 - happy - fear) / 5, np.float32)
    probs[FACE_LABELS.index("happy")], probs[FACE_LABELS.index("fear")] = happy, fear
    square = Face((0, 0, 40, 40), np.zeros((6, 2), np.float32), 0.9)
    return Snapshot(
        0.0,
        "simple",
        FacesReading(0.0, (FaceReading(0.0, 1, square, probs, ""),), main_track=1),
        "",
        VoiceReading(0.0, None, "silence"),
        "silence",
        None,
    )


def test_it_changes_with_the_word_only():
    assert in_spoken_words(face(0.9), "Face") == "Face: happy, sure" == in_spoken_words(face(0.8, 0.1), "Face")
    assert in_spoken_words(face(0.4), "Face") == "Face: happy, unsure" == in_spoken_words(face(0.4, 0.3), "Face")
    assert in_spoken_words(face(0.1, 0.8), "Face") == "Face: fear, sure"


def test_it_says_why_there_is_no_answer():
    assert in_spoken_words(face(0.9), "Voice") == "Voice: silence"
    assert in_spoken_words(face(0.9), "Together") == "Together: no answer"


def test_no_readout_is_a_live_region():
    html = readout("Face", np.full(7, 1 / 7), FACE_LABELS, large=True)
    assert "role=" not in html and "aria-live" not in html


def test_the_main_answer():
    assert main_title("hybrid", camera=False) == "Together"
    assert (main_title("simple", camera=True), main_title("simple", camera=False)) == ("Face", "Voice")
