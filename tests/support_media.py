"""Films as cameras, discs and broken programs leave them, made on the fly with PyAV."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 48_000  # Hz, of the sound of these films
PIECE = 1152  # samples in a packet; MP2 takes no other number
FRAME_RATE = 25
# codecs of picture and sound that fit into a container, by suffix
CODECS = {
    ".ts": ("libx264", "aac"),
    ".mkv": ("libx264", "aac"),
    ".mp4": ("libx264", "aac"),
    ".mov": ("libx264", "aac"),
    ".flv": ("libx264", "aac"),
    ".mpg": ("mpeg2video", "mp2"),
    ".avi": ("mpeg4", "libmp3lame"),
    ".webm": ("libvpx", "libopus"),
}


def make_film(
    path: Path,
    picture: np.ndarray | None,
    seconds: float,
    *,
    sounds: tuple[np.ndarray, ...] = (),
    from_s: float = 0.0,
    rate: int | Fraction = FRAME_RATE,
    codecs: tuple[str, str] | None = None,
    picture_options: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    default_sound: int | None = None,
    matrix: tuple[int, ...] | None = None,
    pixel_shape: Fraction | None = None,
) -> Path:
    """One still picture for some seconds, with sound tracks beside it.

    picture: uint8 (H, W, 3) RGB; sounds: float32 (T,) at RATE, repeated or cut to the film's length; from_s: the first
    time stamp; options: of the container; matrix: nine numbers of a display matrix; pixel_shape: width by height.
    """
    picture_codec, sound_codec = codecs or CODECS[path.suffix]
    options = {"output_ts_offset": str(from_s), **(options or {})}
    with av.open(str(path), "w", options=options) as out:
        video = None
        if picture is not None:
            video = out.add_stream(picture_codec, rate=rate, options=picture_options or {})
            video.height, video.width = picture.shape[:2]
            video.pix_fmt = "yuvj420p" if picture_codec == "mjpeg" else "yuv420p"
            if picture_codec == "mpeg2video":
                video.bit_rate = 4_000_000
            if pixel_shape:
                video.codec_context.sample_aspect_ratio = pixel_shape
            if matrix:
                video.set_display_matrix(matrix)
        tracks = [out.add_stream(sound_codec, rate=RATE, layout="mono") for _ in sounds]
        if default_sound is not None:
            for i, track in enumerate(tracks):
                track.disposition = av.stream.Disposition.default if i == default_sound else av.stream.Disposition(0)
        packets = []
        for i in range(round(seconds * rate) if video else 0):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=video.pix_fmt)
            frame.pts, frame.time_base = i, Fraction(1, rate)
            packets += video.encode(frame)
        packets += video.encode(None) if video else []
        for track, wave in zip(tracks, sounds, strict=True):
            wave = np.resize(wave, round(seconds * RATE))
            frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
            fitting = av.AudioResampler(
                track.format.name, "mono", RATE, frame_size=track.codec_context.frame_size or PIECE
            )
            for piece in [*fitting.resample(frame), *fitting.resample(None)]:
                packets += track.encode(piece)
            packets += track.encode(None)
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            out.mux(packet)
    return path


def joined(path: Path, *parts: Path) -> Path:
    """One file after the other, as `cat` does; the header of an FLV stands only once."""
    flv_header = 13
    contents = [p.read_bytes() for p in parts]
    path.write_bytes(contents[0] + b"".join(c[flv_header:] if path.suffix == ".flv" else c for c in contents[1:]))
    return path


def renamed_codec(path: Path, before: bytes, after: bytes) -> Path:
    """The same film with a codec that nobody knows: its name in the header is another one of the same length."""
    data = path.read_bytes()
    assert before in data and len(before) == len(after)
    path.write_bytes(data.replace(before, after))
    return path


def clusters_of_one_packet() -> dict[str, str]:
    """Options of a Matroska file in which every packet has a time stamp of its own in full."""
    return {"cluster_time_limit": "0"}


def with_wrong_stamp(path: Path, *, packet: int, by_ms: int) -> Path:
    """A film made with clusters_of_one_packet in which one packet is dated wrongly."""
    data = bytearray(path.read_bytes())
    clusters = [m.end() for m in re.finditer(rb"\x1f\x43\xb6\x75", data)]
    at = data.index(b"\xe7", clusters[packet])  # the element Timestamp, its length, its value (RFC 9559)
    n_bytes = data[at + 1] & 0x7F
    value = slice(at + 2, at + 2 + n_bytes)
    data[value] = (int.from_bytes(data[value], "big") + by_ms).to_bytes(n_bytes, "big")
    path.write_bytes(data)
    return path


def with_damaged_packets(path: Path, kind: str, numbers: range) -> Path:
    """A film some of whose packets hold only ones. kind: "video" or "audio"."""
    with av.open(str(path)) as container:
        packets = [(p.pos, bytes(p)) for p in container.demux(**{kind: 0}) if p.size]
    data = bytearray(path.read_bytes())
    for i in numbers:
        pos, content = packets[i]
        at = data.index(content, pos)  # Matroska's position is that of the block around it
        data[at : at + len(content)] = b"\xff" * len(content)
    path.write_bytes(data)
    return path


def without_index(path: Path) -> Path:
    """An MP4 or MOV as a camera leaves it when its battery is taken out: without `moov`."""
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"moov") - 4])
    return path


def silent_flac(path: Path, seconds: int) -> Path:
    """Digital silence, which takes hardly any room."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("flac", rate=16_000, layout="mono")
        second = np.zeros((1, 16_000), np.int16)
        for _ in range(seconds):
            frame = av.AudioFrame.from_ndarray(second, format="s16", layout="mono")
            frame.sample_rate = 16_000
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
