"""Measurement of a face model on FER-2013."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from emotion import metrics
from emotion.calibration import add_offsets, apply_temperature
from emotion.datasets import COPY_CORRELATION, DatasetError, FaceSet, load_fer2013, nearest
from emotion.evaluation.measurements import (
    FACE_SPLITS,
    Progress,
    face_command,
    face_name,
    out_folder,
    outdated,
    print_table,
    read_metrics,
    show_progress,
    write_metrics,
)
from emotion.evaluation.scores import evenly, figures, right_answers, short_figures
from emotion.labels import FACE_LABELS
from emotion.paths import MODELS
from emotion.predict import FaceModel, load_face_model

# share of FER+ annotators behind the most frequent answer, (low, high]
AGREEMENT_BANDS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0))
SHIFT_PX = 2  # test-time averaging moves a 48-pixel face by this much


def ten_views(crops: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W) -> (10, N, H, W): the face as it is and moved to four corners by SHIFT_PX, each also mirrored."""
    padded = np.pad(crops, ((0, 0), (SHIFT_PX, SHIFT_PX), (SHIFT_PX, SHIFT_PX)), mode="edge")
    height, width = crops.shape[1:]
    far = 2 * SHIFT_PX
    corners = ((SHIFT_PX, SHIFT_PX), (0, 0), (0, far), (far, 0), (far, far))
    views = [padded[:, y : y + height, x : x + width] for y, x in corners]
    return np.stack(views + [v[:, :, ::-1] for v in views])


def agreement_bands(labels: np.ndarray, probs: np.ndarray, agreement: np.ndarray) -> list[dict]:
    """Accuracy where few or many annotators agreed. agreement: (N,) in 0…1, NaN where there were no votes."""
    out = []
    for low, high in AGREEMENT_BANDS:
        inside = (agreement > low + 1e-6) & (agreement <= high + 1e-6)
        if inside.any():
            out.append(
                {
                    "above": low,
                    "up_to": high,
                    "n": int(inside.sum()),
                    "accuracy": metrics.accuracy(labels[inside], probs[inside]),
                }
            )
    return out


def labels_of_copies(faces: FaceSet, training: FaceSet) -> np.ndarray:
    """The label of each face's near-copy in `training`, -1 where it has none: (N,)."""
    if not len(training):
        return np.full(len(faces), -1)
    alike, which = nearest(faces.images, training.images)
    return np.where(alike > COPY_CORRELATION, training.labels[which], -1)


def near_copies(labels: np.ndarray, probs: np.ndarray, of_copies: np.ndarray) -> dict | None:
    """Faces that have a near-copy in FER-2013's Training: how many, how often both have one label, accuracy.

    of_copies: labels_of_copies. accuracy_of_others: of the faces without a copy. accuracy_if_known: accuracy if each of
    them were answered with its copy's label, as a network would that remembers the copies; the networks here never saw
    them. None where no face has a copy, or every one.
    """
    copied = of_copies >= 0
    if not copied.any() or copied.all():
        return None
    right, known = right_answers(labels, probs), of_copies == labels
    return {
        "n": int(copied.sum()),
        "share": copied.mean(),
        "labelled_alike": known[copied].mean(),
        "accuracy": right[copied].mean(),
        "accuracy_of_others": right[~copied].mean(),
        "accuracy_if_known": np.where(copied, known, right).mean(),
    }


def face_figures(
    faces: FaceSet,
    probs: np.ndarray,
    *,
    temperature: float,
    offsets: np.ndarray | None = None,
    averaged: np.ndarray | None = None,
) -> dict:
    """Figures of one split: plain, before calibration, against FER+, by agreement, and with ten views when given.

    temperature, offsets (7,): those that the answers were calibrated with.
    """
    found = figures(faces.labels, probs, FACE_LABELS)
    found["interval_95"] = metrics.bootstrap_interval(right_answers(faces.labels, probs), np.arange(len(faces)))
    found["temperature"] = temperature
    # softmax(z / T) raised to T and normalised is softmax(z)
    found["ece_uncalibrated"] = metrics.ece(
        faces.labels, apply_temperature(probs if offsets is None else add_offsets(probs, -offsets), 1 / temperature)
    )
    found["ten_views"] = None if averaged is None else short_figures(faces.labels, averaged)
    majority = faces.ferplus_majority()
    voted = majority >= 0
    found["ferplus"] = short_figures(majority[voted], probs[voted]) if voted.any() else None
    found["by_agreement"] = agreement_bands(faces.labels, probs, faces.agreement)
    return found


