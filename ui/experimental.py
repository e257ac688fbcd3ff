"""Which of the words that can be chosen are experimental, as the measured files say."""

from __future__ import annotations

from emotion.evaluation.extra_words import EXPERIMENTAL_BELOW, chosen_words
from emotion.evaluation.measurements import read_metrics


def recalls(face_model: str) -> dict[str, float | None]:
    """Word -> the share of its examples that are found, 0…1; None: not measured. face_model: `fast` or `accurate`."""
    found = {(row.word, row.by): row.recall for row in chosen_words(read_metrics())}
    return {"contempt": found.get(("contempt", f"face_{face_model}")), "calm": found.get(("calm", "Together"))}


def experimental(face_model: str) -> list[str]:
    """The words of which less than EXPERIMENTAL_BELOW are found, or nobody knows. face_model: as above."""
    return [word for word, recall in recalls(face_model).items() if recall is None or recall < EXPERIMENTAL_BELOW]


def experimental_in_words(face_model: str) -> str:
    """One sentence for each experimental word; "" where there is none."""
    found = recalls(face_model)
    said = lambda recall: "was not measured" if recall is None else f"{recall:.0%} of such examples are found"  # noqa: E731
    return " ".join(f"Experimental: {word} ({said(found[word])})." for word in experimental(face_model))
