"""How a picture of a film is to be shown: turned, mirrored, and with square pixels."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import av

MAX_STRETCH = 8.0  # a pixel that is said to be longer than this has a damaged header; it counts as square


class View:
    """How the pictures of one film are shown, as a browser does."""

    def __init__(self, pixel_shape: Fraction | None = None):
        """pixel_shape: width of a pixel by its height (sample aspect ratio); None: not known."""
        self._pixel_shape = pixel_shape
        self._turn: float | None = None  # FFmpeg's angle of the picture the matrix was read from
        self._matrix: np.ndarray | None = None

    def show(self, frame: av.VideoFrame) -> np.ndarray:
        """The picture with square pixels, turned and mirrored as the file says, uint8 (H, W, 3) RGB."""
        if frame.rotation != self._turn:
            # not of each picture: PyAV keeps a frame whose side data were read until its memory is searched for waste
            self._turn, self._matrix = frame.rotation, _display_matrix(frame)
        width, height = square_size(frame.width, frame.height, self._pixel_shape)
        image = frame.to_ndarray(format="rgb24", width=width, height=height)  # (H, W, 3)
        return image if self._matrix is None else shown(image, self._matrix)


def _display_matrix(frame: av.VideoFrame) -> np.ndarray | None:
    """The nine numbers, int32 (9,), that the file gives for this picture; None where it has none."""
    data = frame.side_data.get("DISPLAYMATRIX")
    return None if data is None else np.frombuffer(data, np.int32).copy()  # type: ignore[call-overload]


def shown(image: np.ndarray, matrix: Sequence[int] | np.ndarray) -> np.ndarray:
    """The picture as a display matrix wants it shown, uint8 (H, W, 3) -> (H, W, 3) or (W, H, 3).

    matrix: the nine numbers a, b, u, c, d, v, x, y, w of ISO 14496-12 in the order of the file; the point (p, q) of
    the picture is shown at (a p + c q, b p + d q). Taken for the nearest of the eight ways to turn and mirror by
    quarters; its size and place do not matter, as the picture fills the screen.
    """
    a, b, c, d = (int(matrix[i]) for i in (0, 1, 3, 4))
    if abs(b) + abs(c) > abs(a) + abs(d):
        image = image.swapaxes(0, 1)  # (W, H, 3)
        right_to_left, bottom_up = c < 0, b < 0
    else:
        right_to_left, bottom_up = a < 0, d < 0
    return np.ascontiguousarray(image[:: -1 if bottom_up else 1, :: -1 if right_to_left else 1])


def square_size(width: int, height: int, pixel_shape: Fraction | float | None) -> tuple[int, int]:
    """Width and height in square pixels. The shorter side of a pixel is stretched, as browsers do; nothing is lost.

    pixel_shape: width of a pixel by its height (sample aspect ratio); None or 0: not known, square.
    """
    shape = float(pixel_shape or 1)
    if not 1 / MAX_STRETCH <= shape <= MAX_STRETCH:
        return width, height
    return (round(width * shape), height) if shape >= 1 else (width, round(height / shape))
