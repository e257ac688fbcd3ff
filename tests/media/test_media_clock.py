"""The clock that mistrusts time stamps, on lists of stamps."""

from __future__ import annotations

import itertools
import random

import pytest

from emotion.media.media_clock import JUMP_SECONDS, PAUSE_SECONDS, MediaClock

PICTURE_S, SOUND_S = 0.04, 0.02
HOUR_S = 3600.0
Stamp = tuple[str, float | None]  # "picture" or "sound"; seconds


def timed(
    stamps: list[Stamp], *, start_s: float | None = None, picture_s: float = PICTURE_S, jump_s: float = JUMP_SECONDS
) -> tuple[MediaClock, dict[str, list[tuple[float | None, float]]]]:
    """-> (the clock, per track the pairs of stamp and own time)."""
    clock: MediaClock[tuple[str, float | None]] = MediaClock(
        {"picture": picture_s, "sound": 0.0}, start_s=start_s, jump_s=jump_s
    )
    out: dict[str, list[tuple[float | None, float]]] = {"picture": [], "sound": []}
    for track, stamp_s in stamps:
        for (name, stamp), time_s in clock.push(
            track, stamp_s, SOUND_S if track == "sound" else None, (track, stamp_s)
        ):
            out[name].append((stamp, time_s))
    for (name, stamp), time_s in clock.finish():
        out[name].append((stamp, time_s))
    return clock, out


def part(begin_s: float, seconds: float, *, sound_later_s: float = 0.0, sound_shorter_s: float = 0.0) -> list[Stamp]:
    """A recording with both tracks, in the order of the file: sound is written sound_later_s after its pictures."""
    pictures = [(i * PICTURE_S, "picture", i * PICTURE_S) for i in range(round(seconds / PICTURE_S))]
    sounds = [
        (i * SOUND_S + sound_later_s, "sound", i * SOUND_S) for i in range(round((seconds - sound_shorter_s) / SOUND_S))
    ]
    return [(track, begin_s + at_s) for _, track, at_s in sorted(pictures + sounds)]


def pictures(stamps: list[float | None]) -> list[Stamp]:
    return [("picture", s) for s in stamps]


def every(step_s: float, count: int, begin_s: float = 0.0) -> list[float | None]:
    return [begin_s + i * step_s for i in range(count)]


def times(found: dict, track: str = "picture") -> list[float]:
    return [time_s for _, time_s in found[track]]


def assert_only_grows(found: dict) -> None:
    for track in found:
        assert times(found, track) == sorted(times(found, track))


@pytest.mark.parametrize("begin_s", [0.0, 1.48, 86_399.0, 95_443.0])
def test_a_whole_film_keeps_its_distances_whenever_it_begins(begin_s):
    clock, found = timed(part(begin_s, 4.0, sound_later_s=0.5), start_s=begin_s)
    assert not clock.jumps and not clock.wrong
    for track in found:
        assert times(found, track) == pytest.approx([s - begin_s for s, _ in found[track]])


@pytest.mark.parametrize("to_s", [0.0, 1.0, 3.0, 25.0, 60.0, 2 * HOUR_S, 26.5 * HOUR_S])
@pytest.mark.parametrize("later_s", [0.0, 0.7])
@pytest.mark.parametrize("shorter_s", [0.0, 0.1])
def test_a_clock_that_is_changed_goes_on_and_both_tracks_stay_in_step(to_s, later_s, shorter_s):
    first = part(5.0, 4.0, sound_later_s=later_s, sound_shorter_s=shorter_s)
    clock, found = timed(first + part(to_s, 4.0, sound_later_s=later_s), start_s=5.0)
    assert_only_grows(found)
    assert len(clock.jumps) == 1 and clock.jumps[0].at_s == pytest.approx(4.0, abs=0.05)
    assert clock.jumps[0].by_s == pytest.approx(to_s - 9.0, abs=0.15)
    for track in found:
        second = [time_s - stamp for stamp, time_s in found[track][-100:]]
        assert second == pytest.approx([4.0 - to_s] * 100, abs=0.05), f"{track} after the change"
        assert len(found[track]) >= len([1 for t, _ in first if t == track]) + len(second)


