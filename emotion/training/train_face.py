"""Training of the face models on FER-2013 and its FER+ votes."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np

from emotion import metrics
from emotion.calibration import apply_temperature, fit_temperature
from emotion.datasets import FaceSet, load_fer2013, near_duplicates
from emotion.face import prepare_crops
from emotion.labels import FACE_LABELS
from emotion.paths import MODELS
from emotion.runner import ModelError
from emotion.training.augment import augment_face, mixup
from emotion.training.dense_b7 import fill_from_b7, fill_from_dense, teacher_with_maps, with_hints
from emotion.training.from_tflite import thaw
from emotion.training.loop import Recipe, finished, fit, origin, settle_statistics, training_card, weights_of
from emotion.training.networks import FACE_BACKBONES, build_face_network, quicken_depthwise
from emotion.training.to_tflite import export


def face_targets(faces: FaceSet, *, votes_share: float = 0.5, smoothing: float = 0.05) -> np.ndarray:
    """Soft targets float32 (N, 7): the hard label mixed with the FER+ vote distribution where there is one."""
    classes = faces.votes.shape[1]
    hard = np.eye(classes, dtype=np.float32)[faces.labels] * (1 - smoothing) + smoothing / classes
    total = faces.votes.sum(axis=1, keepdims=True)
    # fewer than half of the ten votes on our classes: mostly contempt, unknown or not a face
    share = np.where(total >= 5, votes_share, 0.0).astype(np.float32)
    return hard * (1 - share) + share * faces.votes / np.maximum(total, 1)


SIZES = {"fast": 48, "dense": 80, "accurate": 80}  # input sides in pixels that are served, or lead to what is
MIN_PER_CLASS = 1500  # rarer labels (disgust) are repeated up to this in each epoch
RECIPES = {
    "fast": Recipe(
        epochs=60,
        minutes=120,
        batch=128,
        optimizer="sgd",
        learning_rate=0.05,
        weight_decay=5e-3,
        clip_norm=None,
        mixup=0.0,
        augment=0.5,
    ),
    "dense": Recipe(
        epochs=60,
        minutes=120,
        batch=96,
        optimizer="sgd",
        learning_rate=0.05,
        weight_decay=5e-3,
        clip_norm=None,
        mixup=0.0,
        augment=0.8,
    ),
    # 96 faces of 64 px need more than 24 GB
    "accurate": Recipe(
        epochs=40, minutes=120, batch=48, optimizer="sgd", learning_rate=0.01, weight_decay=1e-3, mixup=0.0, augment=0.7
    ),
}


class FaceBatches(keras.utils.PyDataset):
    """Augmented batches of grey faces at the network's input size.

    Half of each target is what a teacher says of the very face that the network sees, changed as it is (Hinton et al. 2015,
    arXiv:1503.02531; Beyer et al. 2022, arXiv:2106.05237): a network that learns its faces by heart does not learn that by heart.
    A teacher's outputs beyond the first are targets beside that, and then nothing is mixed.
    """

    def __init__(
        self, faces: FaceSet, targets: np.ndarray, *, size: int, recipe: Recipe, teacher: keras.Model | None = None
    ):
        super().__init__()
        self.faces, self.targets, self.size, self.recipe, self.teacher = faces, targets, size, recipe, teacher
        self.epoch = 0
        repeats = np.maximum(1, MIN_PER_CLASS // np.maximum(np.bincount(faces.labels), 1))
        self.rows = np.repeat(np.arange(len(faces)), repeats[faces.labels])

    def __len__(self) -> int:
        return len(self.rows) // self.recipe.batch

    def __getitem__(self, i: int):
        order = np.random.default_rng((self.recipe.seed, self.epoch)).permutation(self.rows)
        rows = order[i * self.recipe.batch : (i + 1) * self.recipe.batch]
        rng = np.random.default_rng((self.recipe.seed, self.epoch, i))
        images = np.stack([augment_face(self.faces.images[r], rng, strength=self.recipe.augment) for r in rows])
        targets = self.targets[rows]
        if self.teacher is not None:
            says, *maps = keras.tree.flatten(
                self.teacher.predict_on_batch(prepare_crops(images, self.teacher.input_shape[1]))
            )
            targets = (targets + says) / 2
            if maps:
                return prepare_crops(images, self.size), (targets, *maps)
        return mixup(
            prepare_crops(images, self.size), targets, rng, alpha=self.recipe.mixup, chance=self.recipe.mixup_share
        )


def hold_out(faces: FaceSet, *, share: float = 0.1, seed: int = 0) -> np.ndarray:
    """(N,) bool: the part of Training on which choices are made, stratified by label."""
    rng = np.random.default_rng(seed)
    held = np.zeros(len(faces), bool)
    for label in np.unique(faces.labels):
        rows = np.flatnonzero(faces.labels == label)
        held[rng.choice(rows, int(len(rows) * share), replace=False)] = True
    return held


@lru_cache(maxsize=1)  # training asks for it, and then its export
def face_split(root=None) -> tuple[FaceSet, FaceSet, int]:
    """(train, validation, how many near-copies of test images were dropped), all out of `Training`.

    The same for every seed: validation faces must never have been trained on, whichever run a model grew from.
    """
    every = load_fer2013(root)
    training = every.where(every.usage == "Training")
    test = every.where(every.usage != "Training")
    copies = near_duplicates(training.images, test.images)
    held = hold_out(training)
    # nor may a validation face have a near-copy that is trained on
    inner = np.zeros(len(training), bool)
    inner[~held] = near_duplicates(training.images[~held], training.images[held])
    return training.where(~held & ~copies & ~inner), training.where(held), int(copies.sum())


def train_face(
    model: str = "fast",
    *,
    run: Path,
    data=None,
    size: int | None = None,
    recipe: Recipe | None = None,
    grow_from: Path | None = None,
    teacher: Path | None = None,
) -> tuple[keras.Model, dict]:
    """Train the face model `accurate`, `fast` or `dense`, or go on with what is in the folder `run`.

    size: input side in pixels, SIZES[model] unless given. recipe: RECIPES[model] unless given.
    grow_from: a served file of the same model (`models/face_fast.tflite`), or the run folder of the same model at another size,
    or of `dense` at the same size, which `accurate` is filled from.
    teacher: run folder of a trained `fast` at 48 px, or its served file, whose answers make up half of each target; `dense` learns its maps, too.
    """
    size, recipe = size or SIZES[model], recipe or RECIPES[model]
    if model == "dense" and teacher is None:
        raise ModelError("dense learns from what a teacher sees on the way: --teacher models/face_fast.tflite")
    for source in filter(None, (grow_from, teacher)):
        weights_of(source)  # a wrong name is said before minutes are spent on data
    keras.utils.set_random_seed(recipe.seed)
    train, val, dropped = face_split(data)
    print(f"{len(train)} faces to train on, {len(val)} held out; {dropped} near-copies of test images dropped")
    network = build_face_network(FACE_BACKBONES[model], size=size, classes=len(FACE_LABELS))
    trained = with_hints(network) if model == "dense" else network
    if not (run / "state.json").exists() and grow_from is not None:
        _start_from(grow_from, trained, model, train, size=size, seed=recipe.seed)
    targets = face_targets(train, smoothing=recipe.label_smoothing)
    taught_by = None
    if teacher is not None and not finished(run, recipe):
        taught_by = build_face_network(FACE_BACKBONES["fast"], size=48, classes=len(FACE_LABELS))
        _start_from(teacher, taught_by, "fast", train, size=48, seed=recipe.seed)
        if model == "dense":
            taught_by = teacher_with_maps(taught_by, network)
    x_val = prepare_crops(val.images, size)

    def validate(_):  # `network` holds the weights of what is trained
        probs = network.predict(x_val, batch_size=256, verbose=0)
        return {
            "val_accuracy": metrics.accuracy(val.labels, probs),
            "val_macro_f1": metrics.macro_f1(val.labels, probs),
        }

    about = {
        "model": model,
        "size": size,
        "train_faces": len(train),
        "dropped_near_copies": dropped,
        "grown_from": origin(grow_from),
        "teacher": origin(teacher),
    }
    batches = FaceBatches(train, targets, size=size, recipe=recipe, teacher=taught_by)
    return network, fit(trained, batches, validate, recipe, run, about, hints=len(trained.outputs) - 1)


def _start_from(source: Path, network: keras.Model, model: str, train: FaceSet, *, size: int, seed: int) -> None:
    """Weights of a served file or of a run folder into `network`. `dense` also starts from the served `accurate`, and `accurate` from a run of `dense`.

    network: as it is trained, for `dense` with its hints.
    """
    weights = weights_of(source)
    some = np.random.default_rng(seed).choice(len(train), min(1024, len(train)), replace=False)
    examples = prepare_crops(train.images[some], size)

    def build(model):
        return build_face_network(FACE_BACKBONES[model], size=size, classes=len(FACE_LABELS))

    if source.suffix == ".tflite":
        whole = build("accurate") if model == "dense" else network
        thaw(weights, whole, examples)
        if model == "dense":
            fill_from_b7(network, whole)
        else:
            quicken_depthwise(network)
    elif source.name.startswith("face-dense"):
        dense = network if model == "dense" else with_hints(build("dense"))
        dense.load_weights(weights)
        if model != "dense":
            _settle(dense, train, size)
            fill_from_dense(network, dense, examples, int8=True)
    else:
        network.load_weights(weights)
        quicken_depthwise(network)


def _settle(network: keras.Model, train: FaceSet, size: int) -> None:
    some = np.random.default_rng(0).permutation(len(train))[:6144]
    settle_statistics(network, prepare_crops(train.images[some], size))


def average_face(runs: list[Path]) -> tuple[keras.Model, dict]:
    """(network, state) with the mean of the weights of several runs that grew from the same weights, for export_face.

    One network's cost, and better than each where all lie in one valley (model soups, Wortsman et al. 2022, arXiv:2203.05482).
    Raises ModelError where a run is missing or is of another model or size.
    """
    states, weights = [], []
    for run in runs:
        file = weights_of(run)
        states.append(json.loads((run / "state.json").read_text()))
        if any(states[-1][k] != states[0][k] for k in ("model", "size")):
            raise ModelError(
                f"{run} is {states[-1]['model']} at {states[-1]['size']} px, {runs[0]} {states[0]['model']} at {states[0]['size']} px: no mean of both"
            )
        network = build_face_network(
            FACE_BACKBONES[states[0]["model"]], size=states[0]["size"], classes=len(FACE_LABELS)
        )
        network.load_weights(file)
        weights.append(network.get_weights())
    network.set_weights([np.mean(w, axis=0) for w in zip(*weights)])
    return network, {**states[0], "networks": [_history(s) for s in states]}


def _history(state: dict) -> dict:
    """What a card says of one run."""
    return training_card(state, teacher=state.get("teacher"))


def export_face(network: keras.Model, state: dict, *, data=None, folder: Path = MODELS) -> dict:
    """Calibrate a trained face network on the held-out faces and write `face_<model>.tflite` and its card."""
    train, val, _ = face_split(data)
    size, model = state["size"], state["model"]
    if state.get("epoch", 1):  # filled from a dense network and left so, it was settled there
        _settle(network, train, size)
    x_val = prepare_crops(val.images, size)
    probs = network.predict(x_val, batch_size=256, verbose=0)
    if "networks" in state:
        training = {
            **{k: round(sum(n[k] for n in state["networks"]), 1) for k in ("epochs", "minutes")},
            "networks": state["networks"],
        }
    else:
        training = _history(state)
    temperature = fit_temperature(val.labels, probs)
    card = {
        "kind": "face",
        "network": FACE_BACKBONES[model],
        "labels": list(FACE_LABELS),
        "input_size": size,
        "input": "grey face framed as FER-2013, through 48 x 48 pixels, 0…255",
        "temperature": round(temperature, 4),
        "validation": {
            "faces": len(val),
            "accuracy": round(metrics.accuracy(val.labels, probs), 4),
            "macro_f1": round(metrics.macro_f1(val.labels, probs), 4),
            "ece_scaled": round(metrics.ece(val.labels, apply_temperature(probs, temperature)), 4),
        },
        "training": {
            "data": "FER-2013 Training with FER+ votes",
            "faces": state["train_faces"],
            "dropped_near_copies_of_test_images": state["dropped_near_copies"],
            **training,
        },
    }
    # int8 weights keep B7 below 95 MB; the small one can have float16
    return export(
        network,
        f"face_{model}",
        examples=[x_val],
        labels=val.labels,
        card=card,
        folder=folder,
        precision="dynamic" if model == "accurate" else "float16",
    )
