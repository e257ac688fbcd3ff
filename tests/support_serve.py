"""scripts/serve_many.sh for tests: processes of the app behind nginx, with one PostgreSQL."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import LONG_S, ROOT, free_port, wait_until

COOKIE = "emotion_process"


@dataclass
class Served:
    """What runs. url: of nginx; folder: of all its files; process: the script."""

    url: str
    folder: Path
    process: subprocess.Popen


def missing() -> str:
    """What the script would need and this machine has not, "" if nothing."""
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
    needed = {
        "nginx": shutil.which("nginx", path=path),
        "PostgreSQL": shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        "psycopg": importlib.util.find_spec("psycopg"),
        ".venv": (ROOT / ".venv/bin/python").exists(),
    }
    return ", ".join(name for name, found in needed.items() if not found)


@contextmanager
def serve_many(processes: int, log: Path, **settings: str) -> Iterator[Served]:
    """Start the script, end it as Ctrl-C does. log: a file for what it says; settings: its environment variables."""
    with log.open("wb") as out:
        script = subprocess.Popen(
            [str(ROOT / "scripts/serve_many.sh"), str(processes)],
            env=os.environ | {"PORT": str(free_port()), **settings},
            stdout=out,
            stderr=out,
            # a shell's Ctrl-C reaches a program only where it does not ignore SIGINT, as one started with & does
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def where() -> re.Match | None:
        assert script.poll() is None, log.read_text()
        return re.search(r"processes on (\S+), files in (\S+);", log.read_text())

    try:
        wait_until(where)
        url, folder = where().groups()
        yield Served(url, Path(folder), script)
    finally:
        script.send_signal(signal.SIGINT)
        script.wait(LONG_S)
