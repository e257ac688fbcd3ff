"""Films with two faces: what is shown and heard when, and how the named speakers are counted."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.audio import SAMPLE_RATE
from emotion.evaluation import speakers
from emotion.evaluation.films import FILMS
from emotion.evaluation.two_faces import (
    PANEL_PX,
    Side,
    Take,
    at_once,
    beside,
    in_turns,
    photo,
    read_take,
    silent,
    talking,
)


def take(level: int) -> Take:
    """3 s whose pictures tell their number, one each tenth of a second; speech from 1 to 2 s, as loud as its level."""
    pictures = np.zeros((30, PANEL_PX, PANEL_PX, 3), np.uint8)
    pictures[..., 0] = np.arange(30)[:, None, None]
    pictures[..., 1] = level
    sound = np.zeros(3 * SAMPLE_RATE, np.float32)
    sound[SAMPLE_RATE : 2 * SAMPLE_RATE] = level / 100
    return Take(pictures, np.arange(30) / 10, sound, (1.0, 2.0), (0.0, 0.7))


def number(picture: np.ndarray) -> int:
    return int(picture[0, 0, 0])


def test_a_person_talks_with_sound_and_picture_in_step():
    side = talking([take(10)], 6.0, np.random.default_rng(0))
    assert len(side.sound) == 6 * SAMPLE_RATE
    for t in np.arange(0.05, 5.9, 0.1):
        loud = side.sound[round(t * SAMPLE_RATE)] > 0
        assert abs(number(side.shown(t)) - 14.5) < 6.1 if loud else not 11 <= number(side.shown(t)) <= 18


def test_backward_the_pictures_do_not_go_with_the_sound():
    rng = np.random.default_rng(0)
    side = talking([take(10)], 3.0, rng, backward=True)
    shown = [number(side.shown(t)) for t in np.arange(0.0, 0.8, 0.1)]
    assert shown == sorted(shown, reverse=True)


def test_a_silent_person_shows_only_the_rest_and_is_not_heard():
    side = silent(take(10), 5.0)
    assert {number(side.shown(t)) for t in np.arange(0, 5, 0.05)} <= set(range(8)) and not side.sound.any()


def test_whoever_speaks_is_on_the_side_that_is_told():
    for seed in range(6):
        film = beside(
            talking([take(10)], 3.0, np.random.default_rng(1)), silent(take(20), 3.0), np.random.default_rng(seed)
        )
        x = film.speaks(1.0) * PANEL_PX + 5
        assert film.picture(1.0).shape == (PANEL_PX, 2 * PANEL_PX, 3) and film.picture(1.0)[5, x, 1] == 10


def test_in_turns_the_sound_is_of_the_one_who_is_told():
    film = in_turns([take(10)], [take(20)], 4, np.random.default_rng(2))
    told = {film.speaks(i / SAMPLE_RATE): round(float(v) * 100) for i, v in enumerate(film.sound) if v and i % 500 == 0}
    assert told == {0: 10, 1: 20}
    assert film.picture(0.5)[5, 5, 1] == 10 and film.picture(0.5)[5, PANEL_PX + 5, 1] == 20


def test_both_at_once_is_nobody_alone():
    one, two = (talking([take(level)], 3.0, np.random.default_rng(3)) for level in (10, 20))
    assert at_once(one, two).speaks(1.0) is None and at_once(one, two).sound.max() == pytest.approx(0.3)


def test_shares_are_of_the_rows_with_speech():
    rows = [(True, 0, 0), (True, 0, 1), (True, 1, None), (True, 1, 1), (False, 0, 1)]
    assert speakers.shares(rows) == {"seconds": 2.0, "right": 0.5, "wrong": 0.25, "nobody": 0.25}
    assert speakers.shares([(True, None, 1), (False, None, None)]) == {"seconds": 1.0, "named": 0.5}


@pytest.mark.slow
def test_the_actor_is_named_beside_a_photo(data_folder, astronaut):
    """A real face that speaks beside one that does not move: the app's whole way through a film."""
    if not (data_folder / "media").is_dir():
        pytest.skip("there are no films of RAVDESS")
    name = next(n for n, sound in FILMS.items() if sound is None)
    actor = read_take(data_folder / "media" / f"{name}.mp4")
    still: Side = photo(astronaut[:256, 96:352], 8.0)
    film = beside(talking([actor], 8.0, np.random.default_rng(0)), still, np.random.default_rng(0))
    rows = speakers.named(film, speakers.looks_at(film, 12))
    found = speakers.shares(rows)
    assert found["right"] >= 0.9 and found["wrong"] == 0
