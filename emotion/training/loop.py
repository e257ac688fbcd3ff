"""The training loop of both models: resumable, seeded, with a time budget. train_face and train_voice feed it.

A run lives in a folder (`runs/face-fast`, …): `last.keras` (weights and optimiser), `ema.weights.h5` (the averaged weights
that are shipped), `state.json` (epochs, seconds, history). Calling again goes on where it stopped.
"""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from emotion.checkpoint import read_card, verified_file
from emotion.runner import ModelError
from emotion.training.torch_kernels import FusedAdamW


@dataclass(frozen=True)
class Recipe:
    """How to train; what is not here is in the code of the model's batches."""

    epochs: int = 30
    minutes: float = 60.0  # wall-clock budget, all calls together; whichever of the two ends first
    batch: int = 128
    optimizer: str = (
        "adamw"  # or "sgd": Nesterov momentum 0.9, which wants thirty times the rate and a tenth of the decay
    )
    learning_rate: float = 2e-3  # peak; linear warm-up, then cosine to 1 % over the larger share spent
    warmup: float = 0.05  # share of the run
    weight_decay: float = 0.02
    clip_norm: float | None = 1.0  # the longest gradient of one weight array; None leaves gradients as they are
    ema: float = 0.998  # per step
    label_smoothing: float = 0.05
    mixup: float = 0.2  # alpha of the beta distribution; 0 turns it off
    mixup_share: float = 1.0  # of the batches are mixed
    augment: float = 1.0  # strength of the changes made to each example, 0…1
    seed: int = 0


class Ema(keras.callbacks.Callback):
    """Exponential moving average of every weight, batch-normalisation statistics included, on the host."""

    EVERY = 4  # steps between updates: the average changes slowly, copying weights costs time

    def __init__(self, decay: float, weights: list[np.ndarray] | None = None):
        super().__init__()
        self.decay, self.values, self.steps = decay, weights, 0

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps % self.EVERY:
            return
        now = self.model.get_weights()
        if self.values is None:
            self.values = [w.copy() for w in now]
            return
        # a short memory at first, so the random start is soon forgotten
        keep = min(self.decay, (1 + self.steps) / (10 + self.steps)) ** self.EVERY
        for mean, w in zip(self.values, now):
            if mean.dtype.kind == "f":  # a counter of Keras' Normalization is not averaged
                mean *= keep
                mean += (1 - keep) * w


class Schedule(keras.callbacks.Callback):
    """Learning rate from the share of the run that is over (epochs or budget, whichever is further); stops at the budget."""

    def __init__(self, recipe: Recipe, steps_per_epoch: int, epoch: int, seconds: float):
        super().__init__()
        self.recipe, self.per_epoch = recipe, steps_per_epoch
        self.step, self.before, self.start = epoch * steps_per_epoch, seconds, time.monotonic()

    def seconds(self) -> float:
        return self.before + time.monotonic() - self.start

    def progress(self) -> float:
        return min(
            1.0, max(self.step / (self.per_epoch * self.recipe.epochs), self.seconds() / (60 * self.recipe.minutes))
        )

    def on_train_batch_begin(self, batch, logs=None):
        p, r = self.progress(), self.recipe
        shape = (
            p / r.warmup
            if p < r.warmup
            else 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (p - r.warmup) / (1 - r.warmup)))
        )
        self.model.optimizer.learning_rate.assign(r.learning_rate * max(shape, 1e-3))
        self.step += 1

    def on_train_batch_end(self, batch, logs=None):
        if self.progress() >= 1.0:
            self.model.stop_training = True


def finished(run: Path, recipe: Recipe) -> bool:
    """Whether the run in this folder has had its epochs or its minutes."""
    state_file = run / "state.json"
    if not state_file.exists():
        return False
    state = json.loads(state_file.read_text())
    return state["epoch"] >= recipe.epochs or state["seconds"] >= 60 * recipe.minutes


def _optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(
            recipe.learning_rate,
            momentum=0.9,
            nesterov=True,
            weight_decay=recipe.weight_decay,
            clipnorm=recipe.clip_norm,
        )
    return FusedAdamW(recipe.learning_rate, weight_decay=recipe.weight_decay, clipnorm=recipe.clip_norm)


