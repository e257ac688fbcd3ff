"""Rows of a timeline: what of a face is pooled with a stretch of speech."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.face import Face
from emotion.judge import FaceReading, FacesReading, VoiceReading
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.rows import RowBuilder


def says(word: str, labels=FACE_LABELS) -> np.ndarray:
    probs = np.full(len(labels), 0.3 / (len(labels) - 1), np.float32)
    probs[labels.index(word)] = 0.7
    return probs


def test_the_faces_of_a_stretch_of_speech_are_pooled_with_it():
    rows, there = RowBuilder(), Face((0, 0, 100, 100), np.zeros((6, 2), np.float32), 0.9)
    even = np.full(len(VOICE_LABELS), 1 / len(VOICE_LABELS), np.float32)
    for i, word in enumerate(["angry", "happy", "happy", "sad"]):  # a row each
        rows.see(FacesReading(i * 0.5, (FaceReading(i * 0.5, 1, there, says(word)),), main_track=1))
        rows.hear([VoiceReading((i + 1) * 0.5, even, stretch_s=max(0.4, i * 0.5))])
    table = rows.timeline("hybrid")
    assert list(table["face_label"]) == ["angry", "happy", "happy", "sad"], "the face itself is that of the row"
    assert list(table["together_label"]) == ["angry", "happy", "happy", "happy"], "speech since 0.5 s"
    assert table["together_angry"].iloc[3] == pytest.approx(table["together_fear"].iloc[3], rel=0.2)
