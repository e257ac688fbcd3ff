"""Faces as arrays: detection (BlazeFace), the FER-2013 frame, and what the network is fed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from emotion.checkpoint import verified_file
from emotion.paths import MODELS
from emotion.runner import LiteRunner

FER_SIZE = 48  # side of a FER-2013 image; every crop passes through it, so live crops are as sharp as training ones

# The FER-2013 frame, measured with the short-range detector on FER-2013 itself (medians).
FRAME_PER_BOX = 1.15  # side of the frame / side of the detector's box
FRAME_RISE = 0.068  # how far the box's centre lies below the frame's, as a share of the frame's side

MIN_SCORE = 0.5
FAR_SCORE = 0.25  # a far face needs less at first: the close look has to confirm it
SURE_SCORE = 0.75  # badges and folds of cloth reach 0.7, real faces looked at closely 0.8 and more
MAX_CLOSE_LOOKS = 12  # places enlarged and searched again in a look at the whole picture; 1.5 ms each
LARGE_PX = 640  # a picture with a longer side than this is also looked at in parts
MIN_PART_PX = 320  # a part of this side shows faces down to about MIN_FACE_PX
PART_STEP = 0.7  # of a part's side, at most, from one part to the next: a face on a border is whole in the next part
# margins around a picture in which nothing was found: width as a share of its longer side, grey level
MARGINS = ((0.5, 128), (0.5, 0), (0.25, 128), (0.25, 0), (0.8, 128), (0.8, 0), (1.1, 128), (1.1, 0))
FILLING_PX = 384  # a face that fills the picture is looked for in a picture of at most this side
FILLING_SCORE = 0.68  # mean over all margins: parts of pictures without people reach 0.66, faces 0.7 and more
HIGH_FILLING_SCORE = 0.85  # hardly any face has more with one margin: who cannot reach the mean any more is given up
MIN_FACE_PX = 24  # a smaller frame holds too little to judge
DARK_LEVEL = 28.0  # mean grey level below which a face is too dark to judge
FLAT_LEVEL = 6.0  # standard deviation below which there is no picture in the crop


class ImageError(Exception):
    """A picture that cannot be used; the message quotes what arrived and says what to do."""


@dataclass(frozen=True)
class Face:
    """A detected face, in pixels of the image it was found in."""

    box: tuple[float, float, float, float]  # (x0, y0, x1, y1), the detector's square box
    keypoints: np.ndarray  # float32 (6, 2): the person's right eye, left eye, nose, mouth, right ear, left ear
    score: float  # 0…1
    small: bool = False  # seen in a part of the picture only, and not in the whole

    @property
    def size_px(self) -> float:
        """Side of the box."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the box's middle."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


# --- detection: BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047), files in models/blazeface ---


class _BlazeFace:
    """One BlazeFace network: image -> boxes, keypoints and scores, decoded from its anchors."""

    def __init__(self, name: str, *, side: int, grid: tuple[tuple[int, int], ...]):
        self._net = LiteRunner(verified_file(name, MODELS / "blazeface")[0], outputs=2)
        self._side = side
        cells = []
        for stride, per_cell in grid:
            n = side // stride
            y, x = np.mgrid[0:n, 0:n]
            centres = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / n
            cells.append(np.repeat(centres, per_cell, axis=0))
        self._anchors = np.concatenate(cells).astype(np.float32)  # (n_anchors, 2) in 0…1

    def __call__(self, image: np.ndarray, *, min_score: float = MIN_SCORE) -> list[Face]:
        """uint8 (H, W, 3) RGB -> overlapping candidates in its pixels, best first."""
        h, w = image.shape[:2]
        longest = max(h, w)
        scale = self._side / longest
        small = cv2.resize(
            image,
            (max(1, round(w * scale)), max(1, round(h * scale))),
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        )
        canvas = np.zeros((self._side, self._side, 3), np.float32)
        top, left = (self._side - small.shape[0]) // 2, (self._side - small.shape[1]) // 2
        canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
        raw, logits = self._net.all_outputs(canvas[None] / 127.5 - 1)  # (n_anchors, 16), (n_anchors, 1)
        scores = 1 / (1 + np.exp(-np.clip(logits[:, 0], -80, 80)))
        found = np.flatnonzero(scores >= min_score)
        found = found[np.argsort(-scores[found])]
        points = raw[found].reshape(-1, 8, 2)  # centre, size, six keypoints; in input pixels
        anchors = self._anchors[found, None] * self._side
        offset = np.array([left, top], np.float32)
        centres, sizes = points[:, :1] + anchors - offset, points[:, 1]
        keypoints = points[:, 2:] + anchors - offset
        out = []
        for c, s, k, score in zip(centres[:, 0], sizes, keypoints, scores[found]):
            if (s > 1).all():
                (x0, y0), (x1, y1) = ((c - s / 2) / scale).tolist(), ((c + s / 2) / scale).tolist()
                out.append(Face((x0, y0, x1, y1), (k / scale).astype(np.float32), float(score)))
        return out


