"""MP4 and MOV recordings that were broken off: the index, which is written last, is not there."""

from __future__ import annotations

from pathlib import Path

_HEADER_BYTES = 16  # length and name of a box, and a longer length (ISO 14496-12)


def index_is_missing(path: Path) -> bool:
    """Whether the file is an MP4 or MOV with sound or pictures in it but without a whole index (`moov`)."""
    size, at, found = path.stat().st_size, 0, set()
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            header = file.read(_HEADER_BYTES)
            length, name = int.from_bytes(header[:4], "big"), header[4:8]
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            if name == b"moof":  # in fragments, each with its own index
                return False
            if name == b"moov":
                return at + length > size
            found.add(name)
            if length < 8:  # 0: until the end of the file; also what a camera writes before it knows
                break
            at += length
    return b"mdat" in found
