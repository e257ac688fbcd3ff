"""The training loop of both models: it can be stopped and continued, is seeded, and has a time budget.

A run lives in a folder (run_folder). Calling again goes on where it stopped.
"""

from __future__ import annotations

import math
import textwrap
import time
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from emotion.runner import ModelError
from emotion.training.epoch_progress import ShowProgress
from emotion.training.keras_internals import FusedAdamW
from emotion.training.recipe import Recipe
from emotion.training.run_folder import AVERAGED, LAST, finished, read_state, write_state


class Ema(keras.callbacks.Callback):
    """Exponential moving average of every weight, batch normalization's statistics included, on the host."""

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
    """Learning rate from the share of the run that is over: of its epochs or its budget, whichever is larger.

    Stops at the budget.
    """

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
        if p < r.warmup:
            shape = p / r.warmup
        else:
            shape = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (p - r.warmup) / (1 - r.warmup)))
        self.model.optimizer.learning_rate.assign(r.learning_rate * max(shape, 1e-3))
        self.step += 1

    def on_train_batch_end(self, batch, logs=None):
        if self.progress() >= 1.0:
            self.model.stop_training = True


def fit(
    model: keras.Model,
    batches: keras.utils.PyDataset,
    validate,
    recipe: Recipe,
    run: Path,
    about: dict | None = None,
) -> dict:
    """Train `model` in the folder `run`, or go on with what is there. Returns the final state.

    batches: a PyDataset of (inputs, soft targets). validate(model) -> dict of figures, called with the averaged
    weights after each epoch. The model holds the averaged weights when this returns. about: kept in the state as it
    was when the run began. Raises ModelError where the folder cannot be continued, with what to do.
    """
    run.mkdir(parents=True, exist_ok=True)
    state = {
        "epoch": 0,
        "seconds": 0.0,
        "history": [],
        "recipe": asdict(recipe),
        "backend": keras.backend.backend(),
        **(about or {}),
    }
    averaged, saved = None, read_state(run)
    if saved is not None:
        state |= saved | {"recipe": asdict(recipe)}
        load_averaged(model, run)
        if finished(run, recipe):
            return state  # nothing left to do, and nothing of the backend it was trained on is needed
        averaged = [w.copy() for w in model.get_weights()]
    _compile(model, recipe)
    if saved is not None:
        _load_last(model, run, state["backend"])
        print(f"resuming {run} after epoch {state['epoch']}, {state['seconds'] / 60:.1f} min")
    ema = Ema(recipe.ema, averaged)
    ema.steps = state["epoch"] * len(batches)
    schedule = Schedule(recipe, len(batches), state["epoch"], state["seconds"])
    shown = ShowProgress(
        batches=len(batches),
        batch_size=recipe.batch,
        seconds_left=lambda: 60 * recipe.minutes - schedule.seconds(),
    )
    while state["epoch"] < recipe.epochs and schedule.progress() < 1.0:
        batches.epoch = shown.epoch = state["epoch"]
        begun, first = time.monotonic(), schedule.step
        log = model.fit(batches, epochs=1, verbose=0, callbacks=[schedule, ema, shown], shuffle=False)
        took = time.monotonic() - begun
        last_weights = model.get_weights()
        if ema.values is not None:
            model.set_weights(ema.values)
        figures = validate(model)
        _replace(run / AVERAGED, model.save_weights)
        model.set_weights(last_weights)
        _replace(run / LAST, model.save)
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
        write_state(run, state)
        print(
            f"epoch {state['epoch']:3d}  {state['seconds'] / 60:6.1f} of {recipe.minutes:g} min  "
            f"{(schedule.step - first) * recipe.batch / took:5.0f} examples/s  loss {state['history'][-1]['loss']:.3f}"
            + "".join(f"  {k} {v:.4f}" for k, v in figures.items()),
            flush=True,
        )
    if (run / AVERAGED).exists():
        model.load_weights(run / AVERAGED)
    return state


def _compile(model: keras.Model, recipe: Recipe) -> None:
    clip, decay = recipe.clip_norm, recipe.weight_decay
    if recipe.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(
            recipe.learning_rate, momentum=0.9, nesterov=True, weight_decay=decay, clipnorm=clip
        )
    else:
        optimizer = FusedAdamW(recipe.learning_rate, weight_decay=decay, clipnorm=clip)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])


def _replace(file: Path, save) -> None:
    """Let `save` write a file, in one step: a run that is stopped while it saves keeps what it had."""
    partial = file.with_name(f"part-{file.name}")  # Keras looks at how the name ends
    save(partial)
    partial.replace(file)


def load_averaged(model: keras.Model, run: Path) -> None:
    """Put the averaged weights of a run into the model. Raises ModelError where they do not fit."""
    try:
        model.load_weights(run / AVERAGED)
    except Exception as e:  # of a file that it cannot read, Keras raises errors of many kinds
        raise ModelError(
            f"the weights in {run / AVERAGED} cannot be loaded ({_in_one_line(e)}); "
            "start again in another run folder: with another --seed or --runs"
        ) from e


def _load_last(model: keras.Model, run: Path, backend: str) -> None:
    """Weights and optimizer as they were after the last epoch."""
    try:
        saved = keras.saving.load_model(run / LAST)
        model.set_weights(saved.get_weights())
        model.optimizer.build(model.trainable_variables)
        for ours, theirs in zip(model.optimizer.variables, saved.optimizer.variables, strict=True):
            ours.assign(theirs)
    except Exception as e:  # as above
        here = keras.backend.backend()
        other = "" if backend == here else f"It was trained with KERAS_BACKEND={backend}, and this is {here}. "
        raise ModelError(
            f"training cannot go on from {run / LAST} ({_in_one_line(e)}). {other}Start again in another run folder, "
            "with another --seed or --runs; or export what this run has learned: the same command with --epochs 0"
        ) from e


def _in_one_line(error: Exception) -> str:
    """The beginning of an error's text: Keras writes many lines."""
    return textwrap.shorten(str(error), 200, placeholder=" …")


def use_bfloat16() -> None:
    """Compute in bfloat16 and keep float32 weights, for networks built after this call.

    Faster on PyTorch, on processors with AMX and on GPUs. Not on TensorFlow, through which a trained network is
    exported: LiteRT has no bfloat16.
    """
    if keras.backend.backend() == "tensorflow":
        return
    keras.config.set_dtype_policy("mixed_bfloat16")
