"""Animated pictures (GIF, PNG, WebP, AVIF) as films, through the same interface as films of other kinds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from emotion.face import ImageError
from emotion.timeline.cut_pictures import lengthened
from emotion.timeline.decoding import MAX_SECONDS, MediaFile, Piece, opened
from emotion.timeline.picture_pixels import UNREADABLE, flattened
from emotion.timeline.pictures import NOT_WHOLE, WHOLLY_TRANSPARENT, check_size, content_of, how_many, opened_picture
from emotion.timeline.rows import ROW_SECONDS, AnalysisError

SHORTEST_SECONDS = 0.011  # browsers show pictures that should last at most 10 ms for UNSAID_SECONDS
UNSAID_SECONDS = 0.1
LONGEST_SECONDS = 60.0  # a picture that should stand for longer has a damaged time, or is looked at for no gain
MILLISECONDS = Fraction(1, 1000)


@dataclass(frozen=True)
class Animation:
    """An open animated picture; as a decoding.MediaFile without sound."""

    path: Path
    video: Any  # Pillow's image
    notes: list[str] = field(default_factory=list)  # what a person should know about it; grows while it is read
    sound: None = None

    @staticmethod
    def upright(frame: av.VideoFrame) -> np.ndarray:
        """The picture as uint8 (H, W, 3) RGB."""
        return frame.to_ndarray(format="rgb24")

    def pieces(self) -> Iterator[Piece]:
        """Its pictures, each as long as the file says, but at most LONGEST_SECONDS.

        One that stands for long comes again every ROW_SECONDS. What is wholly transparent is left out. Raises
        AnalysisError where all of it is, and on times beyond MAX_SECONDS.
        """
        begin_s, shown, shortened, image, n = 0.0, 0, 0, self.video, how_many(self.video)
        # a PNG may have a picture for programs that know no animations
        first = 1 if getattr(image, "default_image", False) else 0
        for i in range(first, n):
            try:
                image.seek(i)
                image.load()
                picture, visible = flattened(image)
            except UNREADABLE:
                self.notes[:] = [NOT_WHOLE]
                break
            check_size(image, self.path)
            lasts_s = (image.info.get("duration") or 0) / 1000
            if lasts_s > LONGEST_SECONDS:
                shortened += 1
                lasts_s = LONGEST_SECONDS
            end_s = begin_s + (lasts_s if lasts_s >= SHORTEST_SECONDS else UNSAID_SECONDS)
            if end_s > MAX_SECONDS:
                raise AnalysisError(
                    f"{self.path} lasts longer than {MAX_SECONDS / 3600:.0f} h by its own word; save it again as MP4"
                )
            duration_s = end_s * (n - first) / (i + 1 - first)  # as if all pictures lasted as long as those so far
            for time_s in np.arange(begin_s, end_s, ROW_SECONDS).tolist() if visible else []:
                shown += 1
                yield Piece(_frame(picture, time_s), time_s, time_s, duration_s)
            begin_s = end_s
        if shortened:
            self.notes.append(f"{shortened} of {n - first} pictures longer than {LONGEST_SECONDS:.0f} s, cut to that")
        if not shown:
            raise AnalysisError(f"{self.path}: {WHOLLY_TRANSPARENT}")


def _frame(picture: np.ndarray, time_s: float) -> av.VideoFrame:
    """uint8 (H, W, 3) RGB -> a picture of a film."""
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    frame.pts, frame.time_base = round(time_s / MILLISECONDS), MILLISECONDS
    return frame


@contextmanager
def opened_film(path: Path) -> Iterator[MediaFile | Animation]:
    """A film, sound or animated picture, ready to be decoded. Raises as decoding.opened does."""
    if content_of(path) != "animation":
        with opened(path) as media:
            yield media
        return
    try:
        data, share = lengthened(path.read_bytes())
        with opened_picture(data, str(path)) as image:
            yield Animation(path, image, [NOT_WHOLE] if share < 1 else [])
    except (ImageError, OSError) as e:
        raise AnalysisError(str(e)) from e
