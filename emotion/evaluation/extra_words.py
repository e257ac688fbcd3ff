"""Measurement of the words that can be chosen beside the seven: contempt of a face, calm in Together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from emotion import fusion, metrics
from emotion.checkpoint import read_card
from emotion.contempt import head_name
from emotion.datasets import DatasetError, has_votes, load_contempt_votes, load_fer2013
from emotion.evaluation.measurements import (
    CALM_NAME,
    FUSION_COMMAND,
    VOICE_NAME,
    Progress,
    contempt_name,
    face_command,
    face_name,
    out_folder,
    read_metrics,
    show_progress,
    write_metrics,
)
from emotion.evaluation.pairs import FUSION_DRAWS, pick_faces, pool, private_faces
from emotion.evaluation.scores import evenly
from emotion.evaluation.voices import at_temperature, served_temperature, seven_classes, seven_labels, voice_rows
from emotion.labels import MORE_FACE_LABELS, MORE_LABELS, VOICE_LABELS
from emotion.more_words import with_contempt, with_more_words
from emotion.paths import MODELS
from emotion.predict import better_face_model, load_face_model

EXPERIMENTAL_BELOW = 0.5  # recall; a word of which fewer may be found is called experimental
SPLIT = "PrivateTest"
CONTEMPT = MORE_FACE_LABELS.index("contempt")
BLOCK = 64  # faces between two reports of progress


@dataclass(frozen=True)
class ChosenWord:
    """How a word that can be chosen was told; shares in 0…1, None where not measured."""

    word: str
    by: str  # face_fast, voice, Together, …
    data: str
    examples: int
    recall: float | None
    recall_interval_95: list[float] | None
    precision: float | None
    auc: float | None

    @property
    def is_experimental(self) -> bool:
        """Whether fewer than EXPERIMENTAL_BELOW are found, or may be, as the interval says, or nobody knows.

        Half of 26 faces would not show that half of all are found.
        """
        least = self.recall_interval_95[0] if self.recall_interval_95 else self.recall
        return least is None or least < EXPERIMENTAL_BELOW


def chosen_words(measured: dict[str, dict]) -> list[ChosenWord]:
    """Every measurement of a word that can be chosen: contempt of each face model, calm of Together and the voice."""
    found = [
        ChosenWord(
            word, by, *(f[k] for k in ("data_set", "positives", "recall", "recall_interval_95", "precision", "auc"))
        )
        for f in measured.values()
        for word, by in (("contempt", f["model"]), ("calm", "Together"))
        if f["kind"] == word
    ]
    if VOICE_NAME in measured:
        f = measured[VOICE_NAME]
        row = next(row for row in f["per_class"] if row["label"] == "calm")
        found.append(
            ChosenWord("calm", "voice", f["data_set"], row["support"], row["recall"], None, row["precision"], None)
        )
    return found


def one_word(labels: np.ndarray, probs: np.ndarray, word: int) -> dict:
    """Figures of one word. labels: int (N,); probs: (N, C); word: its index.

    recall and its interval, precision and how often it was named, AUC of its probability, and what it costs the other
    words: accuracy on their examples with it and without it.
    """
    positive, said = labels == word, probs.argmax(axis=1)
    hits = (said == word)[positive].astype(float)
    others = np.delete(probs, word, axis=1)
    number = labels - (labels > word)  # of a word among the others
    return {
        "n": len(labels),
        "positives": int(positive.sum()),
        "named": int((said == word).sum()),
        "recall": float(hits.mean()) if len(hits) else None,
        "recall_interval_95": metrics.bootstrap_interval(hits, np.arange(len(hits))) if len(hits) else None,
        "precision": float(positive[said == word].mean()) if (said == word).any() else None,
        "auc": metrics.auc(positive, probs[:, word]) if 0 < positive.sum() < len(positive) else None,
        "accuracy_of_others": float((said == labels)[~positive].mean()),
        "accuracy_of_others_without": float((others.argmax(axis=1) == number)[~positive].mean()),
    }


def evaluate_contempt(
    model: str = "accurate",
    *,
    data=None,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure how a face model finds contempt on FER-2013's PrivateTest, and write the file.

    The label is the most frequent answer of FER+'s ten annotators; pictures without a clear one among the eight words
    are left out. limit: only that many faces, evenly spread, written to `out`. Returns name -> figures; nothing where
    this copy of FER-2013 has no votes. Raises DatasetError or ModelError with what to do.
    """
    if not has_votes(data):
        print(f"contempt {model}: not measured, as this copy of FER-2013 has no FER+ votes (index.csv)")
        return {}
    folder, network = out_folder(out, limit), load_face_model(model, folder=models)
    faces = load_fer2013(data, usages=(SPLIT,))
    faces = faces.where(evenly(len(faces), limit))
    majority = load_contempt_votes(faces.paths, data).majority
    faces, majority = faces.where(majority >= 0), majority[majority >= 0]
    if not len(faces):
        raise DatasetError("contempt is measured against FER+ votes, and no picture here has any; see docs/api.md")
    answers = []
    for start in range(0, len(faces), BLOCK):
        answers.append(with_contempt(*network.predict_with_contempt(faces.images[start : start + BLOCK])))
        progress(f"contempt {model}", min(start + BLOCK, len(faces)), len(faces))
    card, head = network.card, read_card(head_name(network.card["name"]), models)
    found = {
        "model": card["name"],
        "network": card["network"],
        "kind": "contempt",
        "data_set": "FER-2013 with FER+ votes",
        "split": SPLIT,
        "labels": list(MORE_FACE_LABELS),
        "seed": head["seed"],
        "date": (today or date.today()).isoformat(),
        "weights_sha256": {card["name"]: card["sha256"], head["name"]: head["sha256"]},
        "command": face_command(model),
        "limited_to": limit,
        "protocol": "More words are on. Label: the most frequent of ten annotators' answers (FER+); ties and other "
        "answers are left out. Found: contempt is the most probable of the eight words. Learned on faces of "
        "Training; how often it is named was set on held-out ones.",
        **one_word(majority, np.concatenate(answers), CONTEMPT),
    }
    return _written(contempt_name(model), found, folder)


