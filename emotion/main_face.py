"""Which face is the main one. It changes only when it is gone for GONE_SECONDS, or when another one is pinned."""

from __future__ import annotations

import math
from collections.abc import Sequence

GONE_SECONDS = 1.0  # a face unseen for this long is gone: when it comes back it is another one


def is_gone(seen_s: float, time_s: float, *, looked_s: float, stands_s: float = GONE_SECONDS) -> bool:
    """Whether a face that was seen last at seen_s is gone at time_s, when the next picture comes.

    looked_s: time of the picture before, which stands for stands_s at most with all faces that are in it.
    """
    limit_s = max(GONE_SECONDS, stands_s) if seen_s == looked_s else GONE_SECONDS
    return not 0 <= time_s - seen_s <= limit_s + 1e-6


class MainFace:
    """Follows the main face by its track number. No clock: time comes in with the tracks.

    Track numbers have to grow: a face that was not there before has a larger number than all before it.
    """

    def __init__(self, stands_s: float = GONE_SECONDS) -> None:
        """stands_s: so long a picture stands until the next one; the faces in it are not gone meanwhile."""
        self._stands_s, self._looked_s = stands_s, -math.inf
        self.pinned: int | None = None  # a track that somebody chose; None: the largest face when the main one is gone
        self._track: int | None = None
        self._seen_s: dict[int, float] = {}  # when each track could be judged last
        self._newest = 0  # the largest number when the main face was seen last

    def choose(self, judged: Sequence[int], time_s: float) -> int | None:
        """The main face's track, in view or away for a moment; None where no face has been judged.

        judged: the tracks of the faces that could be judged in the picture of time_s, largest face first. While the
        main face is away, a face that was beside it does not take its place. In a picture of new faces alone, as after
        a cut in a film, the largest stands in.
        """
        self._seen_s |= dict.fromkeys(judged, time_s)
        self._seen_s = {
            t: s
            for t, s in self._seen_s.items()
            if not is_gone(s, time_s, looked_s=self._looked_s, stands_s=self._stands_s)
        }
        self._looked_s = time_s
        if (pinned := self.pinned) is not None:
            if pinned in self._seen_s:
                self._track = pinned
            elif self.pinned == pinned:  # not another one, chosen meanwhile on another thread
                self.pinned = None
        if self._track not in self._seen_s:
            self._track = judged[0] if judged else None
        if self._track in judged:
            self._newest = max(judged)
        elif judged and min(judged) > self._newest:
            return judged[0]
        return self._track
