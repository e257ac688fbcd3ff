"""What a file is, by its content and not by its name: a picture, sound or film, or neither."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av

from emotion.media.packets import limit_pixels
from emotion.timeline.picture_depth import MAX_PIXELS
from emotion.timeline.rows import AnalysisError

HEAD_BYTES = 4096  # so much of a file is looked at first
PROBE_BYTES = 1_000_000  # and so much by FFmpeg, where these do not tell
PACKETS = 20  # of a stream without a header of its own, in which FRAMES have to be readable
FRAMES = 5
PICTURE = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|BM....\0\0\0\0|II[*+]\0|MM\0[*+]|qoif|8BPS\x00[\x01\x02]"
    rb"|\0\0\0\x0cjP  |\xff\x4f\xff\x51|P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+\d+\s",
    re.DOTALL,
)
PICTURE_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"avif", b"avis"}  # ISO/IEC 23008-12
FILM_BRANDS = {b"msf1", b"hevc", b"hevx", b"qt  ", b"isom", b"mp41", b"mp42"}  # first; may hold a picture beside
MEDIA = re.compile(
    rb"....(ftyp|moov|mdat|wide)|RIFF....(WAVE|AVI )|RF64....WAVE|fLaC|OggS|\x1a\x45\xdf\xa3|ID3|FORM....AIF[FC]"
    rb"|YUV4MPEG2 |FLV\x01|\x30\x26\xb2\x75\x8e\x66\xcf\x11|caff|\.snd|#!AMR",
    re.DOTALL,
)
OTHER_BEGINS = {  # in which nothing can be judged; how files of this kind begin
    "PDF": rb"%PDF-",
    "ZIP archive or office document": rb"PK(\x03\x04|\x05\x06|\x07\x08)|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "archive": rb"\x1f\x8b\x08|BZh[1-9]|\xfd7zXZ\x00|7z\xbc\xaf\x27\x1c|Rar!\x1a|\x28\xb5\x2f\xfd|!<arch>",
    "database": rb"SQLite format 3\x00|\x00\x01\x00\x00Standard (Jet|ACE)",
    "table": rb"PAR1|ARROW1|\x89HDF|\x93NUMPY",
    "program": rb"\x7fELF|MZ.{58}..\x00\x00|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe",
    "model": rb"....TFL3|GGUF",
    "font": rb"wOF[F2]|OTTO\x00",
}
OTHER = {name: re.compile(begin, re.DOTALL) for name, begin in OTHER_BEGINS.items()}
# FFmpeg knows these by a header. Others are streams of packets, for which it takes much that is none.
WITH_HEADER = set(
    "mov,mp4,m4a,3gp,3g2,mj2 matroska,webm avi wav w64 ogg flac aiff au caf asf flv mpegts mpeg rm mxf amr wv ape tta "
    "dsf iff voc ivf nut nistsphere yuv4mpegpipe gif".split()
)
CONTROLS = bytes(c for c in range(32) if c not in b"\t\n\f\r\x1b") + b"\x7f"
CONTROL_SHARE = 0.01  # of the bytes of a text at most; of packed data about 0.1
TEXT, UNKNOWN = "text", "neither picture nor sound"


@dataclass(frozen=True)
class Kind:
    """What a file is."""

    name: Literal["picture", "media", ""]  # a picture, also one that moves; sound or film; neither
    why: str = ""  # what else it is, in a word: "text", "PDF", "empty", …


def what_is(path: Path) -> Kind:
    """By its first bytes; by FFmpeg where these do not tell. Never raises for what is in a file.

    Costs a fraction of a millisecond, or some milliseconds where FFmpeg is asked. What is damaged is what it was.
    """
    try:
        if not path.is_file():  # a pipe, say, which would never end
            return Kind("", "no regular file")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as e:
        return Kind("", f"cannot be read: {e.strerror}")
    if not head:
        return Kind("", "empty")
    if is_picture(head):
        return Kind("picture")
    if MEDIA.match(head):
        return Kind("media")
    if other := next((name for name, begin in OTHER.items() if begin.match(head)), ""):
        return Kind("", other)
    if is_text(head):  # before FFmpeg, which reads texts as subtitles or as a terminal's screen
        return Kind("", TEXT)
    return Kind("media") if is_media(path) else Kind("", UNKNOWN)


def check_holds_something(path: Path) -> None:
    """Raises AnalysisError where a file certainly holds neither picture nor sound, and says what it is."""
    why = what_is(path).why
    if why == TEXT or why in OTHER:
        raise AnalysisError(
            f"{path} holds neither picture nor sound: its content is of the kind “{why}”; use an image, audio or "
            "video file"
        )


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so is a picture, still or moving."""
    if head[4:8] != b"ftyp":
        return PICTURE.match(head) is not None
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[at : at + 4] for at in (8, *range(16, length - 3, 4))]
    return brands[0] in PICTURE_BRANDS or (brands[0] not in FILM_BRANDS and bool(PICTURE_BRANDS & set(brands)))


def is_text(head: bytes) -> bool:
    """Whether a file that begins so is text: UTF-8, UTF-16, or any encoding without control characters."""
    if encoding := _utf16(head):
        return _decodes(head, encoding)
    return 0 not in head and len(head) - len(head.translate(None, CONTROLS)) < CONTROL_SHARE * len(head)


def _utf16(head: bytes) -> str:
    """The kind of UTF-16 in which most bytes in even or in odd places are 0, or which a mark names; "" for none."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    zeros = [half.count(0) / max(1, len(half)) for half in (head[0::2], head[1::2])]
    if max(zeros) > 0.5 and min(zeros) == 0:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return ""


def _decodes(head: bytes, encoding: str) -> bool:
    """Whether the beginning of a file is text in an encoding; a character may be cut off at its end."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c.isspace() or c in "\ufeff\x1b" for c in text)


def is_media(path: Path) -> bool:
    """Whether FFmpeg finds sound or a film in a file, and can read it where it has no header of its own."""
    options = {"probesize": str(PROBE_BYTES), "analyzeduration": "1000000"}  # microseconds
    try:
        # absolute: FFmpeg takes "a:b" for a protocol named a
        with av.open(str(path.absolute()), options=options, metadata_errors="replace") as container:
            covers = av.stream.Disposition.attached_pic
            films = [s for s in container.streams.video if not s.disposition & covers]
            streams = [*films, *container.streams.audio]
            if container.format.name == "tty":  # any bytes in a file named .txt
                return False
            return bool(streams) and (container.format.name in WITH_HEADER or _readable(container, streams[0]))
    except (av.error.FFmpegError, ValueError, IndexError):
        return False


def _readable(container: av.container.InputContainer, stream) -> bool:
    """Whether the first packets of a stream can be decoded, but for a few."""
    frames = 0
    limit_pixels(container, MAX_PIXELS)
    for n, packet in enumerate(container.demux(stream)):
        try:
            frames += len(packet.decode())
        except av.error.FFmpegError:
            continue
        if n >= PACKETS:
            break
    return frames >= FRAMES
