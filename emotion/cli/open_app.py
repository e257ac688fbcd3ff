"""emotion app: open the pages in the browser."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec

from emotion.paths import APP, DISTRIBUTION

# few heaps: glibc gives each thread its own otherwise, and what a stream has freed does not go back to the system.
# It is read when a process starts. Makefile and scripts/serve_many.sh say the same.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}


def add_parser(commands) -> None:
    """The command and its options."""
    app = commands.add_parser("app", help="open the pages in the browser")
    app.add_argument("--port", type=int, default=8501)
    app.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve the pages until Ctrl-C; returns the server's exit status."""
    if find_spec("streamlit") is None or find_spec("streamlit_webrtc") is None:
        print(f'error: the pages need Streamlit: pip install "{DISTRIBUTION}[app]"', file=sys.stderr)
        return 1
    # Streamlit reads .streamlit/config.toml beside app.py, wherever this is run
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(args.port)]
    try:
        return subprocess.call(command, env=ENVIRONMENT | os.environ)
    except KeyboardInterrupt:
        return 0
