"""Picture files of which the end is missing: made long enough for a decoder, and how much of the picture is there."""

from __future__ import annotations

import struct

import numpy as np

JPEG_END = b"\xff\xd9"
LARGEST_BYTES = 1 << 30  # a damaged header may promise any length


def promised_bytes(data: bytes) -> int:
    """The length that a RIFF (WebP) or ISO (HEIC, AVIF) file gives itself; the data's own length for other files."""
    if data[:4] == b"RIFF" and len(data) >= 12:
        return int(struct.unpack("<I", data[4:8])[0]) + 8
    at = 0
    while data[4:8] == b"ftyp" and at + 16 <= len(data):  # boxes, ISO/IEC 14496-12
        size = int(struct.unpack(">I", data[at : at + 4])[0])
        if size == 1:
            size = int(struct.unpack(">Q", data[at + 8 : at + 16])[0])
        if size < 8:  # 0: until the end of the file
            break
        at += size
    return max(at, len(data))


def lengthened(data: bytes) -> tuple[bytes, float]:
    """-> (the file with zeros where its end is missing, share of the file that is there, 0…1)."""
    length = promised_bytes(data)
    if not len(data) < length <= LARGEST_BYTES:
        return data, 1.0
    return data + bytes(length - len(data)), len(data) / length


def share_there(image: np.ndarray) -> float:
    """How much of a picture was decoded: all but the rows of one colour at one end. image: (H, W) or (H, W, C).

    Most files begin with the upper row, BMP with the lower one.
    """
    uneven = (image != image[:, :1]).reshape(len(image), -1).any(axis=1)
    rows = np.flatnonzero(uneven)
    return min(rows[-1] + 1, len(image) - rows[0]) / len(image) if len(rows) else 0.0
