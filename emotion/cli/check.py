"""emotion doctor: what is missing or wrong."""

from __future__ import annotations

import argparse


def add_parser(commands) -> None:
    """The command and its options."""
    doctor = commands.add_parser("doctor", help="say what is missing or wrong")
    doctor.add_argument("--port", type=int, default=8501, help="port the app would use")
    doctor.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    from emotion.doctor import examine

    findings = examine(port=args.port)
    for f in findings:
        print(f"{'ok  ' if f.ok else 'BAD '} {f.what}" + (f"\n       {f.advice}" if f.advice else ""))
    wrong = sum(not f.ok for f in findings)
    print("everything is in place" if not wrong else f"{wrong} thing(s) to mend")
    return 1 if wrong else 0
