"""A picture as it is to be seen: upright, in 8 bits, on grey where it is transparent."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from emotion.timeline.picture_depth import ORIENTATION, deep_grey, eight_bits

BEHIND_TRANSPARENT = 128  # grey level behind a picture that is transparent in parts
STRIP_ROWS = 256
VISIBLE_ALPHA = 4  # of 255: with less everywhere nobody sees anything
# what Pillow raises on damaged files
UNREADABLE = (
    (OSError, SyntaxError, NotImplementedError, ValueError, TypeError, EOFError, RuntimeError, LookupError)
    + (ArithmeticError, struct.error, zlib.error)
)  # fmt: skip


def orientation(image) -> int:
    """How a picture is to be turned or mirrored, 1…8 as in EXIF. image: Pillow's. 1 where it does not say."""
    try:
        found = image.getexif().get(ORIENTATION, 1)
    except UNREADABLE:  # damaged EXIF data do not make the picture unreadable
        return 1
    return found if found in range(1, 9) else 1


def upright_array(picture: np.ndarray, turned: int) -> np.ndarray:
    """(H, W[, C]) -> the same as it is to be seen. turned: EXIF orientation 1…8 (Exif 2.32, section 4.6.4)."""
    if turned in (5, 6, 7, 8):
        picture = picture.swapaxes(0, 1)
    if turned in (3, 4, 7, 8):
        picture = picture[::-1]
    if turned in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)


def flattened(image) -> tuple[np.ndarray, bool]:
    """Pillow's image, loaded -> (uint8 (H, W, 3) RGB, upright, on grey where it is transparent; whether visible)."""
    turned = orientation(image)
    if image.mode.startswith("I") or image.mode == "F":  # deep grey, which Pillow would cut off at 255
        return flattened_array(deep_grey(image), turned)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    rgb, visible = np.empty((image.height, image.width, 3), np.uint8), False
    for top in range(0, image.height, STRIP_ROWS):  # in strips, as a large picture takes memory in each form
        rows = slice(top, min(top + STRIP_ROWS, image.height))
        strip = image.crop((0, rows.start, image.width, rows.stop)).convert(mode)
        rgb[rows], seen = flattened_array(np.asarray(strip), 1)
        visible = visible or seen
    return upright_array(rgb, turned), visible


def flattened_array(picture: np.ndarray, turned: int) -> tuple[np.ndarray, bool]:
    """As flattened, from (H, W), (H, W, 3) or (H, W, 4) of any depth."""
    picture = upright_array(picture, turned)
    colours = picture if picture.ndim == 2 else picture[..., :3]
    rgb = eight_bits(colours)
    if picture.ndim == 2:
        rgb = np.repeat(rgb[..., None], 3, axis=2)
    if picture.ndim == 2 or picture.shape[2] == 3:
        return rgb, True
    alpha = eight_bits(picture[..., 3])
    share = alpha[..., None].astype(np.float32) / 255
    mixed = np.rint(rgb * share + BEHIND_TRANSPARENT * (1 - share)).astype(np.uint8)
    return mixed, int(alpha.max()) >= VISIBLE_ALPHA
