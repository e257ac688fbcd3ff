"""The files in models/metrics that the results pages show: what is measured, by which command, and how to read them.

Each measurement writes NAME.json (the figures), some also NAME.npz (a row per example: its label, the model's answer).
NAME is model-split. Everything goes through emotion.predict, so what is measured is what the app shows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from emotion import fusion
from emotion.checkpoint import read_card
from emotion.datasets import PORTRAIT_SETS
from emotion.paths import MODELS
from emotion.predict import VOICE_MODELS, better_voice_model
from emotion.runner import ModelError

METRICS = MODELS / "metrics"
FACE_SPLITS = ("PublicTest", "PrivateTest", "test")  # test: both together, the Kaggle folder of that name
# what is measured of the voice is of the better model; of the other one the folds only
VOICE_NAME, OTHER_VOICE_NAME = "voice-ravdess-5fold", "voice-other-ravdess-5fold"
CORPORA_NAME, CHANNELS_NAME = "voice-unseen-corpora", "voice-channels"
BROWSER_NAME, FUSION_NAME, STRANGERS_NAME, PERSONAL_NAME, WINDOWS_NAME, PERSON_NAME = (
    "voice-browser",
    "fusion-paired",
    "fusion-unseen-corpora",
    "voice-personal",
    "voice-windows",
    "face-own-neutral",
)
OWN_VOICE_NAME, SPEAKERS_NAME = "voice-own-centre", "speakers"
GRID_NAME, FILMS_NAME = "fusion-made-worse", "fusion-films"
CALM_NAME = "fusion-calm"
VOICE_COMMAND, CORPORA_COMMAND, CHANNELS_COMMAND, BROWSER_COMMAND, FUSION_COMMAND, PERSONAL_COMMAND, WINDOWS_COMMAND = (
    f"python -m emotion evaluate {what}"
    for what in ("voice", "corpora", "channels", "browser", "fusion", "personal", "windows")
)
PERSON_COMMAND, SPEAKERS_COMMAND = "python -m emotion evaluate person", "python -m emotion evaluate speakers"
MATRIX_KINDS = ("face", "voice", "fusion")  # measurements with a confusion matrix; others have figures of their own

Progress = Callable[[str, int, int], None]


def face_name(model: str, split: str) -> str:
    """Name of the measurement of face model `accurate` or `fast` on a split."""
    return f"face_{model}-{split}"


def contempt_name(model: str) -> str:
    """Name of the measurement of contempt by face model `accurate` or `fast`."""
    return face_name(model, "contempt")


def face_command(model: str) -> str:
    """The command that measures this face model."""
    return f"python -m emotion evaluate face --model {model}"


# What a complete set of measurements consists of -> the command that writes it.
EXPECTED = {
    **{
        face_name(model, split): face_command(model)
        for model in ("accurate", "fast")
        for split in (*FACE_SPLITS, *PORTRAIT_SETS, "contempt")
    },
    PERSON_NAME: PERSON_COMMAND,
    VOICE_NAME: VOICE_COMMAND,
    OTHER_VOICE_NAME: VOICE_COMMAND,
    WINDOWS_NAME: WINDOWS_COMMAND,
    CORPORA_NAME: CORPORA_COMMAND,
    PERSONAL_NAME: PERSONAL_COMMAND,
    CHANNELS_NAME: CHANNELS_COMMAND,
    OWN_VOICE_NAME: PERSON_COMMAND,
    BROWSER_NAME: BROWSER_COMMAND,
    FUSION_NAME: FUSION_COMMAND,
    STRANGERS_NAME: FUSION_COMMAND,
    GRID_NAME: FUSION_COMMAND,
    FILMS_NAME: FUSION_COMMAND,
    CALM_NAME: FUSION_COMMAND,
    SPEAKERS_NAME: SPEAKERS_COMMAND,
}


def _rounded(value: Any) -> Any:
    """The same structure with floats at five decimals, so that files stay readable and their changes small."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(v) for v in value]
    return round(float(value), 5) if isinstance(value, (float, np.floating)) else value


