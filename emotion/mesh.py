"""The face mesh: 468 points on a face, and how far its mouth is open.

MediaPipe Face Mesh (Kartynnik et al. 2019, arXiv:1907.06724), file in models/face_mesh.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from emotion.checkpoint import verified_file
from emotion.face import Face
from emotion.paths import MODELS
from emotion.runner import LiteRunner

SIDE = 192  # pixels of the network's input
REGION_PER_BOX = 1.5  # side of what the network sees / side of the detector's box
MIN_SURE = 0.5  # below this the network does not see a face there

# numbers of points in the mesh
UPPER_INNER_LIP, LOWER_INNER_LIP = (82, 13, 312), (87, 14, 317)  # three pairs, from one side of the middle to the other
BETWEEN_EYES, CHIN_SIDE = (33, 263), (10, 152)  # outer corners of the eyes; top and bottom of the face's oval


@lru_cache(maxsize=1)
def _network() -> LiteRunner:
    return LiteRunner(verified_file("face_landmark", MODELS / "face_mesh")[0], outputs=2)


def mesh_points(image: np.ndarray, face: Face) -> np.ndarray | None:
    """The points of a face, float32 (468, 3) in pixels of a level crop; None where the network sees no face.

    image: uint8 (H, W, 3) RGB, where the face was found. The third coordinate grows away from the camera. Beyond the
    picture's edge there is black. About 2 ms. Raises ModelError where the network's file is missing or altered.
    """
    side = REGION_PER_BOX * face.size_px
    (right_x, right_y), (left_x, left_y) = face.keypoints[:2].astype(float)
    angle = float(np.arctan2(left_y - right_y, left_x - right_x))
    zoom = SIDE / side
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    x, y = face.centre
    level = np.array([[cos, sin, SIDE / 2 - cos * x - sin * y], [-sin, cos, SIDE / 2 + sin * x - cos * y]])
    crop = cv2.warpAffine(image, level, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    points, sure = _network().all_outputs(crop[None] / np.float32(255))
    if 1 / (1 + np.exp(-float(sure.reshape(-1)[0]))) < MIN_SURE:
        return None
    return points.reshape(-1, 3)


def mouth_opening(points: np.ndarray) -> float:
    """The gap between the inner lips as a share of the face's size: 0 closed, about 0.2 wide open.

    points: (468, 3) of mesh_points. In three dimensions, so that a turned head does not change it much. The size is the
    root of the distance between the eyes times the height of the face, as turning and nodding each change only one.
    """
    gaps = np.linalg.norm(points[list(UPPER_INNER_LIP)] - points[list(LOWER_INNER_LIP)], axis=1)
    width, height = (float(np.linalg.norm(points[a] - points[b])) for a, b in (BETWEEN_EYES, CHIN_SIDE))
    return float(gaps.mean()) / float(np.sqrt(width * height))
