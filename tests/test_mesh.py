"""How far a mouth is open, in pictures and on known points."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from emotion.face import detect_faces
from emotion.mesh import BETWEEN_EYES, CHIN_SIDE, LOWER_INNER_LIP, UPPER_INNER_LIP, mesh_points, mouth_opening


def points(gap: float, *, size: float = 100.0) -> np.ndarray:
    """A face of two eyes, top, chin and lips. gap: between the lips, as a share of the size."""
    out = np.zeros((468, 3))
    out[list(BETWEEN_EYES)] = [[-size / 2, 0, 0], [size / 2, 0, 0]]
    out[list(CHIN_SIDE)] = [[0, -size / 2, 0], [0, size / 2, 0]]
    out[list(UPPER_INNER_LIP)], out[list(LOWER_INNER_LIP)] = [0, 30, 0], [0, 30 + gap * size, 0]
    return out


def turned(face: np.ndarray, degrees: float, axis: int) -> np.ndarray:
    a, b = [i for i in range(3) if i != axis]
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    out = face.copy()
    out[:, a], out[:, b] = cos * face[:, a] - sin * face[:, b], sin * face[:, a] + cos * face[:, b]
    return out


def test_the_opening_is_the_gap_between_the_lips_for_any_size_and_turn():
    for gap in (0.0, 0.05, 0.2):
        assert mouth_opening(points(gap)) == pytest.approx(gap)
        assert mouth_opening(points(gap, size=7.0)) == pytest.approx(gap)
        for axis in range(3):
            assert mouth_opening(turned(points(gap), 35, axis)) == pytest.approx(gap)


def test_a_face_in_a_picture_has_an_opening_that_survives_mirror_size_and_tilt(astronaut):
    opening = lambda image: mouth_opening(mesh_points(image, detect_faces(image)[0]))  # noqa: E731
    whole = opening(astronaut)
    assert 0 < whole < 0.2
    tilt = cv2.getRotationMatrix2D((256, 128), 20, 1)
    for other in (
        np.ascontiguousarray(astronaut[:, ::-1]),
        cv2.resize(astronaut, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA),
        cv2.warpAffine(astronaut, tilt, (512, 512), borderMode=cv2.BORDER_REPLICATE),
    ):
        assert opening(other) == pytest.approx(whole, abs=0.025)


def test_where_no_face_is_there_are_no_points(astronaut):
    face = detect_faces(astronaut)[0]
    assert mesh_points(astronaut, face).shape == (468, 3)
    assert mesh_points(np.full_like(astronaut, 90), face) is None
    beyond = replace(face, box=tuple(v + 5000 for v in face.box), keypoints=face.keypoints + 5000)
    assert mesh_points(astronaut, beyond) is None