# All searches share the two networks. They take turns for each single call (see LiteRunner), not for a whole search:
# that of a large photo takes seconds, and the live streams must not wait for it.


@lru_cache(maxsize=1)
def _short_range() -> _BlazeFace:
    return _BlazeFace("short_range", side=128, grid=((8, 2), (16, 6)))


@lru_cache(maxsize=1)
def _full_range() -> _BlazeFace:
    return _BlazeFace("full_range", side=192, grid=((4, 1),))


Box = tuple[float, float, float, float]  # (x0, y0, x1, y1)


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes (x0, y0, x1, y1)."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    area_a, area_b = (a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])
    return w * h / (area_a + area_b - w * h)


def suppress(faces: list[Face], *, overlap: float = 0.3) -> list[Face]:
    """Blend candidates that overlap into one face each, weighted by score (best first in, best first out)."""
    rest, out = sorted(faces, key=lambda f: -f.score), []
    while rest:
        group = [f for f in rest if iou(f.box, rest[0].box) > overlap] or rest[:1]
        weight = np.array([f.score for f in group])
        weight /= weight.sum()
        # sums, not matrix products: the last digits of BLAS depend on its threads and on the processor
        x0, y0, x1, y1 = (weight[:, None] * np.array([f.box for f in group])).sum(axis=0).tolist()
        keypoints = (weight[:, None, None] * np.stack([f.keypoints for f in group])).sum(axis=0).astype(np.float32)
        out.append(Face((x0, y0, x1, y1), keypoints, group[0].score))
        rest = [f for f in rest if not any(f is g for g in group)]
    return out


def _checked_image(image: np.ndarray) -> np.ndarray:
    image = np.asarray(image)
    if image.ndim == 2 and image.dtype == np.uint8:
        image = np.repeat(image[..., None], 3, axis=2)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise ImageError(
            f"a picture must be uint8 (H, W, 3) RGB, got {image.dtype} {image.shape}; "
            "convert it, for instance with cv2.cvtColor(..., cv2.COLOR_BGR2RGB)"
        )
    return image


@dataclass(frozen=True)
class Search:
    """How much is spent on looking for faces in one picture."""

    close_looks: int  # places seen in parts that are enlarged and searched again, at most; 1.5 ms each
    halvings: int  # the smallest parts have the picture's longer side / 2**halvings; 0: two large parts
    parts_always: bool  # False: only where the whole picture showed nothing


LIVE = Search(close_looks=12, halvings=0, parts_always=False)  # stays within about 30 ms
FILM = Search(close_looks=24, halvings=1, parts_always=True)  # now and then: see FaceJudge
STILL = Search(close_looks=150, halvings=3, parts_always=True)


def detect_faces(image: np.ndarray, *, max_faces: int = 20, search: Search = STILL) -> list[Face]:
    """Faces in a picture, largest first. image: uint8 (H, W, 3) RGB (grey (H, W) is taken too).

    The full-range network finds far faces, the short-range network near ones. A picture larger than LARGE_PX is also
    looked at in parts that overlap, because the network sees each picture at 192 px. Where the score is low, the place
    is enlarged and searched again. The final box and keypoints always come from the short-range network, because the
    FER-2013 frame was measured with it. A face that fills the picture is found with margins around it. search: LIVE,
    FILM or STILL. Raises ImageError on other arrays.
    """
    image = _checked_image(image)
    faces = _in_whole(image)
    if search.parts_always or not faces:
        faces += _in_parts(image, faces, search)
    faces = faces or _filling(image)
    return sorted(faces, key=lambda f: -f.size_px)[:max_faces]


def _in_whole(image: np.ndarray) -> list[Face]:
    """Faces that one look at the whole picture finds, the unsure ones confirmed by a close look."""
    near = suppress(_short_range()(image))
    sure = [f for f in near if f.score >= SURE_SCORE]
    far = [f for f in suppress(_full_range()(image, min_score=FAR_SCORE)) if all(iou(f.box, n.box) < 0.2 for n in sure)]
    unsure = sorted([f for f in near if f.score < SURE_SCORE] + far, key=lambda f: -f.score)[:MAX_CLOSE_LOOKS]
    looked_at = [_refine(image, f) for f in unsure]
    found = sure + [f for f in looked_at if f is not None and f.score >= SURE_SCORE]
    return [f for f in suppress(found) if f.size_px >= 8]


