"""Which files to analyse."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emotion.timeline.kinds import what_is

# files so named are analysed without a look at their content, so that a damaged one is reported; .ts, .mts and the like
# are not here, as they may also be program text
MEDIA_SUFFIXES = tuple(
    (
        ".jpg .jpeg .jpe .jfif .png .bmp .webp .tif .tiff .gif .heic .heif .hif .avif "
        ".wav .w64 .flac .mp3 .mp2 .m4a .aac .ac3 .eac3 .ogg .oga .opus .wma .aif .aiff .aifc .amr .au .caf .mka "
        ".mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .wmv .asf .flv .f4v .3gp .3g2 .ogv .m2ts .vob .dv"
    ).split()
)


NAMES = 3  # of the files passed over for one reason


class BatchError(Exception):
    """The run as a whole cannot start or go on; the message says why and what to do."""


@dataclass(frozen=True)
class Media:
    """A file to analyse."""

    path: Path
    name: str  # in the tables: from the folder on, with /; never absolute, never with ..


@dataclass(frozen=True)
class PassedOver:
    """A file or link in a folder that is not analysed."""

    name: str  # as Media.name
    why: str  # "text", "hidden", "symbolic link", … as emotion.timeline.kinds says it


@dataclass(frozen=True)
class Found:
    """What a search has found; each list is sorted by name."""

    media: list[Media]
    problems: list[str]  # folders that could not be read, as messages
    passed_over: list[PassedOver]


def find_media(arguments: Iterable[str | os.PathLike]) -> tuple[list[Media], list[str]]:
    """Files and folders -> (files to analyse, folders that could not be read, as messages); see search."""
    found = search(arguments)
    return found.media, found.problems


def search(arguments: Iterable[str | os.PathLike]) -> Found:
    """Files and folders -> the files to analyse, and what was passed over.

    Folders and the folders in them are searched for files of MEDIA_SUFFIXES and others that hold a picture, sound or
    film, whatever their names. Hidden entries and symbolic links are passed over, so the search cannot go in circles. A
    file that is an argument itself is taken whatever it holds. Names start at the folder or, with several arguments, at
    the deepest folder they share. Raises BatchError when an argument does not exist.
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
    taken: set[Path] = set()
    left: dict[Path, str] = {}
    problems: list[str] = []
    for argument in given:
        if not argument.is_dir():
            taken.add(argument)
            continue
        for folder, folders, files in os.walk(
            argument,
            onerror=lambda e: problems.append(f"{e.filename} cannot be listed ({e.strerror}); its files are left out"),
        ):
            for name in files + [f for f in folders if f.startswith(".") or Path(folder, f).is_symlink()]:
                path = Path(folder, name)
                if why := _why_not(path):
                    left[path] = why
                else:
                    taken.add(path)
            folders[:] = [f for f in folders if not f.startswith(".")]  # os.walk does not enter links

    def named(path: Path) -> str:
        return readable(os.path.relpath(path, root).replace(os.sep, "/"))

    return Found(
        sorted((Media(p, named(p)) for p in taken), key=lambda m: m.name),
        problems,
        sorted((PassedOver(named(p), why) for p, why in left.items() if p not in taken), key=lambda p: p.name),
    )


def _why_not(path: Path) -> str:
    """Why an entry of a folder is passed over; "" for a file to analyse."""
    if path.name.startswith("."):
        return "hidden"
    if path.is_symlink():
        return "symbolic link"
    named = path.name.lower().endswith(MEDIA_SUFFIXES) and path.is_file()
    return "" if named else what_is(path).why


def in_words(passed_over: list[PassedOver]) -> str:
    """One line for each reason, the most frequent first, with the names of the first files; "" for nothing."""
    names: dict[str, list[str]] = {}
    for entry in passed_over:
        names.setdefault(entry.why, []).append(entry.name)
    return "\n".join(
        f"passed over: {len(of)} {why} ({', '.join(of[:NAMES])}{', …' if len(of) > NAMES else ''})"
        for why, of in sorted(names.items(), key=lambda item: (-len(item[1]), item[0]))
    )


def readable(text: str) -> str:
    """Bytes of a file name that are not UTF-8, written as \\xNN, as tables and some terminals cannot hold them."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
