"""A small file that promises a huge film is refused in words, before memory is taken for it.

Pictures: tests/timeline/test_analysis.py (a bomb), tests/timeline/test_pictures.py (their size). Long animations:
tests/timeline/test_animation.py. Memory of whole analyses: tests/media/test_memory.py.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from emotion.audio import read_audio
from emotion.timeline import decoding
from emotion.timeline.picture_depth import MAX_PIXELS
from emotion.timeline.rows import AnalysisError
from tests.support import ROOT, write_wav
from tests.support_media import silent_flac

SIDE = 12_000  # pixels; FFmpeg itself refuses about twice as many a side
GROWN_SIDE = 7_800  # the same for a picture that is really encoded, which takes seconds
MOST_MB = 130  # of a process that opens a file; measured: 70, and at least 90 more with such a picture
PROGRAM = """
import sys
from pathlib import Path
from emotion.timeline.decoding import opened
from emotion.timeline.rows import AnalysisError
from tests.support_memory import largest_mb
try:
    with opened(Path(sys.argv[1])) as film:
        print(sum(film.upright(piece.frame).size > 0 for piece in film.pieces()), "pictures")
except AnalysisError as e:
    print(e)
print(largest_mb())
"""

NOTE = """
import sys
from emotion.audio import NOTE_SECONDS, AudioError, read_audio
from tests.support_memory import largest_mb
try:
    print(len(read_audio(sys.argv[1], longest_s=NOTE_SECONDS)), "samples")
except AudioError as e:
    print(e)
print(largest_mb())
"""


def small_film(path: Path, codec: str, pixels: str) -> Path:
    """AVI with five black pictures of 64 x 64."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, pixels
        for _ in range(5):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            out.mux(stream.encode(picture.reformat(format=pixels)))
        out.mux(stream.encode(None))
    return path


def film_with_a_huge_header(path: Path) -> Path:
    """Its header says that each picture is SIDE x SIDE."""
    data = small_film(path, "rawvideo", "yuv420p").read_bytes()
    path.write_bytes(data.replace(struct.pack("<ii", 64, 64), struct.pack("<ii", SIDE, SIDE)))
    return path


def grown(path: Path, codec: str, pixels: str, *, to: int) -> Path:
    """A film of 64 x 64 with one whole black picture of `to` x `to` in its middle."""
    packets = [_coded(codec, pixels, side) for side in (64, 64, to, 64, 64)]
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, pixels
        for i, data in enumerate(packets):
            packet = av.Packet(data)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, i, i, Fraction(1, 25)
            packet.is_keyframe = True
            out.mux(packet)
    return path


def _coded(codec: str, pixels: str, side: int) -> bytes:
    """One black picture."""
    coder = av.CodecContext.create(codec, "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = side, side, pixels, Fraction(1, 25)
    coder.options = {"deadline": "realtime", "cpu-used": "16"} if codec == "libvpx" else {}
    picture = av.VideoFrame(side, side, pixels)
    for plane in picture.planes:
        plane.update(bytes(plane.buffer_size))
    picture.pts = 0
    return b"".join(bytes(p) for p in [*coder.encode(picture), *coder.encode(None)])


def webm_that_grows(path: Path) -> Path:
    """VP8 says the size of its pictures again with each key picture."""
    return grown(path.with_suffix(".webm"), "libvpx", "yuv420p", to=GROWN_SIDE)


def jpegs_that_grow(path: Path) -> Path:
    """Of a film of JPEG, each picture has a size of its own."""
    return grown(path, "mjpeg", "yuvj420p", to=GROWN_SIDE)


@pytest.mark.skipif(sys.platform != "linux", reason="the figure is read from /proc")
@pytest.mark.parametrize(
    "made, words",
    [
        (film_with_a_huge_header, f"{SIDE} x {SIDE} pixels; shrink it"),
        (webm_that_grows, "has a picture of more than 60 megapixels; shrink it"),
        (jpegs_that_grow, "has a picture of more than 60 megapixels; shrink it"),
    ],
)
def test_a_film_of_huge_pictures(tmp_path, made, words):
    film = made(tmp_path / "film.avi")
    assert film.stat().st_size < 3_000_000 and SIDE * SIDE > MAX_PIXELS
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(film)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, peak_mb = done.stdout.splitlines()[-2:]
    assert words in said, said
    assert float(peak_mb) < MOST_MB


@pytest.mark.parametrize("codec, pixels, suffix", [("libvpx", "yuv420p", ".webm"), ("mjpeg", "yuvj420p", ".avi")])
def test_a_film_that_grows_within_the_limit_is_read_whole(tmp_path, codec, pixels, suffix):
    with decoding.opened(grown(tmp_path / f"film{suffix}", codec, pixels, to=640)) as film:
        assert [film.upright(p.frame).shape[0] for p in film.pieces()] == [64, 64, 640, 64, 64]


@pytest.mark.skipif(sys.platform != "linux", reason="the figure is read from /proc")
def test_an_hour_of_silence_as_a_voice_note(tmp_path):
    note = silent_flac(tmp_path / "note.flac", 3600)
    assert note.stat().st_size < 1_000_000
    done = subprocess.run([sys.executable, "-c", NOTE, str(note)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, peak_mb = done.stdout.splitlines()[-2:]
    assert "note.flac lasts longer than 180 s" in said and "cut out the part that matters" in said, said
    assert float(peak_mb) < MOST_MB


def test_a_note_within_the_limit_is_read_whole(tmp_path):
    note = silent_flac(tmp_path / "note.flac", 5)
    assert len(read_audio(note, longest_s=5)) == len(read_audio(note)) == 5 * 16_000


def test_a_file_that_goes_on_for_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_SECONDS", 60.0)
    long, read = write_wav(tmp_path / "long.wav", np.zeros(1000 * 120, np.float32), 1000), 0
    with (
        pytest.raises(AnalysisError, match="goes on for more than .* cut it into parts"),
        decoding.opened(long) as sound,
    ):
        for piece in sound.pieces():
            read += piece.frame.samples
    assert read <= 61 * 1000, "it stops there"
