"""Which face is the main one: it stays until it is gone for a second, or another one is pinned."""

from __future__ import annotations

from emotion.main_face import GONE_SECONDS, MainFace


def chosen(main: MainFace, *pictures: tuple[float, list[int]]) -> list[int | None]:
    return [main.choose(judged, time_s) for time_s, judged in pictures]


def test_a_larger_face_does_not_take_its_place():
    assert chosen(MainFace(), *((i / 10, [2, 1] if i else [1]) for i in range(60))) == [1] * 60


def test_who_was_beside_it_waits_for_a_second():
    main = MainFace()
    assert chosen(main, (0.0, [1, 2]), (0.2, [2]), (0.2 + GONE_SECONDS * 0.7, [2])) == [1, 1, 1]
    assert chosen(main, (0.1 + GONE_SECONDS, [2]), (1.2, [2])) == [2, 2]
    assert chosen(main, (1.3, [1, 2])) == [2], "whoever comes back does not get the place back"


def test_back_within_a_second_it_is_the_main_face_again():
    assert chosen(MainFace(), (0.0, [1, 2]), (0.5, [2]), (0.9, [2, 1])) == [1, 1, 1]


def test_after_a_cut_a_new_face_stands_in_at_once():
    main = MainFace()
    assert chosen(main, (0.0, [1, 2]), (0.1, [3]), (0.5, [3])) == [1, 3, 3]
    assert chosen(main, (0.6, [1, 2, 3])) == [1], "it was not gone for a second"


def test_nobody_is_nobody():
    assert chosen(MainFace(), (0.0, []), (0.1, [])) == [None, None]
    assert chosen(MainFace(), (0.0, [1]), (0.5, []), (0.1 + GONE_SECONDS, [])) == [1, 1, None]


def test_a_pinned_face_is_the_main_one_until_it_is_gone():
    main = MainFace()
    chosen(main, (0.0, [1, 2, 3]))
    main.pinned = 3
    assert chosen(main, (0.1, [1, 2, 3]), (0.9, [1, 2])) == [3, 3] and main.pinned == 3
    assert chosen(main, (0.2 + GONE_SECONDS, [1, 2])) == [1] and main.pinned is None
    main.pinned = 77
    assert chosen(main, (1.3, [1, 2])) == [1] and main.pinned is None, "there is no such face"


def test_a_pin_that_is_let_go_of_changes_nothing():
    main = MainFace()
    chosen(main, (0.0, [1, 2]))
    main.pinned = 2
    chosen(main, (0.1, [1, 2]))
    main.pinned = None
    assert chosen(main, (0.2, [1, 2]), (0.3, [1, 2])) == [2, 2]


def test_a_stream_that_begins_again_at_an_earlier_time():
    main = MainFace()
    chosen(main, (100.0, [1]))
    assert chosen(main, (0.0, [2])) == [2]


def test_a_face_in_a_picture_that_stands_is_not_gone():
    main = MainFace(stands_s=2.0)
    assert chosen(main, (0.0, [1, 2]), (2.0, [2])) == [1, 1], "it was there until now"
    assert chosen(main, (3.9, [2])) == [2]
    assert chosen(MainFace(), (0.0, [1, 2]), (2.0, [2])) == [1, 2], "nobody says that a picture stands"
