"""What the pages call a model: what it is for, from its card and from what was measured.

Its code name (`fast`, `accurate`) is in every name, because commands take it.
"""

from __future__ import annotations

import re

from emotion.checkpoint import read_card
from emotion.evaluation import measurements
from emotion.predict import FACE_MODELS, VOICE_MODELS, better_face_model, better_voice_model
from emotion.runner import ModelError

# measured set -> what a person would call its examples
FACE_SETS = {"test": "photos like FER-2013", "lfw": "press photos", "london": "portraits"}


def compared(first: dict, second: dict) -> int | None:
    """Which of two measurements of one set is better: 0, 1, or None where their 95% intervals of accuracy overlap."""
    (low, high), (other_low, other_high) = first["interval_95"], second["interval_95"]
    return 0 if low > other_high else 1 if other_low > high else None


def face_strengths(measured: dict[str, dict]) -> dict[str, str]:
    """What each face model is better at; where at nothing, on what no difference was found; "" where none was measured.

    measured: name -> figures, as measurements.read_metrics gives them.
    """
    better: dict[str, list[str]] = {model: [] for model in FACE_MODELS}
    level: list[str] = []
    for split, words in FACE_SETS.items():
        found = [measured.get(measurements.face_name(model, split)) for model in FACE_MODELS]
        if not all(found):
            continue
        best = compared(*found)
        (level if best is None else better[FACE_MODELS[best]]).append(words)
    return {
        model: f"better on {_listed(sets)}" if sets else f"no clear difference on {_listed(level)}" if level else ""
        for model, sets in better.items()
    }


def voice_strengths(measured: dict[str, dict]) -> dict[str, str]:
    """The same of the voice models, from the folds."""
    best, other = measured.get(measurements.VOICE_NAME), measured.get(measurements.OTHER_VOICE_NAME)
    if not best or not other:
        return dict.fromkeys(VOICE_MODELS, "")
    one = better_voice_model()  # what `voice` is measured of
    names, winner = (one, *(m for m in VOICE_MODELS if m != one)), compared(best, other)
    words = "better on voices never heard" if winner is not None else "no clear difference on voices never heard"
    return {name: words if winner in (None, i) else "" for i, name in enumerate(names)}


def face_caption(model: str, measured: dict[str, dict]) -> str:
    """What the sidebar says of a face model: its network, its size, what it is better at."""
    return _caption(f"face_{model}", face_strengths(measured)[model])


def voice_caption(model: str, measured: dict[str, dict]) -> str:
    """As face_caption, of a voice model."""
    return _caption(VOICE_MODELS[model], voice_strengths(measured)[model])


def with_default(model: str, default: str) -> str:
    """A model's name, marked where the app starts with it."""
    return f"{model}, default" if model == default else model


def short_name(name: str) -> str:
    """A measured or served model as it is called in tables: `face_fast` -> "face, fast"; `voice` is the default one.

    name: as the measured files have it.
    """
    if name.startswith("fusion of "):
        return "Hybrid of " + " and ".join(short_name(part) for part in name.removeprefix("fusion of ").split(" and "))
    if name == "voice":
        return f"voice, {better_voice_model()}"
    kind, model = re.split("[_ ]", name, maxsplit=1)
    return f"{kind}, {model}"


def long_name(name: str, measured: dict[str, dict]) -> str:
    """A measured model with what it is for, for boxes and headings. name: as in short_name."""
    words = short_name(name)
    if name.startswith("fusion"):
        return words
    kind, model = words.split(", ")
    strengths, default = (
        (face_strengths, better_face_model()) if kind == "face" else (voice_strengths, better_voice_model())
    )
    more = [strengths(measured).get(model, ""), "default" if model == default else ""]
    return " – ".join(filter(None, (words, ", ".join(filter(None, more)))))


def served_name(file: str, measured: dict[str, dict]) -> str:
    """long_name of a served model by the name of its file: `voice` is the one called `fast`."""
    names = {of: f"voice {model}" for model, of in VOICE_MODELS.items()}
    return long_name(names.get(file, file), measured)


def _caption(file: str, strength: str) -> str:
    try:
        card = read_card(file)
        network = f"{card['network'].split(',')[0]}, {card['bytes'] / 1e6:.0f} MB"
    except (ModelError, KeyError):
        network = ""
    return ": ".join(filter(None, (network, strength)))


def _listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c" """
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
