"""Which of the words that can be chosen are experimental, as the measured files say."""

from __future__ import annotations

from emotion.evaluation.extra_words import EXPERIMENTAL_BELOW, calm_recall, contempt_recall
from emotion.evaluation.measurements import read_metrics


def recalls(face_model: str) -> dict[str, float | None]:
    """Word -> the share of its examples that are found, 0…1; None where it was not measured. face_model: `fast`, …"""
    measured = read_metrics()
    return {"contempt": contempt_recall(measured, face_model), "calm": calm_recall(measured)}


def experimental(face_model: str) -> list[str]:
    """The words of which less than EXPERIMENTAL_BELOW are found, or nobody knows. face_model: `fast`, `face_fast`, …"""
    found = recalls(face_model.removeprefix("face_"))
    return [word for word, recall in found.items() if recall is None or recall < EXPERIMENTAL_BELOW]


def experimental_in_words(face_model: str) -> str:
    """One sentence for each experimental word; "" where there is none."""
    found = recalls(face_model)
    said = lambda recall: "was not measured" if recall is None else f"{recall:.0%} of such examples are found"  # noqa: E731
    return " ".join(f"Experimental: {word} ({said(found[word])})." for word in experimental(face_model))
