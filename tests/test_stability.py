"""A face keeps its answer when it is moved, scaled, lit, blurred or compressed as a webcam does it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from emotion.face import crop_face, detect_faces
from emotion.predict import load_face_model

HEIGHT, WIDTH = 720, 960
BASE_FACE_PX = 140
LIMIT = 0.3  # total variation distance to the plain picture's answer: half the sum of the differences, 0 … 1


def scene(portrait: np.ndarray, *, face_px: float, x: float = 0.5, y: float = 0.5, angle: float = 0.0) -> np.ndarray:
    """The portrait's face, face_px wide, at (x, y) of a grey WIDTH x HEIGHT picture."""
    face = detect_faces(portrait)[0]
    centre = ((face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2)
    scale = face_px / (face.box[2] - face.box[0])
    matrix = cv2.getRotationMatrix2D(centre, angle, scale)
    matrix[:, 2] += (x * WIDTH - centre[0], y * HEIGHT - centre[1])
    smaller = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(portrait, matrix, (WIDTH, HEIGHT), flags=smaller, borderValue=(120, 125, 130))


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1].copy()


CHANGES = {
    **{f"{px} px": (dict(face_px=px), None) for px in (40, 60, 90, 200, 300, 400)},
    **{f"at {x}, {y}": (dict(face_px=BASE_FACE_PX, x=x, y=y), None) for x, y in ((0.15, 0.3), (0.8, 0.4), (0.5, 0.75))},
    **{f"{a}° head tilt": (dict(face_px=BASE_FACE_PX, angle=a), None) for a in (-15, 15)},
    "half the light": (dict(face_px=BASE_FACE_PX), lambda i: (i * 0.5).astype(np.uint8)),
    "a quarter of the light": (dict(face_px=BASE_FACE_PX), lambda i: (i * 0.25).astype(np.uint8)),
    "overexposed": (dict(face_px=BASE_FACE_PX), lambda i: np.clip(i * 1.5, 0, 255).astype(np.uint8)),
    "blurred": (dict(face_px=BASE_FACE_PX), lambda i: cv2.GaussianBlur(i, (0, 0), BASE_FACE_PX / 60)),
    "moved while exposed": (dict(face_px=BASE_FACE_PX), lambda i: cv2.blur(i, (BASE_FACE_PX // 16, 1))),
    "JPEG 50": (dict(face_px=BASE_FACE_PX), lambda i: jpeg(i, 50)),
    "JPEG 20": (dict(face_px=BASE_FACE_PX), lambda i: jpeg(i, 20)),
    "warm light": (
        dict(face_px=BASE_FACE_PX),
        lambda i: np.clip(i * np.array([1.15, 1.0, 0.75]), 0, 255).astype(np.uint8),
    ),
    "sensor noise": (
        dict(face_px=BASE_FACE_PX),
        lambda i: np.clip(i + np.random.default_rng(0).normal(0, 8, i.shape), 0, 255).astype(np.uint8),
    ),
}


def answer(model, image: np.ndarray) -> np.ndarray:
    faces = detect_faces(image)
    assert faces, "the face is found"
    return model.predict(crop_face(image, faces[0])[None])[0]


@pytest.fixture(scope="module", params=["fast", pytest.param("accurate", marks=pytest.mark.slow)])
def model(request):
    return load_face_model(request.param)


@pytest.mark.parametrize("name", CHANGES)
def test_the_answer_stays(model, astronaut, name):
    plain = answer(model, scene(astronaut, face_px=BASE_FACE_PX))
    where, change = CHANGES[name]
    image = scene(astronaut, **where)
    changed = answer(model, change(image) if change else image)
    distance = float(np.abs(changed - plain).sum() / 2)
    print(f"{name}: moved by {distance:.3f}")
    assert changed.argmax() == plain.argmax() and distance <= LIMIT
