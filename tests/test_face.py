"""Finding faces, framing them as FER-2013 does, and following them."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest

from emotion import face as face_module
from emotion.face import (
    FER_SIZE,
    FILM,
    FRAME_PER_BOX,
    LIVE,
    STILL,
    ImageError,
    crop_face,
    crop_problem,
    detect_faces,
    iou,
    prepare_crops,
    to_grey,
)
from emotion.judge import FaceJudge, smooth
from tests.support import LONG_S
from tests.support_faces import crowd, mosaic, photos_without_people, read, textures, without_people

EYE_LINE = 104.6  # where the astronaut's eyes are, by hand, in rows of the picture


class Constant:
    """A model with one answer; what it was asked is kept."""

    def __init__(self):
        self.crops = []

    def predict(self, crops):
        self.crops += list(crops)
        return np.tile(np.full(7, 1 / 7, np.float32), (len(crops), 1))


def scene(portrait: np.ndarray, *places: tuple[int, int, float]) -> np.ndarray:
    """The portrait's head pasted at (x, y) at some scale, on a plain 640 x 480 wall."""
    wall = np.full((480, 640, 3), 128, np.uint8)
    head = portrait[20:220, 130:320]
    for x, y, scale in places:
        small = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        wall[y : y + small.shape[0], x : x + small.shape[1]] = small[: 480 - y, : 640 - x]
    return wall


def test_the_portraits_face_is_found_where_it_is(astronaut):
    faces = detect_faces(astronaut)
    assert len(faces) == 1 and faces[0].score > 0.8
    assert faces[0].keypoints.shape == (6, 2)
    assert faces[0].keypoints[:2, 1].mean() == pytest.approx(EYE_LINE, abs=8)
    x0, y0, x1, y1 = faces[0].box
    assert x0 < 224 < x1 and y0 < 120 < y1


