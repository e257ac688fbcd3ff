"""Measuring the served models: the files under models/metrics that the results pages read.

Everything goes through emotion.predict, so what is measured is what the app shows. Each measurement writes NAME.json (the
figures) and NAME.npz (one row per example: what it was, what the model said), where NAME is model-split.
"""
from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from emotion import audio, fusion, metrics
from emotion.calibration import EPSILON, apply_temperature, fit_temperature
from emotion.checkpoint import MODELS, ModelError, read_card
from emotion.datasets import RAVDESS_FOLDS, DatasetError, FaceSet, fold_of, load_fer2013, load_ravdess
from emotion.labels import FACE_LABELS, VOICE_LABELS, VOICE_TO_FACE
from emotion.predict import FaceModel, VoiceModel, better_face_model, load_face_model

METRICS = MODELS / "metrics"
FACE_SPLITS = ("PublicTest", "PrivateTest", "test")   # test: both together, the Kaggle folder of that name
VOICE_NAME, CORPORA_NAME, CHANNELS_NAME = "voice-ravdess-5fold", "voice-unseen-corpora", "voice-channels"
BROWSER_NAME, FUSION_NAME = "voice-browser", "fusion-paired"
VOICE_COMMAND, CORPORA_COMMAND, CHANNELS_COMMAND, BROWSER_COMMAND, FUSION_COMMAND = (
    f"python -m emotion evaluate {what}" for what in ("voice", "corpora", "channels", "browser", "fusion"))
MATRIX_KINDS = ("face", "voice", "fusion")            # measurements with a confusion matrix; others have figures of their own
AGREEMENT_BANDS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0))  # share of FER+ annotators behind the top answer, (low, high]
SHIFT_PX = 2                                          # test-time averaging moves a 48-pixel face by this much
FUSION_DRAWS = 100                                    # random pairings of every clip with a face of its label
FUSION_METHODS = ("face", "voice", "average", "hybrid")

Progress = Callable[[str, int, int], None]


def face_name(model: str, split: str) -> str:
    """Name of the measurement of face model `accurate` or `fast` on a split."""
    return f"face_{model}-{split}"


def face_command(model: str) -> str:
    """The command that measures this face model."""
    return f"python -m emotion evaluate face --model {model}"


# What a complete set of measurements consists of -> the command that writes it.
EXPECTED = {
    **{face_name(model, split): face_command(model) for model in ("accurate", "fast") for split in FACE_SPLITS},
    VOICE_NAME: VOICE_COMMAND,
    CORPORA_NAME: CORPORA_COMMAND,
    CHANNELS_NAME: CHANNELS_COMMAND,
    BROWSER_NAME: BROWSER_COMMAND,
    FUSION_NAME: FUSION_COMMAND,
}


# --- what others reached, to stand beside our numbers ---------------------------------------------------

PUBLISHED, MEASURED_HERE = "published", "measured by us on this data"


@dataclass(frozen=True)
class Anchor:
    """A number to compare with."""

    task: str             # data set, or what is compared
    system: str           # whose method, and the protocol where it matters
    metric: str           # accuracy, UAR, macro-F1, points
    percent: float
    origin: str           # PUBLISHED or MEASURED_HERE
    source: str           # where it stands
    spread: float | None = None  # as its authors give it


_FER, _FERPLUS, _RAVDESS, _BOTH = "FER-2013", "FER+ majority label", "RAVDESS speech", "Face and voice together"
_LUNA_2021 = "Luna-Jiménez et al. 2021, Sensors 21:7665"
_LUNA_2022 = "Luna-Jiménez et al. 2022, Appl. Sci. 12:327, doi 10.3390/app12010327"
_PHAM = "Pham, Vu & Tran, Facial Expression Recognition Using Residual Masking Network"
_NOTES = "literature, as collected in the project's design notes"
_OWN_NOTES = "the project's design notes"

