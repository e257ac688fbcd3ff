"""Picture files as arrays, upright, with a limit on their size; what a file is, by its content."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np

from emotion.face import ImageError
from emotion.timeline.cut_pictures import JPEG_END, lengthened, share_there
from emotion.timeline.kinds import HEAD_BYTES, is_media, is_picture
from emotion.timeline.picture_depth import MAX_PIXELS, ORIENTATION, deep_colour, unusual_tiff
from emotion.timeline.picture_pixels import UNREADABLE, flattened, flattened_array, orientation
from emotion.timeline.rows import AnalysisError

# what folders are searched for and upload boxes offer; what a file is does not depend on its name
IMAGE_SUFFIXES = (
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".heic", ".heif")
    + (".hif", ".avif", ".jp2")
)  # fmt: skip
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF", "JPEG2000", "PPM", "QOI", "PSD")
FILM_SUFFIXES = (".mjpeg", ".mjpg")  # JPEG after JPEG: begins as a picture does
ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")  # several pictures in other files are pages, or views of one scene
HEIC_TURN = re.compile(rb"\0\0\0\x09(irot|imir)")  # the boxes that turn and mirror a HEIC
ENOUGH = 0.5  # of a cut picture has to be there
WHOLLY_TRANSPARENT = "no picture: wholly transparent"
NOT_WHOLE = "the file is not whole: its end is missing"


@dataclass(frozen=True)
class Picture:
    """A still picture, ready to be judged."""

    image: np.ndarray  # uint8 (H, W, 3) RGB, upright
    notes: tuple[str, ...] = ()  # what a person should know about it
    problem: str = ""  # why there is nothing to judge in it


def content_of(path: Path) -> Literal["still", "animation", "film"]:
    """What a file is, by its content; "film": a film, sound, or anything else that is no picture."""
    try:
        with path.open("rb") as file:
            begin = file.read(HEAD_BYTES)
    except OSError as e:
        raise AnalysisError(f"{path} cannot be read ({e.strerror}); check the name and the permissions") from e
    suffix = path.suffix.lower()
    if suffix in FILM_SUFFIXES:
        return "film"
    if not is_picture(begin):
        return "still" if suffix in IMAGE_SUFFIXES and not is_media(path) else "film"
    try:
        with opened_picture(lengthened(path.read_bytes())[0], str(path)) as image:
            moves = image.format in ANIMATED and how_many(image) > 1
    except ImageError:
        return "still"  # reading it will say what is wrong
    return "animation" if moves else "still"


def read_picture(source: Path | BinaryIO, *, name: str | None = None) -> Picture:
    """A path or an open binary file -> the picture in it, turned as its EXIF data or its container says.

    Of several pages the first, of an animation the first picture. name: what messages call it. Raises ImageError on
    what is no picture, a far too large one, or one of which less than half is there.
    """
    name = name or str(source)
    try:
        data = source.read_bytes() if isinstance(source, Path) else source.read()
    except OSError as e:
        raise ImageError(f"{name} cannot be read ({e.strerror}); check the name and the permissions") from e
    if (unusual := unusual_tiff(data)) is not None:
        rgb, visible = flattened_array(*unusual)
        return Picture(rgb, (), "" if visible else WHOLLY_TRANSPARENT)
    data, length_share = lengthened(data)
    with opened_picture(data, name) as image:
        deep = deep_colour(image, data)
        turned = orientation(image)  # loading turns a TIFF
        image, cut, share = _loaded(image, data)
        if min(share, length_share) < ENOUGH:
            raise ImageError(f"{name} is not whole: less than half of the picture can be read; copy it again")
        notes = [NOT_WHOLE] if cut or length_share < 1 else []
        notes += _about_others(image)
        rgb, visible = flattened(image) if deep is None else flattened_array(deep, turned)
    return Picture(rgb, tuple(notes), "" if visible else WHOLLY_TRANSPARENT)


def read_image(source: Path | BinaryIO, *, name: str | None = None) -> np.ndarray:
    """As read_picture, for who needs the picture alone: uint8 (H, W, 3) RGB. One with a problem raises ImageError."""
    picture = read_picture(source, name=name)
    if picture.problem:
        raise ImageError(f"{name or source}: {picture.problem}; give another picture")
    return picture.image


@contextmanager
def opened_picture(data: bytes, name: str) -> Iterator[Any]:
    """A picture file's bytes -> Pillow's image, not decoded yet, not larger than MAX_PIXELS.

    What Pillow raises, here and within the block, becomes ImageError.
    """
    from PIL import Image, UnidentifiedImageError

    _register_heic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_PIXELS is lower
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        with image:
            if image.width * image.height > MAX_PIXELS:
                raise ImageError(_too_large(image, name))
            if image.format == "HEIF" and not HEIC_TURN.search(data):  # where the container turns it, EXIF must not
                image.getexif()[ORIENTATION] = image.info.get("original_orientation") or 1
            yield image
    except Image.DecompressionBombError as e:
        pixels = re.search(r"(\d+) pixels", str(e))
        size = f"{int(pixels[1]) // 1_000_000} megapixels" if pixels else "too many pixels"
        raise ImageError(f"{name} has {size}; shrink it below {MAX_PIXELS // 1_000_000} megapixels") from e
    except UnidentifiedImageError as e:
        raise ImageError(f"{name} cannot be read as a picture of any known kind; save it again as JPEG or PNG") from e
    except UNREADABLE as e:
        # ValueError: a text in the file that becomes megabytes when unpacked
        raise ImageError(f"{name} cannot be read as a picture ({e}); save it again as JPEG or PNG") from e


@cache
def _register_heic() -> None:
    """Let Pillow read HEIC. It puts all tiles together, and turns and mirrors the picture as the container says."""
    import pillow_heif

    pillow_heif.register_heif_opener()


def _loaded(image, data: bytes) -> tuple[Any, bool, float]:
    """-> (the image decoded as far as it goes, whether its end is missing, share of its rows that is there)."""
    from PIL import Image

    try:
        image.load()
        return image, False, 1.0
    except (OSError, EOFError):
        if image.format in ("JPEG", "MPO"):  # with an end marker the decoder shows also the rough first passes
            image = Image.open(io.BytesIO(data + JPEG_END), formats=("JPEG",))
        else:
            image.tile = []  # so that Pillow hands out what was decoded before the file ended
        image.load()
        return image, True, share_there(np.asarray(image))


def _about_others(image) -> list[str]:
    """What to say where a file holds several pictures, of which one is judged."""
    n = how_many(image)
    if n > 1 and image.format == "TIFF":
        return [f"the first of {n} pages"]
    if n > 1 and image.format in ANIMATED:
        return [f"the first picture of an animation of {n}"]
    return [f"the main one of {n} pictures"] if n > 1 and image.format == "HEIF" else []


def how_many(image) -> int:
    """The pictures in Pillow's image; 1 where those after the first are damaged."""
    try:
        return getattr(image, "n_frames", 1)
    except UNREADABLE:
        return 1


def check_size(picture, path: Path) -> None:
    """picture: anything with a width and a height. Raises AnalysisError where it is far too large."""
    if picture.width * picture.height > MAX_PIXELS:
        raise AnalysisError(_too_large(picture, path))


def _too_large(picture, name: Path | str) -> str:
    megapixels = MAX_PIXELS // 1_000_000
    return f"{name} has {picture.width} x {picture.height} pixels; shrink it below {megapixels} megapixels"


def grows_too_large(path: Path) -> str:
    """The same of a film whose decoder refused a picture midway, so that its size is not known."""
    megapixels = MAX_PIXELS // 1_000_000
    return f"{path} has a picture of more than {megapixels} megapixels; shrink it below {megapixels} megapixels"


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
