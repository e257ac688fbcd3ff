"""Picture and sound of a recording as MP4; if the program is killed, all but the last half second can be played."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from emotion.audio import SAMPLE_RATE

_MILLISECONDS = Fraction(1, 1000)
GAP_SECONDS = 0.25  # sound this far from the clock is moved back to it, so that it fits the pictures
SETTLE_SECONDS = 0.5  # … once it has been off for this long: late sound may still come, all at once
EARLY_SECONDS = 10.0  # so much sound is kept until the first picture comes
KEY_FRAME_EVERY = 15  # frames; a fragment can only begin at a key frame
_FRAGMENTED = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": "500000",  # microseconds
    "flush_packets": "1",  # to the disk as they come
    # microseconds: a picture waits no longer than this for sound that has stopped, nor sound for pictures
    "max_interleave_delta": "2000000",
}


class MediaWriter:
    """H.264 and AAC into `path`, at the times that the caller gives. For one thread."""

    def __init__(self, path: Path, *, picture: bool, sound: bool):
        self.path, self.seconds = path, 0.0
        self._wanted = picture, sound
        self._container: av.container.OutputContainer | None = None  # opened with the first picture or sound
        self._video: av.VideoStream | None = None
        self._audio: av.AudioStream | None = None
        self._last_ms, self._samples = -1, 0
        self._early: list[tuple[np.ndarray, float]] = []  # sound before the first picture: no size yet
        self._held: list[np.ndarray] = []  # sound that waits to be written
        self._off_since_s: float | None = None  # since when it has been off the clock

    def write_picture(self, image: np.ndarray, time_s: float) -> None:
        """image: uint8 (H, W, 3) RGB at time_s since the recording began; times that do not grow are left out."""
        if self._container is None:
            self._open(image.shape[1], image.shape[0])
        ms = round(time_s * 1000)
        if self._container is None or self._video is None or ms <= self._last_ms:
            return
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        # a browser on a busy machine sends smaller pictures; a file keeps the size it began with
        frame = frame.reformat(self._video.width, self._video.height, "yuv420p")
        frame.pts, frame.time_base = ms, _MILLISECONDS
        self._last_ms, self.seconds = ms, max(self.seconds, time_s)
        self._container.mux(self._video.encode(frame))

    def write_sound(self, samples: np.ndarray, time_s: float) -> None:
        """samples: float32 (T,) mono at SAMPLE_RATE whose end was heard at time_s."""
        if self._container is None:
            if self._wanted[0]:
                self._early.append((samples, time_s))
                if time_s - self._early[0][1] > EARLY_SECONDS:
                    del self._early[0]
                return
            self._open(0, 0)
        if self._audio is None:
            return
        self._held.append(samples)
        self.seconds = max(self.seconds, time_s)
        if abs(self._missing(time_s)) > GAP_SECONDS * SAMPLE_RATE:
            if self._off_since_s is None:
                self._off_since_s = time_s
            if self._samples and time_s - self._off_since_s < SETTLE_SECONDS:
                return
        self._write_held(time_s)

    def _missing(self, time_s: float) -> int:
        """Samples by which the track, with what is held, is behind the clock; below 0 it is ahead."""
        return round(time_s * SAMPLE_RATE) - sum(map(len, self._held)) - self._samples

    def _write_held(self, time_s: float) -> None:
        """Write what is held: after silence for what was lost, without what is too much."""
        missing, samples = self._missing(time_s), np.concatenate(self._held)
        self._held, self._off_since_s = [], None
        if missing > GAP_SECONDS * SAMPLE_RATE:
            samples = np.concatenate([np.zeros(missing, np.float32), samples])
        elif missing < -GAP_SECONDS * SAMPLE_RATE:
            samples = samples[-missing:]
        if not len(samples) or self._container is None or self._audio is None:
            return
        frame = av.AudioFrame.from_ndarray(
            np.clip(samples, -1, 1)[None].astype(np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._samples, Fraction(1, SAMPLE_RATE)
        self._samples += len(samples)
        self._container.mux(self._audio.encode(frame))

    def close(self) -> bool:
        """Finish the file; True when there is one with something in it."""
        if self._container is None:
            return False
        if self._held:
            self._write_held(self.seconds)
        container, self._container = self._container, None
        try:
            for stream in (self._video, self._audio):
                if stream is not None:
                    container.mux(stream.encode(None))
        finally:
            container.close()
        with contextlib.suppress(av.error.FFmpegError, OSError):  # the file in fragments can be played too
            make_seekable(self.path)
        return True

    def _open(self, width: int, height: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        container = av.open(str(self.path), "w", format="mp4", options=_FRAGMENTED)
        picture, sound = self._wanted
        if picture:
            self._video = container.add_stream(
                "libx264", rate=30, options={"preset": "ultrafast", "tune": "zerolatency", "crf": "26"}
            )
            self._video.width, self._video.height = width - width % 2, height - height % 2
            self._video.pix_fmt, self._video.gop_size = "yuv420p", KEY_FRAME_EVERY
            self._video.codec_context.time_base = self._video.time_base = _MILLISECONDS
        if sound:
            self._audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        self._container = container
        early, self._early = self._early, []
        for samples, time_s in early:
            self.write_sound(samples, time_s)


def make_seekable(path: Path) -> None:
    """Rewrite an MP4 of fragments with its index in front, without encoding again. The old file stays until the end."""
    part = path.with_suffix(".part")
    try:
        with (
            av.open(str(path)) as source,
            av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as target,
        ):
            streams = {s: target.add_stream_from_template(s) for s in source.streams}
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream]
                    target.mux(packet)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
