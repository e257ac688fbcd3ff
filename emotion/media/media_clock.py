"""A film's own time, from time stamps that may be wrong: it only grows, and gaps that nobody recorded are closed.

Joined recordings, discs and broadcasts change their clock midway; a damaged file dates one picture far away. Each
piece is judged by what came before it and by the one after it in its track, so each track holds one piece back.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Generic, TypeVar

Item = TypeVar("Item")

BACK_SECONDS = 0.25  # a stamp that goes back by more is no inaccuracy: the clock was changed, or the stamp is wrong
JUMP_SECONDS = 10.0  # a longer gap, with nothing in the other tracks, is a changed clock (FFmpeg's dts_delta_threshold)
PAUSE_SECONDS = 600.0  # instead, where one track is all there is and its format is not one whose clock changes
JUMP_PIECES = 10  # … and at least so many times as long as is usual from piece to piece
NEAR_SECONDS = 5.0  # tracks of one moment lie at most this far apart in a file
USUAL_PIECES = 5, 25  # what is usual is the median of so many distances, at least and at most
LEAD_SECONDS = 1.0  # a track that is ahead by less is only written earlier into the file


@dataclass(frozen=True)
class Jump:
    """A place where the clock was changed."""

    at_s: float  # in the film's own time
    by_s: float  # by which the clock went on; below 0 it went back


@dataclass
class _Span:
    """A part of the film with one clock."""

    shift_s: float  # own time = stamp + shift_s
    reached_s: float = -math.inf  # how far any track has come in it, in own time


@dataclass
class _Held(Generic[Item]):
    stamp_s: float | None
    length_s: float | None
    item: Item


class _Track(Generic[Item]):
    def __init__(self, usual_s: float):
        self.usual_s = usual_s
        self.held: _Held[Item] | None = None
        self.longest_s = 0.0  # from piece to piece, so far
        self._apart_s: deque[float] = deque(maxlen=USUAL_PIECES[1])  # the last distances
        self.last_s: float | None = None  # own time of the last piece that was handed out
        self.seen_s: float | None = None  # … or was left out
        self.due_s: float | None = None  # own time at which the next one is due
        self.span = 0
        self.skip_until_s = -math.inf  # what overlaps with the part before

    def moved(self, by_s: float) -> None:
        """A piece begins so long after the one before it."""
        self.longest_s = max(self.longest_s, by_s)
        self._apart_s.append(by_s)
        if self.usual_s and len(self._apart_s) >= USUAL_PIECES[0]:  # not where every piece says how long it is
            self.usual_s = median(self._apart_s)


class MediaClock(Generic[Item]):
    """Pieces of several tracks with their stamps in, the same pieces with the film's own time out.

    usual_s: per track, seconds from piece to piece until the pieces tell; 0 where each says how long it is.
    start_s: the stamp with which the file says that it begins, or None; the first piece's, where that is earlier.
    Below 0 counts as 0. jump_s: a longer gap is a changed clock, where no other track has anything in it;
    JUMP_SECONDS, or PAUSE_SECONDS.

    - Own time begins at 0 and does not go back within a track.
    - One stamp that the next one contradicts is not used (`wrong` counts them): the piece comes right after the one
      before it. So does a piece without a stamp.
    - Stamps that go back, or forward by more than jump_s, begin a new clock when the next stamp agrees
      (`jumps`). It goes on where the old one ended. The other tracks follow when their stamps change, at the same
      distance, so that sound and picture stay in step. What would overlap with the part before is left out.
    - A track that pauses while another goes on has a real gap, which is kept; so is every shorter gap.
    """

    def __init__(self, usual_s: dict[str, float], *, start_s: float | None = None, jump_s: float = JUMP_SECONDS):
        self._tracks: dict[str, _Track[Item]] = {name: _Track(seconds) for name, seconds in usual_s.items()}
        self._spans: list[_Span] = []  # none until there is a stamp
        self._start_s, self._jump_s = start_s, jump_s
        self.jumps: list[Jump] = []
        self.wrong: Counter[str] = Counter()

    def push(
        self, track: str, stamp_s: float | None, length_s: float | None, item: Item
    ) -> Iterator[tuple[Item, float]]:
        """What is ready: items with their own time in seconds.

        stamp_s: None where the file does not say. length_s: how long this piece lasts; None: as usual.
        """
        mine = self._tracks[track]
        held, mine.held = mine.held, _Held(stamp_s, length_s, item)
        if held:
            yield from self._timed(track, held, stamp_s)

    def finish(self) -> Iterator[tuple[Item, float]]:
        """What was held back, when the file is over."""
        for name, track in self._tracks.items():
            held, track.held = track.held, None
            if held:
                yield from self._timed(name, held, None)

    def _timed(self, name: str, held: _Held[Item], next_s: float | None) -> Iterator[tuple[Item, float]]:
        track = self._tracks[name]
        time_s = self._own_time(name, track, held.stamp_s, next_s)
        track.seen_s = time_s
        if time_s < track.skip_until_s:
            return
        time_s = track.seen_s = max(time_s, track.last_s or 0.0)
        if track.last_s is not None:
            track.moved(time_s - track.last_s)
        track.last_s = time_s
        track.due_s = time_s + (track.usual_s if held.length_s is None else held.length_s)
        if self._spans:
            span = self._spans[track.span]
            span.reached_s = max(span.reached_s, track.due_s)
        yield held.item, time_s

    def _own_time(self, name: str, track: _Track[Item], stamp_s: float | None, next_s: float | None) -> float:
        if not self._spans and (first := [s for s in (stamp_s, next_s) if s is not None]):
            begin_s = max(0.0, min(first) if self._start_s is None else min(*first, self._start_s))
            self._spans.append(_Span((track.due_s or 0.0) - begin_s))
        if stamp_s is None:
            return self._guess(track, next_s)
        shift_s = self._spans[track.span].shift_s
        time_s = stamp_s + shift_s
        back = self._went_back(track, time_s)
        if next_s is not None and (back or next_s < stamp_s - BACK_SECONDS):
            if track.seen_s is None or next_s + shift_s >= track.seen_s - BACK_SECONDS:  # the old clock goes on
                self.wrong[name] += 1
                return self._guess(track, next_s)
        if not back and not self._is_late(track, time_s, last=next_s is None):
            return time_s
        span = self._span_of(track, stamp_s)
        if span is None and next_s is not None and -BACK_SECONDS <= next_s - stamp_s <= self._limit_s(track):
            span = self._new_span(track, stamp_s, time_s)
        if span is None:
            self.wrong[name] += 1
            return self._guess(track, None)
        track.span, track.skip_until_s = span, (track.due_s or 0.0) - BACK_SECONDS
        return stamp_s + self._spans[span].shift_s

    def _guess(self, track: _Track[Item], next_s: float | None) -> float:
        """The time of a piece that has no stamp of use: when it is due, and not after the next one."""
        next_time_s = None if next_s is None else next_s + self._spans[track.span].shift_s
        if track.due_s is None or track.last_s is None:
            return max(0.0, next_time_s - track.usual_s) if next_time_s is not None else 0.0
        if next_time_s is not None and track.last_s < next_time_s < track.due_s:
            return (track.last_s + next_time_s) / 2
        return track.due_s

    def _went_back(self, track: _Track[Item], time_s: float) -> bool:
        return time_s < (-JUMP_SECONDS if track.seen_s is None else track.seen_s - BACK_SECONDS)

    def _limit_s(self, track: _Track[Item]) -> float:
        return max(self._jump_s, JUMP_PIECES * track.usual_s)

    def _is_late(self, track: _Track[Item], time_s: float, *, last: bool = False) -> bool:
        """Whether there is a long gap before it in which no track has anything. last: nothing comes after it."""
        due_s = self._furthest_s() if track.due_s is None else track.due_s
        limit_s = self._limit_s(track)
        if last:  # no other stamp says that this one is right
            limit_s = min(limit_s, max(JUMP_SECONDS, JUMP_PIECES * max(track.usual_s, track.longest_s)))
        if time_s - due_s <= limit_s:
            return False
        others = (t for t in self._tracks.values() if t is not track and t.last_s is not None)
        return all((t.last_s or 0.0) + 2 * t.usual_s < time_s - NEAR_SECONDS for t in others)

    def _is_off(self, track: _Track[Item]) -> bool:
        """Whether the piece that is held back seems to be of another clock."""
        if track.held is None or track.held.stamp_s is None:
            return False
        time_s = track.held.stamp_s + self._spans[track.span].shift_s
        return self._went_back(track, time_s) or self._is_late(track, time_s)

    def _furthest_s(self) -> float:
        return max((t.due_s for t in self._tracks.values() if t.due_s is not None), default=0.0)

    def _span_of(self, track: _Track[Item], stamp_s: float) -> int | None:
        """The known clock that this stamp is of: one that another track follows by now, or one from before."""
        due_s = self._furthest_s() if track.due_s is None else track.due_s
        apart: dict[int, float] = {}
        for i, span in enumerate(self._spans):
            time_s = stamp_s + span.shift_s
            if i > track.span:
                fits = due_s - NEAR_SECONDS <= time_s <= max(due_s, span.reached_s) + NEAR_SECONDS
            else:
                fits = i < track.span and abs(time_s - due_s) <= 2 * BACK_SECONDS
            if fits:
                apart[i] = abs(time_s - due_s)
        return min(apart, key=lambda i: apart[i]) if apart else None

    def _new_span(self, track: _Track[Item], stamp_s: float, time_s: float) -> int:
        """A clock that begins with this stamp, where the old one ended."""
        at_s = furthest_s = self._furthest_s()
        others_too = any(self._is_off(t) for t in self._tracks.values() if t is not track)
        if track.due_s is not None and not others_too and furthest_s - track.due_s <= LEAD_SECONDS:
            at_s = track.due_s
        self._spans.append(_Span(at_s - stamp_s))
        self.jumps.append(Jump(at_s, time_s - at_s))
        return len(self._spans) - 1