def evaluate_calm(
    *,
    data=None,
    draws: int = FUSION_DRAWS,
    seed: int = 0,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure how often Together names a calm voice calm, on the pairs of evaluate_fusion, and write the file.

    Uses the files of evaluate_face and evaluate_voice as evaluate_fusion does. Contempt is left out: those files do
    not hold it. Returns name -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder, model = out_folder(out, limit), better_face_model(models)
    same = {"data": data, "limit": limit, "out": out, "models": models, "today": today, "progress": progress}
    voices, faces = voice_rows(folder, **same), private_faces(model, folder, **same)
    used = read_metrics(folder)
    heard = at_temperature(voices, used[VOICE_NAME]["temperatures"], served_temperature(models))  # (clips, 8)
    labels = np.array([MORE_LABELS.index(VOICE_LABELS[i]) for i in voices["labels"].astype(int)])
    picks = pick_faces(seven_labels(voices["labels"].astype(int)), faces["labels"].astype(int), draws=draws, seed=seed)
    voice = np.tile(heard.astype(np.float64), (draws, 1))  # (pairs, 8)
    face = faces["probs"].astype(np.float64)[picks.ravel()]  # (pairs, 7)
    weights = fusion.learned_weights(without="ravdess")
    together = with_more_words(pool(face, seven_classes(voice), weights=weights), voice=voice)
    calm = one_word(np.tile(labels, draws), together, MORE_LABELS.index("calm"))
    found = {
        "model": f"fusion of face_{model} and voice",
        "network": "weighted logarithmic opinion pool",
        "kind": "calm",
        "data_set": f"FER-2013 {SPLIT} × RAVDESS speech",
        "split": "paired",
        "labels": list(MORE_LABELS),
        "seed": seed,
        "date": (today or date.today()).isoformat(),
        "weights_sha256": {
            **used[face_name(model, SPLIT)]["weights_sha256"],
            **used[VOICE_NAME]["weights_sha256"],
        },
        "command": FUSION_COMMAND,
        "limited_to": limit,
        "fusion_weights": dict(fusion.learned_weights()),
        "draws": draws,
        "pairs": len(together),
        "protocol": "More words are on. The pairs of the measurement of Hybrid: a clip that RAVDESS calls calm meets "
        f"random neutral faces, {draws} seeded draws. n and positives count clips; named is the mean of the draws. "
        "The interval resamples actors.",
        **calm,
        "n": len(labels),
        "positives": calm["positives"] // draws,
        "named": calm["named"] / draws,
        "recall_interval_95": _by_actor(together, labels, voices["actors"].astype(int), draws),
    }
    return _written(CALM_NAME, found, folder)


def _by_actor(together: np.ndarray, labels: np.ndarray, actors: np.ndarray, draws: int) -> tuple[float, float]:
    """95 % interval of the recall of calm; the value of a clip is its mean over the draws."""
    calm = MORE_LABELS.index("calm")
    hits = (together.argmax(axis=1) == calm).reshape(draws, -1).mean(axis=0)  # (clips,)
    return metrics.bootstrap_interval(hits[labels == calm], actors[labels == calm])


def _written(name: str, found: dict, folder: Path) -> dict[str, dict]:
    found = write_metrics(name, found, None, folder)
    show = lambda share: "–" if share is None else f"{share:.1%}"  # noqa: E731
    print(
        f"{name}: {found['positives']} of {found['n']}; recall {show(found['recall'])}, precision "
        f"{show(found['precision'])}, AUC {show(found['auc'])}"
    )
    return {name: found}