ANCHORS = (
    Anchor(_FER, "VGG from scratch, ten-crop (that split is PublicTest)", "accuracy", 73.28, PUBLISHED, "Khaireddin & Chen 2021, arXiv:2105.03588"),
    Anchor(_FER, "ResNet18 from scratch, ten-crop, PrivateTest", "accuracy", 73.70, PUBLISHED,
           "github.com/LetheSec/Fer2013-Facial-Emotion-Recognition-Pytorch"),
    Anchor(_FER, "ResMaskingNet, ImageNet weights, 224 px, PrivateTest", "accuracy", 74.14, PUBLISHED, _PHAM),
    Anchor(_FER, "ResMaskingNet in an ensemble of 7, PrivateTest", "accuracy", 76.82, PUBLISHED, _PHAM),
    Anchor(_FER, "fer package (mini-Xception), PrivateTest", "accuracy", 65.45, MEASURED_HERE, _OWN_NOTES),
    Anchor(_FER, "fer package (mini-Xception), PrivateTest", "macro-F1", 63.6, MEASURED_HERE, _OWN_NOTES),
    Anchor(_FERPLUS, "VGG13", "accuracy", 83.3, PUBLISHED, _NOTES + "; the labels: Barsoum et al. 2016, arXiv:1608.01041"),
    Anchor(_FERPLUS, "ResNet50, pretrained", "accuracy", 83.8, PUBLISHED, _NOTES),
    Anchor(_RAVDESS, "openSMILE ComParE + linear SVM, 8 classes, these five folds", "accuracy", 57.1, MEASURED_HERE, _OWN_NOTES),
    Anchor(_RAVDESS, "openSMILE ComParE + linear SVM, 8 classes, these five folds", "UAR", 56.5, MEASURED_HERE, _OWN_NOTES),
    Anchor(_RAVDESS, "first trial, CNN-BiLSTM of 338 k parameters, all corpora, 7 classes (calm = neutral), first fold only", "UAR", 72.1,
           MEASURED_HERE, _OWN_NOTES),
    Anchor(_RAVDESS, "ResLSTM + attention, best from scratch, 8 classes", "UAR", 62.3, PUBLISHED, _NOTES, spread=1.2),
    Anchor(_RAVDESS, "CNN14 pretrained on AudioSet, 8 classes, these five folds", "accuracy", 76.6, PUBLISHED, _LUNA_2021),
    Anchor(_RAVDESS, "wav2vec 2.0 fine-tuned, 8 classes, these five folds", "accuracy", 81.8, PUBLISHED, _LUNA_2022),
    Anchor(_RAVDESS, "people listening, voice only", "accuracy", 67.0, PUBLISHED, _NOTES),
    Anchor(_BOTH, "late fusion on RAVDESS, gain over the better single modality", "points", 4.9, PUBLISHED, _LUNA_2022),
)


# --- files ----------------------------------------------------------------------------------------------

