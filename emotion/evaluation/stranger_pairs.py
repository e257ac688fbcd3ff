"""Measurement of Hybrid on speakers that the voice never heard: made pairs with clips of corpora it never heard."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from emotion import fusion
from emotion.evaluation.corpora import corpora_rows
from emotion.evaluation.measurements import (
    CORPORA_NAME,
    FUSION_COMMAND,
    STRANGERS_NAME,
    Progress,
    face_name,
    out_folder,
    read_metrics,
    show_progress,
    write_metrics,
)
from emotion.evaluation.pairs import FUSION_METHODS, MODALITY_OF, fusion_figures, private_faces
from emotion.evaluation.voices import seven_classes
from emotion.paths import MODELS
from emotion.predict import better_face_model

DRAWS = 20  # random faces for every clip
KEPT = ("n", "methods", "better_single", "gain", "gain_interval_95")


def stranger_figures(faces: dict[str, np.ndarray], heard: dict[str, np.ndarray], *, draws: int, seed: int) -> dict:
    """A row per corpus with the figures of each method, and each method's mean over corpora.

    faces: rows of private_faces; heard: rows of corpora_rows.
    """
    rows = []
    for corpus in dict.fromkeys(heard["corpora"].tolist()):
        own = heard["corpora"] == corpus
        found = fusion_figures(
            faces["labels"].astype(int),
            faces["probs"].astype(np.float32),
            heard["labels"][own].astype(int),
            seven_classes(heard["probs"][own].astype(np.float32)),
            heard["speakers"][own],
            corpus=corpus,
            draws=draws,
            seed=seed,
        )
        rows.append(
            {
                "corpus": corpus,
                "speakers": len(np.unique(heard["speakers"][own])),
                "fusion_weights": fusion.learned_weights(without=corpus),
                **{key: found[key] for key in KEPT},
            }
        )
    means: dict[str, dict] = {
        method: {key: float(np.mean([r["methods"][method][key] for r in rows])) for key in ("accuracy", "uar", "ece")}
        for method in FUSION_METHODS
    }
    for method in MODALITY_OF:
        sure = [r["methods"][method]["sure"] for r in rows]
        coverage = float(np.mean([s["coverage"] for s in sure]))
        wrong = float(np.mean([s["coverage"] * (s["wrong"] or 0) for s in sure])) / coverage if coverage else None
        means[method]["sure"] = {"above": sure[0]["above"], "coverage": coverage, "wrong": wrong}
    return {"corpora": rows, "means": means}


def evaluate_stranger_pairs(
    model: str | None = None,
    *,
    data=None,
    seed: int = 0,
    limit: int | None = None,
    out: Path | None = None,
    models: Path = MODELS,
    today: date | None = None,
    progress: Progress = show_progress,
) -> dict[str, dict]:
    """Measure Hybrid on pairs of a PrivateTest face and a clip of a corpus never heard, and write the file.

    Uses the files of evaluate_face and evaluate_corpora; runs these first where files are missing or of other weights.
    model: the face model; None: the better one. limit: only that many faces and clips of each corpus, written to `out`.
    Returns name -> figures. Raises DatasetError or ModelError with what to do.
    """
    folder, model = out_folder(out, limit), model or better_face_model(models)
    same = {"data": data, "limit": limit, "out": out, "models": models, "today": today, "progress": progress}
    heard = corpora_rows(folder, **same)
    faces = private_faces(model, folder, **same)
    used = read_metrics(folder)
    found = write_metrics(
        STRANGERS_NAME,
        {
            "model": f"fusion of face_{model} and voice",
            "network": "weighted logarithmic opinion pool",
            "kind": "strangers",
            "data_set": f"FER-2013 PrivateTest × {used[CORPORA_NAME]['data_set']}",
            "split": "leave one corpus out",
            "seed": seed,
            "draws": DRAWS,
            "date": (today or date.today()).isoformat(),
            "n": len(heard["labels"]),
            "limited_to": limit,
            "weights_sha256": {
                **used[face_name(model, "PrivateTest")]["weights_sha256"],
                **used[CORPORA_NAME]["weights_sha256"],
            },
            "command": FUSION_COMMAND,
            "fusion_weights": dict(fusion.learned_weights()),
            "protocol": "Every clip of a corpus, judged by a network that never heard that corpus, meets random "
            f"PrivateTest faces of its label ({DRAWS} seeded draws, calm counts as neutral, 7 classes). Temperature "
            "and pool's weights are fitted on the other three corpora. Intervals resample speakers.",
            **stranger_figures(faces, heard, draws=DRAWS, seed=seed),
        },
        None,
        folder,
    )
    for row in [*found["corpora"], {"corpus": "mean", "methods": found["means"]}]:
        print(
            f"{row['corpus']:8s} "
            + "   ".join(f"{m} {f['accuracy']:.1%} (ECE {f['ece']:.1%})" for m, f in row["methods"].items())
        )
    return {STRANGERS_NAME: found}
