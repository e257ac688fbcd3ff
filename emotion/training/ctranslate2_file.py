"""Reads the arrays in a CTranslate2 model file. Only the bytes are read; nothing in the file is run.

The layout is that of `ctranslate2.specs.model_spec.ModelSpec` (github.com/OpenNMT/CTranslate2), version 6.
"""

from __future__ import annotations

import struct

import numpy as np

from emotion.runner import ModelError

VERSION = 6
TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


def read_arrays(data: bytes) -> tuple[str, dict[str, np.ndarray]]:
    """(name of the network's kind, name -> array) of a model file. Raises ModelError where it is not one."""
    at = 0

    def take(form: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize(form)
        return value

    def text() -> str:
        nonlocal at
        length = take("H")  # with the zero at its end
        at += length
        return data[at - length : at - 1].decode()

    try:
        version = take("I")
        if version != VERSION:
            raise ModelError(f"this is a CTranslate2 file of version {version}; version {VERSION} can be read")
        kind, _revision, count = text(), take("I"), take("I")
        arrays: dict[str, np.ndarray] = {}
        for _ in range(count):
            name = text()
            shape = [take("I") for _ in range(take("B"))]
            dtype, size = np.dtype(TYPES[take("B")]), take("I")
            arrays[name] = np.frombuffer(data, dtype, size // dtype.itemsize, at).reshape(shape)
            at += size
    except (struct.error, KeyError, ValueError) as e:
        raise ModelError(f"this is not a whole CTranslate2 model file ({e}); download the package again") from e
    return kind, arrays
