"""The face judge and who is who in a film."""

from __future__ import annotations

import numpy as np
import pytest

from emotion import judge
from emotion.face import FILM, LIVE, detect_faces
from emotion.judge import SMALL_FACES_SECONDS, FaceJudge
from emotion.labels import FACE_LABELS

LOOK_S = 0.1


class Even:
    """A model without an opinion."""

    def predict(self, crops):
        return np.full((len(crops), len(FACE_LABELS)), 1 / len(FACE_LABELS), np.float32)


@pytest.fixture
def looks(monkeypatch):
    """Which searches were made; a quick one sees the largest face alone."""
    made = []

    def quick_sees_one(image, *, max_faces, search):
        made.append(search)
        found = detect_faces(image, max_faces=max_faces, search=FILM)
        return found[:1] if search is LIVE else found

    monkeypatch.setattr(judge, "detect_faces", quick_sees_one)
    return made


def test_who_is_there_stays_when_somebody_larger_comes(astronaut, looks):
    head = np.ascontiguousarray(astronaut[:240, 100:340])  # (240, 240, 3)
    nobody = np.full_like(head, 128)
    larger = np.repeat(np.repeat(head, 2, axis=0), 2, axis=1)[:480]  # (480, 480, 3)
    left = np.vstack([head, nobody])  # (480, 240, 3)
    alone, two = (np.hstack([left, right]) for right in (np.full_like(larger, 128), larger))
    seen, tracks = FaceJudge(Even(), search=FILM), []
    for i in range(12):
        reading = seen.look(two if i >= 5 else alone, i * LOOK_S)
        tracks.append(sorted(f.track for f in reading.faces))
    assert tracks == [[1]] * 5 + [[1, 2]] * 7
    assert 12 * LOOK_S < SMALL_FACES_SECONDS, "a search now and then would have found it too"
    assert looks[:6] == [FILM, *[LIVE] * 5] and looks[6] is FILM


def test_who_has_left_is_looked_for_once(astronaut, looks):
    nobody = np.full_like(astronaut, 128)
    seen = FaceJudge(Even(), search=FILM)
    for i in range(8):
        seen.look(astronaut if i < 3 else nobody, i * LOOK_S)
    assert looks == [FILM, LIVE, LIVE, LIVE, FILM, LIVE, LIVE, LIVE, LIVE]