@pytest.mark.parametrize("side_px", [40, 80, 200, 400])
def test_faces_from_40_to_400_pixels(astronaut, side_px):
    scale = side_px / detect_faces(astronaut)[0].size_px
    resized = cv2.resize(
        astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    canvas = np.full((max(480, resized.shape[0]), max(640, resized.shape[1]), 3), 128, np.uint8)
    canvas[: resized.shape[0], : resized.shape[1]] = resized
    assert detect_faces(canvas)[0].size_px == pytest.approx(side_px, rel=0.25)


def test_a_face_that_fills_the_picture_is_found(astronaut):
    whole = detect_faces(astronaut)[0]
    x0, y0, x1, y1 = (int(v) for v in whole.box)
    cut = np.ascontiguousarray(astronaut[y0 + 8 : y1 - 8, x0 + 8 : x1 - 8])
    (found,) = detect_faces(cut)
    assert found.centre == pytest.approx((whole.centre[0] - x0 - 8, whole.centre[1] - y0 - 8), abs=8)
    assert found.keypoints[0] == pytest.approx(whole.keypoints[0] - (x0 + 8, y0 + 8), abs=8)


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket", "coins", "moon", "page", "text", "brick", "retina"])
def test_no_face_where_nobody_is(name):
    import skimage.data

    picture = np.asarray(getattr(skimage.data, name)())
    h, w = picture.shape[:2]
    for part in (picture, picture[: h // 2, : w // 2], picture[h // 4 : 3 * h // 4, w // 4 : 3 * w // 4]):
        assert detect_faces(np.ascontiguousarray(part)) == []


def hits(faces, centres, size_px: float) -> int:
    """How many heads have a face within half of size_px of their centre."""
    return sum(any(np.hypot(*np.subtract(f.centre, c)) < size_px / 2 for f in faces) for c in centres)


@pytest.fixture(scope="module")
def head(astronaut) -> np.ndarray:
    """Of which the face's box is half as wide."""
    return np.ascontiguousarray(astronaut[20:220, 130:320])


@pytest.mark.parametrize(
    "width, height, head_px, n",
    [(4000, 3000, 320, 20), (3000, 4000, 120, 12), (1920, 1080, 120, 12), (6000, 2000, 250, 15)],
)
def test_small_faces_in_large_pictures(head, width, height, head_px, n):
    scene, centres = crowd([head], [head_px] * n, width=width, height=height)
    faces = detect_faces(scene, max_faces=50)
    assert hits(faces, centres, head_px) >= 0.95 * n and len(faces) <= n


def test_one_near_and_many_far(head):
    scene, centres = crowd([head], [1600] + [200] * 10, width=4000, height=3000)
    faces = detect_faces(scene)
    assert len(faces) == 11 and hits(faces[:1], centres[:1], 1600) == 1
    assert hits(faces, centres, 200) >= 10, "no part of the near face counts as a face"


def test_a_face_on_the_border_of_the_parts_is_one_face(head):
    small = cv2.resize(head, (95, 100), interpolation=cv2.INTER_AREA)
    for x in range(620, 1020, 80):  # parts of 800 px begin or end here
        scene = np.full((1200, 1600, 3), 128, np.uint8)
        scene[560:660, x : x + 95] = small
        (face,) = detect_faces(scene)
        assert abs(face.centre[0] - x - 48) < 15


def test_live_looks_at_parts_only_where_nothing_was_found(head):
    far = np.full((720, 1280, 3), 128, np.uint8)
    far[300:360, 600:657] = cv2.resize(head, (57, 60), interpolation=cv2.INTER_AREA)
    assert len(detect_faces(far, search=LIVE)) == 1
    with_near = far.copy()
    with_near[100:300, 100:290] = head
    assert len(detect_faces(with_near, search=FILM)) == 2


def test_a_live_look_does_not_wait_for_the_search_of_a_photo(astronaut, monkeypatch):
    in_parts, begun, live_is_done, found = face_module._far_in_parts, threading.Event(), threading.Event(), {}

    def held(image, sides):
        begun.set()
        found["in time"] = live_is_done.wait(LONG_S)
        return in_parts(image, sides)

    monkeypatch.setattr(face_module, "_far_in_parts", held)
    photo = threading.Thread(target=lambda: found.update(photo=detect_faces(astronaut, search=STILL)))
    photo.start()
    assert begun.wait(LONG_S)
    live = threading.Thread(target=lambda: (detect_faces(astronaut, search=LIVE), live_is_done.set()))
    live.start()
    photo.join(2 * LONG_S)
    live.join(LONG_S)
    assert found["in time"] and found["photo"]


def test_searches_at_once_find_what_one_alone_finds(head):
    picture = crowd([head], [120] * 6, width=2000, height=1500)[0]
    alone = {search: detect_faces(picture, search=search) for search in (LIVE, STILL)}
    together: list[tuple] = []
    threads = [
        threading.Thread(target=lambda s=search: together.append((s, detect_faces(picture, search=s))))
        for search in (LIVE, STILL, LIVE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    assert len(together) == len(threads)
    for search, faces in together:
        assert [(f.box, f.score) for f in faces] == [(f.box, f.score) for f in alone[search]]


@pytest.mark.parametrize("search", [LIVE, FILM, STILL])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 4001)])
def test_a_picture_of_a_line_holds_nobody(shape, search):
    assert detect_faces(np.full((*shape, 3), 128, np.uint8), search=search) == []


def test_nobody_in_a_large_scene_without_people():
    scene = mosaic([p for _, p in [*photos_without_people(), *textures()]], 250)
    assert detect_faces(scene) == [] and detect_faces(scene, search=FILM) == []


@pytest.mark.slow
def test_nobody_in_pictures_without_people():
    wrong = {name: detect_faces(picture) for name, picture in without_people()}
    assert len(wrong) >= 100 and [name for name, faces in wrong.items() if faces] == []


@pytest.mark.slow
@pytest.mark.parametrize("share", [1.0, 0.9])
def test_faces_that_fill_the_picture(data_folder, share):
    """share: of each side of the picture that is left."""
    paths = sorted((data_folder / "faces/lfw").glob("*.jpg"))[::5]
    cut = round(64 * (1 - share))
    found = [bool(detect_faces(np.ascontiguousarray(read(p)[cut : 128 - cut, cut : 128 - cut]))) for p in paths]
    assert np.mean(found) >= 0.98


def test_several_faces_largest_first(astronaut):
    faces = detect_faces(scene(astronaut, (20, 40, 0.5), (350, 60, 1.2), (180, 300, 0.7)))
    assert len(faces) == 3
    sizes = [f.size_px for f in faces]
    assert sizes == sorted(sizes, reverse=True)
    assert len(detect_faces(scene(astronaut, (20, 40, 0.5), (350, 60, 1.2)), max_faces=1)) == 1


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((480, 640, 3), np.uint8),
        np.full((1, 1, 3), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8),
    ],
)
def test_no_face_in_black_tiny_and_noise(picture):
    assert detect_faces(picture) == []


@pytest.mark.parametrize("bad", [np.zeros((10, 10, 3)), np.zeros((10, 10, 4), np.uint8), np.zeros((0, 5, 3), np.uint8)])
def test_what_is_no_picture_is_refused(bad):
    with pytest.raises(ImageError, match="uint8"):
        detect_faces(bad)


