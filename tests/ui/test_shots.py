"""README's picture: in all its colours, and not too large."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from emotion.labels import COLOURS
from tests.shots import README_MOST_BYTES, README_SIZE, SIZES, for_readme


def test_words_of_near_colours_stay_apart_beside_a_photo(tmp_path, astronaut):
    width, height = SIZES["wide"][:2]
    shot = Image.new("RGB", (width, height + 700), "white")
    shot.paste(Image.fromarray(astronaut).resize((400, 400)), (0, 0))
    for i, colour in enumerate(COLOURS.values()):
        shot.paste(colour, (500, 50 * i, 900, 50 * i + 40))
    shot.save(tmp_path / "shot.png")
    for_readme(tmp_path / "shot.png", tmp_path / "readme.png")
    picture = Image.open(tmp_path / "readme.png")
    assert (picture.size, picture.mode) == (README_SIZE, "RGB")
    assert (tmp_path / "readme.png").stat().st_size < README_MOST_BYTES
    bars = [picture.getpixel((580, round((50 * i + 20) / 1.2))) for i in range(len(COLOURS))]
    assert bars == [tuple(bytes.fromhex(colour[1:])) for colour in COLOURS.values()]


def test_a_picture_that_is_too_large_is_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (900, 1440, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "shot.png")
    with pytest.raises(ValueError, match="more than"):
        for_readme(tmp_path / "shot.png", tmp_path / "readme.png")
