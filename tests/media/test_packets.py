"""Packets that cannot be read are passed over and counted."""

from __future__ import annotations

from types import SimpleNamespace

import av
import numpy as np
import pytest

from emotion.media.packets import PacketReader
from emotion.timeline.analysis import analyze
from emotion.timeline.rows import AnalysisError
from tests.support import write_wav

SOUND = SimpleNamespace(index=1, type="audio", codec_context=None)
PICTURE = SimpleNamespace(index=0, type="video", codec_context=SimpleNamespace(width=64, height=64))


class Packet:
    """A packet with one frame; or with nothing in it; or one that the decoder refuses."""

    def __init__(self, stream, *, size: int = 10, bad: bool = False, dts: int | None = 0):
        self.stream, self.size, self.bad, self.dts = stream, size, bad, dts

    def decode(self) -> list[str]:
        if self.bad:
            raise av.error.InvalidDataError(1, "Invalid data found")
        return ["frame"] if self.size else []


def read(*packets: Packet) -> tuple[int, PacketReader]:
    reader = PacketReader(SimpleNamespace(demux=lambda streams: iter(packets)), [PICTURE, SOUND])
    return sum(len(frames) for _, frames in reader), reader


def test_the_bad_ones_are_counted_and_the_others_come():
    count, reader = read(Packet(SOUND), Packet(SOUND, bad=True), Packet(PICTURE, bad=True), Packet(SOUND))
    assert count == 2 and [reader.unread[i] for i in (0, 1)] == [1, 1]
    assert [reader.read[i] for i in (0, 1)] == [0, 2]


def test_an_empty_one_within_the_sound_counts_and_one_at_its_end_does_not():
    empty = Packet(SOUND, size=0)
    _, reader = read(Packet(SOUND), empty, empty, Packet(SOUND), empty, Packet(SOUND, size=0, dts=None))
    assert reader.unread[SOUND.index] == 2


def test_an_empty_picture_repeats_the_one_before_it():
    count, reader = read(Packet(PICTURE), Packet(PICTURE, size=0), Packet(PICTURE))
    assert count == 2 and not reader.unread[PICTURE.index]


def test_memory_that_ran_out_is_no_bad_packet():
    packet = Packet(SOUND)
    packet.decode = lambda: (_ for _ in ()).throw(MemoryError)
    with pytest.raises(MemoryError):
        read(packet)


@pytest.mark.parametrize("rate_hz", [1, 2**31 - 1])
def test_sound_of_a_rate_that_makes_no_sense_cannot_be_read(tmp_path, rate_hz):
    """A damaged header would make hours of a second."""
    data = bytearray(write_wav(tmp_path / "a.wav", np.zeros(16_000, np.float32), 16_000).read_bytes())
    data[24:28] = rate_hz.to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(AnalysisError, match="packets? of the sound could"):
        analyze(tmp_path / "a.wav", face_model="fast")
