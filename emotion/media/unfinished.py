"""MP4 and MOV files of which a part is missing: the index, which is written last, or the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_HEADER_BYTES = 16  # length and name of a box, and a longer length (ISO 14496-12)


def index_is_missing(path: Path) -> bool:
    """Whether the file is an MP4 or MOV with sound or pictures in it but without a whole index (`moov`)."""
    size, found = path.stat().st_size, set()
    for name, end in _boxes(path):
        if name == b"moof":  # in fragments, each with its own index
            return False
        if name == b"moov":
            return end > size
        found.add(name)
    return b"mdat" in found


def end_is_missing(path: Path) -> bool:
    """Whether an MP4 or MOV says that it is longer than it is."""
    size = path.stat().st_size
    return any(end > size for _, end in _boxes(path))


def _boxes(path: Path) -> Iterator[tuple[bytes, int]]:
    """Name and end of the boxes of which a file is made, until one that does not say how long it is."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            header = file.read(_HEADER_BYTES)
            length, name = int.from_bytes(header[:4], "big"), header[4:8]
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            if length < 8:  # 0: until the end of the file; also what a camera writes before it knows
                yield name, at
                return
            at += length
            yield name, at
