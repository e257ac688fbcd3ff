"""What a timeline says as a whole: the summary of a file, and figures for files and recorded sessions alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from emotion.certainty import verdict
from emotion.labels import (
    FACE_LABELS,
    MORE_FACE_LABELS,
    MORE_LABELS,
    VOICE_LABELS,
    VOICE_TO_FACE,
    valence_arousal,
)
from emotion.timeline.rows import ROW_SECONDS, RowBuilder

MODALITIES = {"face": FACE_LABELS, "voice": VOICE_LABELS, "together": FACE_LABELS}
MORE_WORDS = {"face": MORE_FACE_LABELS, "voice": VOICE_LABELS, "together": MORE_LABELS}
SUSTAINED_ROWS = 2  # an expression that lasts a second is more than a flicker of one row


def labels_of(timeline: pd.DataFrame, modality: str) -> tuple[str, ...]:
    """The words of a modality in a timeline or a table of faces: with contempt and calm where they were asked for."""
    usual = MODALITIES[modality]
    return tuple(w for w in MORE_WORDS[modality] if w in usual or f"{modality}_{w}" in timeline)


def summary_of(timeline: pd.DataFrame, kind: str, rows: RowBuilder, mode: str) -> dict:
    """A file as a whole: per modality the mean probabilities, their label, and the share of rows judged.

    timeline: DataFrame of rows.timeline(mode); kind: image, audio, video.
    """
    out: dict[str, Any] = {
        "kind": kind,
        "mode": mode,
        "pictures": rows.pictures,
        "voice_windows": rows.windows,
        "faces_at_most": int(timeline["faces"].max()),
        "tracks": len(rows.tracks),
    }
    for name in MODALITIES:
        if f"{name}_label" not in timeline:
            continue
        labels = labels_of(timeline, name)
        answers = timeline[[f"{name}_{label}" for label in labels]]  # first, as taking rows costs for each column
        judged = answers[timeline[f"{name}_label"].notna()]
        if len(judged):
            mean = judged.mean().to_numpy()
            found = verdict(mean, labels, name)
            out[name] = {
                "label": found.label,
                "confidence": found.confidence,
                "sure": found.sure,
                "words": found.words,
                "unsure_share": unsure_share(timeline, name),
                "judged_share": len(judged) / len(timeline),
                "strongest": strongest_expression(timeline, name),
                "probs": {label: float(p) for label, p in zip(labels, mean)},
            }
        else:
            reasons = timeline.get(f"{name}_reason")
            out[name] = {
                "label": None,
                "reason": str(reasons.mode().iat[0]) if reasons is not None and len(reasons) else "",
            }
    return out


def unsure_share(timeline: pd.DataFrame, modality: str) -> float:
    """Of the judged rows, the share in which the answer is unsure. Timelines of older versions do not say: 0."""
    sure = timeline.get(f"{modality}_sure", pd.Series(dtype=object)).dropna()
    return float(1 - sure.astype(bool).mean()) if len(sure) else 0.0


def strongest_expression(timeline: pd.DataFrame, modality: str) -> dict:
    """The expression other than neutral (and calm) with the largest mean over SUSTAINED_ROWS rows in a row.

    Most faces that speak are neutral most of the time, so the mean over a film hides what was shown for a moment.
    Returns label, confidence (that mean, 0…1) and time_s of the first of these rows; empty where there are none.
    """
    labels = labels_of(timeline, modality)
    shown = [label for label in labels if VOICE_TO_FACE.get(label, label) != "neutral"]
    means = timeline[[f"{modality}_{label}" for label in shown]].astype(float).rolling(SUSTAINED_ROWS).mean().to_numpy()
    if not np.isfinite(means).any():
        return {}
    last, best = np.unravel_index(np.nanargmax(means), means.shape)
    first = timeline["time_s"].iloc[int(last) - SUSTAINED_ROWS + 1]
    return {"label": shown[int(best)], "confidence": float(means[last, best]), "time_s": float(first)}


def strongest_in_words(strongest: dict) -> str:
    """What strongest_expression found, as a person reads it."""
    return f"{strongest['label']} {strongest['confidence']:.0%} at {strongest['time_s']:.1f} s"


def main_modality(timeline: pd.DataFrame) -> str | None:
    """What stands for the whole: Together where it is there, else the face, else the voice; None: nothing judged."""
    return next(
        (m for m in ("together", "face", "voice") if f"{m}_label" in timeline and timeline[f"{m}_label"].notna().any()),
        None,
    )


def affect_path(timeline: pd.DataFrame, modality: str) -> np.ndarray:
    """(time_s, valence, arousal) of every judged row of a modality, float (n, 3)."""
    labels = labels_of(timeline, modality)
    judged = timeline[timeline[f"{modality}_label"].notna()]
    points = [valence_arousal(p, labels) for p in judged[[f"{modality}_{label}" for label in labels]].to_numpy(float)]
    return np.column_stack([judged["time_s"].to_numpy(float), np.array(points, float).reshape(-1, 2)])


def transition_counts(names: pd.Series, labels: tuple[str, ...]) -> np.ndarray:
    """How often one label followed another, int (C, C): row before, column after. Rows without a label are left out."""
    counts = np.zeros((len(labels), len(labels)), int)
    codes = [labels.index(name) for name in names.dropna()]
    for before, after in zip(codes, codes[1:]):
        counts[before, after] += before != after
    return counts


def figures(timeline: pd.DataFrame) -> dict:
    """A timeline of emotion.analyze or judgements.timeline_of -> plain figures that can be written as JSON.

    Per modality: judged_share of all rows; unsure_share and share_of_time per label, of the judged rows; strongest, as
    strongest_expression gives it; transitions (C, C) and their number; reasons of what was not judged, as shares of all
    rows. For the whole: duration_s; changes_per_minute, mean_valence and mean_arousal of the main modality;
    disagreement_share of the rows where face and voice were both judged (calm counts as neutral). None where there is
    nothing to count.
    """
    found: dict = {"duration_s": len(timeline) * ROW_SECONDS, "main": main_modality(timeline)}
    for modality in MODALITIES:
        if f"{modality}_label" not in timeline:
            continue
        labels = labels_of(timeline, modality)
        names = timeline[f"{modality}_label"]
        judged = int(names.notna().sum())
        counts = transition_counts(names, labels)
        reasons = timeline.get(f"{modality}_reason", pd.Series(dtype=str))[names.isna()]
        found[modality] = {
            "judged_share": judged / max(len(timeline), 1),
            "unsure_share": unsure_share(timeline, modality),
            "share_of_time": {label: int((names == label).sum()) / judged if judged else 0.0 for label in labels},
            "transitions": counts.tolist(),
            "changes": int(counts.sum()),
            "strongest": strongest_expression(timeline, modality),
            "not_judged": {str(reason): n / len(timeline) for reason, n in reasons.value_counts().items() if reason},
        }
    main = found["main"]
    found |= dict.fromkeys(("changes_per_minute", "mean_valence", "mean_arousal", "disagreement_share"))
    if main:
        minutes = found["duration_s"] * found[main]["judged_share"] / 60
        path = affect_path(timeline, main)
        found |= {
            "changes_per_minute": found[main]["changes"] / minutes,
            "mean_valence": float(path[:, 1].mean()),
            "mean_arousal": float(path[:, 2].mean()),
        }
    if {"face_label", "voice_label"} <= set(timeline):
        both = timeline[timeline["face_label"].notna() & timeline["voice_label"].notna()]
        if len(both):
            found["disagreement_share"] = float((both["face_label"] != both["voice_label"].map(VOICE_TO_FACE)).mean())
    return found