def test_where_the_tracks_change_in_the_other_order_they_stay_in_step():
    """Sound is ahead in the file, so it comes first to the new clock."""
    sound_ahead = part(0.0, 4.0, sound_later_s=-0.6) + part(100.0, 4.0, sound_later_s=-0.6)
    one_file = sorted(sound_ahead, key=lambda s: (s[1] if s[1] < 50 else s[1] - 96) - (0.6 if s[0] == "sound" else 0.0))
    clock, found = timed(one_file)
    assert len(clock.jumps) == 1
    for track in found:
        assert found[track][-1][1] - found[track][-1][0] == pytest.approx(-96.0, abs=0.05)


def test_many_short_recordings_joined():
    clock, found = timed([s for _ in range(20) for s in part(1.5, 1.0, sound_later_s=0.3)], start_s=1.5)
    assert_only_grows(found)
    assert len(clock.jumps) == 19 and not clock.wrong
    assert times(found)[-1] == pytest.approx(19.96, abs=0.2) and len(found["picture"]) == 500
    assert times(found, "sound")[-1] == pytest.approx(19.98, abs=0.2)


def test_sound_that_overlaps_with_the_next_part_is_left_out():
    """Its last 0.6 s come in the file after the pictures of the next part have begun."""
    whole = part(0.0, 4.0, sound_later_s=0.7, sound_shorter_s=-0.6)
    end = max(i for i, (track, _) in enumerate(whole) if track == "picture") + 1
    second = part(100.0, 4.0, sound_later_s=1.3)
    at = [i for i, (track, _) in enumerate(second) if track == "sound"][0]
    clock, found = timed([*whole[:end], *second[:at], *whole[end:], *second[at:]])
    assert_only_grows(found)
    assert len(clock.jumps) == 1 and not clock.wrong
    for track in found:
        assert found[track][-1][1] - found[track][-1][0] == pytest.approx(-96.0, abs=0.05), track
    assert max(b - a for a, b in zip(times(found, "sound"), times(found, "sound")[1:])) < 0.3


def test_forward_then_back():
    stamps = part(0.0, 4.0) + part(500.0, 4.0) + part(4.0, 4.0)
    clock, found = timed(stamps)
    assert [j.by_s > 0 for j in clock.jumps] == [True, False]
    assert times(found)[-1] == pytest.approx(11.96, abs=0.05) == times(found, "sound")[-1]


@pytest.mark.parametrize("track", ["picture", "sound"])
def test_one_track_alone_changes_its_clock(track):
    stamps = [(t, s + 300.0 if t == track and s >= 2.0 else s) for t, s in part(0.0, 4.0)]
    clock, found = timed(stamps)
    assert len(clock.jumps) == 1
    for name in found:
        assert times(found, name)[-1] == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("track", ["picture", "sound"])
@pytest.mark.parametrize(
    "at, off_s",
    [*itertools.product([0, 1], [60.0, 3.0, 4e6]), *itertools.product([30, -1], [60.0, 3.0, 0.7, -1.5, -40.0, 4e6])],
)
def test_one_wrong_stamp_costs_nothing_else(track, off_s, at):
    stamps = part(50.0, 4.0)
    mine = [i for i, (t, _) in enumerate(stamps) if t == track][at]
    right_s = stamps[mine][1]
    stamps[mine] = track, right_s + off_s
    clock, found = timed(stamps, start_s=50.0)
    assert_only_grows(found)
    assert not clock.jumps
    for name in found:
        others = [(s, t) for s, t in found[name] if s != right_s + off_s]
        assert [t for _, t in others] == pytest.approx([s - 50.0 for s, _ in others], abs=0.05)
    wrong_s = next((t for s, t in found[track] if s == right_s + off_s), None)
    if at != -1 or abs(off_s) > 10:  # a last picture may well come some seconds late
        assert wrong_s == pytest.approx(right_s - 50.0, abs=0.05)


def test_some_wrong_stamps_here_and_there():
    stamps = part(0.0, 8.0)
    rng = random.Random(3)
    for i in range(20, len(stamps), 37):
        stamps[i] = stamps[i][0], stamps[i][1] + rng.choice([-500.0, -1.0, 5.0, 77.0, 9 * HOUR_S])
    clock, found = timed(stamps)
    assert not clock.jumps and sum(clock.wrong.values()) == len(range(20, len(stamps), 37))
    assert times(found)[-1] == pytest.approx(7.96, abs=0.05) and len(found["picture"]) == 200


