"""Which tracks of a file are judged: the ones marked as default first, and only what can be decoded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av

# of one line of FFmpeg's description of a file: "Stream #0:1[0x2](und): Audio: none (apac / 0x63617061), 48000 Hz"
_STREAM = re.compile(r"^ *Stream #0:(\d+)[^:]*: \w+: (\w+)(?:[^,]*?\((\S+) / 0x)?", re.MULTILINE)
_HEAD_BYTES = 1 << 16  # of a Matroska file, which hold the names of its codecs


@dataclass(frozen=True)
class Choice:
    """The track taken of one kind, and what is to be said about it."""

    stream: Any  # av.VideoStream, av.AudioStream or None
    refused: str = ""  # the tracks that cannot be decoded, in words
    several: str = ""  # which one was taken, where there are several

    def notes(self, kind: str, other: str) -> list[str]:
        """One line for the person, or none. kind: picture, sound; other: the kind that is judged without it."""
        if self.stream is None:
            return [f"{self.refused} cannot be decoded; the {other} is judged"] if self.refused else []
        if self.refused:
            return [f"{self.refused} cannot be decoded; {kind} {self.several} is judged"]
        return [f"{kind} {self.several} is judged"] if self.several else []


def chosen(container: av.container.InputContainer, kind: str) -> Choice:
    """The track of one kind, "picture" or "sound", that is judged. Covers are no film.

    Of several the default one, else the first; one for the deaf or blind or with a comment only where there is no
    other. One that cannot be decoded is passed over.
    """
    from av.stream import Disposition as Is

    streams: Sequence[Any] = container.streams.video if kind == "picture" else container.streams.audio
    streams = [s for s in streams if not s.disposition & (Is.attached_pic | Is.timed_thumbnails)]
    special = Is.comment | Is.hearing_impaired | Is.visual_impaired | Is.descriptions
    ranked = sorted(streams, key=lambda s: (not s.disposition & Is.default, bool(s.disposition & special)))  # stable
    taken = next((s for s in ranked if decodable(s)), None)
    refused = ranked if taken is None else ranked[: ranked.index(taken)]
    number = lambda s: f"track {streams.index(s) + 1}" + (f" of {len(streams)}" if len(streams) > 1 else "")
    names = _codec_names(container) if refused else {}
    return Choice(
        taken,
        " and ".join(f"the {kind} {number(s)} ({names.get(s.index, 'a codec unknown here')})" for s in refused),
        _described(taken, number(taken)) if taken is not None and len(streams) > 1 else "",
    )


def decodable(stream: av.stream.Stream) -> bool:
    """Whether FFmpeg has a decoder for the track that takes it."""
    import av

    if stream.codec_context is None:
        return False
    try:
        stream.codec_context.open(strict=False)
    except (av.error.FFmpegError, ValueError):
        return False
    return True


def _described(stream: av.stream.Stream, number: str) -> str:
    """`track 2 of 3 (aac, fra, default)`."""
    from av.stream import Disposition as Is

    language = stream.metadata.get("language", "und")
    words = [
        stream.codec_context.name,
        "" if language == "und" else language,
        stream.metadata.get("title", ""),
        "default" if stream.disposition & Is.default else "",
    ]
    return f"{number} ({', '.join(w for w in words if w)})"


def _codec_names(container: av.container.InputContainer) -> dict[int, str]:
    """Track -> the codec's name or four-letter code, also where FFmpeg does not know it."""
    import av

    # PyAV gives no name without a decoder; the description is written where FFmpeg's log goes
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        text = container.dumps_format()  # type: ignore[attr-defined]  # PyAV 18.1 has it, its stubs do not
    finally:
        av.logging.set_level(level)
    found = {int(i): tag if name == "none" else name for i, name, tag in _STREAM.findall(text)}
    if "matroska" in container.format.name and not all(found.values()) and Path(container.name).is_file():
        with Path(container.name).open("rb") as f:
            head = f.read(_HEAD_BYTES)
        # the element CodecID, its length, its value (RFC 9559)
        ids = [head[m.end() - 2 :][: m[1][0] & 0x7F] for m in re.finditer(rb"\x86([\x83-\xc0])[AVS]_", head)]
        if len(ids) == len(container.streams):
            found = {i: name or ids[i].decode() for i, name in found.items()}
    return {i: name for i, name in found.items() if name}
