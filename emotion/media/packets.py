"""The packets of a file, decoded; what cannot be read is passed over and counted, as FFmpeg does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av

RATES_HZ = 1_000, 768_000  # samples of sound a second; what claims more or fewer is damaged


def limit_pixels(container: av.container.InputContainer, most: int) -> None:
    """Let the decoders refuse larger pictures before they take memory for them. Call it before anything is decoded.

    A track whose header says more is left as it is: whoever takes it has to look at that first.
    """
    for stream in container.streams.video:
        coder = stream.codec_context
        if coder is not None and coder.width * coder.height <= most:
            coder.options = {**coder.options, "max_pixels": str(most)}


class PacketReader:
    """Packets with their frames, in the order of the file."""

    def __init__(self, container: av.container.InputContainer, streams: Sequence[Any]):
        self._container, self._streams = container, streams
        self.unread: Counter[int] = Counter()  # track -> packets that could not be read
        self.read: Counter[int] = Counter()  # track -> packets that could
        self.frames: Counter[int] = Counter()  # track -> pictures, or pieces of sound, in them
        self.cut_off = ""  # why the rest of the file could not be read
        self.too_large = False  # a picture midway was larger than limit_pixels allows: nothing after it is read

    def __iter__(self) -> Iterator[tuple[av.Packet, list]]:
        """Raises what FFmpeg raises where nothing at all can be read, or where the disk cannot."""
        import av

        empty: Counter[int] = Counter()  # since the last packet with something in it
        packets = self._container.demux(self._streams)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.InvalidDataError as e:
                if not self.read:
                    raise
                self.cut_off = str(e.strerror)
                yield from self._rest()
                return
            track = packet.stream.index
            if not packet.size and packet.dts is not None:
                # of a picture: the one before it stands; at the end of a track: only a mark
                empty[track] += packet.stream.type == "audio"
                continue
            size = _size(packet.stream)
            frames = _frames(packet)
            if frames is None and size and not _size(packet.stream):
                self.too_large = True
                return
            if packet.size:
                self.unread[track] += empty.pop(track, 0) + (frames is None)
                self.read[track] += frames is not None
            if frames:
                self.frames[track] += len(frames)
                yield packet, frames

    def _rest(self) -> Iterator[tuple[av.Packet, list]]:
        """What the decoders still hold."""
        import av

        for stream in self._streams:
            packet = av.Packet()
            packet.stream = stream
            if frames := _frames(packet):
                self.frames[stream.index] += len(frames)
                yield packet, frames


def _size(stream: Any) -> int:
    """Pixels of a track's pictures; FFmpeg sets them to 0 when it refuses a new size. 0 for sound."""
    coder = stream.codec_context
    return coder.width * coder.height if stream.type == "video" and coder is not None else 0


def _frames(packet: av.Packet) -> list | None:
    """A packet's frames; None where it cannot be read, or holds sound of a rate that makes no sense."""
    import av

    try:
        frames: list = packet.decode()
    except MemoryError:
        raise
    except (av.error.FFmpegError, ValueError):
        return None
    rates_hz = [f.sample_rate for f in frames if isinstance(f, av.AudioFrame)]
    return frames if all(RATES_HZ[0] <= rate <= RATES_HZ[1] for rate in rates_hz) else None
