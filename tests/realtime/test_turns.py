"""Turns of the models: no more at once than there are places, served in the order of asking, never lost."""

from __future__ import annotations

import threading

import pytest

from emotion.realtime.pace import LEAST_PER_S, OVER_S, Pace, PictureClock
from emotion.realtime.turns import Turns
from emotion.realtime.worker import Worker
from tests.support import wait_until


def test_those_who_ask_are_served_in_the_order_of_asking():
    turns, served, go = Turns(1), [], threading.Event()

    def holder():
        with turns.turn():
            go.wait(10)

    def ask(n):
        with turns.turn():
            served.append(n)

    first = threading.Thread(target=holder)
    first.start()
    wait_until(lambda: turns._free == 0)
    others = []
    for n in range(8):
        others.append(threading.Thread(target=ask, args=(n,)))
        others[-1].start()
        wait_until(lambda n=n: len(turns._waiting) == n + 1)
    go.set()
    for thread in [first, *others]:
        thread.join(10)
    assert served == list(range(8)) and turns._free == 1


def test_no_more_at_once_than_places_and_streams_take_turns():
    turns, lock = Turns(2), threading.Lock()
    inside, most, counts = 0, 0, dict.fromkeys(range(5), 0)

    def stream(n):
        nonlocal inside, most
        for _ in range(200):
            with turns.turn():
                with lock:
                    inside += 1
                    most = max(most, inside)
                    counts[n] += 1
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=stream, args=(n,)) for n in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most <= 2 and set(counts.values()) == {200} and turns._free == 2


def test_an_error_gives_the_place_back():
    turns = Turns(1)
    with pytest.raises(RuntimeError), turns.turn():
        raise RuntimeError
    with turns.turn():
        pass


def test_who_waited_for_a_turn_takes_the_newest_item():
    turns, taken = Turns(1), []
    worker = Worker("test-turn", taken.append, turn=turns.turn)
    with turns.turn():
        worker.put("old")
        wait_until(lambda: turns._waiting)
        worker.put("new")
    wait_until(lambda: worker.done)
    assert taken == ["new"]
    worker.stop()
    assert worker.join()


def test_a_worker_stopped_while_it_waits_ends_without_work():
    turns, taken = Turns(1), []
    worker = Worker("test-turn", taken.append, turn=turns.turn)
    with turns.turn():
        worker.put("item")
        wait_until(lambda: turns._waiting)
        worker.stop()
    assert worker.join() and not taken and turns._free == 1


def looks(pace: Pace, per_s: float, seconds: float, begin_s: float = 0.0) -> bool:
    return [pace.too_slow(begin_s + n / per_s) for n in range(int(seconds * per_s) + 1)][-1]


def test_a_pace_below_the_least_is_too_slow_once_it_lasts():
    assert not looks(Pace(), LEAST_PER_S * 2, 30)
    assert not looks(Pace(), LEAST_PER_S / 2, OVER_S - 2), "not yet"
    assert looks(Pace(), LEAST_PER_S / 2, 2 * OVER_S)


def clock_of(offered_s: list[float]) -> list[float]:
    clock = PictureClock()
    return [clock.tick(time_s) for time_s in offered_s]


def looks_at(offered_s: list[float], every: int) -> list[bool]:
    """What Pace says at each look, where one of so many offered pictures is judged."""
    pace = Pace()
    return [pace.too_slow(paced_s) for paced_s in clock_of(offered_s)[::every]]


def pauses(*lengths_s: float) -> list[float]:
    """Ten pictures a second for two seconds, then nothing for so long, again and again."""
    times_s = [0.0]
    for length_s in lengths_s:
        times_s += [times_s[-1] + 0.1 * n for n in range(1, 21)]
        times_s.append(times_s[-1] + length_s)
    return times_s


@pytest.mark.parametrize("offered_s", [pauses(5.0, 5.9, 5.0, 60.0, 5.5), [n / 1.2 for n in range(60)]])
def test_few_pictures_that_are_all_judged_are_no_slowness(offered_s):
    assert not any(looks_at(offered_s, every=1))


@pytest.mark.parametrize("per_s, every", [(13, 10), (5, 4), (1.2, 2)])
def test_pictures_that_come_and_are_not_judged_are_slowness(per_s, every):
    said = looks_at([n / per_s for n in range(round(40 * per_s))], every)
    assert said[-1] and not said[1]
