"""emotion analyze: emotions over time in files and folders."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from emotion.fusion import MODES
from emotion.predict import VOICE_MODELS, better_voice_model
from emotion.timeline.analysis import MAX_FACES

SOME_FAILED = 3  # exit status


def add_parser(commands) -> None:
    """The command and its options."""
    analyze = commands.add_parser(
        "analyze", help="emotions over time in image, audio and video files, and in folders of them"
    )
    analyze.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="file or folder, in which every file is read that holds a picture, sound or film; links and hidden files "
        "are passed over",
    )
    analyze.add_argument("--mode", choices=MODES, default="hybrid")
    analyze.add_argument(
        "--model", choices=("accurate", "fast"), help="face model (default: the better one on held-out faces)"
    )
    analyze.add_argument(
        "--voice-model", choices=tuple(VOICE_MODELS), help="default: the better one on held-out speakers"
    )
    analyze.add_argument(
        "--max-faces",
        type=int,
        default=MAX_FACES,
        metavar="N",
        help=f"judge at most this many faces in a picture (default: {MAX_FACES})",
    )
    analyze.add_argument(
        "--my-voice",
        action="store_true",
        help="the voice in the files is yours: correct the voice model by your clips (page Me)",
    )
    analyze.add_argument(
        "--neutral",
        type=_neutral,
        metavar="first:SECONDS|FILE",
        help="judge the main face and the voice by their change from the person's neutral face and voice, which are "
        "at the beginning of each film, or in this picture, film or sound file",
    )
    analyze.add_argument(
        "--as-it-is",
        action="store_true",
        help="judge face and voice as they are, not by their change from what was usual for them so far",
    )
    analyze.add_argument(
        "--learn-first",
        action="store_true",
        help="go through each file once to learn what is usual for face and voice, then judge it from its first "
        "second; takes twice as long",
    )
    analyze.add_argument(
        "--more-words",
        action="store_true",
        help="also tell contempt of the face and calm of the voice, and name them where they lead; contempt is "
        "experimental (Results)",
    )
    analyze.add_argument("--json", action="store_true", help="one JSON object per file instead of a table")
    many = analyze.add_argument_group(
        "many files", "the same command run again goes on where it stopped, and does only what is new or changed"
    )
    many.add_argument(
        "--out",
        type=Path,
        metavar="results.parquet|results.csv",
        help="write all timelines into this file, one row per file into results.files.*, and a row for each face at "
        "each time into results.faces.*",
    )
    many.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: one per core, at most 8; 1: in this process)"
    )
    many.add_argument(
        "--engine",
        choices=("processes", "dask"),
        default="processes",
        help="dask: on a Dask cluster (default: processes)",
    )
    many.add_argument(
        "--scheduler", metavar="tcp://HOST:PORT", help="dask: the cluster to use (default: one on this machine)"
    )
    analyze.set_defaults(run=run, usage_error=analyze.error)


def _neutral(text: str) -> Path | float:
    """What --neutral says: a file, or seconds."""
    if not text.startswith("first:"):
        return Path(text)
    try:
        seconds = float(text.removeprefix("first:"))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: write first:5 for the first five seconds")
    return seconds


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    if args.scheduler and args.engine != "dask":
        args.usage_error("--scheduler goes with --engine dask")
    if args.max_faces < 1:
        args.usage_error(f"--max-faces must be at least 1, not {args.max_faces}")
    if [args.as_it_is, args.learn_first, args.neutral is not None].count(True) > 1:
        args.usage_error("--as-it-is, --learn-first and --neutral exclude each other")
    if args.workers is not None and args.workers < 1:
        args.usage_error(f"--workers must be at least 1, not {args.workers}")
    if args.out:
        if args.my_voice:
            args.usage_error(
                "--my-voice fits one person; --out is for many files and judges by the voice model as shipped"
            )
        if args.neutral:
            args.usage_error("--neutral fits one person; --out is for many files")
        if args.as_it_is:
            args.usage_error("--as-it-is does not go with --out, whose tables hold *_as_it_is_* beside the changes")
        if args.learn_first:
            args.usage_error("--learn-first does not go with --out")
        if args.more_words:
            args.usage_error("--more-words does not go with --out, whose tables hold the seven words")
        return _analyze_into_table(args)
    if args.workers is not None or args.engine != "processes":
        args.usage_error("--workers and --engine go with --out")
    read, failed, my_voice = 0, 0, _kept_voice(args.voice_model) if args.my_voice else None
    passed_over = []
    for argument in map(Path, args.files):
        if not argument.is_dir():
            good = _print_analysis(argument, args, my_voice, one_line=False)
            read, failed = read + good, failed + (not good)
            continue
        from emotion.batch import search

        found = search([argument])
        passed_over += found.passed_over
        for problem in found.problems or ([] if found.media else [f"{argument} holds no image, audio or video files"]):
            failed += 1
            print(f"error: {problem}", file=sys.stderr)
        for m in found.media:
            good = _print_analysis(argument / os.path.relpath(m.path, argument), args, my_voice, one_line=True)
            read, failed = read + good, failed + (not good)
    _say_passed_over(passed_over)
    return exit_status(read=read, failed=failed)


def exit_status(*, read: int, failed: int) -> int:
    """0 where everything was read, SOME_FAILED where some files or folders failed, 1 where nothing could be read."""
    return 0 if not failed else SOME_FAILED if read else 1


def _say_passed_over(passed_over: list) -> None:
    if passed_over:
        from emotion.batch import in_words

        print(in_words(passed_over), file=sys.stderr)


def _kept_voice(voice_model: str | None):
    """The clips that the app keeps for this voice model.

    Raises PersonalVoiceError where they cannot be read or are not enough.
    """
    from emotion.checkpoint import read_card
    from emotion.paths import recordings_folder
    from emotion.personal import PersonalVoiceError, clips_file, read_clips

    voice_model = voice_model or better_voice_model()
    file = clips_file(recordings_folder(), voice_model)
    clips = read_clips(file, read_card(VOICE_MODELS[voice_model])["sha256"])
    if not clips.enough:
        raise PersonalVoiceError(
            f"{file} holds no clips of two emotions for this voice model; record some in the app, on the page Me"
        )
    return clips


def _print_analysis(path: Path, args: argparse.Namespace, my_voice, *, one_line: bool) -> bool:
    """One file onto stdout, as the options say; False when it failed, which is said on stderr."""
    from emotion.personal import PersonalVoiceError
    from emotion.runner import ModelError
    from emotion.timeline.analysis import analyze
    from emotion.timeline.people import people_in_words
    from emotion.timeline.rows import AnalysisError
    from emotion.timeline.summary import strongest_in_words

    try:
        found = analyze(
            path,
            args.mode,
            face_model=args.model,
            voice_model=args.voice_model,
            max_faces=args.max_faces,
            my_voice=my_voice,
            neutral=args.neutral,
            as_it_is=args.as_it_is,
            learn_first=args.learn_first,
            more_words=args.more_words,
        )
    except (ModelError, PersonalVoiceError):  # the next file would fail likewise
        raise
    except AnalysisError as e:
        print(f"error: {e}", file=sys.stderr)
        return False
    except Exception as e:  # one bad file must not stop the others
        print(f"error: {path} cannot be analysed: {type(e).__name__}: {e}", file=sys.stderr)
        return False
    parts = [
        f"{name:9s}"
        + (
            f"{part['words']} {part['confidence']:.0%}, judged {part['judged_share']:.0%} of the time"
            + (f", unsure {part['unsure_share']:.0%} of that" if part["unsure_share"] else "")
            + (f"; strongest other than neutral: {strongest_in_words(part['strongest'])}" if part["strongest"] else "")
            if part["label"]
            else f"– ({part['reason']})"
        )
        for name in ("face", "voice", "together")
        if (part := found.summary.get(name))
    ]
    if args.json:
        print(
            json.dumps(
                {
                    "path": found.path,
                    "kind": found.kind,
                    "mode": found.mode,
                    "my_voice_clips": len(my_voice or ()),
                    "summary": found.summary,
                    "timeline": json.loads(found.timeline.to_json(orient="records")),
                    "faces": json.loads(found.faces.to_json(orient="records")),
                }
            ),
            flush=True,
        )
    elif one_line:
        notes = [f"note: {note}" for note in found.summary["notes"]]
        print(f"{found.path} ({found.kind})  " + "; ".join(" ".join(p.split()) for p in [*parts, *notes]), flush=True)
    else:
        print(f"\n{found.path} ({found.kind}, {found.mode})")
        print(timeline_table(found.timeline))
        for part in parts:
            print(f"  {part}")
        for note in found.summary["notes"]:
            print(f"  note: {note}")
        if len(found.summary["people"]) > 1:
            print("\n" + people_in_words(found.summary["people"]).to_string(index=False))
    return True


def _analyze_into_table(args: argparse.Namespace) -> int:
    import time

    from emotion.batch import (
        TABLE_SUFFIXES,
        BatchError,
        Progress,
        analyze_files,
        faces_path,
        files_path,
        progress_line,
        search,
        summary_text,
    )

    if args.json:
        args.usage_error("--json prints and --out writes; give one of them")
    if args.out.suffix not in TABLE_SUFFIXES:
        args.usage_error(f"--out must end in {' or '.join(TABLE_SUFFIXES)}, not {args.out.name!r}")
    found = None
    begun = said = time.monotonic()
    last = Progress(total=0, reused=0)

    def report(progress: Progress, error: str | None) -> None:
        nonlocal last, said
        last, now = progress, time.monotonic()
        terminal = sys.stderr.isatty()
        wipe = "\r\033[K" if terminal else ""
        if error:
            print(f"{wipe}error: {error}", file=sys.stderr)
        if (
            terminal or progress.done in (progress.reused, progress.total) or now - said >= 10
        ):  # a log gets a line now and then
            said = now
            print(
                wipe + progress_line(progress, elapsed_s=now - begun),
                file=sys.stderr,
                end="" if terminal else "\n",
                flush=True,
            )

    try:
        found = search(args.files)
        for problem in found.problems:
            print(f"error: {problem}", file=sys.stderr)
        files = analyze_files(
            found.media,
            out=args.out,
            mode=args.mode,
            face_model=args.model,
            voice_model=args.voice_model,
            max_faces=args.max_faces,
            workers=args.workers,
            engine=args.engine,
            scheduler=args.scheduler,
            report=report,
        )
    except BatchError as e:
        print(f"error: {e}", file=sys.stderr)
        _say_passed_over(found.passed_over if found else [])
        return 1
    except KeyboardInterrupt:
        print(f"\nstopped after {last.done} of {last.total} files; the same command goes on from here", file=sys.stderr)
        return 130
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(summary_text(files, last, elapsed_s=time.monotonic() - begun))
    print(f"written: {args.out}, {files_path(args.out)} and {faces_path(args.out)}")
    _say_passed_over(found.passed_over)
    failed = int(files["error"].notna().sum())
    return exit_status(read=len(files) - failed, failed=failed + len(found.problems))


def timeline_table(timeline) -> str:
    """A timeline as text: a line per row, a column per modality, the reason in brackets where there is no label.

    A question mark follows a label that is unsure.
    """
    names = [n for n in ("face", "voice", "together") if f"{n}_label" in timeline]
    lines = ["   time  " + "".join(f"{n:24s}" for n in names)]
    for row in timeline.to_dict("records"):
        cells = [
            f"{row[f'{n}_label']}{'' if row[f'{n}_sure'] else '?'} {row[f'{n}_confidence']:.0%}"
            if isinstance(row[f"{n}_label"], str)
            else f"({row.get(f'{n}_reason') or '–'})"
            for n in names
        ]
        lines.append(f"{row['time_s']:6.1f}s  " + "".join(f"{c:24s}" for c in cells).rstrip())
    return "\n".join(lines)
