"""Pictures to find faces in, and pictures without anybody. Tests import from here only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

PHOTOS = (  # in scikit-image
    ["brick", "cell", "chelsea", "clock", "coffee", "coins", "color", "grass", "gravel", "horse", "hubble_deep_field"]
    + ["ihc", "logo", "microaneurysms", "moon", "motorcycle_left", "motorcycle_right", "page", "phantom", "retina"]
    + ["rocket", "text", "chessboard_GRAY", "chessboard_RGB"]
)
LARGE_PX = 4000


def photos_without_people() -> Iterator[tuple[str, np.ndarray]]:
    """(name, uint8 (H, W, 3) RGB) of every photo without people that is installed here."""
    import skimage
    import sklearn

    folders = Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets" / "images"
    for name in PHOTOS:
        for path in sorted(folders[0].glob(f"{name}*")):
            yield path.stem, read(path)
    for path in sorted(folders[1].glob("*.jpg")):
        yield path.stem, read(path)


def read(path: Path) -> np.ndarray:
    """A photo as uint8 (H, W, 3) RGB."""
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def textures(side_px: int = 512) -> Iterator[tuple[str, np.ndarray]]:
    """(name, uint8 (side_px, side_px, 3) RGB): noise of several grains, stripes, discs, gradients and writing."""
    rng = np.random.default_rng(0)
    for grain_px in (1, 4, 16, 64):
        n = max(2, side_px // grain_px)
        noise = rng.integers(0, 256, (n, n, 3), dtype=np.uint8)
        yield f"noise {grain_px}", cv2.resize(noise, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[:side_px, :side_px]
    for period_px in (8, 40):
        stripes = (127 + 127 * np.sin(2 * np.pi * (x + 0.3 * y) / period_px)).astype(np.uint8)
        yield f"stripes {period_px}", np.repeat(stripes[..., None], 3, axis=2)
    yield "gradient", np.stack([x * 255 // side_px, y * 255 // side_px, (x + y) * 127 // side_px], -1).astype(np.uint8)
    discs = np.full((side_px, side_px, 3), 200, np.uint8)
    for _ in range(60):
        centre = tuple(int(v) for v in rng.integers(0, side_px, 2))
        colour = tuple(int(v) for v in rng.integers(0, 256, 3))
        cv2.circle(discs, centre, int(rng.integers(4, side_px // 8)), colour, -1)
    yield "discs", discs
    writing = np.full((side_px, side_px, 3), 245, np.uint8)
    for row in range(20, side_px, 28):
        text = "".join(chr(c) for c in rng.integers(48, 123, 60))
        cv2.putText(writing, text, (4, row), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20, 20, 20), 2)
    yield "writing", writing


def without_people() -> Iterator[tuple[str, np.ndarray]]:
    """(name, uint8 (H, W, 3) RGB): photos, parts of them, textures, and scenes of LARGE_PX made of these."""
    small = [*photos_without_people(), *textures()]
    for name, picture in small:
        h, w = picture.shape[:2]
        yield name, picture
        yield f"{name}, corner", np.ascontiguousarray(picture[: h // 2, : w // 2])
        yield f"{name}, middle", np.ascontiguousarray(picture[h // 4 : 3 * h // 4, w // 4 : 3 * w // 4])
    for name, picture in small:
        scale = LARGE_PX / max(picture.shape[:2])
        yield f"{name}, large", cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    for tile_px in (125, 250, 500, 1000):
        yield f"all, {tile_px} px each", mosaic([p for _, p in small], tile_px)


def mosaic(pictures: list[np.ndarray], tile_px: int) -> np.ndarray:
    """One scene, uint8 (3/4 LARGE_PX, LARGE_PX, 3), of pictures in a row, again and again."""
    rows, columns = LARGE_PX * 3 // 4 // tile_px, LARGE_PX // tile_px
    tiles = [cv2.resize(p, (tile_px, tile_px), interpolation=cv2.INTER_AREA) for p in pictures]
    lines = [np.hstack([tiles[(r * columns + c) % len(tiles)] for c in range(columns)]) for r in range(rows)]
    return np.vstack(lines)


def crowd(
    heads: list[np.ndarray], sizes_px: list[int], *, width: int, height: int, seed: int = 0
) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Heads at random places that do not touch -> (uint8 (height, width, 3) RGB, the centre of each head in pixels).

    heads: uint8 (H, W, 3) RGB, taken in turns; sizes_px: the width of each head that is wanted.
    """
    rng, scene = np.random.default_rng(seed), np.full((height, width, 3), 128, np.uint8)
    taken, centres = np.zeros((height, width), bool), []
    for i, size_px in enumerate(sizes_px):
        head = heads[i % len(heads)]
        scale = size_px / head.shape[1]
        small = cv2.resize(
            head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        )
        h, w = small.shape[:2]
        while True:
            y, x = int(rng.integers(0, height - h)), int(rng.integers(0, width - w))
            if not taken[y : y + h, x : x + w].any():
                break
        scene[y : y + h, x : x + w], taken[y : y + h, x : x + w] = small, True
        centres.append((x + w / 2, y + h / 2))
    return scene, centres
