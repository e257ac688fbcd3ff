"""Labels on the picture can be read on every colour."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.face import Face
from emotion.judge import FaceReading
from emotion.labels import COLOURS, FACE_LABELS
from emotion.overlay import BLACK, UNKNOWN_COLOUR, WHITE, contrast, draw_faces, ink_on, rgb

AA = 4.5  # WCAG 2.2


def test_contrast_is_that_of_wcag():
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast((119, 119, 119), WHITE) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", [*map(rgb, COLOURS), UNKNOWN_COLOUR, (40, 40, 40)])
def test_the_ink_can_be_read(colour):
    assert contrast(ink_on(colour), colour) >= AA


@pytest.mark.parametrize("word", FACE_LABELS)
def test_the_label_of_a_face_has_that_ink(word):
    probs = np.full(7, 0.01, np.float32)
    probs[FACE_LABELS.index(word)] = 0.94
    face = Face((20.0, 60.0, 200.0, 220.0), np.zeros((6, 2), np.float32), 0.9)
    drawn = draw_faces(np.full((240, 320, 3), 128, np.uint8), (FaceReading(0.0, 1, face, probs, ""),))
    label = drawn[38:58, 22:150].reshape(-1, 3).astype(int)
    assert np.abs(label - ink_on(rgb(word))).sum(axis=1).min() < 60
    other = BLACK if ink_on(rgb(word)) == WHITE else WHITE
    assert np.abs(label - other).sum(axis=1).min() > 100
