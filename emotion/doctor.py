"""What is missing or wrong on this machine, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from emotion.checkpoint import SERVED, read_card, verified_file
from emotion.contempt import head_name, load_contempt_head
from emotion.paths import CHECKOUT, DISTRIBUTION, MODELS, recordings_folder
from emotion.runner import ModelError

NEEDED = (*SERVED, "blazeface/short_range", "blazeface/full_range", "face_mesh/face_landmark")
MIN_FREE_BYTES = 500_000_000


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    ok: bool
    what: str
    advice: str = ""


def examine(*, port: int = 8501, models: Path = MODELS, requirements: Path | None = None) -> list[Finding]:
    """Look at Python, packages, model files, the port, the disk and the data; opens no camera and starts no server.

    requirements: a file of pinned packages; by default that of the checkout, or what the installed package asks for.
    """
    if requirements is None and CHECKOUT:
        requirements = CHECKOUT / "requirements.txt"
    return [
        _python(),
        *(_pinned_packages(requirements) if requirements else _installed_packages()),
        *_models(models),
        _port(port),
        _disk(),
        _data(),
        Finding(
            True,
            "camera and microphone: the browser asks when START is pressed",
            "Only on http://localhost or HTTPS. Denied by mistake: the camera sign in the address bar. "
            "macOS: System Settings, Privacy & Security. Windows: Settings, Privacy. "
            "Another program may hold the camera.",
        ),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] == (3, 11)
    return Finding(True, f"Python {version}", "" if good else "tested with 3.11 only; if something fails, use that")


def _pinned_packages(requirements: Path) -> list[Finding]:
    out = []
    for line in requirements.read_text().splitlines():
        match = re.match(r"^([A-Za-z0-9._-]+)==([^\s#;]+)", line)
        if not match:
            continue
        name, wanted = match.groups()
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            out.append(Finding(False, f"{name} is not installed", "run: make install"))
            continue
        note = "" if found == wanted else f"tested with {wanted}; if something fails: make install"
        out.append(Finding(True, f"{name} {found}", note))
    return out


def _installed_packages() -> list[Finding]:
    """What the installed package needs; the extras `app` and `train` may be missing."""
    out = []
    for line in importlib.metadata.requires(DISTRIBUTION) or []:
        name, extra = re.split(r"[^A-Za-z0-9._-]", line)[0], re.search(r"extra == ['\"](\w+)", line)
        try:
            out.append(Finding(True, f"{name} {importlib.metadata.version(name)}"))
        except importlib.metadata.PackageNotFoundError:
            if extra is None:
                out.append(Finding(False, f"{name} is not installed", f"run: pip install {name}"))
            elif extra[1] == "app":
                advice = f'the pages need it: pip install "{DISTRIBUTION}[app]"'
                out.append(Finding(True, f"{name} is not installed", advice))
    return out


def _models(folder: Path) -> list[Finding]:
    out = []
    for name in NEEDED:
        try:
            path, card = verified_file(Path(name).name, folder / Path(name).parent)
            what = f"{path.name}: {card['network']}, {card['bytes'] / 1e6:.1f} MB"
            out.append(Finding(True, f"{what}, sha256 {card['sha256'][:12]}… as its card says"))
        except ModelError as e:
            out.append(Finding(False, str(e)))
    return [*out, *_heads(folder)]


def _heads(folder: Path) -> list[Finding]:
    """The heads for contempt of the face models that are there."""
    out = []
    for name in (served for served in SERVED if served.startswith("face_") and (folder / f"{served}.json").is_file()):
        try:
            load_contempt_head(name, read_card(name, folder)["sha256"], folder=folder)
            out.append(Finding(True, f"{head_name(name)}.json: fits {name}.tflite"))
        except ModelError as e:
            out.append(Finding(False, str(e)))
    return out


def _port(port: int) -> Finding:
    with socket.socket() as s:
        s.settimeout(1)
        taken = s.connect_ex(("127.0.0.1", port)) == 0
    return Finding(
        True,
        f"port {port} is {'in use' if taken else 'free'}",
        f"if that is not this app: make run PORT={port + 1}" if taken else "",
    )


def _disk() -> Finding:
    folder = next(p for p in (recordings_folder(), *recordings_folder().absolute().parents) if p.exists())
    free = shutil.disk_usage(folder).free
    return Finding(
        free >= MIN_FREE_BYTES,
        f"{free / 1e9:.1f} GB free on disk",
        "" if free >= MIN_FREE_BYTES else "make room: 0.5 GB or more",
    )


def _data() -> Finding:
    from emotion.paths import data_root

    base = data_root()
    found = [n for n in ("fer2013", "ravdess", "tess", "nemo", "ased") if (base / n).is_dir()]
    return Finding(
        True,
        f"data sets: {', '.join(found) or 'none'}",
        "" if found else "needed only for training, evaluation and the examples in the confusion matrices: docs/api.md",
    )
