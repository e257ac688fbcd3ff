"""What the pages call a model: what it is for, from its card and from what was measured.

Its code name (`fast`, `accurate`) stands beside it, because commands take it; it promises nothing.
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


def face_purpose(model: str, measured: dict[str, dict]) -> str:
    """What a face model is for, as the sidebar calls it: "Best on photos like FER-2013, fastest (default)"."""
    files = {name: f"face_{name}" for name in FACE_MODELS}
    return _purpose(model, files, face_strengths(measured)[model], default=better_face_model())


def voice_purpose(model: str, measured: dict[str, dict]) -> str:
    """As face_purpose, of a voice model."""
    return _purpose(model, VOICE_MODELS, voice_strengths(measured)[model], default=better_voice_model())


def _purpose(model: str, files: dict[str, str], strength: str, *, default: str) -> str:
    """files: model -> its file; strength: as face_strengths gives it. The smallest model is the fastest one."""
    sizes = {name: size for name, file in files.items() if (size := _megabytes(file)) is not None}
    fastest = len(sizes) > 1 and min(sizes, key=lambda name: sizes[name]) == model
    words = strength.replace("better on", "best on").replace("no clear difference on", "as good on")
    speed = "fastest" if fastest else "slower" if len(sizes) > 1 and not words.startswith("best") else ""
    said = ", ".join(filter(None, (words, speed))) or f"model {model}"
    return said[0].upper() + said[1:] + (" (default)" if model == default else "")


def face_caption(model: str) -> str:
    """Below the purpose of a face model: its code name, its network, its size."""
    return _caption(model, f"face_{model}")


def voice_caption(model: str) -> str:
    """As face_caption, of a voice model."""
    return _caption(model, VOICE_MODELS[model])


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


def _caption(model: str, file: str) -> str:
    size = _megabytes(file)
    return f"`{model}`" if size is None else f"`{model}`: {read_card(file)['network'].split(',')[0]}, {size:.0f} MB"


def _megabytes(file: str) -> float | None:
    """The size of a model's weights; None where its card cannot be read."""
    try:
        return read_card(file)["bytes"] / 1e6
    except (ModelError, KeyError):
        return None


def _listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c" """
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
