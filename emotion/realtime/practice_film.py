"""Small pictures of practice rounds, to see this round beside the best one. In memory only, never on disk.

At most one round and the best round of each emotion are held: 60 pictures each of 320 pixels, well under 1 MB a round.
"""

from __future__ import annotations

import bisect
import io
import threading
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np

from emotion.realtime.practice_round import WINDOW_SECONDS

PICTURES_PER_SECOND = 10
SIDE_PX = 320  # longer side of a kept picture
JPEG_QUALITY = 75
TILE_PX = (320, 240)  # width, height of one of the two pictures in the film


@dataclass(frozen=True)
class RoundPictures:
    """The pictures of one round's window, oldest first, as JPEG."""

    times_s: tuple[float, ...] = ()  # since the window opened
    jpegs: tuple[bytes, ...] = ()
    value: float | None = None  # the round's score for Together, 0…1
    models: str = ""


class PracticePictures:
    """Takes the pictures of the round that goes on, and holds the best round of each target. For several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._best: dict[str, RoundPictures] = {}
        self._opens_s: float | None = None  # None: no round goes on
        self._times_s: list[float] = []
        self._jpegs: list[bytes] = []
        self._shown = RoundPictures(), RoundPictures()
        self._film: bytes | None = None  # of what is shown, once it was asked for

    def begin(self, opens_s: float) -> None:
        """A round begins, whose window opens at opens_s of the stream's clock."""
        with self._lock:
            self._opens_s, self._times_s, self._jpegs = opens_s, [], []
            self._shown, self._film = (RoundPictures(), RoundPictures()), None

    def take(self, image: np.ndarray, now_s: float) -> None:
        """image: uint8 (H, W, 3) RGB as the person sees it; kept if it is in the window and not too soon."""
        with self._lock:
            opens_s = self._opens_s
            last_s = self._times_s[-1] if self._times_s else -np.inf
        if opens_s is None or not 0 <= now_s - opens_s < WINDOW_SECONDS:
            return
        time_s = now_s - opens_s
        if int(time_s * PICTURES_PER_SECOND) == int(max(last_s, -1) * PICTURES_PER_SECOND):
            return
        jpeg = _small_jpeg(image)
        with self._lock:
            if self._opens_s == opens_s:
                self._times_s.append(time_s)
                self._jpegs.append(jpeg)

    def finish(self, target: str, *, value: float | None, models: str) -> None:
        """The round is over: it is shown beside the best one at its target, and takes its place if it is better.

        value: the score for Together. Scores of different models cannot be compared: the newer round stays then.
        """
        with self._lock:
            this = RoundPictures(tuple(self._times_s), tuple(self._jpegs), value, models)
            self._opens_s, self._times_s, self._jpegs = None, [], []
            before = self._best.get(target, RoundPictures())
            if this.jpegs and value is not None and _better(this, before):
                self._best[target] = this
            self._shown, self._film = (this, before), None

    @property
    def shown(self) -> tuple[RoundPictures, RoundPictures]:
        """(the round that ended last, the best one at its target before it), each without pictures if there is none."""
        with self._lock:
            return self._shown

    def film(self) -> bytes:
        """What is shown, as `side_by_side`; made once."""
        with self._lock:
            shown, film = self._shown, self._film
        if film is None:
            film = side_by_side(*shown)
            with self._lock:
                if self._shown is shown:
                    self._film = film
        return film

    def clear(self) -> None:
        """Delete all pictures."""
        with self._lock:
            self._best, self._opens_s, self._times_s, self._jpegs = {}, None, [], []
            self._shown, self._film = (RoundPictures(), RoundPictures()), None


def _better(this: RoundPictures, before: RoundPictures) -> bool:
    return before.value is None or before.models != this.models or (this.value or 0.0) > before.value


def _small_jpeg(image: np.ndarray) -> bytes:
    scale = min(1.0, SIDE_PX / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    _, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()


def side_by_side(this: RoundPictures, best: RoundPictures) -> bytes:
    """An MP4 (H.264) of the window: `this` at the left and, if it has pictures, `best` at the right, at equal times."""
    rounds = [r for r in (this, best) if r.jpegs]
    if not rounds:
        return b""
    width, height = TILE_PX
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=PICTURES_PER_SECOND, options={"preset": "veryfast", "crf": "24"})
        video.width, video.height, video.pix_fmt = width * len(rounds), height, "yuv420p"
        for n in range(round(WINDOW_SECONDS * PICTURES_PER_SECOND)):
            tiles = [_tile(r, (n + 1) / PICTURES_PER_SECOND) for r in rounds]
            frame = av.VideoFrame.from_ndarray(np.concatenate(tiles, axis=1), format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, PICTURES_PER_SECOND)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return out.getvalue()


def _tile(of: RoundPictures, before_s: float) -> np.ndarray:
    """The last picture before a time, else the first; whole, as uint8 (height, width, 3) RGB of TILE_PX."""
    at = max(0, bisect.bisect_left(of.times_s, before_s) - 1)
    image = cv2.cvtColor(cv2.imdecode(np.frombuffer(of.jpegs[at], np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    width, height = TILE_PX
    scale = min(width / image.shape[1], height / image.shape[0])
    w, h = round(image.shape[1] * scale), round(image.shape[0] * scale)
    tile = np.zeros((height, width, 3), np.uint8)
    left, top = (width - w) // 2, (height - h) // 2
    tile[top : top + h, left : left + w] = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA)
    return tile
