"""How long each part of a judgement takes on this machine."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import numpy as np

from emotion.audio import CLIP_SAMPLES, SAMPLE_RATE
from emotion.face import LIVE, crop_face, detect_faces
from emotion.fusion import fuse
from emotion.judge import FaceJudge
from emotion.overlay import draw_faces
from emotion.predict import load_face_model, load_voice_model, voice_models

CALLS = 50
WIDTH, HEIGHT = 640, 480
# run by another Python, one that has `fer`: the same picture, its own detector and network
FER = """
import json, sys, time
import cv2
from fer.fer import FER
from importlib.metadata import version
picture, calls = cv2.imread(sys.argv[1]), int(sys.argv[2])
one = FER()
one.detect_emotions(picture)
taken = []
for _ in range(calls):
    begun = time.perf_counter()
    found = one.detect_emotions(picture)
    taken.append((time.perf_counter() - begun) * 1000)
print(json.dumps({"version": version("fer"), "faces": len(found), "taken_ms": taken}))
"""


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one part over CALLS calls after a warm one."""

    part: str
    threads: int
    median_ms: float
    slow_ms: float  # the 95 % quantile


def time_parts(film: Path, *, threads: int) -> list[Timing]:
    """Every part on the path from picture and sound to a label. film: with one face, whose first picture is used."""
    picture, sound = first_picture(film), np.random.default_rng(0).normal(0, 0.1, CLIP_SAMPLES).astype(np.float32)
    face = detect_faces(picture, search=LIVE)[0]
    crop = crop_face(picture, face)
    faces = {m: load_face_model(m, threads=threads) for m in ("fast", "accurate")}
    voices = {m: load_voice_model(m, threads=threads) for m in voice_models()}
    seen = FaceJudge(faces["fast"]).look(picture, 0.0)
    face_probs, voice_probs = (
        faces["fast"].predict(crop[None])[0],
        next(iter(voices.values())).predict(sound, SAMPLE_RATE),
    )
    calls: dict[str, Callable[[], object]] = {
        "face detection, 640 × 480, one face": lambda: detect_faces(picture, search=LIVE),
        "face detection, 640 × 480, nobody": partial(detect_faces, np.full_like(picture, 128), search=LIVE),
        "crop as FER-2013 frames faces": lambda: crop_face(picture, face),
        **{f"face `{m}`, one crop": partial(model.predict, crop[None]) for m, model in faces.items()},
        **{f"voice `{m}`, 3 s of sound": partial(model.predict, sound, SAMPLE_RATE) for m, model in voices.items()},
        "pool of face and voice": lambda: fuse(face_probs, voice_probs, mode="hybrid"),
        "drawing of box and label": lambda: draw_faces(picture, seen.faces),
        "detect, crop, classify with `fast`": lambda: _whole(picture, faces["fast"]),
    }
    return [Timing(part, threads, *_quantiles(_times(call))) for part, call in calls.items()]


def time_fer(python: str, picture: Path, *, calls: int = CALLS) -> Timing:
    """The package `fer` on the same picture, run by a Python that has it. Raises RuntimeError with what it said."""
    done = subprocess.run([python, "-c", FER, str(picture), str(calls)], capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{python} could not run fer: {done.stderr.strip().splitlines()[-1:]}")
    said = json.loads(done.stdout.strip().splitlines()[-1])
    found = "one face" if said["faces"] else "no face found"
    return Timing(f"package fer {said['version']}: detect, crop, classify ({found})", 0, *_quantiles(said["taken_ms"]))


def first_picture(film: Path) -> np.ndarray:
    """uint8 (HEIGHT, WIDTH, 3) RGB."""
    with av.open(str(film)) as container:
        return next(container.decode(video=0)).reformat(WIDTH, HEIGHT, "rgb24").to_ndarray()


def _whole(picture: np.ndarray, model) -> np.ndarray:
    found = detect_faces(picture, search=LIVE)
    return model.predict(crop_face(picture, found[0])[None])


def _times(call: Callable[[], object]) -> list[float]:
    call()
    taken_ms = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        call()
        taken_ms.append((time.perf_counter() - begun) * 1000)
    return taken_ms


def _quantiles(taken_ms: list[float]) -> tuple[float, float]:
    median, slow = np.quantile(taken_ms, [0.5, 0.95])
    return float(median), float(slow)
