"""What the cards of all voice networks say: labels, temperature, held-out figures, training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emotion import metrics
from emotion.calibration import apply_temperature, fit_temperature
from emotion.datasets import Clip, load_voices
from emotion.evaluation.corpora import is_of_all_corpora
from emotion.evaluation.measurements import CORPORA_NAME, OTHER_VOICE_NAME, VOICE_COMMAND, VOICE_NAME, read_metrics
from emotion.evaluation.voices import training_command
from emotion.labels import VOICE_LABELS
from emotion.runner import ModelError
from emotion.training.run_folder import read_state, training_card


def voice_card(
    state: dict, clips: list[Clip], rows: list[int], probs: np.ndarray, *, about: dict[str, Any], **training: Any
) -> dict:
    """The card of one trained network, with the temperature fitted on its held-out clips.

    state: of its run; rows, probs: the held-out clips and the answers to them, (N, 8). Without any, the temperature
    is 1: evaluate_voice fits that of the mean on the folds, and mean_card takes it from there. about: network, input
    and what else is its own; training: what else there is to say of its training.
    """
    truth = np.array([VOICE_LABELS.index(clips[i].label) for i in rows], int)
    temperature = fit_temperature(truth, probs) if rows else 1.0
    return {
        "kind": "voice",
        "labels": list(VOICE_LABELS),
        **about,
        "temperature": round(temperature, 4),
        "fold": state["fold"],
        "left_out": state["left_out"],
        "test_actors": list(state["test_actors"]),
        "validation": {
            "speakers": list(state["validation_speakers"]),
            "clips": len(rows),
            **_held_out(truth, probs, temperature),
        },
        "training": training_card(
            state,
            data=", ".join(sorted({c.corpus for c in clips if c.family != state["left_out"]})),
            clips=state["train_clips"],
            **training,
        ),
    }


def _held_out(truth: np.ndarray, probs: np.ndarray, temperature: float) -> dict[str, float]:
    if not len(truth):
        return {}
    return {
        "uar": round(metrics.uar(truth, probs), 4),
        "ece_scaled": round(metrics.ece(truth, apply_temperature(probs, temperature)), 4),
    }


def mean_card(runs: list[Path], *, data=None, voice: str, about: dict[str, Any]) -> dict:
    """The card of the mean of several seeds' finished runs, all trained on every corpus.

    Nobody is left to calibrate the mean on. Its figures are those of the fold models' mean, measured by evaluate_voice
    with the same seeds. Its temperature is that of corpora never heard, where evaluate_corpora has measured this voice,
    because whoever uses it is a stranger to it; else that of the folds. voice: `voice` or `voice_accurate`; about: as
    in voice_card. Raises ModelError where a run or the folds' measurement is missing.
    """
    cards = []
    for run in runs:
        state = read_state(run)
        if state is None:
            raise ModelError(f"{run} is not a finished run; train it: {training_command('--seed S', voice)}")
        cards.append(training_card(state))
    seeds = [c["recipe"]["seed"] for c in cards]
    found = read_metrics()
    both = [found[name] for name in (VOICE_NAME, OTHER_VOICE_NAME) if name in found]
    measured = next((of for of in both if _is_of(of, f"{voice}_fold")), None)
    if not measured or measured["seed"] != seeds:
        raise ModelError(
            f"the mean of seeds {seeds} takes its temperature from the same mean over the folds, which is not "
            f"measured; train the folds with these seeds ({training_command('--fold K --seed S --install', voice)}) "
            f"and run {VOICE_COMMAND}"
        )
    unheard = found.get(CORPORA_NAME)
    its_own = unheard and _is_of(unheard, f"{voice}_without_") and is_of_all_corpora(unheard)
    calibrated = unheard if unheard and its_own else measured
    return {
        "kind": "voice",
        "network": measured["network"],
        "labels": list(VOICE_LABELS),
        **about,
        "temperature": round(calibrated["temperature"], 4),
        "calibrated_on": f"{calibrated['data_set']}: {calibrated['split']}",
        "fold": None,
        "left_out": None,
        "test_actors": [],
        "validation": {
            "how": "the same mean of the fold models, on RAVDESS clips of actors they have not heard",
            "clips": measured["n"],
            "uar": round(measured["uar"], 4),
            "ece_scaled": round(measured["ece"], 4),
        },
        "training": {
            "data": ", ".join(sorted({c.corpus for c in load_voices(data)})),
            "minutes": round(sum(c["minutes"] for c in cards), 1),
            "networks": cards,
        },
    }


def _is_of(measured: dict, beginning: str) -> bool:
    """Whether a measurement is of the networks whose names begin like this."""
    return all(name.startswith(beginning) for name in measured["weights_sha256"])
