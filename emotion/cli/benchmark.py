"""emotion benchmark: how long one judgement takes on this machine."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def add_parser(commands) -> None:
    """The command and its options."""
    benchmark = commands.add_parser("benchmark", help="time one judgement of each model on this machine")
    benchmark.add_argument("--threads", type=int, default=1)
    benchmark.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit status."""
    import time
    from functools import partial

    import numpy as np

    from emotion.audio import CLIP_SAMPLES, SAMPLE_RATE
    from emotion.face import LIVE, detect_faces
    from emotion.predict import load_face_model, load_voice_model, voice_models

    rng = np.random.default_rng(0)
    crop = rng.integers(0, 256, (1, 48, 48), dtype=np.uint8)
    picture = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    sound = rng.normal(0, 0.1, CLIP_SAMPLES).astype(np.float32)
    fast, accurate = (load_face_model(m, threads=args.threads) for m in ("fast", "accurate"))
    voices = {m: load_voice_model(m, threads=args.threads) for m in voice_models()}
    calls: list[tuple[str, Callable[[], object]]] = [
        ("face, fast: one crop", lambda: fast.predict(crop)),
        ("face, accurate: one crop", lambda: accurate.predict(crop)),
        *((f"voice, {m}: 3 s of sound", partial(v.predict, sound, SAMPLE_RATE)) for m, v in voices.items()),
        ("face detection: 640 x 480", lambda: detect_faces(picture, search=LIVE)),
    ]
    for name, call in calls:
        call()
        taken_ms = []
        for _ in range(50):
            begun = time.perf_counter()
            call()
            taken_ms.append((time.perf_counter() - begun) * 1000)
        median_ms, slow_ms = np.quantile(taken_ms, [0.5, 0.95])
        print(f"{name:28s} median {median_ms:6.1f} ms   95 % {slow_ms:6.1f} ms   ({args.threads} thread(s))")
    return 0
