"""How a picture is to be shown: every way to turn and mirror, and pixels that are not square."""

from __future__ import annotations

import math

import numpy as np
import pytest

from emotion.media.orientation import shown, square_size

ONE = 1 << 16  # 1.0 in 16.16 fixed point
PICTURE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)  # no two pixels alike


def matrix(a: float, b: float, c: float, d: float) -> list[int]:
    return [round(a * ONE), round(b * ONE), 0, round(c * ONE), round(d * ONE), 0, 0, 0, 1 << 30]


@pytest.mark.parametrize(
    "abcd, expected",
    [
        ((1, 0, 0, 1), PICTURE),
        ((-1, 0, 0, 1), PICTURE[:, ::-1]),  # mirrored, as a front camera writes it
        ((1, 0, 0, -1), PICTURE[::-1]),
        ((-1, 0, 0, -1), PICTURE[::-1, ::-1]),
        ((0, 1, -1, 0), np.rot90(PICTURE, -1)),  # a quarter to the right, as a phone held upright writes it
        ((0, -1, 1, 0), np.rot90(PICTURE)),
        ((0, 1, 1, 0), PICTURE.swapaxes(0, 1)),
        ((0, -1, -1, 0), np.rot90(PICTURE, 2).swapaxes(0, 1)),
    ],
)
def test_each_of_the_eight_ways(abcd, expected):
    assert np.array_equal(shown(PICTURE, matrix(*abcd)), expected)
    assert np.array_equal(shown(PICTURE, matrix(*(2.5 * x for x in abcd))), expected), "its size does not matter"


@pytest.mark.parametrize("degrees, quarters", [(3, 0), (40, 0), (50, 1), (92, 1), (178, 2), (-92, -1), (-40, 0)])
def test_an_odd_angle_is_taken_for_the_nearest_quarter(degrees, quarters):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    assert np.array_equal(shown(PICTURE, matrix(c, s, -s, c)), np.rot90(PICTURE, -quarters))


def test_a_matrix_of_nothing_changes_nothing():
    assert np.array_equal(shown(PICTURE, [0] * 9), PICTURE)


@pytest.mark.parametrize(
    "size, shape, expected",
    [
        ((480, 576), 32 / 15, (1024, 576)),
        ((720, 576), 16 / 15, (768, 576)),
        ((720, 480), 8 / 9, (720, 540)),
        ((640, 360), None, (640, 360)),
        ((640, 360), 0, (640, 360)),
        ((640, 360), 1000, (640, 360)),
    ],
)
def test_square_pixels(size, shape, expected):
    assert square_size(*size, shape) == expected
