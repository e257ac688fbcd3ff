"""The real app on a free port, and what its browser is started with: for the browser tests and for `make shots`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emotion.cli.open_app import ENVIRONMENT
from tests.support import LONG_S, ROOT, app_answers, free_port
from tests.support_browser import eventually

# addresses of the pages, besides Live, which has none of its own
PAGES = (
    "capture",
    "analyse",
    "practice",
    "me",
    "sessions",
    "diary",
    "results",
    "confusion_matrices",
    "about",
)

# `streamlit run`, and on SIGUSR1 the names of all its threads written to a file
RUN_APP = """
import aioice.ice
aioice.ice.CONSENT_INTERVAL = SECONDS
import signal, sys, threading
BEFORE
from streamlit.web.cli import main
def report(*_):
    with open(sys.argv[-1], "w") as f:
        f.write("\\n".join(t.name for t in threading.enumerate()) + "\\nend")
signal.signal(signal.SIGUSR1, report)
sys.argv = ["streamlit", "run", "app.py", "--server.headless", "true", "--server.port", sys.argv[1], "--", sys.argv[2]]
main()
"""


@dataclass
class App:
    """The running app."""

    url: str
    process: subprocess.Popen
    threads_file: Path
    home: Path  # where its recordings go

    def threads(self) -> list[str]:
        """Names of the app's threads now."""
        self.threads_file.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        written = lambda: self.threads_file.exists() and self.threads_file.read_text()
        report = eventually("the names of the app's threads", lambda: (written() or "").endswith("end") and written())
        return report.splitlines()[:-1]


def start_app(folder: Path, *, consent_seconds: float = 5, before: str = "") -> Iterator[App]:
    """Start the app, yield it, end it.

    consent_seconds: the app takes a browser for gone that has not answered six times, so far apart (RFC 7675).
    before: Python that the app's process runs before anything else.
    """
    port = free_port()
    log = folder / "streamlit.log"
    program = RUN_APP.replace("SECONDS", str(consent_seconds)).replace("BEFORE", before)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(port), str(folder / "threads")],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT | os.environ | {"EMOTION_HOME": str(folder / "recordings")},
        )
    url = f"http://localhost:{port}"
    try:
        eventually("an answer of the app", lambda: app_answers(process, url, log))
        yield App(url, process, folder / "threads", folder / "recordings")
    finally:
        process.terminate()
        try:
            process.wait(LONG_S)
        finally:
            process.kill()


def browser_flags(*, camera: Path | None = None, microphone: Path | None = None, allow: bool = True) -> list[str]:
    """Of a Chromium with a fake camera and microphone; allow: whether a page that asks for them gets them."""
    flags = [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--use-fake-device-for-media-stream",
    ]
    flags += ["--use-fake-ui-for-media-stream"] if allow else ["--deny-permission-prompts"]
    flags += [f"--use-file-for-fake-video-capture={camera}"] if camera else []
    flags += [f"--use-file-for-fake-audio-capture={microphone}"] if microphone else []
    return flags
