"""Which of the words that can be chosen are experimental, as the measured files say."""

from __future__ import annotations

from emotion.evaluation.extra_words import ChosenWord, chosen_words
from ui.measured import read_measured


def _measured(face_model: str) -> dict[str, ChosenWord | None]:
    """What was measured of each word that can be chosen; None: nothing. face_model: `fast` or `accurate`."""
    found = {(row.word, row.by): row for row in chosen_words(read_measured())}
    return {"contempt": found.get(("contempt", f"face_{face_model}")), "calm": found.get(("calm", "Together"))}


def experimental(face_model: str) -> list[str]:
    """The words that are experimental with this face model, `fast` or `accurate`."""
    return [word for word, found in _measured(face_model).items() if found is None or found.is_experimental]


def experimental_in_words(face_model: str) -> str:
    """One sentence for each experimental word; "" where there is none."""
    found = _measured(face_model)
    return " ".join(f"Experimental: {word} ({_how_many(found[word])})." for word in experimental(face_model))


def _how_many(found: ChosenWord | None) -> str:
    if found is None or found.recall is None:
        return "was not measured"
    right = "" if found.precision is None else f", and {found.precision:.0%} of what is named so is right"
    return f"{found.recall:.0%} of such examples are found{right}"