def test_a_long_still_picture_while_the_sound_goes_on_is_kept():
    still = [s for s in part(0.0, 120.0) if s[0] == "sound" or not 10.0 < s[1] < 100.0]
    clock, found = timed(still)
    assert not clock.jumps and not clock.wrong
    assert all(stamp == pytest.approx(time_s) for stamp, time_s in found["picture"])


def test_a_long_hole_in_the_sound_of_a_film_is_kept():
    clock, found = timed([s for s in part(0.0, 60.0) if s[0] == "picture" or not 10.0 < s[1] < 50.0])
    assert not clock.jumps and all(stamp == pytest.approx(time_s) for stamp, time_s in found["sound"])


def test_sound_that_begins_late_is_kept():
    clock, found = timed([s for s in part(0.0, 60.0) if s[0] == "picture" or s[1] > 40.0])
    assert not clock.jumps and found["sound"][0][1] == pytest.approx(40.02)


def test_a_short_pause_of_both_is_kept_and_a_long_one_is_closed():
    clock, found = timed(part(0.0, 4.0) + part(9.0, 4.0))
    assert not clock.jumps and times(found)[-1] == pytest.approx(12.96)
    clock, found = timed(part(0.0, 4.0) + part(40.0, 4.0))
    assert len(clock.jumps) == 1 and times(found)[-1] == pytest.approx(7.96)


def test_slides_without_sound_are_no_jumps():
    clock, found = timed(pictures([0, 15, 40, 55, 70, 95]), picture_s=15.0)
    assert not clock.jumps and times(found) == [0, 15, 40, 55, 70, 95]


def test_long_still_pictures_without_sound_are_kept_in_formats_whose_clock_does_not_change():
    stamps = [*every(0.1, 20), 60.0, *every(0.1, 20, 61.0), 300.0, 301.0, 340.0]
    clock, found = timed(pictures(stamps), jump_s=PAUSE_SECONDS)
    assert not clock.jumps and not clock.wrong and times(found) == pytest.approx(stamps)
    clock, found = timed(pictures([*every(0.04, 100), *every(0.04, 100, 2 * HOUR_S)]), jump_s=PAUSE_SECONDS)
    assert len(clock.jumps) == 1 and times(found) == pytest.approx(every(0.04, 200))


def test_a_last_picture_that_nothing_confirms_is_not_believed():
    clock, found = timed(pictures([*every(0.04, 100), 60.0]), jump_s=PAUSE_SECONDS)
    assert clock.wrong["picture"] == 1 and times(found)[-1] == pytest.approx(4.0)


def test_an_uneven_frame_rate_is_kept():
    stamps = [0, 0.03, 0.5, 0.52, 1.9, 4.0, 4.01]
    clock, found = timed(pictures(stamps))
    assert times(found) == pytest.approx(stamps) and not clock.jumps and not clock.wrong


def test_without_stamps_pictures_come_at_the_usual_rate():
    _, found = timed(pictures([None] * 100))
    assert times(found) == pytest.approx(every(0.04, 100))
    _, found = timed(pictures([None, None, *every(0.04, 5, 100.08)]), start_s=100.0)
    assert times(found) == pytest.approx(every(0.04, 7), abs=0.05)


def test_a_missing_stamp_in_between_is_filled_in():
    _, found = timed(pictures([0.0, None, 0.08, 1.08, None, 1.1]))
    assert times(found) == pytest.approx([0.0, 0.04, 0.08, 1.08, 1.09, 1.1])


def test_no_more_than_one_piece_of_each_track_is_held_back():
    clock: MediaClock[int] = MediaClock({"picture": 0.04})
    ready = [len(list(clock.push("picture", stamp, None, i))) for i, stamp in enumerate([*every(0.04, 50), 0.0, 900.0])]
    assert ready[0] == 0 and set(ready[1:]) == {1}


def test_what_is_usual_is_learned_where_the_header_is_wrong():
    """The mean rate of an MP4 counts the gap in: 200 pictures in two hours, one each 36 s."""
    clock, found = timed(part(0.0, 4.0) + part(2 * HOUR_S, 4.0), start_s=0.0, picture_s=36.0)
    assert len(clock.jumps) == 1 and clock.jumps[0].at_s == pytest.approx(4.0, abs=0.05)
    assert times(found)[-1] == pytest.approx(7.96, abs=0.05) == times(found, "sound")[-1]
