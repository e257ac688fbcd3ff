"""Pictures of practice rounds: what is kept, for how long, and the film of two rounds."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from emotion.realtime.practice_film import PICTURES_PER_SECOND, SIDE_PX, TILE_PX, PracticePictures, side_by_side
from emotion.realtime.practice_round import WINDOW_SECONDS
from emotion.realtime.session import LiveSession
from tests.support import LONG_S, Clock


def grey(level: int, height: int = 480, width: int = 640) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def played(pictures: PracticePictures, level: int, value: float | None, *, models: str = "a+b", target: str = "happy"):
    """A round at 30 pictures a second, from two seconds before its window to one after it."""
    pictures.begin(100.0)
    for t in np.arange(-2, WINDOW_SECONDS + 1, 1 / 30):
        pictures.take(grey(level), 100.0 + float(t))
    pictures.finish(target, value=value, models=models)
    return pictures.shown


def film_of(shown) -> list[np.ndarray]:
    with av.open(io.BytesIO(side_by_side(*shown))) as film:
        return [f.to_ndarray(format="rgb24") for f in film.decode(video=0)]


def test_only_small_pictures_of_the_window_are_kept_and_not_all_of_them():
    this, best = played(PracticePictures(), 128, 0.5)
    assert len(this.jpegs) == len(this.times_s) == WINDOW_SECONDS * PICTURES_PER_SECOND and not best.jpegs
    assert 0 <= min(this.times_s) and max(this.times_s) < WINDOW_SECONDS
    picture = next(av.open(io.BytesIO(this.jpegs[0]), format="mjpeg").decode(video=0))
    assert max(picture.width, picture.height) == SIDE_PX


def test_the_best_round_of_each_target_stays_for_the_next_one():
    pictures = PracticePictures()
    played(pictures, 10, 0.5)
    assert [r.value for r in played(pictures, 20, 0.4)] == [0.4, 0.5]
    assert [r.value for r in played(pictures, 30, 0.9)] == [0.9, 0.5]
    assert [r.value for r in played(pictures, 40, None)] == [None, 0.9], "a round without a score is no best one"
    assert [r.value for r in played(pictures, 50, 0.1, target="sad")] == [0.1, None]
    assert [r.value for r in played(pictures, 60, 0.2)] == [0.2, 0.9]


def test_the_best_with_other_models_is_shown_once_more_and_then_replaced():
    pictures = PracticePictures()
    played(pictures, 10, 0.9)
    assert [r.value for r in played(pictures, 20, 0.3, models="c+d")] == [0.3, 0.9]
    assert [r.value for r in played(pictures, 30, 0.2, models="c+d")] == [0.2, 0.3]


def test_without_a_round_nothing_is_kept():
    pictures = PracticePictures()
    pictures.take(grey(128), 100.0)
    assert played(pictures, 128, 0.5)[0].times_s[0] >= 0
    pictures.take(grey(128), 101.0)
    pictures.begin(200.0)
    pictures.finish("happy", value=None, models="a+b")
    assert not pictures.shown[0].jpegs


def test_clearing_deletes_all_pictures_and_the_film():
    pictures = PracticePictures()
    played(pictures, 10, 0.5)
    assert pictures.film()
    pictures.clear()
    assert not pictures.shown[0].jpegs and not pictures.film()
    assert not played(pictures, 20, 0.4)[1].jpegs, "the best round is gone too"


def test_the_film_has_both_rounds_beside_each_other_at_equal_times():
    pictures = PracticePictures()
    played(pictures, 200, 0.5)
    frames = film_of(played(pictures, 60, 0.4))
    width, height = TILE_PX
    assert len(frames) == WINDOW_SECONDS * PICTURES_PER_SECOND and frames[0].shape == (height, 2 * width, 3)
    for frame in frames:
        assert frame[:, : width - 8].mean() == pytest.approx(60, abs=6)
        assert frame[:, width + 8 :].mean() == pytest.approx(200, abs=6)


def test_a_film_of_one_round_is_alone_and_upright_pictures_stay_whole():
    pictures = PracticePictures()
    pictures.begin(0.0)
    pictures.take(grey(255, height=640, width=360), 0.0)
    pictures.finish("happy", value=0.5, models="a")
    frame = film_of(pictures.shown)[-1]
    width, height = TILE_PX
    assert frame.shape == (height, width, 3)
    lit = (frame[height // 2] > 128).all(axis=1)
    assert lit.sum() == pytest.approx(height * 360 / 640, abs=4) and lit[width // 2], "black at both sides"


def test_the_stream_gives_its_pictures_and_its_end_deletes_them(face_model, voice_model):
    session = LiveSession(face_model, voice_model, clock=(clock := Clock()))
    session.practice_pictures = pictures = PracticePictures()
    pictures.begin(clock())
    session.on_video(av.VideoFrame.from_ndarray(grey(90), format="rgb24"))
    pictures.finish("happy", value=0.5, models="a+b")
    assert len(pictures.shown[0].jpegs) == 1
    assert session.stop(LONG_S)
    assert not pictures.shown[0].jpegs
