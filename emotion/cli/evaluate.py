"""emotion evaluate: measure the served models."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(commands) -> None:
    """The command and its options."""
    evaluate = commands.add_parser("evaluate", help="measure the served models and write the files the pages read")
    evaluate.add_argument(
        "what",
        choices=("face", "voice", "windows", "corpora", "personal", "channels", "browser", "fusion", "all"),
        help="all: all but browser",
    )
    evaluate.add_argument("--model", choices=("accurate", "fast"), help="face model (default: both)")
    evaluate.add_argument(
        "--tta", action="store_true", help="faces: also ten-view test-time averaging (ten times slower)"
    )
    evaluate.add_argument("--data", type=Path, help="folder of the data sets")
    evaluate.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    from emotion.evaluation.browser import evaluate_browser
    from emotion.evaluation.channels import evaluate_channels
    from emotion.evaluation.corpora import evaluate_corpora
    from emotion.evaluation.faces import evaluate_face
    from emotion.evaluation.pairs import evaluate_fusion
    from emotion.evaluation.personal_voice import evaluate_personal
    from emotion.evaluation.voices import evaluate_voice
    from emotion.evaluation.windows import evaluate_windows

    if args.what in ("face", "all"):
        for model in (args.model,) if args.model else ("fast", "accurate"):
            evaluate_face(model, data=args.data, tta=args.tta)
    for what, measure in (
        ("voice", evaluate_voice),
        ("corpora", evaluate_corpora),
        ("personal", evaluate_personal),
        ("channels", evaluate_channels),
        ("browser", evaluate_browser),
        ("fusion", evaluate_fusion),
        ("windows", evaluate_windows),
    ):
        if args.what == what or (args.what == "all" and what != "browser"):
            measure(data=args.data)
    return 0
