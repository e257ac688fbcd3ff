"""Pictures of more than 8 bits a pixel: scaled to 8 bits by what they hold."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np

MAX_PIXELS = 60_000_000  # a picture above this would take gigabytes to decode
ORIENTATION, WIDTH, HEIGHT, BITS, PHOTOMETRIC = 274, 256, 257, 258, 262  # tags of EXIF and TIFF
PLANES, SAMPLE_FORMAT = 284, 339
# the largest value at the depths that cameras, scanners and programs use; 1 is for pictures of 0 and 1
FULL = (1, 255, 1023, 4095, 16_383, 65_535, 2**24 - 1, 2**31 - 1, 2**32 - 1)
BRIGHTEST_SHARE = 0.999  # of the pixels: a few broken ones do not count
ENOUGH_VALUES = 1_000_000  # of a picture tell how bright it is


def eight_bits(picture: np.ndarray) -> np.ndarray:
    """Integers or floats of any range (H, W[, C]) -> uint8 of the same shape.

    The brightest pixel says the depth: 12 bits often lie in 16, and floats in 0…1 or 0…255. Where it lies below half of
    the least depth that holds it, it becomes white itself. What holds 0…255 stays as it is, however dark.
    """
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype == bool:
        return picture.astype(np.uint8) * 255
    values = np.nan_to_num(picture.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    some = values.reshape(-1)[:: max(1, values.size // ENOUGH_VALUES)]
    lowest, brightest = (float(v) for v in np.quantile(some, (1 - BRIGHTEST_SHARE, BRIGHTEST_SHARE)))
    if lowest < 0:
        values, brightest = values - np.float32(lowest), brightest - lowest
    if brightest <= 0:
        return np.zeros(picture.shape, np.uint8)
    full = white_level(brightest, whole_numbers=picture.dtype.kind in "iu")
    return np.rint(values.clip(0, full) * np.float32(255 / full)).astype(np.uint8)


def white_level(brightest: float, *, whole_numbers: bool) -> float:
    """The value that is white in a picture whose brightest pixel is `brightest` (above 0)."""
    if not whole_numbers and brightest <= 2:  # 0…1, of which some pixels may lie above 1
        return 1.0 if brightest >= 0.5 else brightest
    full = next((f for f in FULL if f >= brightest), brightest)
    return float(full if full == 255 or brightest >= full / 2 else brightest)


def deep_grey(image) -> np.ndarray:
    """Pillow's image of more than 8 bits of grey -> (H, W), larger is lighter."""
    grey, tags = np.asarray(image), getattr(image, "tag_v2", {})
    if image.mode == "I" and tags.get(BITS) == (32,) and tags.get(SAMPLE_FORMAT, (1,)) == (1,):
        grey = grey.view(np.uint32)  # Pillow knows 32 bits with a sign only
    if tags.get(PHOTOMETRIC) == 0:  # 0 is white
        grey = grey.max() - grey
    return grey


def deep_colour(image, data: bytes) -> np.ndarray | None:
    """Colour or transparency of 16 bits, of which Pillow keeps the upper 8: (H, W, 3 or 4) RGB[A]; None for others."""
    bits = getattr(image, "tag_v2", {}).get(BITS, (8,))
    png = image.tile[0].args if image.tile and image.format == "PNG" else ""
    if (len(bits) > 1 and max(bits) > 8) or png in ("RGB;16B", "RGBA;16B", "LA;16B"):
        if getattr(image, "tag_v2", {}).get(PLANES) == 2:  # OpenCV and Pillow read these wrongly
            raise ValueError(f"{max(bits)} bits for each colour, the colours apart from each other")
        return _by_opencv(data)
    return None


def _by_opencv(data: bytes) -> np.ndarray | None:
    """(H, W), (H, W, 3) or (H, W, 4) RGB[A] of the file's own depth, not turned; None where OpenCV cannot read it."""
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if found is None or found.ndim == 2:
        return found
    return found[..., [2, 1, 0, 3][: found.shape[2]]] if found.shape[2] in (3, 4) else None


def unusual_tiff(data: bytes) -> tuple[np.ndarray, int] | None:
    """A TIFF of a kind that Pillow does not know, such as colours in floats -> (picture, EXIF orientation).

    None for every other file, and for a picture that no reader knows.
    """
    from PIL import Image, TiffImagePlugin, UnidentifiedImageError

    if data[:4] not in (b"II*\0", b"MM\0*"):
        return None
    try:
        Image.open(io.BytesIO(data), formats=("TIFF",)).close()
        return None
    except UnidentifiedImageError:
        pass
    except Exception:  # what is wrong is said where it is read
        return None
    try:
        tags, file = TiffImagePlugin.ImageFileDirectory_v2(data[:8]), io.BytesIO(data)
        file.seek(tags.next)
        tags.load(file)
        fits = int(tags[WIDTH]) * int(tags[HEIGHT]) <= MAX_PIXELS
        turned = int(tags.get(ORIENTATION, 1))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return None
    found = _by_opencv(data) if fits else None
    return None if found is None else (found, turned)
