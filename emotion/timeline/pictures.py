"""Picture files as arrays, upright, with a limit on their size."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from emotion.face import ImageError
from emotion.timeline.rows import AnalysisError

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
MAX_PIXELS = 60_000_000  # a picture above this would take gigabytes to decode


def read_image(source: Path | BinaryIO, *, name: str | None = None) -> np.ndarray:
    """A path or an open binary file -> uint8 (H, W, 3) RGB, turned as its EXIF data says.

    name: what messages call it. Raises ImageError on what is no picture, or a far too large one.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    name = name or str(source)
    try:
        with Image.open(source) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ImageError(_too_large(image, name))
            image = ImageOps.exif_transpose(image)
            if image.mode.startswith("I"):  # 16-bit grey, which Pillow would cut off at 255
                image = Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
            return np.asarray(image.convert("RGB"))
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        NotImplementedError,
        Image.DecompressionBombError,
        ValueError,
        TypeError,
        struct.error,
    ) as e:
        # ValueError: a text in the file that becomes megabytes when unpacked
        raise ImageError(f"{name} cannot be read as a picture ({e}); save it again as JPEG or PNG") from e


def check_size(picture, path: Path) -> None:
    """picture: anything with a width and a height. Raises AnalysisError where it is far too large."""
    if picture.width * picture.height > MAX_PIXELS:
        raise AnalysisError(_too_large(picture, path))


def _too_large(picture, name: Path | str) -> str:
    megapixels = MAX_PIXELS // 1_000_000
    return f"{name} has {picture.width} x {picture.height} pixels; shrink it below {megapixels} megapixels"


def check_there_is_something(path: Path) -> None:
    """Raises AnalysisError where there is no file, or an empty one."""
    try:
        size_bytes = path.stat().st_size if path.is_file() else None
    except OSError as e:  # a name that is too long, a folder that may not be read
        raise AnalysisError(f"{path} cannot be read ({e.strerror}); check the name and the permissions") from e
    if size_bytes is None:
        raise AnalysisError(f"{path} is not a file; check the name")
    if size_bytes == 0:
        raise AnalysisError(f"{path} is empty (0 bytes); record or download it again")
