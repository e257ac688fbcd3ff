"""Command line: python -m emotion train | evaluate | analyze | benchmark | doctor."""
from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from emotion.analysis import MAX_FACES
from emotion.fusion import MODES


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 something is wrong (said on stderr), 2 bad usage."""
    args = _parser().parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if hasattr(sys.stdout, "reconfigure"):  # a file's name may hold bytes that the terminal's encoding cannot show
        sys.stdout.reconfigure(errors="backslashreplace")
    from emotion.analysis import AnalysisError
    from emotion.audio import AudioError
    from emotion.checkpoint import ModelError
    from emotion.datasets import DatasetError
    from emotion.evaluation.browser import BrowserError
    from emotion.personal import PersonalVoiceError

    try:
        return args.run(args)
    except (AnalysisError, AudioError, BrowserError, DatasetError, ModelError, PersonalVoiceError) as e:
        print(f"error: {e}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emotion", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    train = commands.add_parser("train", help="train a model from scratch, or go on with a run that stopped")
    train.add_argument("what", choices=("face", "voice", "fusion"))
    train.add_argument("--model", choices=("accurate", "fast", "dense"), default="accurate",
                       help="face model (default: accurate); dense is not served: it is how `accurate` is trained on a CPU")
    train.add_argument("--grow-from", type=Path, help="start from this served file (models/face_fast.tflite, models/voice_fold0_seed0.tflite), or from a run folder of the same model; "
                       "`accurate` also from one of `dense`")
    train.add_argument("--teacher", type=Path, help="face: a trained `fast` model, run folder or served file, whose answers make up half of each target; `dense` needs one")
    train.add_argument("--bfloat16", action="store_true", help="compute in bfloat16, where the hardware has it (KERAS_BACKEND=torch or jax)")
    train.add_argument("--fold", type=int, choices=range(5), help="voice: leave out this RAVDESS fold for testing")
    train.add_argument("--leave-out", choices=("ravdess", "tess", "nemo", "ased"), metavar="CORPUS",
                       help="voice: train without this corpus, to be measured on it (ravdess, tess, nemo, ased)")
    train.add_argument("--average", type=int, nargs="+", metavar="SEED",
                       help="train nothing; voice: write the served model as the mean of these seeds' finished runs, face: with the mean of their weights, which must have grown from the same ones")
    train.add_argument("--size", type=int, help="face: input side in pixels (default: 48 for `fast`, 80 for the others)")
    train.add_argument("--epochs", type=int)
    train.add_argument("--minutes", type=float, help="time budget of the whole run, all calls together")
    train.add_argument("--learning-rate", type=float, help="its peak; a network that goes on from good weights for a short time wants a fifth of the recipe's")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--data", type=Path, help="folder of the data sets")
    train.add_argument("--runs", type=Path, default=Path("runs"), help="where checkpoints go (default: runs)")
    train.add_argument("--out", type=Path, help="where the model files go (default: models)")
    train.set_defaults(run=_train, usage_error=train.error)

    evaluate = commands.add_parser("evaluate", help="measure the served models and write the files the pages read")
    evaluate.add_argument("what", choices=("face", "voice", "windows", "corpora", "personal", "channels", "browser", "fusion", "all"), help="all: all but browser")
    evaluate.add_argument("--model", choices=("accurate", "fast"), help="face model (default: both)")
    evaluate.add_argument("--tta", action="store_true", help="faces: also ten-view test-time averaging (ten times slower)")
    evaluate.add_argument("--data", type=Path, help="folder of the data sets")
    evaluate.set_defaults(run=_evaluate)

    analyze = commands.add_parser("analyze", help="emotions over time in image, audio and video files, and in folders of them")
    analyze.add_argument("files", nargs="+", metavar="FILE", help="file or folder; links and hidden files in folders are passed over")
    analyze.add_argument("--mode", choices=MODES, default="hybrid")
    analyze.add_argument("--model", choices=("accurate", "fast"), help="face model (default: the better one on held-out faces)")
    analyze.add_argument("--max-faces", type=int, default=MAX_FACES, metavar="N", help=f"judge at most this many faces in a picture (default: {MAX_FACES})")
    analyze.add_argument("--my-voice", action="store_true", help="the voice in the files is yours: correct the voice model by your clips (page My voice)")
    analyze.add_argument("--json", action="store_true", help="one JSON object per file instead of a table")
    many = analyze.add_argument_group("many files", "the same command run again goes on where it stopped, and does only what is new or changed")
    many.add_argument("--out", type=Path, metavar="results.parquet|results.csv",
                      help="write all timelines into this file, and one row per file into results.files.*")
    many.add_argument("--workers", type=int, metavar="N", help="processes (default: one per core, at most 8; 1: in this process)")
    many.add_argument("--engine", choices=("processes", "dask"), default="processes", help="dask: on a Dask cluster (default: processes)")
    many.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="dask: the cluster to use (default: one on this machine)")
    analyze.set_defaults(run=_analyze, usage_error=analyze.error)

    benchmark = commands.add_parser("benchmark", help="time one judgement of each model on this machine")
    benchmark.add_argument("--threads", type=int, default=1)
    benchmark.set_defaults(run=_benchmark)

    doctor = commands.add_parser("doctor", help="say what is missing or wrong")
    doctor.add_argument("--port", type=int, default=8501, help="port the app would use")
    doctor.set_defaults(run=_doctor)
    return parser


def _train(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from emotion.checkpoint import MODELS

    if args.average and args.what == "face" and args.model == "dense":
        args.usage_error("dense is not served, so there is no use for a mean of it")
    if args.leave_out and args.fold is not None:
        args.usage_error("--fold and --leave-out are two different tests; give one of them")
    out = args.out or MODELS
    if args.what == "fusion":
        from emotion.train_fusion import train_fusion

        print(json.dumps(train_fusion(data=args.data, seed=args.seed, folder=out), indent=1))
        return 0
    if args.bfloat16:
        from emotion.training import use_bfloat16

        use_bfloat16()
    changes = {k: v for k, v in {"epochs": args.epochs, "minutes": args.minutes, "seed": args.seed, "learning_rate": args.learning_rate}.items() if v is not None}
    if args.what == "face":
        from emotion.train_face import RECIPES, SIZES, average_face, export_face, train_face

        size = args.size or SIZES[args.model]
        runs = [args.runs / f"face-{args.model}-{size}-seed{s}" for s in args.average or [args.seed]]
        if args.average:
            network, state = average_face(runs)
        else:
            network, state = train_face(args.model, run=runs[0], data=args.data, size=size,
                                        recipe=replace(RECIPES[args.model], **changes), grow_from=args.grow_from, teacher=args.teacher)
        if args.model == "dense":
            print(f"{runs[0]}: trained; fill EfficientNetB7 from it: KERAS_BACKEND=tensorflow python -m emotion train face --size {size} --grow-from {runs[0]} --epochs 0")
            return 0
        card = export_face(network, state, data=args.data, folder=out)
    elif args.average:
        from emotion.train_voice import average_voice

        card = average_voice([args.runs / f"voice-all-seed{s}" for s in args.average], data=args.data, cache=args.runs / "voice-mel.npz", folder=out)
    else:
        from emotion.train_voice import DEFAULT_RECIPE, export_voice, train_voice

        cache = args.runs / "voice-mel.npz"
        which = f"without-{args.leave_out}" if args.leave_out else "all" if args.fold is None else args.fold
        network, state = train_voice(run=args.runs / f"voice-{which}-seed{args.seed}", data=args.data, fold=args.fold, leave_out=args.leave_out,
                                     recipe=replace(DEFAULT_RECIPE, **changes), cache=cache, grow_from=args.grow_from)
        card = export_voice(network, state, data=args.data, cache=cache, folder=out)
    print(json.dumps({k: card[k] for k in ("name", "parameters", "bytes", "sha256", "validation", "parity")}, indent=1))
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from emotion.evaluation.browser import evaluate_browser
    from emotion.evaluation.channels import evaluate_channels
    from emotion.evaluation.corpora import evaluate_corpora
    from emotion.evaluation.faces import evaluate_face
    from emotion.evaluation.pairs import evaluate_fusion
    from emotion.evaluation.personal import evaluate_personal
    from emotion.evaluation.voices import evaluate_voice
    from emotion.evaluation.windows import evaluate_windows

    if args.what in ("face", "all"):
        for model in (args.model,) if args.model else ("fast", "accurate"):
            evaluate_face(model, data=args.data, tta=args.tta)
    for what, measure in (("voice", evaluate_voice), ("corpora", evaluate_corpora), ("personal", evaluate_personal), ("channels", evaluate_channels),
                          ("browser", evaluate_browser), ("fusion", evaluate_fusion), ("windows", evaluate_windows)):
        if args.what == what or (args.what == "all" and what != "browser"):
            measure(data=args.data)
    return 0


def _analyze(args: argparse.Namespace) -> int:
    if args.scheduler and args.engine != "dask":
        args.usage_error("--scheduler goes with --engine dask")
    if args.max_faces < 1:
        args.usage_error(f"--max-faces must be at least 1, not {args.max_faces}")
    if args.workers is not None and args.workers < 1:
        args.usage_error(f"--workers must be at least 1, not {args.workers}")
    if args.out:
        if args.my_voice:
            args.usage_error("--my-voice fits one person; --out is for many files and judges by the voice model as shipped")
        return _analyze_into_table(args)
    if args.workers is not None or args.engine != "processes":
        args.usage_error("--workers and --engine go with --out")
    failed, my_voice = 0, _kept_voice() if args.my_voice else None
    for argument in map(Path, args.files):
        if not argument.is_dir():
            failed += not _print_analysis(argument, args, my_voice, one_line=False)
            continue
        from emotion.batch import find_media

        media, problems = find_media([argument])
        for problem in problems or ([] if media else [f"{argument} holds no image, audio or video files"]):
            failed += 1
            print(f"error: {problem}", file=sys.stderr)
        for m in media:
            failed += not _print_analysis(argument / os.path.relpath(m.path, argument), args, my_voice, one_line=True)
    return 1 if failed else 0


def _kept_voice():
    """The clips that the app keeps. Raises PersonalVoiceError where they cannot be read or are not enough."""
    from emotion import store
    from emotion.checkpoint import read_card
    from emotion.personal import FILE_NAME, PersonalVoiceError, read_clips

    clips = read_clips(store.HOME, read_card("voice")["sha256"])
    if not clips.enough:
        raise PersonalVoiceError(f"{store.HOME / FILE_NAME} holds no clips of two emotions that this voice model heard; record some in the app, on the page My voice")
    return clips


def _print_analysis(path: Path, args: argparse.Namespace, my_voice, *, one_line: bool) -> bool:
    """One file onto stdout, as the options say; False when it failed, which is said on stderr."""
    from emotion.analysis import AnalysisError, analyze

    try:
        found = analyze(path, args.mode, face_model=args.model, max_faces=args.max_faces, my_voice=my_voice)
    except AnalysisError as e:
        print(f"error: {e}", file=sys.stderr)
        return False
    parts = [f"{name:9s}" + (f"{part['label']} {part['confidence']:.0%}, judged {part['judged_share']:.0%} of the time"
                             if part["label"] else f"– ({part['reason']})")
             for name in ("face", "voice", "together") if (part := found.summary.get(name))]
    if args.json:
        print(json.dumps({"path": found.path, "kind": found.kind, "mode": found.mode, "my_voice_clips": len(my_voice or ()), "summary": found.summary,
                          "timeline": json.loads(found.timeline.to_json(orient="records"))}), flush=True)
    elif one_line:
        print(f"{found.path} ({found.kind})  " + "; ".join(" ".join(p.split()) for p in parts), flush=True)
    else:
        print(f"\n{found.path} ({found.kind}, {found.mode})")
        print(timeline_table(found.timeline))
        for part in parts:
            print(f"  {part}")
    return True


def _analyze_into_table(args: argparse.Namespace) -> int:
    import time

    from emotion.batch import TABLE_SUFFIXES, BatchError, Progress, analyze_files, files_path, find_media, progress_line, summary_text

    if args.json:
        args.usage_error("--json prints and --out writes; give one of them")
    if args.out.suffix not in TABLE_SUFFIXES:
        args.usage_error(f"--out must end in {' or '.join(TABLE_SUFFIXES)}, not {args.out.name!r}")
    begun = said = time.monotonic()
    last = Progress(total=0, reused=0)

    def report(progress: Progress, error: str | None) -> None:
        nonlocal last, said
        last, now = progress, time.monotonic()
        terminal = sys.stderr.isatty()
        wipe = "\r\033[K" if terminal else ""
        if error:
            print(f"{wipe}error: {error}", file=sys.stderr)
        if terminal or progress.done in (progress.reused, progress.total) or now - said >= 10:  # a log gets a line now and then
            said = now
            print(wipe + progress_line(progress, elapsed_s=now - begun), file=sys.stderr, end="" if terminal else "\n", flush=True)

    try:
        media, problems = find_media(args.files)
        for problem in problems:
            print(f"error: {problem}", file=sys.stderr)
        files = analyze_files(media, out=args.out, mode=args.mode, face_model=args.model, max_faces=args.max_faces, workers=args.workers,
                              engine=args.engine, scheduler=args.scheduler, report=report)
    except BatchError as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nstopped after {last.done} of {last.total} files; the same command goes on from here", file=sys.stderr)
        return 130
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(summary_text(files, last, elapsed_s=time.monotonic() - begun))
    print(f"written: {args.out} and {files_path(args.out)}")
    return 1 if problems or files["error"].notna().any() else 0


def timeline_table(timeline) -> str:
    """A timeline as text: a line per row, a column per modality, the reason in brackets where there is no label."""
    names = [n for n in ("face", "voice", "together") if f"{n}_label" in timeline]
    lines = ["   time  " + "".join(f"{n:24s}" for n in names)]
    for row in timeline.to_dict("records"):
        cells = [f"{row[f'{n}_label']} {row[f'{n}_confidence']:.0%}" if isinstance(row[f"{n}_label"], str)
                 else f"({row.get(f'{n}_reason') or '–'})" for n in names]
        lines.append(f"{row['time_s']:6.1f}s  " + "".join(f"{c:24s}" for c in cells).rstrip())
    return "\n".join(lines)


def _benchmark(args: argparse.Namespace) -> int:
    import time

    import numpy as np

    from emotion.audio import CLIP_SAMPLES, SAMPLE_RATE
    from emotion.face import detect_faces
    from emotion.predict import load_face_model, load_voice_model

    rng = np.random.default_rng(0)
    crop = rng.integers(0, 256, (1, 48, 48), dtype=np.uint8)
    picture = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    sound = rng.normal(0, 0.1, CLIP_SAMPLES).astype(np.float32)
    fast, accurate = (load_face_model(m, threads=args.threads) for m in ("fast", "accurate"))
    voice = load_voice_model(threads=args.threads)
    for name, call in [("face, fast: one crop", lambda: fast.predict(crop)), ("face, accurate: one crop", lambda: accurate.predict(crop)),
                       ("voice: 3 s of sound", lambda: voice.predict(sound, SAMPLE_RATE)),
                       ("face detection: 640 x 480", lambda: detect_faces(picture))]:
        call()
        taken_ms = []
        for _ in range(50):
            begun = time.perf_counter()
            call()
            taken_ms.append((time.perf_counter() - begun) * 1000)
        print(f"{name:28s} median {np.median(taken_ms):6.1f} ms   95 % {np.quantile(taken_ms, 0.95):6.1f} ms   ({args.threads} thread(s))")
    return 0


def _doctor(args: argparse.Namespace) -> int:
    from emotion.doctor import examine

    findings = examine(port=args.port)
    for f in findings:
        print(f"{'ok  ' if f.ok else 'BAD '} {f.what}" + (f"\n       {f.advice}" if f.advice else ""))
    wrong = sum(not f.ok for f in findings)
    print("everything is in place" if not wrong else f"{wrong} thing(s) to mend")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
