"""A judged photo as it is shown: a small picture, and where in it each face is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from emotion.judge import FaceReading, FacesReading

LONGEST_PX = 1280  # side of the picture that is kept to be shown


@dataclass(frozen=True)
class Photo:
    """A photo that was judged in full size."""

    image: np.ndarray  # uint8 (h, w, 3) RGB, neither side above LONGEST_PX
    faces: tuple[FaceReading, ...]  # in the order of their numbers
    boxes: tuple[tuple[float, float, float, float], ...]  # of each face x0, y0, x1, y1, as shares 0…1 of w and h
    reason: str = ""  # why there is nothing to judge


def photo_of(image: np.ndarray, seen: FacesReading) -> Photo:
    """image: uint8 (H, W, 3) RGB, and what was seen in it -> the Photo to show."""
    height, width = image.shape[:2]
    faces = tuple(sorted(seen.faces, key=lambda f: f.track))
    size = np.array([width, height, width, height], float)
    boxes = tuple(tuple(np.clip(np.array(f.face.box) / size, 0, 1).tolist()) for f in faces)
    scale = LONGEST_PX / max(height, width)
    if scale < 1:
        small = max(1, round(width * scale)), max(1, round(height * scale))
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return Photo(image, faces, boxes, seen.reason)
