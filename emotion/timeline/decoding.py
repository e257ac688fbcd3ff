"""A sound or video file decoded once, piece by piece and in bounded memory; each piece with its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np

from emotion.audio import SAMPLE_RATE, MonoResampler
from emotion.timeline.pictures import check_size
from emotion.timeline.rows import AnalysisError

MAX_SECONDS = 24 * 3600.0  # a damaged file may date a picture thousands of years after its beginning
HOLE_SECONDS = 0.25  # sound that comes later than this after the sound before it has a hole, which counts as silence


@dataclass(frozen=True)
class Piece:
    """One picture, or some sound."""

    frame: av.VideoFrame | av.AudioFrame
    time_s: float | None  # when it begins, since the beginning of the file; None where the file does not say
    reached_s: float  # how far the file has been read
    duration_s: float | None  # of the whole file, as far as it is known by now


@dataclass(frozen=True)
class MediaFile:
    """An open file: its first picture track, unless that is only a cover, and its first sound track."""

    path: Path
    container: av.container.InputContainer
    video: av.VideoStream | None
    sound: av.AudioStream | None

    def pieces(self) -> Iterator[Piece]:
        """Pictures and sound in the order of the file. Raises AnalysisError on times beyond MAX_SECONDS."""
        container = self.container
        duration_s = container.duration / av.time_base if container.duration else None
        begin_s: float | None = None  # television recordings begin at any time of day
        reached_s = 0.0
        for packet in container.demux([s for s in (self.video, self.sound) if s is not None]):
            if not container.duration and reached_s and packet.pos:
                # a browser's own recordings do not say how long they are
                duration_s = max(reached_s, reached_s * container.size / packet.pos)
            for frame in _frames(packet):
                if frame.time is not None:
                    if begin_s is None:  # FFmpeg's guess is too late for some films with few pictures a second
                        begin_s = max(0.0, min(frame.time, (container.start_time or 0) / av.time_base))
                    reached_s = max(0.0, frame.time - begin_s)
                if reached_s > MAX_SECONDS:
                    raise AnalysisError(
                        f"{self.path} dates something {reached_s / 3600:,.0f} h after its beginning; a file may last "
                        f"{MAX_SECONDS / 3600:.0f} h: cut it into parts, or convert it if it is damaged"
                    )
                yield Piece(frame, None if frame.time is None else reached_s, reached_s, duration_s)


@contextmanager
def opened(path: Path) -> Iterator[MediaFile]:
    """The file, ready to be decoded. Raises AnalysisError where it holds nothing to judge, or far too large pictures.

    What FFmpeg itself raises, here or from MediaFile.pieces, is left as it is.
    """
    # absolute: FFmpeg takes "a:b.mp4" for a protocol named a; replace: old tags are not UTF-8
    with av.open(str(path.absolute()), metadata_errors="replace") as container:
        covers = av.stream.Disposition.attached_pic  # a cover picture inside an MP3 is not a video
        video = next((s for s in container.streams.video if not s.disposition & covers), None)
        sound = next(iter(container.streams.audio), None)
        if video is None and sound is None:
            raise AnalysisError(f"{path} holds neither picture nor sound; use an image, audio or video file")
        if video is not None:  # before FFmpeg makes room for it
            check_size(video.codec_context, path)
        yield MediaFile(path, container, video, sound)


def _frames(packet: av.Packet) -> list:
    """A packet's frames; a damaged packet in the middle of a file is left out."""
    try:
        return packet.decode()
    except av.error.InvalidDataError:
        return []


def upright(frame: av.VideoFrame, path: Path) -> np.ndarray:
    """The picture as uint8 (H, W, 3) RGB, turned by the rotation that a phone wrote into the file."""
    check_size(frame, path)
    image = frame.to_ndarray(format="rgb24")
    quarter_turns = round((getattr(frame, "rotation", 0) or 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image


class ContinuousSound:
    """Sound of any form, with holes -> float32 (T,) mono at SAMPLE_RATE without holes: silence fills them."""

    def __init__(self) -> None:
        self.seconds = 0.0  # of all samples handed out, those of the newest piece included
        self._resampler = MonoResampler()

    def push(self, frame: av.AudioFrame, time_s: float | None) -> Iterator[np.ndarray]:
        """The samples that are ready; those of a long hole come second by second.

        time_s: when the frame begins; None: right after what was before it.
        """
        yield from self._counted(chain(self._silence_until(time_s), self._resampler.push(frame)))

    def finish(self) -> Iterator[np.ndarray]:
        """The rest, when the file is over."""
        yield from self._counted(self._resampler.finish())

    def _silence_until(self, time_s: float | None) -> Iterator[np.ndarray]:
        hole_s = 0.0 if time_s is None else time_s - self.seconds
        if hole_s > HOLE_SECONDS:
            for _ in range(int(hole_s)):
                yield np.zeros(SAMPLE_RATE, np.float32)
            yield np.zeros(int(hole_s % 1 * SAMPLE_RATE), np.float32)

    def _counted(self, pieces) -> Iterator[np.ndarray]:
        for samples in pieces:
            if len(samples):
                self.seconds += len(samples) / SAMPLE_RATE
                yield samples
