"""Animated pictures are films."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from emotion.timeline.analysis import analyze
from emotion.timeline.animation import LONGEST_SECONDS, UNSAID_SECONDS, opened_film
from emotion.timeline.pictures import NOT_WHOLE, content_of, read_picture
from emotion.timeline.rows import AnalysisError

KINDS = ["gif", "png", "webp", "avif"]


def animated(path, pictures, *, lasts_ms, **options):
    """Writes uint8 (H, W, 3 or 4) pictures as an animation; path's suffix says the kind."""
    first, *others = [Image.fromarray(p) for p in pictures]
    first.save(path, save_all=True, append_images=others, duration=lasts_ms, loop=0, **options)
    return path


def times(path) -> list[float]:
    with opened_film(path) as media:
        assert media.video is not None and media.sound is None
        return [round(p.time_s, 3) for p in media.pieces()]


@pytest.fixture(scope="module")
def turning(astronaut) -> list[np.ndarray]:
    """Three pictures that differ, so that no writer makes one of them."""
    small = astronaut[:256, 100:356]
    return [small, np.roll(small, 4, axis=1), np.roll(small, 8, axis=0)]


@pytest.mark.parametrize("kind", KINDS)
def test_times_are_those_of_the_file(tmp_path, turning, kind):
    path = animated(tmp_path / f"a.{kind}", turning, lasts_ms=[400, 1200, 200])
    assert content_of(path) == "animation"
    assert times(path) == [0.0, 0.4, 0.9, 1.4, 1.6], "a picture that stands for long comes again in each row"
    found = analyze(path, face_model="fast")
    assert found.kind == "video" and found.timeline.faces.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
def test_an_empty_picture_at_the_beginning(tmp_path, turning, kind):
    opaque = [np.dstack([p, np.full(p.shape[:2], 255, np.uint8)]) for p in turning]
    path = animated(tmp_path / f"a.{kind}", [np.zeros_like(opaque[0]), *opaque], lasts_ms=500)
    found = analyze(path, face_model="fast")
    assert found.timeline.face_reason[0] == "no picture"
    assert found.timeline.faces.tolist() == [0, 1, 1, 1]


def test_all_transparent(tmp_path):
    empty = np.zeros((64, 64, 4), np.uint8)
    marked = empty.copy()
    marked[:32, :32, :3] = 200
    path = animated(tmp_path / "a.png", [empty, marked], lasts_ms=500)
    with pytest.raises(AnalysisError, match="no picture: wholly transparent"):
        analyze(path, face_model="fast")


@pytest.mark.parametrize("kind", ["gif", "png", "avif"])
def test_a_cut_animation_shows_what_is_there(tmp_path, turning, kind):
    whole = animated(tmp_path / f"a.{kind}", turning, lasts_ms=500).read_bytes()
    (tmp_path / "cut").write_bytes(whole[: int(0.8 * len(whole))])
    found = analyze(tmp_path / "cut", face_model="fast")
    assert found.summary["notes"] == [NOT_WHOLE] and found.timeline.faces[0] == 1
    assert len(found.timeline) < 3


def test_durations_that_are_not_said(tmp_path, turning):
    path = animated(tmp_path / "a.gif", turning, lasts_ms=0)
    assert times(path) == pytest.approx([0, UNSAID_SECONDS, 2 * UNSAID_SECONDS])


@pytest.mark.parametrize("kind", ["png", "webp", "avif"])
def test_a_picture_that_should_stand_for_hours_counts_for_a_minute(tmp_path, turning, kind):
    path = animated(tmp_path / f"a.{kind}", turning, lasts_ms=[500, 7_200_000, 500])
    with opened_film(path) as media:
        last_s = [p.time_s for p in media.pieces()][-1]
    assert last_s == pytest.approx(0.5 + LONGEST_SECONDS)
    assert media.notes == ["1 picture should stand for more than 60 s; each counts for 60 s"]


def test_a_picture_for_old_programs_is_not_of_the_film(tmp_path, turning):
    path = animated(tmp_path / "a.png", [np.zeros_like(turning[0]), *turning], lasts_ms=500, default_image=True)
    assert analyze(path, face_model="fast").timeline.faces.tolist() == [1, 1, 1]


def test_where_one_picture_is_wanted_it_is_the_first_and_that_is_said(tmp_path, turning):
    picture = read_picture(animated(tmp_path / "a.webp", turning, lasts_ms=500, lossless=True))
    np.testing.assert_array_equal(picture.image, turning[0])
    assert picture.notes == ("the first picture of an animation of 3",)


def test_an_annotated_copy(tmp_path, turning):
    path = animated(tmp_path / "a.gif", turning, lasts_ms=500)
    analyze(path, face_model="fast", annotated=tmp_path / "film.mp4")
    assert (tmp_path / "film.mp4").stat().st_size > 0
