"""Which files to analyse."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emotion.timeline.pictures import IMAGE_SUFFIXES

MEDIA_SUFFIXES = IMAGE_SUFFIXES + (
    ".wav",
    ".flac",
    ".mp3",
    ".m4a",
    ".aac",
    ".ogg",
    ".oga",
    ".opus",
    ".wma",
    ".aif",
    ".aiff",
    ".amr",
    ".mp4",
    ".m4v",
    ".mov",
    ".mkv",
    ".webm",
    ".avi",
    ".mpg",
    ".mpeg",
    ".wmv",
    ".flv",
    ".3gp",
    ".ogv",
)


class BatchError(Exception):
    """The run as a whole cannot start or go on; the message says why and what to do."""


@dataclass(frozen=True)
class Media:
    """A file to analyse."""

    path: Path
    name: str  # in the tables: from the folder on, with /; never absolute, never with ..


def find_media(arguments: Iterable[str | os.PathLike]) -> tuple[list[Media], list[str]]:
    """Files and folders -> (files to analyse sorted by name, folders that could not be read, as messages).

    Folders and the folders in them are searched for MEDIA_SUFFIXES, without hidden entries and symbolic links, so the
    search cannot go in circles. A file that is an argument itself is taken whatever its suffix. Names start at the
    folder or, with several arguments, at the deepest folder they share. Raises BatchError when an argument does not
    exist.
    """
    given = [Path(os.path.abspath(a)) for a in arguments]
    for argument in given:
        try:
            there = argument.exists()
        except OSError as e:
            raise BatchError(f"{argument} cannot be read ({e.strerror}); check the name and the permissions") from e
        if not there:
            raise BatchError(f"{argument} does not exist; check the name")
    root = os.path.commonpath([a if a.is_dir() else a.parent for a in given])
    found, problems = set(), []
    for argument in given:
        if not argument.is_dir():
            found.add(argument)
            continue
        for folder, folders, files in os.walk(
            argument,
            onerror=lambda e: problems.append(f"{e.filename} cannot be listed ({e.strerror}); its files are left out"),
        ):
            folders[:] = [f for f in folders if not f.startswith(".")]  # os.walk does not enter links
            paths = (Path(folder, f) for f in files if not f.startswith(".") and f.lower().endswith(MEDIA_SUFFIXES))
            found |= {p for p in paths if p.is_file() and not p.is_symlink()}
    media = [Media(p, readable(os.path.relpath(p, root).replace(os.sep, "/"))) for p in found]
    return sorted(media, key=lambda m: m.name), problems


def readable(text: str) -> str:
    """Bytes of a file name that are not UTF-8, written as \\xNN, as tables and some terminals cannot hold them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