def _face_probabilities(
    network: FaceModel, images: np.ndarray, what: str, progress: Progress, *, tta: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    plain, averaged = [], []
    for start in range(0, len(images), 64):
        block = images[start : start + 64]
        if tta:
            views = np.stack([network.predict(view) for view in ten_views(block)])  # (10, block, 7), the first unmoved
            plain.append(views[0])
            averaged.append(views.mean(axis=0))
        else:
            plain.append(network.predict(block))
        progress(what, min(start + 64, len(images)), len(images))
    return np.concatenate(plain), np.concatenate(averaged) if tta else None


def evaluate_face(
    model: str = "accurate",
    *,
    data=None,
    tta: bool = False,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure a face model on FER-2013 PublicTest, PrivateTest and both, and write the files.

    tta also averages ten views of each face, which takes ten times as long; without it, the figures that the same
    weights got with it before are kept. The headline is the plain single view. limit: only that many faces, evenly
    spread, written to `out`. The merged Kaggle layout without index.csv gives only "test". Returns name -> figures.
    Raises DatasetError or ModelError with what to do.
    """
    folder = out_folder(out, limit)
    network = load_face_model(model, folder=models)
    every = load_fer2013(data)
    training = every.where(every.usage == "Training")
    faces = every.where(every.usage != "Training")
    if not len(faces):
        raise DatasetError("FER-2013 is here without its test pictures; download it again (docs/api.md, Data sets)")
    faces = faces.where(evenly(len(faces), limit))
    probs, averaged = _face_probabilities(network, faces.images, f"face {model}", progress, tta=tta)
    of_copies = labels_of_copies(faces, training)
    card = network.card
    seeds = [run["recipe"]["seed"] for run in card["training"].get("networks", [card["training"]])]
    common = {
        "model": card["name"],
        "network": card["network"],
        "kind": "face",
        "data_set": "FER-2013",
        "labels": list(FACE_LABELS),
        "seed": seeds if len(seeds) > 1 else seeds[0],
        "date": (today or date.today()).isoformat(),
        "weights_sha256": {card["name"]: card["sha256"]},
        "command": face_command(model),
        "limited_to": limit,
        "protocol": "The served model, one look at each picture as it comes. Nothing was trained or chosen on these "
        f"pictures; {card['training']['dropped_near_copies_of_test_images']} near-copies of them were taken out of "
        "training.",
    }
    before = (
        {}
        if tta or limit is not None
        else {name: f for name, f in read_metrics(folder).items() if not outdated(f, models)}
    )
    splits = {s: faces.usage == s for s in FACE_SPLITS[:2] if (faces.usage == s).any()}
    splits["test"] = np.ones(len(faces), bool)
    written = {}
    for split, inside in splits.items():
        part = faces.where(inside)
        found = {
            **common,
            "split": split,
            **face_figures(
                part,
                probs[inside],
                temperature=network.temperature,
                offsets=network.offsets,
                averaged=None if averaged is None else averaged[inside],
            ),
            "near_copies": near_copies(part.labels, probs[inside], of_copies[inside]),
        }
        name = face_name(model, split)
        if not tta:
            found["ten_views"] = before.get(name, {}).get("ten_views")
        if found["ten_views"]:
            found["command"] += " --tta"
        written[name] = write_metrics(
            name,
            found,
            {
                "paths": part.paths,
                "labels": part.labels.astype(np.uint8),
                "predicted": probs[inside].argmax(axis=1).astype(np.uint8),
                "probs": probs[inside].astype(np.float16),
            },
            folder,
        )
    print_table(written)
    return written
