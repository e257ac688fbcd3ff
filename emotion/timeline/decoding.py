"""A sound or video file decoded once, piece by piece and in bounded memory; each piece with its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import av
import numpy as np

from emotion.audio import SAMPLE_RATE, MonoResampler
from emotion.media.media_clock import JUMP_SECONDS, PAUSE_SECONDS, MediaClock
from emotion.media.media_notes import about_jumps, about_the_rest, about_unread, about_wrong_stamps
from emotion.media.orientation import View
from emotion.media.packets import PacketReader, limit_pixels
from emotion.media.tracks import chosen
from emotion.media.unfinished import end_is_missing, index_is_missing
from emotion.timeline.pictures import MAX_PIXELS, NOT_WHOLE, check_size, grows_too_large
from emotion.timeline.rows import AnalysisError

MAX_SECONDS = 24 * 3600.0  # what claims to be longer is more likely damaged
HOLE_SECONDS = 0.25  # sound that comes later than this after the sound before it has a hole, which counts as silence
USUAL_RATE = 25.0  # pictures a second of a stream that does not say
RATES = 0.01, 1000.0  # pictures a second that a file may claim
PICTURE, SOUND = "picture", "sound"


@dataclass(frozen=True)
class Piece:
    """One picture, or some sound."""

    frame: av.VideoFrame | av.AudioFrame
    time_s: float  # when it begins, since the beginning of the film
    reached_s: float  # how far the file has been read
    duration_s: float | None  # of the whole file, as far as it is known by now


@dataclass(frozen=True)
class MediaFile:
    """An open file with the tracks that are judged: a picture track, unless that is only a cover, and a sound track."""

    path: Path
    container: av.container.InputContainer
    video: av.VideoStream | None
    sound: av.AudioStream | None
    notes: list[str] = field(default_factory=list)  # for the person; those about times come with the last piece
    view: View = field(default_factory=View)

    def upright(self, frame: av.VideoFrame) -> np.ndarray:
        """The picture as a browser shows it, uint8 (H, W, 3) RGB: square pixels, turned and mirrored as the file says.

        Raises AnalysisError on a far too large one.
        """
        check_size(frame, self.path)
        return self.view.show(frame)

    def pieces(self) -> Iterator[Piece]:
        """Pictures and sound in the order of the file.

        Raises AnalysisError on films beyond MAX_SECONDS, and where a picture midway is far too large.
        """
        container = self.container
        streams = [s for s in (self.video, self.sound) if s is not None]
        reader, clock = PacketReader(container, streams), self._clock()
        length_s = container.duration / av.time_base if container.duration else None
        reached_s, duration_s = 0.0, length_s
        for packet, frames in reader:
            if packet.pos and reached_s and (not length_s or clock.jumps):
                # a browser's own recordings do not say how long they are, and a changed clock says it wrongly
                duration_s = max(reached_s, reached_s * container.size / packet.pos)
            for frame in frames:
                if isinstance(frame, av.AudioFrame):
                    timed = clock.push(SOUND, self._stamp_s(frame), frame.samples / frame.sample_rate, frame)
                else:
                    timed = clock.push(PICTURE, self._stamp_s(frame), None, frame)
                for ready, reached_s in timed:
                    if reached_s > MAX_SECONDS:
                        raise AnalysisError(
                            f"{self.path} goes on for more than {MAX_SECONDS / 3600:.0f} h, to which a file is "
                            "limited; cut it into parts, or convert it if it is damaged"
                        )
                    yield Piece(ready, reached_s, reached_s, duration_s)
        if reader.too_large:
            raise AnalysisError(grows_too_large(self.path))
        for ready, reached_s in clock.finish():
            yield Piece(ready, reached_s, reached_s, duration_s)
        self.notes.extend(self._found(clock, reader, reached_s))

    def _clock(self) -> MediaClock:
        usual_s, start = {}, self.container.start_time
        if self.video is not None:
            # a stream without time stamps has no average, but its header may have a rate
            known = self.video.guessed_rate if start is None else self.video.average_rate
            rate = float(known or USUAL_RATE)
            usual_s[PICTURE] = 1 / (rate if RATES[0] <= rate <= RATES[1] else USUAL_RATE)
        if self.sound is not None:
            usual_s[SOUND] = 0.0  # every piece says how long it is
        changes = len(usual_s) > 1 or av.format.Flags.ts_discont in av.format.Flags(self.container.format.flags)
        return MediaClock(
            usual_s,
            start_s=None if start is None else start / av.time_base,
            jump_s=JUMP_SECONDS if changes else PAUSE_SECONDS,
        )

    def _stamp_s(self, frame: av.VideoFrame | av.AudioFrame) -> float | None:
        """When the file says that the frame begins; of a picture, AVI knows only when it is to be decoded."""
        avi = self.container.format.name == "avi" and isinstance(frame, av.VideoFrame)
        if frame.pts is None or avi:
            return float(frame.dts * frame.time_base) if frame.dts is not None and frame.time_base else None
        return frame.time

    def _found(self, clock: MediaClock, reader: PacketReader, reached_s: float) -> Iterator[str]:
        """What was wrong with the file, in words."""
        yield from about_jumps(clock.jumps)
        for kind, stream, what in ((PICTURE, self.video, "picture"), (SOUND, self.sound, "packet of sound")):
            if stream is not None:
                yield from about_wrong_stamps(clock.wrong[kind], what)
                nothing = not reader.frames[stream.index]
                # without its first picture a decoder takes all others and shows none
                unread = reader.unread[stream.index] + nothing * reader.read[stream.index]
                yield from about_unread(unread, kind, whole=nothing)
        yield from about_the_rest(reader.cut_off, reached_s)


def lasts_s(frame: av.VideoFrame) -> float:
    """How long the file says that a picture lasts, in seconds; 0 where it does not say."""
    return float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0


@contextmanager
def opened(path: Path) -> Iterator[MediaFile]:
    """The file, ready to be decoded. Raises AnalysisError where it holds nothing to judge, or far too large pictures.

    What FFmpeg itself raises, here or from MediaFile.pieces, is left as it is.
    """
    with _container(path) as container:
        limit_pixels(container, MAX_PIXELS)
        picture, sound = chosen(container, PICTURE), chosen(container, SOUND)
        if picture.stream is None and sound.stream is None:
            if refused := " and ".join(filter(None, (picture.refused, sound.refused))):
                raise AnalysisError(f"{path}: {refused} cannot be decoded; convert it to MP4 (H.264 and AAC)")
            raise AnalysisError(f"{path} holds neither picture nor sound; use an image, audio or video file")
        if picture.stream is not None:  # before FFmpeg makes room for it
            check_size(picture.stream.codec_context, path)
        notes = picture.notes(PICTURE, SOUND) + sound.notes(SOUND, PICTURE)
        if container.format.name.startswith("mov") and end_is_missing(path):
            notes.append(NOT_WHOLE)
        view = View(picture.stream.sample_aspect_ratio if picture.stream else None)
        yield MediaFile(path, container, picture.stream, sound.stream, notes, view)


def _container(path: Path) -> av.container.InputContainer:
    try:
        # absolute: FFmpeg takes "a:b.mp4" for a protocol named a; replace: old tags are not UTF-8
        return av.open(str(path.absolute()), metadata_errors="replace")
    except av.error.FFmpegError as e:
        if index_is_missing(path):
            raise AnalysisError(
                f"{path} was not finished: the recording was broken off, or the copy cut off, before its index (moov) "
                "was written. Copy it again if the original plays; else a repair program such as untrunc can rescue "
                "it, with a whole recording of the same camera or app beside it"
            ) from e
        raise


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