def _rounded(value):
    """The same structure with floats at five decimals: files stay readable and differences small."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(v) for v in value]
    return round(float(value), 5) if isinstance(value, (float, np.floating)) else value


def write_metrics(name: str, found: dict, rows: dict[str, np.ndarray] | None, out: Path) -> dict:
    out.mkdir(parents=True, exist_ok=True)
    found = _rounded(found)
    (out / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if rows is not None:
        np.savez_compressed(out / f"{name}.npz", **rows)
    return found


def read_metrics(folder: Path | None = None) -> dict[str, dict]:
    """All measurements in a folder: name -> figures, in the order of EXPECTED. Empty where there are none."""
    known = list(EXPECTED)
    files = sorted((folder or METRICS).glob("*.json"), key=lambda p: (known.index(p.stem) if p.stem in known else len(known), p.stem))
    return {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in files}


def read_predictions(name: str, folder: Path | None = None) -> dict[str, np.ndarray] | None:
    """The rows of a measurement, arrays of one length (paths, labels, predicted, probs, …); None when there is no file."""
    path = (folder or METRICS) / f"{name}.npz"
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as rows:
        return {key: rows[key] for key in rows.files}


def outdated(found: dict, models: Path = MODELS) -> list[str]:
    """Models (and `fusion`, for the pool's exponents) whose present weights are not the ones these figures were taken with."""
    def present(name: str) -> str:
        try:
            return read_card(name, models)["sha256"]
        except ModelError:
            return ""
    changed = [name for name, digest in found["weights_sha256"].items() if present(name) != digest]
    return changed + ["fusion"] * (found.get("fusion_weights", fusion.learned_weights()) != fusion.learned_weights())


def cell_rows(rows: dict[str, np.ndarray], true: int, predicted: int) -> np.ndarray:
    """Indices of the examples in one cell of the confusion matrix, the surest answers first."""
    inside = np.flatnonzero((rows["labels"] == true) & (rows["predicted"] == predicted))
    return inside[np.argsort(-rows["probs"][inside, predicted].astype(np.float32), kind="stable")]


def show_progress(what: str, done: int, total: int) -> None:
    """One line on stderr that counts up."""
    print(f"\r{what}: {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def out_folder(out: Path | None, limit: int | None) -> Path:
    if limit is not None and out is None:
        raise ValueError(f"a run with limit={limit} is not the whole split; pass out=FOLDER so that it does not replace the real files")
    return out or METRICS


def evenly(n: int, limit: int | None) -> np.ndarray:
    """At most `limit` row numbers, evenly over all n, so that every class comes along."""
    return np.arange(n) if limit is None or limit >= n else np.linspace(0, n - 1, limit).astype(int)


# --- figures --------------------------------------------------------------------------------------------

def figures(labels: np.ndarray, probs: np.ndarray, names: tuple[str, ...]) -> dict:
    """Every figure of merit of one set. labels: int (N,); probs: float (N, C) over `names`."""
    return {
        "n": len(labels),
        "accuracy": metrics.accuracy(labels, probs),
        "macro_f1": metrics.macro_f1(labels, probs),
        "uar": metrics.uar(labels, probs),
        "ece": metrics.ece(labels, probs),
        "per_class": [{"label": name, **row} for name, row in zip(names, metrics.per_class(labels, probs), strict=True)],
        "confusion": metrics.confusion(labels, probs.argmax(axis=1), len(names)).tolist(),
        "reliability": metrics.reliability(labels, probs),
    }


def short_figures(labels: np.ndarray, probs: np.ndarray) -> dict:
    """Count, accuracy, macro-F1, UAR and ECE only, for subgroups."""
    return {"n": len(labels), "accuracy": metrics.accuracy(labels, probs), "macro_f1": metrics.macro_f1(labels, probs),
            "uar": metrics.uar(labels, probs), "ece": metrics.ece(labels, probs)}


def right_answers(labels: np.ndarray, probs: np.ndarray) -> np.ndarray:
    return (probs.argmax(axis=1) == labels).astype(float)


def mean_and_spread(values) -> dict:
    """Mean and sample standard deviation (None for a single value)."""
    values = np.asarray(values, float)
    return {"mean": float(values.mean()), "std": float(values.std(ddof=1)) if len(values) > 1 else None}


# --- faces ----------------------------------------------------------------------------------------------

def ten_views(crops: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W) -> (10, N, H, W): the face as it is and moved to four corners by SHIFT_PX, each also mirrored."""
    padded = np.pad(crops, ((0, 0), (SHIFT_PX, SHIFT_PX), (SHIFT_PX, SHIFT_PX)), mode="edge")
    height, width = crops.shape[1:]
    far = 2 * SHIFT_PX
    corners = ((SHIFT_PX, SHIFT_PX), (0, 0), (0, far), (far, 0), (far, far))
    views = [padded[:, y:y + height, x:x + width] for y, x in corners]
    return np.stack(views + [v[:, :, ::-1] for v in views])


def agreement_bands(labels: np.ndarray, probs: np.ndarray, agreement: np.ndarray) -> list[dict]:
    """Accuracy where few or many annotators agreed. agreement: (N,) in 0…1, NaN where there were no votes."""
    out = []
    for low, high in AGREEMENT_BANDS:
        inside = (agreement > low + 1e-6) & (agreement <= high + 1e-6)
        if inside.any():
            out.append({"above": low, "up_to": high, "n": int(inside.sum()), "accuracy": metrics.accuracy(labels[inside], probs[inside])})
    return out


def face_figures(faces: FaceSet, probs: np.ndarray, *, temperature: float, averaged: np.ndarray | None = None) -> dict:
    """Figures of one split: plain, before calibration, against FER+, by agreement, and with ten views when given."""
    found = figures(faces.labels, probs, FACE_LABELS)
    found["interval_95"] = metrics.bootstrap_interval(right_answers(faces.labels, probs), np.arange(len(faces)))
    found["temperature"] = temperature
    # softmax(z / T) raised to T and normalised is softmax(z)
    found["ece_uncalibrated"] = metrics.ece(faces.labels, apply_temperature(probs, 1 / temperature))
    found["ten_views"] = None if averaged is None else short_figures(faces.labels, averaged)
    majority = faces.ferplus_majority()
    voted = majority >= 0
    found["ferplus"] = short_figures(majority[voted], probs[voted]) if voted.any() else None
    found["by_agreement"] = agreement_bands(faces.labels, probs, faces.agreement)
    return found


def _face_probabilities(network: FaceModel, images: np.ndarray, what: str, progress: Progress, *, tta: bool) -> tuple[np.ndarray, np.ndarray | None]:
    plain, averaged = [], []
    for start in range(0, len(images), 64):
        block = images[start:start + 64]
        if tta:
            views = np.stack([network.predict(view) for view in ten_views(block)])  # (10, block, 7), first the face as it is
            plain.append(views[0])
            averaged.append(views.mean(axis=0))
        else:
            plain.append(network.predict(block))
        progress(what, min(start + 64, len(images)), len(images))
    return np.concatenate(plain), np.concatenate(averaged) if tta else None


def evaluate_face(model: str = "accurate", *, data=None, tta: bool = False, limit: int | None = None, out: Path | None = None,
                  models: Path = MODELS, today: date | None = None, progress: Progress = show_progress) -> dict[str, dict]:
    """Measure a face model on FER-2013 PublicTest, PrivateTest and both, and write the files.

    tta also averages ten views of each face (ten times slower); the plain single pass stays the headline. limit: only that many
    faces, evenly spread, written to `out`. The merged Kaggle layout without index.csv gives only "test".
    Returns name -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder = out_folder(out, limit)
    network = load_face_model(model, folder=models)
    faces = load_fer2013(data, usages=("PublicTest", "PrivateTest", "Test"))
    faces = faces.where(evenly(len(faces), limit))
    probs, averaged = _face_probabilities(network, faces.images, f"face {model}", progress, tta=tta)
    card = network.card
    common = {
        "model": card["name"], "network": card["network"], "kind": "face", "data_set": "FER-2013", "labels": list(FACE_LABELS),
        "seed": card["training"]["recipe"]["seed"], "date": (today or date.today()).isoformat(),
        "weights_sha256": {card["name"]: card["sha256"]}, "command": face_command(model) + (" --tta" if tta else ""),
        "limited_to": limit,
        "protocol": "The served model, one look at each picture as it comes. Nothing was trained or chosen on these pictures; "
                    f"{card['training']['dropped_near_copies_of_test_images']} near-copies of them were taken out of training.",
    }
    splits = {s: faces.usage == s for s in FACE_SPLITS[:2] if (faces.usage == s).any()}
    splits["test"] = np.ones(len(faces), bool)
    written = {}
    for split, inside in splits.items():
        part = faces.where(inside)
        found = {**common, "split": split, **face_figures(part, probs[inside], temperature=network.temperature,
                                                          averaged=None if averaged is None else averaged[inside])}
        name = face_name(model, split)
        written[name] = write_metrics(name, found, {
            "paths": part.paths, "labels": part.labels.astype(np.uint8),
            "predicted": probs[inside].argmax(axis=1).astype(np.uint8), "probs": probs[inside].astype(np.float16)}, folder)
    print_table(written)
    return written


# --- voices ---------------------------------------------------------------------------------------------

def fold_model_name(fold: int, seed: int) -> str:
    """Name of the voice model that has not seen the actors of a fold."""
    return f"voice_fold{fold}_seed{seed}"


def without_model_name(corpus: str, seed: int) -> str:
    """Name of the voice model that has not heard a corpus."""
    return f"voice_without_{corpus}_seed{seed}"


def fold_seeds(models: Path = MODELS) -> list[int]:
    """Seeds with which all five fold models are there."""
    seeds = sorted(int(p.stem.rsplit("_seed", 1)[1]) for p in models.glob("voice_fold0_seed*.json"))
    return [s for s in seeds if all((models / f"{fold_model_name(k, s)}.json").is_file() for k in range(len(RAVDESS_FOLDS)))]


def needed_fold_seeds(models: Path = MODELS) -> list[int]:
    """fold_seeds; raises ModelError, with the command that trains them, where there are none."""
    seeds = fold_seeds(models)
    if not seeds:
        raise ModelError(f"the five fold models {fold_model_name(0, 0)} … {fold_model_name(4, 0)} are not all in {models}; train them: "
                         "for k in 0 1 2 3 4; do python -m emotion train voice --fold $k; done")
    return seeds


def seven_classes(probs: np.ndarray) -> np.ndarray:
    """Probabilities over VOICE_LABELS (N, 8) -> over FACE_LABELS (N, 7): calm counts as neutral."""
    to_face = np.zeros((len(VOICE_LABELS), len(FACE_LABELS)), np.float32)
    for i, label in enumerate(VOICE_LABELS):
        to_face[i, FACE_LABELS.index(VOICE_TO_FACE[label])] = 1
    return probs @ to_face


def seven_labels(labels: np.ndarray) -> np.ndarray:
    """Indices into VOICE_LABELS -> indices into FACE_LABELS."""
    return np.array([FACE_LABELS.index(VOICE_TO_FACE[label]) for label in VOICE_LABELS])[labels]


def voice_figures(labels: np.ndarray, probs: np.ndarray, *, actors: np.ndarray, genders: np.ndarray, intensities: np.ndarray) -> dict:
    """Figures of out-of-fold answers: overall, per fold, per actor, women and men, normal and strong. All arrays (N,), probs (N, 8).

    The interval resamples actors, because clips of one actor are alike.
    """
    folds = np.array([fold_of(int(a)) for a in actors])
    found = figures(labels, probs, VOICE_LABELS)
    found["interval_95"] = metrics.bootstrap_interval(right_answers(labels, probs), actors)
    group = lambda mask: short_figures(labels[mask], probs[mask])  # noqa: E731
    found["folds"] = [{"fold": int(k), "actors": list(RAVDESS_FOLDS[k]), **group(folds == k)} for k in np.unique(folds)]
    found["over_folds"] = {m: mean_and_spread([r[m] for r in found["folds"]]) for m in ("accuracy", "uar", "macro_f1")}
    found["by_actor"] = [{"actor": int(a), "gender": str(genders[actors == a][0]), "fold": fold_of(int(a)), **group(actors == a)}
                         for a in np.unique(actors)]
    found["by_gender"] = [{"gender": str(g), **group(genders == g)} for g in np.unique(genders)]
    found["by_intensity"] = [{"intensity": str(i), **group(intensities == i)} for i in np.unique(intensities)]
    found["seven_classes"] = short_figures(seven_labels(labels), seven_classes(probs))
    return found


def single_networks(labels: np.ndarray, probs: np.ndarray, folds: np.ndarray, seeds: list[int]) -> dict:
    """What one network alone reaches: per seed and fold, and mean and spread over seeds. probs: (S, N, 8); labels, folds: (N,)."""
    runs = [{"seed": s, "fold": int(k), **short_figures(labels[folds == k], probs[j, folds == k])}
            for j, s in enumerate(seeds) for k in np.unique(folds)]
    every = [short_figures(labels, p) for p in probs]
    return {"runs": runs, "over_seeds": {m: mean_and_spread([f[m] for f in every]) for m in ("accuracy", "uar", "macro_f1", "ece")}}


class FoldVoice:
    """What the app's voice model would be without one fold's actors: the mean of the fold's networks, one per seed."""

    def __init__(self, fold: int, seeds: list[int], models: Path):
        self.networks = [VoiceModel(fold_model_name(fold, s), folder=models) for s in seeds]
        for network, seed in zip(self.networks, seeds, strict=True):
            if sorted(network.card["test_actors"]) != sorted(RAVDESS_FOLDS[fold]):
                raise ModelError(f"{network.card['name']} left out actors {network.card['test_actors']}, fold {fold} tests "
                                 f"{list(RAVDESS_FOLDS[fold])}; train it again: python -m emotion train voice --fold {fold} --seed {seed}")

    def each(self, waveform: np.ndarray, sample_rate: float) -> np.ndarray:
        """What each network says: (S, 8), each with its own temperature."""
        return np.stack([n.predict(waveform, sample_rate) for n in self.networks])

    def predict(self, waveform: np.ndarray, sample_rate: float) -> np.ndarray:
        """Their mean (8,), without a temperature."""
        return self.mean(self.each(waveform, sample_rate))

    def mean(self, each: np.ndarray) -> np.ndarray:
        """(S, …, 8) of `each` -> (…, 8): the mean before any temperature, as the served file forms it."""
        # softmax(z / T) raised to T and normalised is softmax(z)
        return np.mean([apply_temperature(p, 1 / n.temperature) for p, n in zip(each, self.networks, strict=True)], axis=0)


def fold_voices(models: Path = MODELS) -> tuple[list[FoldVoice], list[int]]:
    """The five FoldVoice, and the seeds they are made of. Raises ModelError when no seed has all five fold models."""
    seeds = needed_fold_seeds(models)
    return [FoldVoice(fold, seeds, models) for fold in range(len(RAVDESS_FOLDS))], seeds


def fold_weights(voices: list[FoldVoice]) -> dict[str, str]:
    """Name -> sha256 of every network in them."""
    return {n.card["name"]: n.card["sha256"] for v in voices for n in v.networks}


def network_of(voices: list[FoldVoice]) -> str:
    """The network in words."""
    count = len(voices[0].networks)
    return voices[0].networks[0].card["network"] + (f", mean of {count}" if count > 1 else "")


def fit_crosswise(labels: np.ndarray, probs: np.ndarray, folds: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Each fold's probabilities with the temperature fitted on the other folds' actors: (N, 8), and the temperature per fold."""
    out, temperatures = np.zeros_like(probs), []
    for k in range(len(RAVDESS_FOLDS)):
        others, own = folds != k, folds == k
        temperatures.append(fit_temperature(labels[others], probs[others]) if others.any() else 1.0)
        out[own] = apply_temperature(probs[own], temperatures[-1])
    return out, temperatures


def evaluate_voice(*, data=None, limit: int | None = None, out: Path | None = None, models: Path = MODELS,
                   today: date | None = None, progress: Progress = show_progress) -> dict[str, dict]:
    """Measure the voice network on RAVDESS speech, five speaker-independent folds, and write the files.

    Each clip is judged by the networks of its fold, one per seed, that have never heard its actor; the figures are of their mean,
    and of each alone. Returns name -> figures. Raises DatasetError, or ModelError when no seed has all five fold models.
    """
    folder = out_folder(out, limit)
    voices, seeds = fold_voices(models)
    clips = load_ravdess(data)
    clips = [clips[i] for i in evenly(len(clips), limit)]
    labels = np.array([VOICE_LABELS.index(c.label) for c in clips])
    actors = np.array([c.actor for c in clips])
    folds = np.array([fold_of(c.actor) for c in clips])
    each = np.zeros((len(seeds), len(clips), len(VOICE_LABELS)), np.float32)
    for i, clip in enumerate(clips):
        each[:, i] = voices[folds[i]].each(audio.read_audio(clip.path), audio.SAMPLE_RATE)
        if (i + 1) % 20 == 0 or i + 1 == len(clips):
            progress("voice", i + 1, len(clips))
    mean = np.zeros_like(each[0])
    for k, voice in enumerate(voices):
        mean[folds == k] = voice.mean(each[:, folds == k])
    probs, temperatures = fit_crosswise(labels, mean, folds)
    groups = {"actors": actors, "genders": np.array([c.gender for c in clips]), "intensities": np.array([c.intensity for c in clips])}
    found = {
        "model": "voice", "network": network_of(voices), "kind": "voice", "data_set": "RAVDESS speech",
        "split": "ravdess-5fold", "labels": list(VOICE_LABELS), "seed": seeds[0] if len(seeds) == 1 else seeds,
        "date": (today or date.today()).isoformat(), "weights_sha256": fold_weights(voices), "command": VOICE_COMMAND, "limited_to": limit,
        "protocol": "Five speaker-independent folds: each clip is judged by networks trained without its actor. "
                    + ("One network, so nothing is known about other seeds." if len(seeds) == 1 else
                       f"The answer is the mean of {len(seeds)} networks, as in the app; what one alone reaches stands apart.")
                    + " The temperature of each fold is fitted on the other folds' clips.",
        **voice_figures(labels, probs, **groups),
        "single": single_networks(labels, each, folds, seeds),
        # `temperature` is what the served mean takes over: fitted on all clips, each answered by networks that have not heard its actor
        "temperature": fit_temperature(labels, mean), "temperatures": temperatures,
    }
    found = write_metrics(VOICE_NAME, found, {
        "paths": np.array([c.path.stem for c in clips]), "labels": labels.astype(np.uint8), "actors": actors.astype(np.uint8),
        "genders": groups["genders"], "intensities": groups["intensities"], "folds": folds.astype(np.uint8),
        "predicted": probs.argmax(axis=1).astype(np.uint8), "probs": probs.astype(np.float16),
        "probs_by_seed": each.transpose(1, 0, 2).astype(np.float16)}, folder)
    print_table({VOICE_NAME: found})
    for metric, v in found["single"]["over_seeds"].items():
        print(f"one network alone: {metric} {v['mean']:.1%}" + ("" if v["std"] is None else f" ± {v['std']:.1%} over {len(seeds)} seeds"))
    return {VOICE_NAME: found}


# --- both together --------------------------------------------------------------------------------------

def pool(face: np.ndarray, voice: np.ndarray, *, weights: dict[str, float] | None = None) -> np.ndarray:
    """What emotion.fuse(mode="hybrid") answers, for many pairs at once. face, voice: (N, 7) over FACE_LABELS -> (N, 7)."""
    weights = weights or fusion.learned_weights()
    logits = (weights["face"] * np.log(np.maximum(face, EPSILON)) + weights["voice"] * np.log(np.maximum(voice, EPSILON)))
    pooled = np.exp(logits - logits.max(axis=1, keepdims=True))
    return pooled / pooled.sum(axis=1, keepdims=True)


def draw_faces(voice_labels: np.ndarray, face_labels: np.ndarray, *, draws: int, seed: int) -> np.ndarray:
    """For every clip a random face of the same label, `draws` times: row numbers (draws, n_clips)."""
    rng = np.random.default_rng(seed)
    picks = np.zeros((draws, len(voice_labels)), int)
    for label in np.unique(voice_labels):
        clips = np.flatnonzero(voice_labels == label)
        picks[:, clips] = rng.choice(np.flatnonzero(face_labels == label), (draws, len(clips)))
    return picks


def fusion_figures(face_labels: np.ndarray, face_probs: np.ndarray, voice_labels: np.ndarray, voice_probs: np.ndarray,
                   actors: np.ndarray, *, draws: int = FUSION_DRAWS, seed: int = 0) -> dict:
    """Face alone, voice alone, their average and Hybrid on pairs of one label.

    face_labels (F,), face_probs (F, 7); voice_labels, actors (V,), voice_probs (V, 7), labels over FACE_LABELS. Intervals
    resample actors; a clip's value is its mean over the draws.
    """
    known = np.isin(voice_labels, face_labels)  # a limited set may lack a label
    voice_labels, voice_probs, actors = voice_labels[known], voice_probs[known], actors[known]
    picks = draw_faces(voice_labels, face_labels, draws=draws, seed=seed)
    face = face_probs[picks.ravel()].astype(np.float64)
    voice = np.tile(voice_probs.astype(np.float64), (draws, 1))
    labels = np.tile(voice_labels, draws)
    folds = np.tile([fold_of(int(a)) for a in actors], draws)
    hybrid = np.zeros_like(face)
    for k in np.unique(folds):  # with weights that have not seen this fold's clips
        hybrid[folds == k] = pool(face[folds == k], voice[folds == k], weights=fusion.learned_weights(fold=int(k)))
    answers = {"face": face, "voice": voice, "average": (face + voice) / 2, "hybrid": hybrid}
    hits = {m: right_answers(labels, p).reshape(draws, -1) for m, p in answers.items()}  # (draws, n_clips)
    methods = {m: {**short_figures(labels, p), "n": len(voice_labels),
                   "interval_95": metrics.bootstrap_interval(hits[m].mean(axis=0), actors),
                   "std_over_draws": float(hits[m].mean(axis=1).std())} for m, p in answers.items()}
    better = max(("face", "voice"), key=lambda m: methods[m]["accuracy"])
    gain = (hits["hybrid"] - hits[better]).mean(axis=0)
    whole = figures(labels, answers["hybrid"], FACE_LABELS)
    per_draw = lambda count: count / draws  # noqa: E731
    whole["confusion"] = [[per_draw(c) for c in row] for row in whole["confusion"]]
    whole["per_class"] = [{**row, "support": row["support"] // draws} for row in whole["per_class"]]
    return {**whole, "n": len(voice_labels), "draws": draws, "pairs": len(labels), "methods": methods,
            "interval_95": methods["hybrid"]["interval_95"], "better_single": better, "gain": float(gain.mean()),
            "gain_interval_95": metrics.bootstrap_interval(gain, actors)}


def _rows_of(name: str, folder: Path, models: Path, *, limit: int | None, measure: Callable[[], dict]) -> dict[str, np.ndarray]:
    """Rows of a measurement of the present weights: from its files when they are that, measured now otherwise."""
    known = read_metrics(folder).get(name)
    if not known or known["limited_to"] != limit or outdated(known, models) or read_predictions(name, folder) is None:
        measure()
    return read_predictions(name, folder)


def voice_rows(*, data=None, models: Path = MODELS) -> dict[str, np.ndarray]:
    """The out-of-fold answers to all RAVDESS clips by the present weights: what evaluate_voice writes."""
    return _rows_of(VOICE_NAME, METRICS, models, limit=None, measure=lambda: evaluate_voice(data=data, models=models))


def evaluate_fusion(model: str | None = None, *, data=None, draws: int = FUSION_DRAWS, seed: int = 0, limit: int | None = None,
                    out: Path | None = None, models: Path = MODELS, today: date | None = None,
                    progress: Progress = show_progress) -> dict[str, dict]:
    """Measure Hybrid on pairs of a PrivateTest face and an out-of-fold voice of the same label, and write the file.

    Uses the files of evaluate_face and evaluate_voice, and runs those first where they are missing or of other weights.
    Returns name -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder, model = out_folder(out, limit), model or better_face_model(models)
    same = {"data": data, "limit": limit, "out": out, "models": models, "today": today, "progress": progress}
    face_file = face_name(model, "PrivateTest")
    voices = _rows_of(VOICE_NAME, folder, models, limit=limit, measure=lambda: evaluate_voice(**same))
    faces = _rows_of(face_file, folder, models, limit=limit, measure=lambda: evaluate_face(model, **same))
    if faces is None:
        raise DatasetError("fusion is measured on FER-2013's PrivateTest faces, and this copy has Public and Private merged; "
                           "use one with index.csv, which names each picture's official usage")
    used = read_metrics(folder)
    found = {
        "model": f"fusion of face_{model} and voice", "network": "weighted logarithmic opinion pool", "kind": "fusion",
        "data_set": "FER-2013 PrivateTest × RAVDESS speech", "split": "paired", "labels": list(FACE_LABELS), "seed": seed,
        "date": (today or date.today()).isoformat(),
        "weights_sha256": {**used[face_file]["weights_sha256"], **used[VOICE_NAME]["weights_sha256"]},
        "command": FUSION_COMMAND, "limited_to": limit, "fusion_weights": dict(fusion.learned_weights()), "temperature": None,
        "protocol": "No set with labelled picture and voice is at hand, so the pairs are made: every out-of-fold RAVDESS clip (calm counts "
                    f"as neutral, 7 classes) meets a random PrivateTest face of its label, {draws} seeded draws. Errors of the two are "
                    "therefore independent, which in one real person they are not. The pool's weights are fitted on the other folds' clips. "
                    "Intervals resample actors.",
        **fusion_figures(faces["labels"].astype(int), faces["probs"].astype(np.float32), seven_labels(voices["labels"].astype(int)),
                         seven_classes(voices["probs"].astype(np.float32)), voices["actors"].astype(int), draws=draws, seed=seed),
    }
    found = write_metrics(FUSION_NAME, found, None, folder)
    print_table({f"{FUSION_NAME} {m}": {**found, **found["methods"][m]} for m in FUSION_METHODS})
    return {FUSION_NAME: found}


def print_table(written: dict[str, dict]) -> None:
    """The headline figures, one line each, on stdout."""
    width = max(len(name) for name in written)
    print(f"{'':{width}s}      n  accuracy  macro-F1    UAR    ECE")
    for name, f in written.items():
        low, high = f["interval_95"]
        print(f"{name:{width}s}  {f['n']:5d}    {f['accuracy']:6.1%}    {f['macro_f1']:6.1%} {f['uar']:6.1%} {f['ece']:6.1%}"
              f"   95 % {low:.1%} … {high:.1%}")
