"""Learns a face model's head for contempt (emotion.contempt) from FER+ votes: a convex problem, so without a seed.

The target is the share of the ten votes that contempt has. Few pictures have any, so votes for and votes against
count the same in sum. The offset of the logit is then chosen on held-out faces: as often as may be, but with no more
than MOST_TAKEN of the faces of other words named contempt. No score of all eight words would choose it: for
macro-F1 and for UAR contempt is best hardly ever named (docs/experiments.md).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from emotion import metrics
from emotion.contempt import ContemptHead, head_name
from emotion.datasets import ContemptVotes, FaceSet, load_contempt_votes
from emotion.labels import MORE_FACE_LABELS
from emotion.more_words import with_contempt
from emotion.paths import MODELS
from emotion.predict import FaceModel, load_face_model
from emotion.training.face_data import face_split
from emotion.training.install import card_as_json, replace_files
from emotion.training.softmax_regression import fit_softmax_regression

CONTEMPT = MORE_FACE_LABELS.index("contempt")
RIDGE = 0.01  # of standardised features; from 0.001 to 0.1 held-out AUC differs by less than 0.01
MOST_TAKEN = 0.05  # of the faces of other words
OFFSETS = np.arange(-12, 4.01, 0.1).round(1)  # of the logit, that are tried
BLOCK = 256  # faces between two lines of progress


def fit_head(embeddings: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, float]:
    """Kernel (D,) and bias of a logistic regression. embeddings: (N, D); share: (N,), of the votes, 0…1, not all 0."""
    centre, spread = embeddings.mean(axis=0), embeddings.std(axis=0) + 1e-6
    x = (embeddings - centre) / spread
    some = share > 0  # of these faces one part votes for it, the other against it
    against, voted_for = (1 - share) / (1 - share).sum(), share[some] / share.sum()
    labels = np.repeat([0, 1], [len(x), int(some.sum())])
    weight = np.concatenate([against, voted_for]) / 2
    kernel, bias = fit_softmax_regression(
        np.concatenate([x, x[some]]), labels, weight, np.ones((len(labels), 2)), ridge=RIDGE
    )
    one = (kernel[:, 1] - kernel[:, 0]) / spread
    return one, float(bias[1] - bias[0] - centre @ one)


def choose_offset(majority: np.ndarray, probs: np.ndarray, contempt: np.ndarray) -> float:
    """Of OFFSETS the highest with which at most MOST_TAKEN of the faces of other words are named contempt.

    majority: int (N,) over MORE_FACE_LABELS; probs: (N, 7) over FACE_LABELS; contempt: logits (N,).
    """
    others = majority != CONTEMPT

    def taken(offset: float) -> float:
        named = with_contempt(probs, _sigmoid(contempt + offset)).argmax(axis=1) == CONTEMPT
        return float(named[others].mean())

    return float(max((o for o in OFFSETS if taken(o) <= MOST_TAKEN), default=OFFSETS[0]))


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def train_contempt(model: str, *, data=None, models: Path = MODELS, folder: Path, today: date | None = None) -> dict:
    """Learn the head of face model `accurate` or `fast` and write its file into `folder`. Returns its card.

    What the network says of each face is kept in `folder` for the next time. Raises DatasetError, ModelError.
    """
    network = load_face_model(model, folder=models)
    train, held, copies = face_split(data)
    votes, held_votes = (load_contempt_votes(faces.paths, data) for faces in (train, held))
    voted = ~np.isnan(votes.share)
    name = head_name(f"face_{model}")
    folder.mkdir(parents=True, exist_ok=True)
    said = _embeddings(network, train, folder / f"{name}_train.npz")
    kernel, bias = fit_head(said[voted], votes.share[voted])

    clear = held_votes.majority >= 0  # most annotators gave one of the eight words
    faces, majority = held.where(clear), held_votes.majority[clear]
    held_said, probs = _embeddings(network, faces, folder / f"{name}_held_out.npz"), network.predict(faces.images)
    offset = choose_offset(majority, probs, held_said @ kernel + bias)
    head = ContemptHead(np.array([f"{w:.4g}" for w in kernel], np.float32), float(np.float32(f"{bias + offset:.4g}")))
    card = {
        "name": name,
        "kind": "contempt",
        "network": network.card["network"],
        "network_sha256": network.card["sha256"],
        "sha256": head.sha256,
        "seed": 0,  # that of the split; the fit has none
        "date": (today or date.today()).isoformat(),
        "command": f"python -m emotion train contempt --model {model}",
        "training": _training(votes, copies),
        "ridge": RIDGE,
        "offset": offset,
        "most_taken": MOST_TAKEN,
        "validation": contempt_figures(majority, probs, head.probability(held_said)),
        "licence": "CC BY-NC-SA 4.0",
        "bias": float(f"{head.bias:.6g}"),
        "kernel": [float(f"{w:.4g}") for w in head.kernel],
    }
    replace_files(folder, {f"{name}.json": card_as_json(card)})
    return card


def contempt_figures(majority: np.ndarray, probs: np.ndarray, contempt: np.ndarray) -> dict:
    """What a card says of the held-out faces. Arguments as in choose_offset, contempt as probabilities."""
    found = metrics.per_class(majority, with_contempt(probs, contempt))[CONTEMPT]
    return {
        "faces": len(majority),
        "contempt": int((majority == CONTEMPT).sum()),
        "auc": round(metrics.auc(majority == CONTEMPT, contempt), 4),
        "recall": round(found["recall"], 4),
        "precision": round(found["precision"], 4),
    }


def _training(votes: ContemptVotes, copies: int) -> dict:
    return {
        "data": "FER-2013 Training with FER+ votes",
        "faces": int((~np.isnan(votes.share)).sum()),
        "with_a_vote_for_contempt": int((votes.share > 0).sum()),
        "most_votes_for_contempt": int((votes.majority == CONTEMPT).sum()),
        "dropped_near_copies_of_test_images": copies,
    }


def _embeddings(network: FaceModel, faces: FaceSet, file: Path) -> np.ndarray:
    """What the network says of each face before its last layer, float32 (N, D); from `file` where it is in there."""
    sha256 = np.array(network.card["sha256"])
    if file.is_file():
        with np.load(file) as kept:
            if np.array_equal(kept["sha256"], sha256) and np.array_equal(kept["paths"], faces.paths):
                return kept["embeddings"].astype(np.float32)
    parts = []
    for start in range(0, len(faces), BLOCK):
        parts.append(network.embeddings(faces.images[start : start + BLOCK]).astype(np.float16))  # half the size
        print(f"\r{file.stem}: {start + len(parts[-1])} of {len(faces)}", end="", flush=True)
    print()
    np.savez(file, embeddings=np.concatenate(parts), sha256=sha256, paths=faces.paths)
    return np.concatenate(parts).astype(np.float32)
