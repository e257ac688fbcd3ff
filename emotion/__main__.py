"""Command line: python -m emotion train | evaluate | analyze | benchmark | doctor."""
from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from emotion.fusion import MODES


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 something is wrong (said on stderr), 2 bad usage."""
    args = _parser().parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from emotion.analysis import AnalysisError
    from emotion.audio import AudioError
    from emotion.checkpoint import ModelError
    from emotion.datasets import DatasetError

    try:
        return args.run(args)
    except (AnalysisError, AudioError, DatasetError, ModelError) as e:
        print(f"error: {e}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emotion", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    train = commands.add_parser("train", help="train a model from scratch, or go on with a run that stopped")
    train.add_argument("what", choices=("face", "voice", "fusion"))
    train.add_argument("--model", choices=("accurate", "fast", "b0"), default="accurate",
                       help="face model (default: accurate); b0 is not served, `accurate` grows out of it")
    train.add_argument("--grow-from", type=Path, help="face: run folder of the same model at another size to start from, or of b0 for accurate")
    train.add_argument("--teacher", type=Path, help="face: run folder of a trained `fast` model whose answers make up half of each target")
    train.add_argument("--bfloat16", action="store_true", help="compute in bfloat16, where the hardware has it (KERAS_BACKEND=torch or jax)")
    train.add_argument("--fold", type=int, choices=range(5), help="voice: leave out this RAVDESS fold for testing")
    train.add_argument("--size", type=int, default=48, help="face: input side in pixels (default: 48)")
    train.add_argument("--epochs", type=int)
    train.add_argument("--minutes", type=float, help="time budget of the whole run, all calls together")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--data", type=Path, help="folder of the data sets")
    train.add_argument("--runs", type=Path, default=Path("runs"), help="where checkpoints go (default: runs)")
    train.add_argument("--out", type=Path, help="where the model files go (default: models)")
    train.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="measure the served models and write the files the pages read")
    evaluate.add_argument("what", choices=("face", "voice", "fusion", "all"))
    evaluate.add_argument("--model", choices=("accurate", "fast"), help="face model (default: both)")
    evaluate.add_argument("--tta", action="store_true", help="faces: also ten-view test-time averaging (ten times slower)")
    evaluate.add_argument("--data", type=Path, help="folder of the data sets")
    evaluate.set_defaults(run=_evaluate)

    analyze = commands.add_parser("analyze", help="emotions over time in image, audio and video files")
    analyze.add_argument("files", nargs="+", metavar="FILE")
    analyze.add_argument("--mode", choices=MODES, default="hybrid")
    analyze.add_argument("--model", choices=("accurate", "fast"), help="face model (default: the better one on held-out faces)")
    analyze.add_argument("--json", action="store_true", help="one JSON object per file instead of a table")
    analyze.set_defaults(run=_analyze)

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

    out = args.out or MODELS
    if args.what == "fusion":
        from emotion.train_fusion import train_fusion

        print(json.dumps(train_fusion(data=args.data, seed=args.seed, folder=out), indent=1))
        return 0
    if args.bfloat16:
        import keras

        keras.config.set_dtype_policy("mixed_bfloat16")
    changes = {k: v for k, v in {"epochs": args.epochs, "minutes": args.minutes, "seed": args.seed}.items() if v is not None}
    if args.what == "face":
        from emotion.train_face import DEFAULT_RECIPE, export_face, train_face

        run = args.runs / f"face-{args.model}-{args.size}-seed{args.seed}"
        network, state = train_face(args.model, run=run, data=args.data, size=args.size,
                                    recipe=replace(DEFAULT_RECIPE, **changes), grow_from=args.grow_from, teacher=args.teacher)
        if args.model == "b0":
            print(f"{run}: trained; grow EfficientNetB7 from it: python -m emotion train face --grow-from {run}")
            return 0
        card = export_face(network, state, data=args.data, folder=out)
    else:
        from emotion.train_voice import DEFAULT_RECIPE, export_voice, train_voice

        cache = args.runs / "voice-mel.npz"
        run = args.runs / f"voice-{'all' if args.fold is None else args.fold}-seed{args.seed}"
        network, state = train_voice(run=run, data=args.data, fold=args.fold, recipe=replace(DEFAULT_RECIPE, **changes), cache=cache)
        card = export_voice(network, state, data=args.data, cache=cache, folder=out)
    print(json.dumps({k: card[k] for k in ("name", "parameters", "bytes", "sha256", "validation", "parity")}, indent=1))
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from emotion import evaluation

    if args.what in ("face", "all"):
        for model in (args.model,) if args.model else ("fast", "accurate"):
            evaluation.evaluate_face(model, data=args.data, tta=args.tta)
    if args.what in ("voice", "all"):
        evaluation.evaluate_voice(data=args.data)
    if args.what in ("fusion", "all"):
        evaluation.evaluate_fusion(data=args.data)
    return 0


def _analyze(args: argparse.Namespace) -> int:
    from emotion.analysis import AnalysisError, analyze

    failed = 0
    for path in args.files:
        try:
            found = analyze(path, args.mode, face_model=args.model)
        except AnalysisError as e:
            failed += 1
            print(f"error: {e}", file=sys.stderr)
            continue
        if args.json:
            print(json.dumps({"path": found.path, "kind": found.kind, "mode": found.mode, "summary": found.summary,
                              "timeline": json.loads(found.timeline.to_json(orient="records"))}))
        else:
            print(f"\n{found.path} ({found.kind}, {found.mode})")
            print(timeline_table(found.timeline))
            for name in ("face", "voice", "together"):
                if (part := found.summary.get(name)):
                    print(f"  {name:9s}" + (f"{part['label']} {part['confidence']:.0%}, judged {part['judged_share']:.0%} of the time"
                                            if part["label"] else f"– ({part['reason']})"))
    return 1 if failed else 0


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
