"""Damaged files of many formats: small whole ones made on the fly, and bytes of them changed at random."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

# no time of day and no random names: the same files again (but for the time of day in an animated AVIF)
BITEXACT_FILE, BITEXACT_CODEC = {"fflags": "+bitexact"}, {"flags": "+bitexact"}
RATE, FRAME_RATE, PICTURES = 16_000, 10, 8
HEIGHT_PX, WIDTH_PX = 48, 64
# container suffix -> codecs of picture and sound, None: none
MEDIA: dict[str, tuple[str | None, str | None]] = {
    ".mp4": ("libx264", "aac"),
    ".mov": ("mjpeg", "pcm_s16le"),
    ".mkv": ("libx264", "aac"),
    ".webm": ("libvpx", "libopus"),
    ".ts": ("libx264", "aac"),
    ".avi": ("mpeg4", "libmp3lame"),
    ".flv": ("libx264", "aac"),
    ".mpg": ("mpeg2video", "mp2"),
    ".h264": ("libx264", None),
    ".mjpeg": ("mjpeg", None),
    ".wav": (None, "pcm_s16le"),
    ".w64": (None, "pcm_s16le"),
    ".flac": (None, "flac"),
    ".mp3": (None, "libmp3lame"),
    ".ogg": (None, "libopus"),
    ".m4a": (None, "aac"),
    ".aac": (None, "aac"),
    ".aiff": (None, "pcm_s16be"),
    ".au": (None, "pcm_s16be"),
    ".caf": (None, "pcm_s16le"),
    ".ac3": (None, "ac3"),
    ".wma": (None, "wmav2"),
}
STILLS = {  # suffix -> Pillow's name of the format and the mode of the picture
    ".jpg": ("JPEG", "RGB"),
    ".png": ("PNG", "RGBA"),
    ".bmp": ("BMP", "RGB"),
    ".gif": ("GIF", "P"),
    ".tif": ("TIFF", "RGB"),
    ".webp": ("WEBP", "RGB"),
    ".heic": ("HEIF", "RGB"),
    ".avif": ("AVIF", "RGB"),
    ".jp2": ("JPEG2000", "RGB"),
    ".ppm": ("PPM", "RGB"),
    ".16.png": ("PNG", "I;16"),
    ".float.tif": ("TIFF", "F"),
}
MOVING = {".anim.gif": "GIF", ".anim.png": "PNG", ".anim.webp": "WEBP", ".anim.avif": "AVIF"}
EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63, 2**64 - 1)
MOST_CHANGES = 6
HEADER_BYTES = 600  # at the beginning and at the end, where most formats say what they hold


def originals(folder: Path) -> list[Path]:
    """Whole files of every format, each of some kilobytes, written into a folder."""
    for suffix, (picture, sound) in MEDIA.items():
        _film(folder / f"whole{suffix}", picture, sound)
    for suffix, (kind, mode) in STILLS.items():
        exif = Image.Exif()
        exif[274] = 6
        options = {"exif": exif} if kind in ("JPEG", "WEBP", "HEIF", "AVIF") else {}
        (folder / f"whole{suffix}").write_bytes(_packed([_picture(0, mode)], kind, **options))
    for suffix, kind in MOVING.items():
        pictures = [_picture(i, "RGB") for i in range(4)]
        (folder / f"whole{suffix}").write_bytes(_packed(pictures, kind, save_all=True, duration=300))
    return sorted(folder.iterdir())


def mutant(files: list[Path], seed: int, number: int) -> tuple[str, bytes]:
    """-> (name, bytes) of the damaged file with this number; the same ones for the same seed and number."""
    rng = np.random.default_rng([seed, number])
    source = files[int(rng.integers(len(files)))]
    data = bytearray(source.read_bytes())
    for _ in range(int(rng.integers(1, MOST_CHANGES + 1))):
        CHANGES[int(rng.integers(len(CHANGES)))](data, rng)
    named = source if rng.random() < 0.9 else files[int(rng.integers(len(files)))]
    return f"{number}-{source.name.replace('.', '-')}{named.suffix}", bytes(data)


def _flip(data: bytearray, rng: np.random.Generator) -> None:
    """Single bits."""
    for _ in range(int(rng.integers(1, 20)) if data else 0):
        data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))


def _noise(data: bytearray, rng: np.random.Generator) -> None:
    """A run of random bytes instead of what was there."""
    part = _part(data, rng)
    data[part] = rng.bytes(part.stop - part.start)


def _zeros(data: bytearray, rng: np.random.Generator) -> None:
    part = _part(data, rng)
    data[part] = bytes(part.stop - part.start)


def _cut_end(data: bytearray, rng: np.random.Generator) -> None:
    del data[int(rng.integers(len(data) + 1)) :]


def _cut_out(data: bytearray, rng: np.random.Generator) -> None:
    del data[_part(data, rng)]


def _insert(data: bytearray, rng: np.random.Generator) -> None:
    at = int(rng.integers(len(data) + 1))
    data[at:at] = rng.bytes(int(rng.integers(1, 64)))


def _again(data: bytearray, rng: np.random.Generator) -> None:
    """A part twice."""
    part = _part(data, rng)
    data[part.stop : part.stop] = data[part]


def _swap(data: bytearray, rng: np.random.Generator) -> None:
    """Two parts, each in the place of the other."""
    first, second = sorted((_part(data, rng), _part(data, rng)), key=lambda part: part.start)
    if first.stop <= second.start:
        before, after = data[first], data[second]
        data[second], data[first] = before, after


def _header_field(data: bytearray, rng: np.random.Generator) -> None:
    """A number near the beginning or the end becomes one at the edge of what it can hold."""
    reach = min(HEADER_BYTES, len(data))
    at = int(rng.integers(reach + 1))
    _write_edge(data, at if rng.random() < 0.6 else len(data) - at, rng)


def _named_field(data: bytearray, rng: np.random.Generator) -> None:
    """A number just before or after a name of four letters, as boxes and chunks have."""
    names = [m.start() for m in re.finditer(rb"(?=[A-Za-z]{3}[A-Za-z0-9 ])", bytes(data))]
    if names:
        _write_edge(data, names[int(rng.integers(len(names)))] + int(rng.choice([-4, 4, 8, 12, 16, 20, 24])), rng)


CHANGES = (_flip, _noise, _zeros, _cut_end, _cut_out, _insert, _again, _swap, _header_field, _named_field, _named_field)


def _part(data: bytearray, rng: np.random.Generator) -> slice:
    """A random part, mostly short."""
    length = min(len(data), int(2 ** rng.uniform(0, 11)))
    start = int(rng.integers(len(data) - length + 1))
    return slice(start, start + length)


def _write_edge(data: bytearray, at: int, rng: np.random.Generator) -> None:
    n_bytes = int(rng.choice([1, 2, 4, 8]))
    at = max(0, min(at, len(data) - n_bytes))
    value = EDGES[int(rng.integers(len(EDGES)))] if rng.random() < 0.7 else int(rng.integers(2**32))
    small = value % (1 << (8 * n_bytes))
    data[at : at + n_bytes] = small.to_bytes(n_bytes, "big" if rng.random() < 0.5 else "little")


def _picture(number: int, mode: str) -> Image.Image:
    """Stripes that move, with a bright disc."""
    y, x = np.mgrid[:HEIGHT_PX, :WIDTH_PX]
    stripes = 128 + 100 * np.sin((x + y + 5 * number) / 6)
    red = np.where((x - 20) ** 2 + (y - 20) ** 2 < 150, 250, stripes)
    rgb = np.stack([red, stripes, 255 - stripes], axis=-1).astype(np.uint8)  # (H, W, 3)
    if mode == "I;16":
        return Image.fromarray(rgb[..., 0].astype(np.uint16) * 257)
    if mode == "F":
        return Image.fromarray((rgb[..., 0] / 255).astype(np.float32))
    return Image.fromarray(rgb).convert(mode)


def _packed(pictures: list[Image.Image], kind: str, **options) -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    if len(pictures) > 1:
        options["append_images"] = pictures[1:]
    pictures[0].save(file, kind, **options)
    return file.getvalue()


def _film(path: Path, picture: str | None, sound: str | None) -> None:
    """Under a second of picture and sound, as the codecs say."""
    with av.open(str(path), "w", options=BITEXACT_FILE) as out:
        tracks = []
        if picture:
            video = out.add_stream(picture, rate=FRAME_RATE, options={"threads": "1", **BITEXACT_CODEC})
            video.width, video.height = WIDTH_PX, HEIGHT_PX
            video.pix_fmt = "yuvj420p" if picture == "mjpeg" else "yuv420p"
            if picture == "mpeg2video":  # takes few rates
                video.codec_context.framerate = video.rate = Fraction(25)
            tracks.append((video, _frames(video.pix_fmt, Fraction(1, FRAME_RATE if picture != "mpeg2video" else 25))))
        if sound:
            rate = 48_000 if sound in ("libopus", "ac3", "mp2") else RATE
            voice = out.add_stream(sound, rate=rate, layout="mono", options=BITEXACT_CODEC)
            voice.bit_rate = 32_000
            tracks.append((voice, _sound(voice, rate)))
        packets = [p for track, frames in tracks for f in [*frames, None] for p in track.encode(f)]
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            out.mux(packet)


def _frames(pix_fmt: str, time_base: Fraction) -> Iterator[av.VideoFrame]:
    for i in range(PICTURES):
        frame = av.VideoFrame.from_ndarray(np.asarray(_picture(i, "RGB")), format="rgb24").reformat(format=pix_fmt)
        frame.pts, frame.time_base = i, time_base
        yield frame


def _sound(track: av.AudioStream, rate: int) -> Iterator[av.AudioFrame]:
    times = np.arange(rate * PICTURES // FRAME_RATE) / rate
    wave = 0.3 * np.sin(2 * np.pi * 200 * times * (1 + times)) + 0.01 * np.random.default_rng(0).normal(size=len(times))
    frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    track.codec_context.open(strict=False)
    fitting = av.AudioResampler(track.format.name, "mono", rate, frame_size=track.codec_context.frame_size or 1152)
    yield from [*fitting.resample(frame), *fitting.resample(None)]