def write_metrics(name: str, found: dict, rows: dict[str, np.ndarray] | None, out: Path) -> dict:
    """Write a measurement: NAME.json and, with rows, NAME.npz. Returns the figures as they stand in the file."""
    out.mkdir(parents=True, exist_ok=True)
    found = _rounded(found)
    (out / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if rows is not None:
        np.savez_compressed(out / f"{name}.npz", allow_pickle=False, **rows)
    return found


def read_metrics(folder: Path | None = None) -> dict[str, dict]:
    """All measurements in a folder: name -> figures, in the order of EXPECTED. Empty where there are none."""
    known = list(EXPECTED)
    files = sorted(
        (folder or METRICS).glob("*.json"),
        key=lambda p: (known.index(p.stem) if p.stem in known else len(known), p.stem),
    )
    return {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in files}


def read_predictions(name: str, folder: Path | None = None) -> dict[str, np.ndarray] | None:
    """The rows of a measurement, arrays of one length (paths, labels, predicted, probs, …); None: there is no file."""
    path = (folder or METRICS) / f"{name}.npz"
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as rows:
        return {key: rows[key] for key in rows.files}


def measured_voice(models: Path = MODELS) -> str:
    """The files of the voice model that is measured (`voice`, `voice_accurate`): of those there, the app's default."""
    return VOICE_MODELS[better_voice_model(models)]


def is_of_voice(name: str, voice: str) -> bool:
    """Whether a network's name is that of this voice model (`voice`, `voice_accurate`), of its folds or its corpora."""
    return name == voice or name.startswith((f"{voice}_fold", f"{voice}_without_"))


def outdated(found: dict, models: Path = MODELS) -> list[str]:
    """Models (and `fusion`, the weights of the pool) that are others now than when this was measured.

    They have other weights, or are of a voice model that is no longer the one that is measured.
    """

    def present(name: str) -> str:
        try:
            return read_card(name, models)["sha256"]
        except ModelError:
            return ""

    voice = found["model"].removeprefix("voice ")  # `voice fast`: of the one that is not the default
    voice = VOICE_MODELS.get(voice) or measured_voice(models)
    changed = [
        name
        for name, digest in found["weights_sha256"].items()
        if present(name) != digest or (name.startswith("voice") and not is_of_voice(name, voice))
    ]
    return changed + ["fusion"] * (found.get("fusion_weights", fusion.learned_weights()) != fusion.learned_weights())


def cell_rows(rows: dict[str, np.ndarray], true: int, predicted: int) -> np.ndarray:
    """Row numbers of the examples in one cell of the confusion matrix, the most confident answers first."""
    inside = np.flatnonzero((rows["labels"] == true) & (rows["predicted"] == predicted))
    return inside[np.argsort(-rows["probs"][inside, predicted].astype(np.float32), kind="stable")]


def show_progress(what: str, done: int, total: int) -> None:
    """One line on stderr that counts up."""
    print(f"\r{what}: {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def out_folder(out: Path | None, limit: int | None) -> Path:
    """Where a measurement goes. Raises ValueError when a limited one would replace that of the whole split."""
    if limit is not None and out is None:
        raise ValueError(
            f"a run with limit={limit} is not the whole split; pass out=FOLDER, so that it does not replace the files "
            "of the whole one"
        )
    return out or METRICS


def rows_of(
    name: str, folder: Path, models: Path, *, limit: int | None, measure: Callable[[], dict]
) -> dict[str, np.ndarray] | None:
    """Rows of a measurement of the present weights, from its files; measured now where those are missing or old.

    None where measuring does not give such rows.
    """
    known = read_metrics(folder).get(name)
    if not known or known["limited_to"] != limit or outdated(known, models) or read_predictions(name, folder) is None:
        measure()
    return read_predictions(name, folder)


def print_table(written: dict[str, dict]) -> None:
    """The main figures of each measurement, one line each, on stdout."""
    width = max(len(name) for name in written)
    print(f"{'':{width}s}      n  accuracy  macro-F1    UAR    ECE")
    for name, f in written.items():
        low, high = f["interval_95"]
        print(
            f"{name:{width}s}  {f['n']:5d}    {f['accuracy']:6.1%}    {f['macro_f1']:6.1%} {f['uar']:6.1%} "
            f"{f['ece']:6.1%}   95 % {low:.1%} … {high:.1%}"
        )