def _in_parts(image: np.ndarray, known: list[Face], search: Search) -> list[Face]:
    """Faces besides the known ones that are seen in parts of the picture, and in two close looks."""
    sides = _part_sides(image.shape[1], image.shape[0], search.halvings)
    new = [f for f in suppress(_far_in_parts(image, sides)) if not _belongs_to(f, known)]
    out: list[Face] = []
    for candidate in new[: search.close_looks]:
        face = _refine(image, candidate)
        if face is not None and face.size_px >= 8 and face.score >= SURE_SCORE:
            # there are many parts, so many more chances to take something else for a face
            again = _refine(image, face, mirrored=True)
            if again is not None and (face.score + again.score) / 2 >= SURE_SCORE:
                out.append(face)
    return [replace(f, small=True) for f in suppress(out) if not _belongs_to(f, known)]


def _belongs_to(face: Face, known: list[Face]) -> bool:
    """Whether it is one of the known faces, or something in the middle of one, such as an eye."""
    x, y = face.centre
    return any(iou(face.box, k.box) > 0.2 or (k.box[0] < x < k.box[2] and k.box[1] < y < k.box[3]) for k in known)


def _part_sides(width: int, height: int, halvings: int) -> list[int]:
    """Sides in pixels of the parts that a picture is looked at in; none for a small picture."""
    longest, shorter = max(width, height), min(width, height)
    if longest <= LARGE_PX:
        return []
    if halvings == 0:  # two parts, as large as the shorter side
        return [side] if (side := max(round(0.6 * longest), shorter)) < 0.9 * longest else []
    return [side for n in range(1, halvings + 1) if (side := longest // 2**n) >= MIN_PART_PX]


def _far_in_parts(image: np.ndarray, sides: list[int]) -> list[Face]:
    """What the full-range network sees in overlapping squares of these sides, which cover the picture."""
    out = []
    for side in sides:
        zoom = min(1.0, MIN_PART_PX / side)  # at once for all parts of this side: the network sees them smaller still
        small = image if zoom == 1 else _shrunk(image, zoom)
        px = round(side * zoom)
        for top in _begins(small.shape[0], px):
            for left in _begins(small.shape[1], px):
                seen = _full_range()(small[top : top + px, left : left + px], min_score=FAR_SCORE)
                out += [_moved(f, left, top, 1 / zoom) for f in suppress(seen)]
    return out


def _begins(length: int, side: int) -> list[int]:
    """Where parts of this side begin, evenly spaced, no further apart than PART_STEP."""
    n = 1 if length <= side else 1 + math.ceil((length - side) / (PART_STEP * side))
    return [round(i * (length - side) / (n - 1)) for i in range(n)] if n > 1 else [0]


def _filling(image: np.ndarray) -> list[Face]:
    """The face of at least half the picture's side that is seen once there is something around the picture.

    One margin alone lets parts of other things pass; a face is seen with margins of every width and level.
    """
    zoom = min(1.0, FILLING_PX / max(image.shape[:2]))
    small = image if zoom == 1 else _shrunk(image, zoom)
    side = max(small.shape[:2])
    views: list[Face | None] = []
    to_lose = len(MARGINS) * (HIGH_FILLING_SCORE - FILLING_SCORE)
    for share, level in MARGINS:
        m = int(share * side)
        wide = cv2.copyMakeBorder(small, m, m, m, m, cv2.BORDER_CONSTANT, value=(level, level, level))
        seen = [f for f in suppress(_short_range()(wide, min_score=0.1)) if f.size_px >= side / 2]
        to_lose -= HIGH_FILLING_SCORE - (seen[0].score if seen else 0.0)
        if to_lose < 0:
            return []
        views.append(_moved(seen[0], -m, -m, 1 / zoom) if seen else None)
    faces = suppress([f for f in views if f is not None])[:1]
    score = sum(f.score for f in views if f is not None and iou(f.box, faces[0].box) > 0.3) / len(views)
    return [replace(f, score=score) for f in faces if score >= FILLING_SCORE]


def _moved(face: Face, right: float, down: float, times: float = 1.0) -> Face:
    """The same face in a picture whose corner lies elsewhere (in pixels), and that is so many times larger."""
    shift = np.array([right, down, right, down])
    x0, y0, x1, y1 = ((np.array(face.box) + shift) * times).tolist()
    return Face((x0, y0, x1, y1), ((face.keypoints + shift[:2]) * times).astype(np.float32), face.score)


def _refine(image: np.ndarray, face: Face, *, mirrored: bool = False) -> Face | None:
    """The short-range network's view of a far face, looked at closely; None when it sees no face there.

    mirrored: looks at the mirror image, for a second opinion; the face is then the mirror image's.
    """
    side = int(2.5 * face.size_px) + 1
    left, top = (round(v - side / 2) for v in face.centre)
    shift = np.array([[1, 0, -left], [0, 1, -top]], np.float32)
    # beyond the picture's edge the edge is repeated, so that a face in the corner is in the middle here
    close = cv2.warpAffine(image, shift, (side, side), borderMode=cv2.BORDER_REPLICATE)
    seen = [_moved(f, left, top) for f in suppress(_short_range()(close[:, ::-1] if mirrored else close))]
    # in a crowd a neighbour may score higher
    return next((f for f in seen if iou(f.box, face.box) > 0.1), seen[0] if seen else None)


def crop_face(image: np.ndarray, face: Face) -> np.ndarray:
    """The face framed as FER-2013 is, eyes level. image: uint8 (H, W, 3) or (H, W); returns uint8 (S, S[, 3]).

    Beyond the picture's edge the edge is repeated.
    """
    image = np.asarray(image)
    right_eye, left_eye = face.keypoints[0], face.keypoints[1]
    angle = float(np.arctan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0]))
    if abs(angle) > np.pi / 3:  # a face lying on its side or keypoints gone astray: leave it as it is
        angle = 0.0
    side = FRAME_PER_BOX * face.size_px
    down = np.array([-np.sin(angle), np.cos(angle)])
    centre = np.array(face.centre) - FRAME_RISE * side * down
    pixels = max(int(round(side)), FER_SIZE)
    zoom = pixels / side
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    matrix = np.array([[cos, sin, 0], [-sin, cos, 0]])
    matrix[:, 2] = (pixels - 1) / 2 - (matrix[:, :2] * centre).sum(axis=1)
    return cv2.warpAffine(image, matrix, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def crop_problem(crop: np.ndarray, face: Face | None = None) -> str:
    """Why a crop cannot be judged ("too dark", "too small", "no picture"), or "" when it can."""
    if face is not None and FRAME_PER_BOX * face.size_px < MIN_FACE_PX:
        return "too small"
    mean, spread = float(crop.mean()), float(crop.std())
    if mean < DARK_LEVEL:
        return "too dark"
    return "no picture" if spread < FLAT_LEVEL else ""


# --- what the network is fed ------------------------------------------------------------------------


def to_grey(crops: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W) or (N, H, W, 3) RGB -> uint8 (N, H, W); a message that quotes the shape otherwise."""
    crops = np.asarray(crops)
    if crops.dtype != np.uint8:
        raise ValueError(f"face crops must be uint8 (0…255), got {crops.dtype}; convert with .astype('uint8')")
    if crops.ndim == 4 and crops.shape[-1] == 3:
        return np.stack([cv2.cvtColor(c, cv2.COLOR_RGB2GRAY) for c in crops]) if len(crops) else crops[..., 0]
    if crops.ndim != 3:
        raise ValueError(f"face crops must be (N, H, W) or (N, H, W, 3) RGB, got shape {crops.shape}")
    return crops


def _shrunk(image: np.ndarray, zoom: float) -> np.ndarray:
    """(H, W[, 3]) -> (zoom H, zoom W[, 3]), at least one pixel each way. zoom: below 1."""
    h, w = image.shape[:2]
    return cv2.resize(image, None, fx=max(zoom, 1 / w), fy=max(zoom, 1 / h), interpolation=cv2.INTER_AREA)


def resize_square(image: np.ndarray, side: int) -> np.ndarray:
    """(H, W[, 3]) -> (side, side[, 3]); averages when shrinking, interpolates when growing."""
    if image.shape[:2] == (side, side):
        return image
    shrinking = min(image.shape[:2]) > side
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC)


def prepare_crops(crops: np.ndarray, size: int) -> np.ndarray:
    """The one preprocessing of faces, for training, evaluation and live alike.

    crops: uint8 (N, H, W) or (N, H, W, 3) RGB, framed as FER-2013. Returns float32 (N, size, size, 1) in 0…255.
    """
    grey = to_grey(crops)
    if len(grey) == 0:
        return np.zeros((0, size, size, 1), np.float32)
    out = np.stack([resize_square(resize_square(g, FER_SIZE), size) for g in grey])
    return out[..., None].astype(np.float32)
