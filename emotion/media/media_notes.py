"""What a person has to know about a file that was not as it should be, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from emotion.media.media_clock import Jump

LISTED = 3  # so many changes of the clock are listed one by one


def about_jumps(jumps: Sequence[Jump]) -> Iterator[str]:
    """Where the clock was changed."""
    if len(jumps) > LISTED:
        yield f"the clock was changed {len(jumps)} times, first at {jumps[0].at_s:.1f} s; the parts are joined"
        return
    for jump in jumps:
        if jump.by_s > 0:
            yield f"the clock jumped by {_in_words(jump.by_s)} at {jump.at_s:.1f} s; the gap is closed"
        else:
            yield f"the clock went back by {_in_words(-jump.by_s)} at {jump.at_s:.1f} s; the parts are joined"


def about_wrong_stamps(count: int, what: str) -> Iterator[str]:
    """what: one of those that were counted, as "picture"."""
    if count:
        yield f"{_counted(count, what)} with a wrong time stamp, put right after what came before"


def about_unread(count: int, kind: str, *, whole: bool) -> Iterator[str]:
    """kind: picture, sound; whole: nothing of that track could be read."""
    if whole and count > 1:
        yield f"none of the {count} packets of the {kind} could be read"
    elif count:
        yield f"{_counted(count, 'packet')} of the {kind} could not be read"


def about_long_pictures(count: int, longest_s: float) -> Iterator[str]:
    """count: pictures of an animation that should stand for longer than longest_s."""
    if count:
        what = _counted(count, "picture")
        yield f"{what} should stand for more than {longest_s:g} s; each counts for {longest_s:g} s"


def about_the_rest(why: str, reached_s: float) -> Iterator[str]:
    """why: what FFmpeg says about the place at which it stopped; "" if it did not."""
    if why:
        yield f"the file cannot be read beyond {reached_s:.1f} s ({why}); what comes before is judged"


def _in_words(seconds: float) -> str:
    if seconds >= 3600:
        return f"{round(seconds / 3600, 1):,g} h"
    return f"{round(seconds / 60, 1):g} min" if seconds >= 120 else f"{seconds:.1f} s"


def _counted(count: int, what: str) -> str:
    first, *rest = what.split(" ", 1)
    return " ".join([str(count), first if count == 1 else f"{first}s", *rest])
