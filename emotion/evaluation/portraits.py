"""Measurement of a face model on faces from elsewhere: press photos (LFW) and people who sat still (London)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from emotion import metrics
from emotion.datasets import FACE_SIZE, PORTRAIT_SETS, DatasetError, Portrait, load_portraits
from emotion.evaluation.measurements import (
    Progress,
    face_command,
    face_name,
    out_folder,
    print_table,
    show_progress,
    write_metrics,
)
from emotion.evaluation.scores import evenly, figures, right_answers, short_figures
from emotion.face import crop_face, detect_faces, resize_square, to_grey
from emotion.labels import FACE_LABELS
from emotion.paths import MODELS
from emotion.predict import load_face_model
from emotion.protocols import FacePredictor

WHAT = {"lfw": "LFW press photos, all poses and light", "london": "Face Research Lab London Set"}


def portrait_crop(portrait: Portrait) -> tuple[np.ndarray, bool]:
    """(the largest face as the app frames it, uint8 (48, 48) grey; whether the detector found one).

    Where it found none the whole picture is taken, which is cut tightly in these sets. Raises DatasetError.
    """
    image = cv2.imread(str(portrait.path))
    if image is None:
        raise DatasetError(f"{portrait.path} is not a readable picture; download the data set again")
    image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    faces = detect_faces(image)
    crop = crop_face(image, faces[0]) if faces else image
    return resize_square(to_grey(crop[None])[0], FACE_SIZE), bool(faces)


@lru_cache(maxsize=4)
def portrait_crops(portraits: tuple[Portrait, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Crops uint8 (N, 48, 48) and whether a face was found (N,); kept, because both models are shown the same."""
    crops, found = zip(*map(portrait_crop, portraits), strict=True)
    return np.stack(crops), np.array(found)


def in_batches(network: FacePredictor, crops: np.ndarray) -> np.ndarray:
    """Answers (N, 7) to crops (N, …), a few at a time."""
    return np.concatenate([network.predict(crops[i : i + 64]) for i in range(0, len(crops), 64)])


def portrait_figures(labels: np.ndarray, probs: np.ndarray, people: np.ndarray, genders: np.ndarray) -> dict:
    """Figures of one set. All (N,), probs (N, 7). Words that no picture has are left out of macro-F1 and UAR.

    Intervals resample people, because pictures of one person are alike.
    """
    found = figures(labels, probs, FACE_LABELS)
    found["per_class"] = [row for row in found["per_class"] if row["support"]]
    found["interval_95"] = metrics.bootstrap_interval(right_answers(labels, probs), people)
    found["by_gender"] = [
        {"gender": str(g), **short_figures(labels[genders == g], probs[genders == g])} for g in np.unique(genders) if g
    ]
    return found


def evaluate_portraits(
    model: str = "accurate",
    *,
    data=None,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure a face model on the people of PORTRAIT_SETS that are never trained on, and write a file for each set.

    Sets that are not on this disk are left out. limit: only that many pictures of each, written to `out`. Returns name
    -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder, network = out_folder(out, limit), load_face_model(model, folder=models)
    card, written = network.card, {}
    trained = card["training"].get("portraits")
    for source in PORTRAIT_SETS:
        portraits = [p for p in load_portraits(source, data) if p.is_tested]
        if not portraits:
            continue
        portraits = [portraits[i] for i in evenly(len(portraits), limit)]
        crops, found = portrait_crops(tuple(portraits))
        probs = in_batches(network, crops)
        progress(f"face {model}, {source}", len(crops), len(crops))
        labels = np.array([FACE_LABELS.index(p.label) for p in portraits])
        name = face_name(model, source)
        written[name] = write_metrics(
            name,
            {
                "model": card["name"],
                "network": card["network"],
                "kind": "portraits",
                "data_set": WHAT[source],
                "split": source,
                "labels": list(FACE_LABELS),
                "seed": 0,
                "date": (today or date.today()).isoformat(),
                "weights_sha256": {card["name"]: card["sha256"]},
                "command": face_command(model),
                "limited_to": limit,
                "people": len({p.person for p in portraits}),
                "face_found": float(found.mean()),
                "protocol": "Each picture goes through detector and crop, as in the app; where no face is found the "
                "whole picture is judged. Half of the people, drawn by their names. "
                + (
                    f"The model was trained on {trained} pictures of the other half."
                    if trained
                    else "The model was trained on no picture of this set."
                )
                + " Intervals resample people.",
                **portrait_figures(
                    labels,
                    probs,
                    np.array([p.person for p in portraits]),
                    np.array([p.gender for p in portraits]),
                ),
            },
            None,
            folder,
        )
    if written:
        print_table(written)
    return written
