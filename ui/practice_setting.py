"""With which models a practice score was made: the mark that is kept with it, and the same in words."""

from __future__ import annotations

from emotion.checkpoint import read_card
from emotion.personal import PersonalVoice
from emotion.predict import FACE_MODELS, VOICE_MODELS
from emotion.runner import ModelError
from ui.models import load_models
from ui.settings import settings

MARK_CHARACTERS = 12  # of a model's sha256
ADAPTED = "a"


def models_now() -> str:
    """Tells one pair of models from another, a corrected voice by its clips, and whether they adapt (40 characters).

    Scores of different models cannot be compared.
    """
    face_model, voice_model = load_models(settings().face_model)
    adapted = [ADAPTED] if settings().adapt else []
    corrected = [voice_model.clips.mark] if isinstance(voice_model, PersonalVoice) else []
    marks = [model.card["sha256"][:MARK_CHARACTERS] for model in (face_model, voice_model)]
    return "+".join([*marks, *adapted, *corrected])


def in_words(models: str) -> str:
    """What `models_now` gave, also in an older version: "face fast, voice accurate, adapted"."""
    face, *others = models.split("+")
    voice, *rest = others or [""]
    words = [
        f"face {_name_of(face, {name: f'face_{name}' for name in FACE_MODELS})}",
        f"voice {_name_of(voice, VOICE_MODELS)}",
    ]
    words += ["adapted"] if ADAPTED in rest else []
    words += ["my voice"] if any(part != ADAPTED for part in rest) else []
    return ", ".join(words)


def _name_of(mark: str, files: dict[str, str]) -> str:
    """The name of the model with this mark among those installed; an older one has none."""
    return next((name for name, file in files.items() if mark and _mark(file) == mark), "of another version")


def _mark(file: str) -> str:
    try:
        return read_card(file)["sha256"][:MARK_CHARACTERS]
    except (ModelError, KeyError):
        return ""