def fit(
    model: keras.Model,
    batches: keras.utils.PyDataset,
    validate,
    recipe: Recipe,
    run: Path,
    about: dict | None = None,
    *,
    hints: int = 0,
) -> dict:
    """Train `model` in the folder `run`, or go on with what is there. Returns the final state.

    batches: a PyDataset of (inputs, soft targets). validate(model) -> dict of figures, called with the averaged
    weights after each epoch. The model holds the averaged weights when this returns. about: kept in the state as it was when the run began.
    hints: how many outputs `model` has beside its answer, each trained to the mean squared error.
    """
    run.mkdir(parents=True, exist_ok=True)
    state_file, last, ema_file = run / "state.json", run / "last.keras", run / "ema.weights.h5"
    state = {
        "epoch": 0,
        "seconds": 0.0,
        "history": [],
        "recipe": asdict(recipe),
        "backend": keras.backend.backend(),
        **(about or {}),
    }
    averaged = None
    model.compile(
        optimizer=_optimizer(recipe),
        loss=["categorical_crossentropy", *["mse"] * hints],
        metrics=[["accuracy"], *[[]] * hints] if hints else ["accuracy"],
    )
    if state_file.exists():
        state |= json.loads(state_file.read_text()) | {"recipe": asdict(recipe)}
        model.load_weights(ema_file)
        if finished(run, recipe):
            return state  # nothing left to do, and nothing of the backend it was trained on is needed
        averaged = [w.copy() for w in model.get_weights()]
        saved = keras.saving.load_model(last)
        model.set_weights(saved.get_weights())
        model.optimizer.build(model.trainable_variables)
        for ours, theirs in zip(model.optimizer.variables, saved.optimizer.variables, strict=True):
            ours.assign(theirs)
        print(f"resuming {run} after epoch {state['epoch']}, {state['seconds'] / 60:.1f} min")
    ema = Ema(recipe.ema, averaged)
    ema.steps = state["epoch"] * len(batches)
    schedule = Schedule(recipe, len(batches), state["epoch"], state["seconds"])
    while state["epoch"] < recipe.epochs and schedule.progress() < 1.0:
        batches.epoch = state["epoch"]
        begun, first = time.monotonic(), schedule.step
        log = model.fit(batches, epochs=1, verbose=1 if os.isatty(1) else 2, callbacks=[schedule, ema], shuffle=False)
        took = time.monotonic() - begun
        raw = model.get_weights()
        if ema.values is not None:
            model.set_weights(ema.values)
        figures = validate(model)
        model.save_weights(ema_file)
        model.set_weights(raw)
        model.save(last)
        state["epoch"] += 1
        state["seconds"] = schedule.seconds()
        state["history"].append(
            {
                "epoch": state["epoch"],
                "minutes": round(state["seconds"] / 60, 2),
                "loss": float(log.history["loss"][-1]),
                **figures,
            }
        )
        partial = state_file.with_suffix(".part")
        partial.write_text(json.dumps(state, indent=1))
        partial.replace(state_file)
        print(
            f"epoch {state['epoch']:3d}  {state['seconds'] / 60:6.1f} of {recipe.minutes:g} min  "
            f"{(schedule.step - first) * recipe.batch / took:5.0f} examples/s  loss {state['history'][-1]['loss']:.3f}  "
            + "  ".join(f"{k} {v:.4f}" for k, v in figures.items()),
            flush=True,
        )
    if ema_file.exists():
        model.load_weights(ema_file)
    return state


def settle_statistics(model: keras.Model, x: np.ndarray, *, batch: int = 96) -> None:
    """Make batch normalisation's statistics those of the examples `x`, not augmented, under the weights that are there.

    Averaged weights never computed the statistics that were averaged beside them (Izmailov et al. 2018, arXiv:1803.05407, section 3.2).
    """
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    usual = [norm.momentum for norm in norms]
    for i in range(len(x) // batch):
        for norm in norms:
            norm.momentum = i / (i + 1)  # the plain mean over all batches
        model(keras.ops.convert_to_tensor(x[i * batch : (i + 1) * batch]), training=True)
    for norm, momentum in zip(norms, usual):
        norm.momentum = momentum


def use_bfloat16() -> None:
    """Compute in bfloat16 and keep float32 weights, for networks built from here on. Pays on PyTorch (AMX) and on GPUs.

    Not on TensorFlow, through which a trained network is exported: LiteRT has no bfloat16.
    """
    if keras.backend.backend() == "tensorflow":
        return
    keras.config.set_dtype_policy("mixed_bfloat16")


def weights_of(source: Path) -> Path:
    """The file with the weights of a served model or of a run. Raises ModelError where there is none."""
    if source.suffix == ".tflite":
        return verified_file(source.stem, source.parent)[0]
    weights = source / "ema.weights.h5"
    if not (weights.is_file() and (source / "state.json").is_file()):  # the state is written last
        raise ModelError(
            f"{source} is neither a served file (models/face_fast.tflite) nor a run folder in which an epoch was finished"
        )
    return weights


def origin(source: Path | None) -> str | None:
    """A source of weights in words, for the card: a run or a served file with its sha256, what it had seen, who taught it and what it was grown from."""
    if source is None:
        return None
    if source.suffix == ".tflite":
        card = read_card(source.stem, source.parent)
        name, seen = f"{card['name']} {card['sha256'][:12]}", card["training"]
    else:
        state = json.loads((source / "state.json").read_text())
        name, seen = source.name, state | training_card(state)
    before = "".join(
        f", {what.replace('_', ' ')}: {seen[what]}" for what in ("teacher", "grown_from") if seen.get(what)
    )
    return f"{name}, {seen['epochs']} epochs in {seen['minutes']:g} min{before}"


def training_card(state: dict, **about) -> dict:
    """What a model's card says of its training: data, what it was grown from, recipe, seed, epochs, minutes, backend."""
    return {
        **about,
        "grown_from": state.get("grown_from"),
        "epochs": state["epoch"],
        "minutes": round(state["seconds"] / 60, 1),
        "recipe": state["recipe"],
        "backend": state["backend"],
        "keras": keras.__version__,
    }
