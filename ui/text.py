"""Text from outside on a page."""

from __future__ import annotations

import re


def as_text(name: str) -> str:
    """A name that a stranger chose, so that Markdown shows it as text and fetches nothing."""
    return re.sub(r"([\\`*_\[\]<$~])", r"\\\1", name)


def counted(n: int, thing: str) -> str:
    """A number and what is counted: "1 picture", "2 pictures"."""
    return f"{n:,} {thing}" + ("" if n == 1 else "s")
