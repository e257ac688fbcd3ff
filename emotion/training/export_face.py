"""A trained face network, or the mean of several, -> the file and the card that can be served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from emotion import metrics
from emotion.calibration import add_offsets, apply_temperature, fit_offset, fit_temperature
from emotion.checkpoint import verified_file
from emotion.face import prepare_crops
from emotion.labels import FACE_LABELS
from emotion.predict import load_face_model
from emotion.runner import ModelError
from emotion.training.face_data import face_split
from emotion.training.install import write_model
from emotion.training.networks import FACE_BACKBONES
from emotion.training.run_folder import AVERAGED, origin, state_of, training_card, weights_of
from emotion.training.to_tflite import export
from emotion.training.train_face import build_network, put_start, recompute_on_faces


def average_face(runs: list[Path], *, start_from: Path | None = None, data=None) -> tuple[keras.Model, dict]:
    """(network, state) with the mean of the weights of several runs that started from the same weights.

    It costs as much as one network and is better than each of them where training moved them only a little apart
    (model soups, Wortsman et al. 2022, arXiv:2203.05482). start_from: the served file that the runs were grown from,
    whose weights are then half of the mean: what it knew is kept while other faces are learned (Wortsman et al. 2022,
    arXiv:2109.01903). Raises ModelError where a run is missing or is of another model, size or start.
    """
    states, weights = [], []
    for run in runs:
        file = weights_of(run)
        states.append(state_of(run))
        if any(states[-1][k] != states[0][k] for k in ("model", "size")):
            raise ModelError(
                f"{run} is {states[-1]['model']} at {states[-1]['size']} px, "
                f"{runs[0]} {states[0]['model']} at {states[0]['size']} px: no mean of both"
            )
        network = build_network(states[0]["model"], states[0]["size"])
        network.load_weights(file)
        weights.append(network.get_weights())
    mean = [np.mean(w, axis=0) for w in zip(*weights)]
    together: dict[str, Any] = {"networks": [_training(s) for s in states]}
    if start_from is not None:
        started = origin(start_from)
        if any(state.get("grown_from") != started for state in states):
            raise ModelError(f"these runs did not all start from {start_from} as it is now: {started}")
        put_start(start_from, network, states[0]["model"], face_split(data)[0], size=states[0]["size"], seed=0)
        mean = [(ours + its) / 2 for ours, its in zip(mean, network.get_weights(), strict=True)]
        together["averaged_with"] = started
    network.set_weights(mean)
    return network, {**states[0], **together}


def export_face(network: keras.Model, state: dict, runs: list[Path], *, data=None, folder: Path) -> dict:
    """Calibrate a trained face network on the held-out faces and write `face_<model>.tflite` and its card.

    runs: the folders that its weights come from. Returns the card.
    """
    print(f"exporting into {folder}", flush=True)
    train, val, _ = face_split(data)
    size, model = state["size"], state["model"]
    if state.get("epoch", 1):  # with no epoch it was filled from `lite`, whose statistics were recomputed
        recompute_on_faces(network, train, size)
    x_val = prepare_crops(val.images, size)
    probs = network.predict(x_val, batch_size=256, verbose=0)
    card = {
        "kind": "face",
        "network": FACE_BACKBONES[model],
        "labels": list(FACE_LABELS),
        "input_size": size,
        "input": "grey face framed as FER-2013, through 48 x 48 pixels, 0…255",
        **calibrated(val.labels, probs),
        "training": {
            "data": "FER-2013 Training with FER+ votes" + (", LFW, London set" if state.get("portraits") else ""),
            "faces": state["train_faces"],
            "portraits": state.get("portraits", 0),
            "dropped_near_copies_of_test_images": state["dropped_near_copies"],
            **_training_of_all(state),
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
        run_weights=[run / AVERAGED for run in runs if (run / AVERAGED).is_file()],
    )


def calibrated(labels: np.ndarray, probs: np.ndarray) -> dict:
    """What a card says of calibration and of the held-out faces. labels (N,), probs (N, 7): the network's own answers.

    The temperature is fitted first, then the offset of the word that is answered too rarely.
    """
    temperature = fit_temperature(labels, probs)
    probs = apply_temperature(probs, temperature)
    word, offset = fit_offset(labels, probs)
    probs = add_offsets(probs, offset * np.eye(len(FACE_LABELS))[word])
    return {
        "temperature": round(temperature, 4),
        "class_offsets": {FACE_LABELS[word]: round(offset, 3)},
        "validation": {
            "faces": len(labels),
            "accuracy": round(metrics.accuracy(labels, probs), 4),
            "macro_f1": round(metrics.macro_f1(labels, probs), 4),
            "ece_scaled": round(metrics.ece(labels, probs), 4),
        },
    }


def recalibrate_face(model: str, *, models: Path, data=None, folder: Path) -> dict:
    """Calibrate the served `face_<model>` anew and write the same file with its new card into `folder`.

    Returns the card.
    """
    _, val, _ = face_split(data)
    served = load_face_model(model, folder=models)
    plain = apply_temperature(add_offsets(served.predict(val.images), -served.offsets), 1 / served.temperature)
    name = f"face_{model}"
    card = {**served.card, **calibrated(val.labels, plain)}
    write_model(name, folder, verified_file(name, models)[0].read_bytes(), card)
    return card


def _training_of_all(state: dict) -> dict:
    """What the card says of the training of one run, or of all runs that were averaged."""
    networks = state.get("networks")
    if not networks:
        return _training(state)
    found = {**{k: round(sum(n[k] for n in networks), 1) for k in ("epochs", "minutes")}, "networks": networks}
    return found | {k: state[k] for k in ("averaged_with",) if k in state}


def _training(state: dict) -> dict:
    return training_card(state, teacher=state.get("teacher"))
