"""emotion train: train a model, or go on with a run that stopped; put it in the place of the served one on request."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

from emotion.paths import DISTRIBUTION, MODELS
from emotion.predict import FACE_MODELS


def add_parser(commands) -> None:
    """The command and its options."""
    train = commands.add_parser("train", help="train a model from scratch, or go on with a run that stopped")
    train.add_argument("what", choices=("face", "voice", "fusion", "contempt"))
    train.add_argument(
        "--model",
        choices=("accurate", "fast", "lite"),
        help="face: `accurate` (default), `fast`, or `lite`, which is not served: it is how `accurate` is trained on "
        "a CPU; voice: `fast` (default), or `accurate`, a head on a pretrained speech encoder; contempt: for which "
        "face model (default: both)",
    )
    train.add_argument(
        "--grow-from",
        type=Path,
        help="start from the weights of this served file (models/face_fast.tflite, models/voice_fold0_seed0.tflite), "
        "or of a run folder of the same model; a face's `accurate` also from one of `lite`, and `lite` from the "
        "downloaded package with its weights from ImageNet; a voice's `accurate` has no use for it",
    )
    train.add_argument(
        "--teacher",
        type=Path,
        help="face: a trained `fast` model, run folder or served file, whose answers make up half of each target",
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
        help="train nothing, export a mean of these seeds' finished runs; voice: of their answers, face: of their "
        "weights, which must have started from the same ones; with --grow-from those are half of the mean",
    )
    train.add_argument(
        "--calibrate", action="store_true", help="face: train nothing, calibrate the served file anew on held-out faces"
    )
    train.add_argument(
        "--size", type=int, help="face: input side in pixels (default: 48 for `fast`, 80 for the others)"
    )
    train.add_argument("--epochs", type=int)
    train.add_argument("--minutes", type=float, help="time budget of the whole run, all calls together")
    train.add_argument(
        "--learning-rate",
        type=float,
        help="its peak; a network that goes on from good weights for a short time needs a fifth of the recipe's",
    )
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--data", type=Path, help="folder of the data sets")
    train.add_argument(
        "--runs", type=Path, default=Path("runs"), help="where checkpoints and exported models go (default: runs)"
    )
    train.add_argument(
        "--install",
        action="store_true",
        help="put the exported model in the place of the served one, unless it is worse on held-out data",
    )
    train.add_argument("--force", action="store_true", help="with --install: also where it is worse")
    train.add_argument(
        "--models", type=Path, default=MODELS, help="folder of the served models (default: the app's own)"
    )
    train.set_defaults(run=run, usage_error=train.error, default_of=train.get_default)


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    if args.what == "contempt":
        return _train_contempt(args)
    args.model = args.model or _default_model(args)
    if args.what == "voice" and args.model == "lite":
        args.usage_error("lite is a face model")
    if args.average and args.what == "face" and args.model == "lite":
        args.usage_error("lite is not served, so there is no use for a mean of it")
    if args.average and args.grow_from and args.what == "voice":
        args.usage_error("--average with --grow-from is for faces; a mean of voices is of their answers")
    if args.leave_out and args.fold is not None:
        args.usage_error("--fold and --leave-out are two different tests; give one of them")
    if args.calibrate and args.what != "face":
        args.usage_error("--calibrate is for faces")
    if args.force and not args.install:
        args.usage_error("--force goes with --install")
    if args.what == "fusion":
        return _train_fusion(args)
    from emotion.training.quiet import import_keras

    try:
        import_keras()
    except ImportError as e:
        print(f'error: training needs Keras and a backend ({e}): pip install "{DISTRIBUTION}[train]"', file=sys.stderr)
        return 1
    if args.bfloat16:
        from emotion.training.loop import use_bfloat16

        use_bfloat16()
    if args.what == "face" and args.model == "lite":
        return _train_lite(args)
    if args.what == "face":
        do = _recalibrate_face if args.calibrate else _average_face if args.average else _train_face
        folder, card = do(args)
    elif args.model == "accurate":
        folder, card = _train_voice_head(args)
    else:
        folder, card = _average_voice(args) if args.average else _train_voice(args)

    from emotion.training.install import served_card

    name = card["name"]
    return _show_and_install(args, name, folder, card, served_card(name, args.models))


# --- one function for each kind of model: the folder of the export, and its card -------------------


def _train_face(args: argparse.Namespace) -> tuple[Path, dict]:
    from emotion.training.export_face import export_face
    from emotion.training.install import existing_export
    from emotion.training.run_folder import AVERAGED, finished

    run, name, recipe = _face_run(args, args.seed), f"face_{args.model}", _face_recipe(args)
    card = existing_export(name, run, [run / AVERAGED]) if finished(run, recipe) else None
    if card is None:
        network, state = _fit_face(args, run, recipe)
        card = export_face(network, state, [run], data=args.data, folder=run)
    return run, card


def _train_lite(args: argparse.Namespace) -> int:
    """`lite` is not exported: EfficientNetB7 is filled from it."""
    run, size = _face_run(args, args.seed), _face_size(args)
    _fit_face(args, run, _face_recipe(args))
    print(
        f"{run}: trained; fill EfficientNetB7 from it: KERAS_BACKEND=tensorflow python -m emotion train face "
        f"--size {size} --grow-from {run} --epochs 0"
    )
    return 0


def _recalibrate_face(args: argparse.Namespace) -> tuple[Path, dict]:
    from emotion.training.export_face import recalibrate_face

    folder = args.runs / f"face-{args.model}-calibrated"
    return folder, recalibrate_face(args.model, models=args.models, data=args.data, folder=folder)


def _average_face(args: argparse.Namespace) -> tuple[Path, dict]:
    from emotion.training.export_face import average_face, export_face
    from emotion.training.install import existing_export
    from emotion.training.run_folder import weights_of

    runs, name = [_face_run(args, seed) for seed in args.average], f"face_{args.model}"
    folder = args.runs / f"face-{args.model}-{_face_size(args)}-mean-{'-'.join(map(str, args.average))}"
    if args.grow_from:
        folder = folder.with_name(f"{folder.name}-start")
    card = existing_export(name, folder, [weights_of(run) for run in runs])
    if card is None:
        network, state = average_face(runs, start_from=args.grow_from, data=args.data)
        card = export_face(network, state, runs, data=args.data, folder=folder)
    return folder, card


def _train_voice(args: argparse.Namespace) -> tuple[Path, dict]:
    from emotion.training.export_voice import export_voice, model_name
    from emotion.training.install import existing_export
    from emotion.training.run_folder import AVERAGED, finished, state_of
    from emotion.training.train_voice import DEFAULT_RECIPE, train_voice

    run, recipe = _voice_run(args, _left_out(args), args.seed), replace(DEFAULT_RECIPE, **_changes(args))
    card = existing_export(model_name(state_of(run)), run, [run / AVERAGED]) if finished(run, recipe) else None
    if card is None:
        network, state = train_voice(
            run=run,
            data=args.data,
            fold=args.fold,
            leave_out=args.leave_out,
            recipe=recipe,
            cache=_voice_cache(args),
            start_from=args.grow_from,
        )
        card = export_voice(network, state, run, data=args.data, cache=_voice_cache(args), folder=run)
    return run, card


def _train_voice_head(args: argparse.Namespace) -> tuple[Path, dict]:
    from emotion.training.export_voice_head import average_voice_heads, export_voice_head, head_name
    from emotion.training.install import existing_export
    from emotion.training.run_folder import AVERAGED, finished, state_of
    from emotion.training.train_voice_head import DEFAULT_RECIPE, train_voice_head

    if args.grow_from:
        args.usage_error("--grow-from is not for the voice's `accurate`")
    if args.average:
        folder = args.runs / f"voice-accurate-all-mean-{'-'.join(map(str, args.average))}"
        of_seed = [_voice_run(args, "all", seed) for seed in args.average]
        return folder, average_voice_heads(of_seed, runs=args.runs, data=args.data, folder=folder)
    run = _voice_run(args, _left_out(args), args.seed)
    recipe = replace(DEFAULT_RECIPE, **_changes(args))
    card = existing_export(head_name(state_of(run)), run, [run / AVERAGED]) if finished(run, recipe) else None
    if card is None:
        head, state = train_voice_head(
            run=run, runs=args.runs, data=args.data, fold=args.fold, leave_out=args.leave_out, recipe=recipe
        )
        card = export_voice_head(head, state, run, runs=args.runs, data=args.data, folder=run)
    return run, card


def _average_voice(args: argparse.Namespace) -> tuple[Path, dict]:
    from emotion.training.export_voice import average_voice

    runs = [_voice_run(args, "all", seed) for seed in args.average]
    folder = args.runs / f"voice-all-mean-{'-'.join(map(str, args.average))}"
    return folder, average_voice(runs, data=args.data, cache=_voice_cache(args), folder=folder)


def _train_fusion(args: argparse.Namespace) -> int:
    from emotion.training.fit_pool import measured_on, train_fusion
    from emotion.training.install import served_card

    folder = args.runs / "fusion"
    card, pairs = train_fusion(data=args.data, seed=args.seed, models=args.models, folder=folder)
    served = served_card("fusion", args.models)
    for which, weights in (("export", card), ("served", served)):
        if weights:
            print(f"{which}: " + ", ".join(f"{k} {v:g}" for k, v in weights["weights"].items()))
    return _show_and_install(args, "fusion", folder, card, served and measured_on(pairs, served))


def _train_contempt(args: argparse.Namespace) -> int:
    from emotion.training.fit_contempt import train_contempt
    from emotion.training.install import served_card

    if args.model == "lite":
        args.usage_error("lite is not served, so contempt is not learned for it")
    folder = args.runs / "contempt"
    for model in (args.model,) if args.model else FACE_MODELS:
        card = train_contempt(model, data=args.data, models=args.models, folder=folder)
        _show_and_install(
            args, card["name"], folder, card, _of_same_network(served_card(card["name"], args.models), card)
        )
    return 0


def _of_same_network(served: dict | None, card: dict) -> dict | None:
    """The served head; None where it belongs to another network, so that it cannot be used any more."""
    return served if served and served["network_sha256"] == card["network_sha256"] else None


# --- what they share -------------------------------------------------------------------------------


def _default_model(args: argparse.Namespace) -> str:
    """What --model is where it is not given."""
    return "fast" if args.what == "voice" else "accurate"


def _changes(args: argparse.Namespace) -> dict:
    """What the options change in a recipe."""
    given = {k: getattr(args, k) for k in ("epochs", "minutes", "seed", "learning_rate")}
    return {k: v for k, v in given.items() if v is not None}


def _face_recipe(args: argparse.Namespace):
    from emotion.training.train_face import RECIPES

    return replace(RECIPES[args.model], **_changes(args))


def _face_size(args: argparse.Namespace) -> int:
    from emotion.training.train_face import SIZES

    return args.size or SIZES[args.model]


def _face_run(args: argparse.Namespace, seed: int) -> Path:
    return args.runs / f"face-{args.model}-{_face_size(args)}-seed{seed}"


def _fit_face(args: argparse.Namespace, run: Path, recipe):
    from emotion.training.train_face import train_face

    return train_face(
        args.model,
        run=run,
        data=args.data,
        size=_face_size(args),
        recipe=recipe,
        start_from=args.grow_from,
        teacher=args.teacher,
    )


def _left_out(args: argparse.Namespace) -> str:
    """What is left out of a voice training, as its run folder is named."""
    return f"without-{args.leave_out}" if args.leave_out else "all" if args.fold is None else str(args.fold)


def _voice_run(args: argparse.Namespace, left_out: str, seed: int) -> Path:
    model = "accurate-" if args.model == "accurate" else ""
    return args.runs / f"voice-{model}{left_out}-seed{seed}"


def _voice_cache(args: argparse.Namespace) -> Path:
    return args.runs / "voice-mel.npz"


def _show_and_install(args: argparse.Namespace, name: str, folder: Path, card: dict, served: dict | None) -> int:
    """Say where the export is and how good it is beside the served model; install it where that is asked for."""
    from emotion.training.install import comparison, install, is_card_alone

    print(f"exported {folder / name}{'.json' if is_card_alone(name) else '.tflite'}; held-out figures:")
    print(comparison(card, served))
    if args.install:
        install(name, folder, args.models, served=served, force=args.force)
        measured_by = "face" if card["kind"] == "contempt" else card["kind"]
        print(f"installed in {args.models}; `python -m emotion evaluate {measured_by}` measures it for the app's pages")
        return 0
    if not is_card_alone(name):
        print(f"to use it from Python: {_python_call(name, folder)}")
    print(f"to put it in the place of the served one: {_same_command(args)} --install")
    return 0


def _python_call(name: str, folder: Path) -> str:
    """The call that loads an exported model by name."""
    if name.startswith("face_"):
        return f'emotion.load_face_model("{name.removeprefix("face_")}", folder=Path("{folder}"))'
    return f'emotion.predict.VoiceModel("{name}", folder=Path("{folder}"))'


def _same_command(args: argparse.Namespace) -> str:
    """This command as one would type it again."""
    words = ["python", "-m", "emotion", "train", args.what]
    for option, value in vars(args).items():
        if option in ("command", "what", "run", "usage_error", "default_of") or value == args.default_of(option):
            continue
        if option == "model" and value == _default_model(args):
            continue
        words.append("--" + option.replace("_", "-"))
        if value is not True:
            words += [str(v) for v in (value if isinstance(value, list) else [value])]
    return shlex.join(words)