@pytest.mark.parametrize("degrees", [-25, 0, 25])
def test_crops_are_square_and_the_eyes_level(astronaut, degrees):
    turned = cv2.warpAffine(
        astronaut, cv2.getRotationMatrix2D((224, 110), degrees, 1), (512, 512), borderMode=cv2.BORDER_REPLICATE
    )
    face = detect_faces(turned)[0]
    crop = crop_face(turned, face)
    assert crop.shape[0] == crop.shape[1] == max(round(FRAME_PER_BOX * face.size_px), FER_SIZE)
    again = detect_faces(cv2.copyMakeBorder(crop, 60, 60, 60, 60, cv2.BORDER_REPLICATE))[0].keypoints
    slope = np.degrees(np.arctan2(again[1, 1] - again[0, 1], again[1, 0] - again[0, 0]))
    assert abs(slope) < 10  # the detector's own keypoints differ by some degrees between crops


@pytest.mark.slow
def test_the_frame_is_fer_2013s(data_folder):
    from emotion.datasets import load_fer2013

    faces = load_fer2013(data_folder, usages=("PublicTest",)).images[::120]
    sides, heights = [], []
    for image in faces:
        padded = cv2.resize(cv2.copyMakeBorder(image, 24, 24, 24, 24, cv2.BORDER_CONSTANT), (192, 192))
        found = detect_faces(padded)
        if found:
            side = FRAME_PER_BOX * found[0].size_px
            sides.append(side / 96)
            heights.append(((found[0].box[1] + found[0].box[3]) / 2 - 0.068 * side - 96) / 96)
    assert len(sides) >= 0.9 * len(faces)
    assert np.median(sides) == pytest.approx(1, abs=0.1) and np.median(heights) == pytest.approx(0, abs=0.05)


def test_grey_and_colour_give_the_same_input(astronaut):
    crop = crop_face(astronaut, detect_faces(astronaut)[0])
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(prepare_crops(crop[None], 64), prepare_crops(grey[None], 64))
    assert prepare_crops(np.zeros((0, 48, 48), np.uint8), 64).shape == (0, 64, 64, 1)
    with pytest.raises(ValueError, match="float"):
        to_grey(crop[None].astype(float))


def test_what_cannot_be_judged_says_why(astronaut):
    face = detect_faces(astronaut)[0]
    crop = crop_face(astronaut, face)
    assert crop_problem(crop, face) == ""
    assert crop_problem((crop * 0.1).astype(np.uint8), face) == "too dark"
    assert crop_problem(np.full_like(crop, 90), face) == "no picture"


# --- over time ---


def test_a_face_keeps_its_number_while_it_moves(astronaut):
    judge = FaceJudge(Constant())
    numbers = [
        judge.look(scene(astronaut, (20 + 12 * i, 60, 0.8), (420 - 8 * i, 250, 0.6)), i * 0.1).faces for i in range(12)
    ]
    assert all(len(faces) == 2 for faces in numbers)
    assert {tuple(f.track for f in faces) for faces in numbers} == {(1, 2)}


def test_a_face_that_was_away_gets_a_new_number(astronaut):
    judge, wall = FaceJudge(Constant()), np.full((480, 640, 3), 128, np.uint8)
    assert judge.look(scene(astronaut, (50, 60, 0.8)), 0.0).faces[0].track == 1
    assert judge.look(wall, 0.5).reason == "no face"
    assert judge.look(scene(astronaut, (50, 60, 0.8)), 5.0).faces[0].track == 2


def test_black_is_muted_and_dim_is_too_dark(astronaut):
    judge = FaceJudge(Constant())
    assert judge.look(np.zeros((480, 640, 3), np.uint8), 0.0).reason == "muted"
    assert judge.look((scene(astronaut, (50, 60, 1.0)) * 0.11).astype(np.uint8), 0.1).reason == "too dark"
    assert judge.model.crops == [], "the model is not asked about what cannot be judged"


def test_smoothing_follows_time_not_frames():
    old, new = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
    at_once = smooth(old, new, elapsed_s=0.4, smoothing_s=0.35)
    twice = smooth(smooth(old, new, elapsed_s=0.2, smoothing_s=0.35), new, elapsed_s=0.2, smoothing_s=0.35)
    np.testing.assert_allclose(at_once, twice, atol=1e-6)
    np.testing.assert_array_equal(smooth(old, new, elapsed_s=0.1, smoothing_s=0), new)
    np.testing.assert_array_equal(smooth(None, new, elapsed_s=0.1, smoothing_s=1), new)


def test_overlap_of_boxes():
    assert iou((0, 0, 2, 2), (1, 1, 3, 3)) == pytest.approx(1 / 7)
    assert iou((0, 0, 1, 1), (2, 2, 3, 3)) == 0
