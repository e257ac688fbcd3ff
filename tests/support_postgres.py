"""A PostgreSQL server for tests, where the machine has the programs: started, stopped and started again."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import LONG_S


def _programs() -> Path | None:
    """The folder with initdb and pg_ctl, which distributions keep off the PATH."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((p for p in reversed(places) if (p / "initdb").exists()), None)


class PostgresServer:
    """A server with its data in `folder`, which answers on a socket there."""

    def __init__(self, folder: Path, programs: Path, as_user: list[str]):
        self.url = f"postgresql+psycopg://tester@/postgres?host={folder}"
        self._folder, self._as_user = folder, as_user
        self._control = [programs / "pg_ctl", "-D", folder / "data", "-w", "-t", int(LONG_S)]
        self._run(programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "tester", "--no-sync")

    def start(self) -> None:
        """Returns when it answers."""
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off"
        self._run(*self._control, "-l", self._folder / "log", "-o", options, "start")

    def stop(self) -> None:
        """At once: connections that are open break."""
        self._run(*self._control, "-m", "immediate", "stop")

    def _run(self, *command) -> None:
        done = subprocess.run([*self._as_user, *map(str, command)], capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server that runs; skips the test where there is no PostgreSQL."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL on this machine")
    pytest.importorskip("psycopg")
    as_user: list[str] = []
    if os.getuid() == 0:  # it refuses to run as root
        if not shutil.which("runuser"):
            pytest.skip("PostgreSQL does not run as root, and there is no runuser")
        as_user = ["runuser", "-u", "postgres", "--"]
    # not below pytest's own folder, which each new run of pytest closes to other users
    with tempfile.TemporaryDirectory(prefix="emotion-postgres-") as name:
        if as_user:
            shutil.chown(name, "postgres")
        server = PostgresServer(Path(name), programs, as_user)
        server.start()
        try:
            yield server
        finally:
            server.stop()
