"""emotion evaluate: measure the served models."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_parser(commands) -> None:
    """The command and its options."""
    evaluate = commands.add_parser("evaluate", help="measure the served models and write the files the pages read")
    evaluate.add_argument(
        "what",
        choices=(
            "face",
            "person",
            "voice",
            "windows",
            "corpora",
            "personal",
            "channels",
            "browser",
            "fusion",
            "speakers",
            "all",
            "tables",
        ),
        help="all: all but browser; tables: measure nothing, write the tables in the texts (README.md, …) anew",
    )
    evaluate.add_argument("--model", choices=("accurate", "fast"), help="face, voice: this model only (default: both)")
    evaluate.add_argument(
        "--tta", action="store_true", help="faces: also ten-view test-time averaging (ten times slower)"
    )
    evaluate.add_argument("--data", type=Path, help="folder of the data sets")
    evaluate.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    if args.what == "tables":
        return write_tables()
    from emotion.evaluation.browser import evaluate_browser
    from emotion.evaluation.channels import evaluate_channels
    from emotion.evaluation.corpora import evaluate_corpora
    from emotion.evaluation.extra_words import evaluate_calm, evaluate_contempt
    from emotion.evaluation.faces import evaluate_face
    from emotion.evaluation.films import evaluate_films
    from emotion.evaluation.grid import evaluate_grid
    from emotion.evaluation.own_neutral import evaluate_person
    from emotion.evaluation.own_voice import evaluate_own_voice
    from emotion.evaluation.pairs import evaluate_fusion
    from emotion.evaluation.personal_voice import evaluate_personal
    from emotion.evaluation.portraits import evaluate_portraits
    from emotion.evaluation.speakers import evaluate_speakers
    from emotion.evaluation.stranger_pairs import evaluate_stranger_pairs
    from emotion.evaluation.voices import evaluate_voice
    from emotion.evaluation.windows import evaluate_windows
    from emotion.predict import voice_models

    if args.what in ("face", "all"):
        for model in (args.model,) if args.model else ("fast", "accurate"):
            evaluate_face(model, data=args.data, tta=args.tta)
            evaluate_portraits(model, data=args.data)
            evaluate_contempt(model, data=args.data)
    if args.what in ("voice", "all"):
        for model in (args.model,) if args.model and args.what == "voice" else voice_models():
            evaluate_voice(model, data=args.data)
    for what, measure in (
        ("person", evaluate_person),
        ("corpora", evaluate_corpora),
        ("person", evaluate_own_voice),
        ("personal", evaluate_personal),
        ("channels", evaluate_channels),
        ("browser", evaluate_browser),
        ("fusion", evaluate_fusion),
        ("fusion", evaluate_stranger_pairs),
        ("fusion", evaluate_grid),
        ("fusion", evaluate_films),
        ("fusion", evaluate_calm),
        ("windows", evaluate_windows),
        ("speakers", evaluate_speakers),
    ):
        if args.what == what or (args.what == "all" and what != "browser"):
            measure(data=args.data)
    return 0


def write_tables() -> int:
    """Write the tables in README.md, models/README.md and docs/experiments.md anew; needs no data set."""
    from emotion.checkpoint import SERVED, read_card
    from emotion.evaluation.measurements import METRICS, read_metrics
    from emotion.evaluation.tables import TEXTS, with_tables
    from emotion.paths import CHECKOUT

    if CHECKOUT is None:
        print("error: the texts with these tables are in the project's checkout, not in the package", file=sys.stderr)
        return 1
    measured, cards = read_metrics(), [read_card(name) for name in SERVED]
    for name in TEXTS:
        path = CHECKOUT / name
        before = path.read_text(encoding="utf-8")
        folder = os.path.relpath(METRICS, path.parent).replace(os.sep, "/")
        after = with_tables(before, measured, cards, folder=folder)
        if after != before:
            path.write_text(after, encoding="utf-8")
        print(f"{name}: {'written' if after != before else 'up to date'}")
    return 0
