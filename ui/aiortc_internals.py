"""What the app changes inside aiortc, the WebRTC library of streamlit-webrtc. It has no public settings for these.

aiortc estimates the bandwidth from the times at which Python reads the packets. While two models run, these times vary
a lot. aiortc takes that for a slow network and tells the browser to send 30 to 300 kbit/s: coarse blocks over the face,
often 320 x 240. The first two changes below keep the full picture quality.

Between the callbacks and the encoder aiortc keeps every picture. Where the encoder cannot keep up, the film came back
later and later (14 s after half a minute of four streams on two processors), and the memory grew without end. The third
change keeps the newest pictures only. The same was so with the sound of a film that is played to the browser, and with
what was read of that film.

MediaPlayer asks its file for a new reader for every frame, and PyAV 18 never frees all that such a reader holds: 160
bytes a frame, 1 MB a minute. The last change lets it read through one, and bounds what it has read. It also lets one
thread at a time end it: the event loop and a page's run may do so at the same moment, and a file that is closed twice
at once ends the whole program in FFmpeg (segmentation fault).
"""

from __future__ import annotations

import asyncio
import threading

from aiortc import codecs
from aiortc.codecs import vpx
from aiortc.contrib.media import MediaPlayer, MediaRelay, PlayerStreamTrack

SEEN_VERSION = "1.16.0"  # of aiortc, with which all of this was seen working; tests/ui/test_internals.py
LOWEST_BITRATE = 1_000_000  # bits per second of the video that goes back to the browser
MOST_WAITING = 3  # pictures before the encoder, or before the callbacks: a tenth of a second
MOST_SOUND = 50  # pieces of 20 ms of a film's sound before the encoder
MOST_READ = {"video": 60, "audio": 100}  # of a film: two seconds, for it is read one second ahead


class NewestQueue(asyncio.Queue):
    """Never full: the oldest makes room."""

    def put_nowait(self, item) -> None:
        """Put it in; what has waited longest goes where there is no room."""
        while self.full():
            self.get_nowait()
        super().put_nowait(item)

    async def put(self, item) -> None:
        """The same; it never waits."""
        self.put_nowait(item)


def make_no_bandwidth_estimate() -> None:
    """Never agree to the header extension abs-send-time: without it the browser looks at lost packets only."""
    extensions = codecs.HEADER_EXTENSIONS["video"]
    extensions[:] = [e for e in extensions if not e.uri.endswith("/abs-send-time")]


def start_at_full_bitrate() -> None:
    """Let the browser, and the encoder of the video that goes back, begin at the highest bitrate."""
    for codec in codecs.CODECS["video"]:
        if not codecs.is_rtx(codec):
            codec.parameters["x-google-start-bitrate"] = vpx.MAX_BITRATE // 1000  # kbit/s
    vpx.DEFAULT_BITRATE, vpx.MIN_BITRATE = vpx.MAX_BITRATE, LOWEST_BITRATE


def keep_newest_pictures() -> None:
    """From now on a video that is passed on waits in a queue of MOST_WAITING pictures.

    Of the sound of a film that is played MOST_SOUND pieces wait. A microphone's sound is kept whole.
    """
    whole = MediaRelay.subscribe
    if whole.__module__ == __name__:  # it does so already
        return

    def subscribe(relay: MediaRelay, track, buffered: bool = True):
        passed_on = whole(relay, track, buffered)
        if track.kind == "video" and buffered:
            passed_on._queue = NewestQueue(MOST_WAITING)
        elif isinstance(track, PlayerStreamTrack) and buffered:
            passed_on._queue = NewestQueue(MOST_SOUND)
        return passed_on

    MediaRelay.subscribe = subscribe


class OneReader:
    """An open file of PyAV whose frames come from one and the same reader, however often it is asked for one."""

    def __init__(self, container):
        """container: av.container.InputContainer."""
        self._container, self._frames = container, None

    def decode(self, *streams):
        """The reader; the first call says of which streams."""
        if self._frames is None:
            self._frames = self._container.decode(*streams)
        return self._frames

    def __getattr__(self, name: str):
        return getattr(self._container, name)


class SteadyPlayer(MediaPlayer):
    """Reads through one reader, keeps at most MOST_READ of what was not yet played; one thread at a time ends it.

    It does not play its file again and again by itself.
    """

    def __init__(self, file, format: str | None = None, options: dict[str, str] | None = None):
        """As MediaPlayer."""
        super().__init__(file, format=format, options=options or {})
        self._one_at_a_time = threading.Lock()
        held = "_MediaPlayer__container"
        setattr(self, held, OneReader(getattr(self, held)))
        for track in (self.video, self.audio):
            if track is not None:
                track._queue = NewestQueue(MOST_READ[track.kind])

    def _stop(self, track: PlayerStreamTrack) -> None:
        with self._one_at_a_time:
            super()._stop(track)
