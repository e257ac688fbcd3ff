"""The command line: emotion app | analyze | train | evaluate | benchmark | doctor. One file here for each command."""

from __future__ import annotations

import argparse
import sys

from emotion.cli import analyze, benchmark, check, evaluate, open_app, train


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status.

    0 done, 1 something is wrong (said on stderr), 2 bad usage, 3 some of the files could not be analysed.
    """
    args = _parser().parse_args(argv)
    if hasattr(sys.stdout, "reconfigure"):  # a file's name may hold bytes that the terminal's encoding cannot show
        sys.stdout.reconfigure(errors="backslashreplace")
    from emotion.audio import AudioError
    from emotion.datasets import DatasetError
    from emotion.evaluation.browser import BrowserError
    from emotion.personal import PersonalVoiceError
    from emotion.runner import ModelError
    from emotion.timeline.rows import AnalysisError

    try:
        return args.run(args)
    except (AnalysisError, AudioError, BrowserError, DatasetError, ModelError, PersonalVoiceError) as e:
        print(f"error: {e}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="emotion", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (open_app, analyze, train, evaluate, benchmark, check):
        command.add_parser(commands)
    return parser
