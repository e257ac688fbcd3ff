"""emotion benchmark: how long each part takes on this machine, and how many live streams it serves."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from emotion.cli.open_app import ENVIRONMENT


def add_parser(commands) -> None:
    """The command and its options."""
    benchmark = commands.add_parser(
        "benchmark", help="time every part of a judgement, and live streams, on this machine"
    )
    benchmark.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="of the models")
    benchmark.add_argument("--streams", type=int, nargs="*", default=[1, 2, 4, 8], help="none: parts only")
    benchmark.add_argument("--seconds", type=float, default=20.0, help="of each number of streams")
    benchmark.add_argument("--face-model", default="fast", choices=("fast", "accurate"), help="of the streams")
    benchmark.add_argument("--fer", metavar="PYTHON", help="a Python with the package fer, to be timed beside")
    benchmark.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this Markdown file")
    benchmark.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    from emotion.evaluation import benchmark_tables as tables
    from emotion.evaluation.timing import first_picture, time_fer, time_parts
    from emotion.paths import APP

    film = APP.parent / "ui/sample/sample.mp4"
    rows = [row for threads in args.threads for row in time_parts(film, threads=threads)]
    if args.fer:
        import cv2

        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "picture.png"
            cv2.imwrite(str(picture), cv2.cvtColor(first_picture(film), cv2.COLOR_RGB2BGR))
            try:
                rows.append(time_fer(args.fer, picture))
            except (RuntimeError, OSError, subprocess.TimeoutExpired) as e:
                print(f"error: {e}", file=sys.stderr)
                return 1
    found = {"parts": tables.parts_table(rows)}
    print(found["parts"])
    if args.streams:
        measured = [_streams(n, args, APP.parent) for n in args.streams]
        found["live"] = tables.live_table(measured, face_model=args.face_model)
        print(f"\n{found['live']}")
    if args.write:
        tables.put_into(args.write, found)
    return 0


def _streams(number: int, args: argparse.Namespace, folder: Path) -> dict:
    """The figures of so many streams, measured in a process of their own."""
    command = [sys.executable, "-m", "ui.benchmark.benchmark_server", str(number), "--seconds", str(args.seconds)]
    command += ["--face-model", args.face_model]
    done = subprocess.run(
        command,
        cwd=folder,
        env=ENVIRONMENT | os.environ,  # as the app is started
        capture_output=True,
        text=True,
        timeout=120 + 10 * args.seconds,
    )
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"{number} streams could not be measured: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
