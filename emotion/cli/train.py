"""emotion train: train a model, or go on with a run that stopped."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_parser(commands) -> None:
    """The command and its options."""
    train = commands.add_parser("train", help="train a model from scratch, or go on with a run that stopped")
    train.add_argument("what", choices=("face", "voice", "fusion"))
    train.add_argument(
        "--model",
        choices=("accurate", "fast", "dense"),
        default="accurate",
        help="face model (default: accurate); dense is not served: it is how `accurate` is trained on a CPU",
    )
    train.add_argument(
        "--grow-from",
        type=Path,
        help="start from this served file (models/face_fast.tflite, models/voice_fold0_seed0.tflite), or from a run folder of the same model; "
        "`accurate` also from one of `dense`",
    )
    train.add_argument(
        "--teacher",
        type=Path,
        help="face: a trained `fast` model, run folder or served file, whose answers make up half of each target; `dense` needs one",
    )
    train.add_argument(
        "--bfloat16",
        action="store_true",
        help="compute in bfloat16, where the hardware has it (KERAS_BACKEND=torch or jax)",
    )
    train.add_argument("--fold", type=int, choices=range(5), help="voice: leave out this RAVDESS fold for testing")
    train.add_argument(
        "--leave-out",
        choices=("ravdess", "tess", "nemo", "ased"),
        metavar="CORPUS",
        help="voice: train without this corpus, to be measured on it (ravdess, tess, nemo, ased)",
    )
    train.add_argument(
        "--average",
        type=int,
        nargs="+",
        metavar="SEED",
        help="train nothing; voice: write the served model as the mean of these seeds' finished runs, face: with the mean of their weights, which must have grown from the same ones",
    )
    train.add_argument(
        "--size", type=int, help="face: input side in pixels (default: 48 for `fast`, 80 for the others)"
    )
    train.add_argument("--epochs", type=int)
    train.add_argument("--minutes", type=float, help="time budget of the whole run, all calls together")
    train.add_argument(
        "--learning-rate",
        type=float,
        help="its peak; a network that goes on from good weights for a short time wants a fifth of the recipe's",
    )
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--data", type=Path, help="folder of the data sets")
    train.add_argument("--runs", type=Path, default=Path("runs"), help="where checkpoints go (default: runs)")
    train.add_argument("--out", type=Path, help="where the model files go (default: models)")
    train.set_defaults(run=run, usage_error=train.error)


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    from dataclasses import replace

    from emotion.paths import MODELS

    if args.average and args.what == "face" and args.model == "dense":
        args.usage_error("dense is not served, so there is no use for a mean of it")
    if args.leave_out and args.fold is not None:
        args.usage_error("--fold and --leave-out are two different tests; give one of them")
    out = args.out or MODELS
    if args.what == "fusion":
        from emotion.training.fit_pool import train_fusion

        print(json.dumps(train_fusion(data=args.data, seed=args.seed, folder=out), indent=1))
        return 0
    if args.bfloat16:
        from emotion.training.loop import use_bfloat16

        use_bfloat16()
    changes = {
        k: v
        for k, v in {
            "epochs": args.epochs,
            "minutes": args.minutes,
            "seed": args.seed,
            "learning_rate": args.learning_rate,
        }.items()
        if v is not None
    }
    if args.what == "face":
        from emotion.training.train_face import RECIPES, SIZES, average_face, export_face, train_face

        size = args.size or SIZES[args.model]
        runs = [args.runs / f"face-{args.model}-{size}-seed{s}" for s in args.average or [args.seed]]
        if args.average:
            network, state = average_face(runs)
        else:
            network, state = train_face(
                args.model,
                run=runs[0],
                data=args.data,
                size=size,
                recipe=replace(RECIPES[args.model], **changes),
                grow_from=args.grow_from,
                teacher=args.teacher,
            )
        if args.model == "dense":
            print(
                f"{runs[0]}: trained; fill EfficientNetB7 from it: KERAS_BACKEND=tensorflow python -m emotion train face --size {size} --grow-from {runs[0]} --epochs 0"
            )
            return 0
        card = export_face(network, state, data=args.data, folder=out)
    elif args.average:
        from emotion.training.train_voice import average_voice

        card = average_voice(
            [args.runs / f"voice-all-seed{s}" for s in args.average],
            data=args.data,
            cache=args.runs / "voice-mel.npz",
            folder=out,
        )
    else:
        from emotion.training.train_voice import DEFAULT_RECIPE, export_voice, train_voice

        cache = args.runs / "voice-mel.npz"
        which = f"without-{args.leave_out}" if args.leave_out else "all" if args.fold is None else args.fold
        network, state = train_voice(
            run=args.runs / f"voice-{which}-seed{args.seed}",
            data=args.data,
            fold=args.fold,
            leave_out=args.leave_out,
            recipe=replace(DEFAULT_RECIPE, **changes),
            cache=cache,
            grow_from=args.grow_from,
        )
        card = export_voice(network, state, data=args.data, cache=cache, folder=out)
    print(json.dumps({k: card[k] for k in ("name", "parameters", "bytes", "sha256", "validation", "parity")}, indent=1))
    return 0
