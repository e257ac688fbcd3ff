"""A practice round in words: how each emotion is usually shown, and why the scores are what they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from emotion.realtime.practice_round import ENOUGH_SHARE, Result, Score
from emotion.timeline.rows import ROW_SECONDS

STEADY = 0.1  # strongest and weakest moment closer than this: about the same all the time


class Hint(NamedTuple):
    """How people usually show an emotion, one sentence each."""

    face: str
    voice: str


# Prototypes of EMFACS (Friesen & Ekman 1983) and the vocal cues
# reviewed by Juslin & Laukka (2003, Psychol. Bull. 129:770) and Banse & Scherer (1996, J. Pers. Soc. Psychol. 70:614).
# Conventions, not rules.
HINTS = {
    "angry": Hint(
        "Eyebrows down and together, eyes hard, lips pressed or teeth shown.",
        "Loud, fast and tense.",
    ),
    "disgust": Hint(
        "Nose wrinkled, upper lip raised, corners of the mouth down.",
        "Low and slow.",
    ),
    "fear": Hint(
        "Eyebrows up and together, eyes wide open, mouth pulled sideways.",
        "High, fast and shaking.",
    ),
    "happy": Hint(
        "Corners of the mouth up, cheeks raised, eyes narrow.",
        "Bright and lively, with much change of pitch.",
    ),
    "neutral": Hint(
        "Relaxed, eyes open, mouth closed.",
        "Even, as if you read out a list.",
    ),
    "sad": Hint(
        "Inner ends of the eyebrows up, corners of the mouth and eyes down.",
        "Slow, soft, low, with pauses.",
    ),
    "surprise": Hint(
        "Eyebrows high, eyes wide open, mouth open.",
        "High, with a sudden rise.",
    ),
}


def explain(result: Result, *, reasons: Mapping[str, str]) -> dict[str, list[str]]:
    """Why each score is what it is, in sentences. reasons: the stream's words -> words for people."""
    return {
        "face": _about(result.face, reasons, verb="looked"),
        "voice": _about(result.voice, reasons, verb="sounded"),
        "together": _about_together(result),
    }


def _about(score: Score, reasons: Mapping[str, str], *, verb: str) -> list[str]:
    judged_s, possible_s = score.judged * ROW_SECONDS, score.possible * ROW_SECONDS
    said = f"Judged for {judged_s:g} of {possible_s:g} s"
    if score.reasons:
        said += "; not judged: " + ", ".join(
            f"{reasons.get(why, why)} ({n * ROW_SECONDS:g} s)" for why, n in score.reasons
        )
    if score.unsure:
        said += f"; unsure for {score.unsure * ROW_SECONDS:g} s of that"
    if score.value is None:
        return [
            said + ".",
            f"No score: at least {math.ceil(ENOUGH_SHARE * score.possible) * ROW_SECONDS:g} s must be judged.",
        ]
    return [said + ".", *_shape(score, verb=verb)]


def _shape(score: Score, *, verb: str = "seemed") -> list[str]:
    """Which emotion got most of the rest, and when the target was strongest and weakest."""
    if score.value is None or score.rival is None or score.best is None or score.weakest is None:
        return []
    rival, taken = score.rival
    named = "neutral (calm counts as neutral)" if rival == "neutral" else rival
    out = [
        f"It {verb} more like {named}: {taken:.0%} on average."
        if taken > score.value
        else f"The next emotion was {named}: {taken:.0%} on average."
    ]
    (best_s, best), (weakest_s, weakest) = score.best, score.weakest
    out.append(
        f"Strongest at {best_s:.1f} s ({best:.0%}), weakest at {weakest_s:.1f} s ({weakest:.0%})."
        if best - weakest >= STEADY
        else f"About the same all the time, {weakest:.0%} to {best:.0%}."
    )
    return out


def _about_together(result: Result) -> list[str]:
    together, face, voice = result.together, result.face, result.voice
    if together.value is None:
        return ["No score: neither the face nor the voice has one."]
    if not face.judged or not voice.judged:
        return [f"This score comes from the {'face' if face.judged else 'voice'} alone.", *_shape(together)]
    out = []
    if result.agreement == 1:
        out.append("Face and voice always agreed when both were judged.")
    elif result.agreement is not None and result.disagreement is not None:
        face_said, voice_said = result.disagreement
        out.append(
            f"Face and voice agreed for {result.agreement:.0%} of the time in which both were judged. "
            f"Otherwise the face mostly said {face_said} and the voice {voice_said}."
        )
    if face.value is not None and voice.value is not None:
        if together.value > max(face.value, voice.value):
            out.append("Together is higher than face and voice alone.")
        elif together.value < min(face.value, voice.value):
            out.append("Together is lower than face and voice alone.")
        else:
            higher, lower = ("face", "voice") if face.value > voice.value else ("voice", "face")
            out.append(f"The {higher} raised the score, the {lower} lowered it.")
    return out + _shape(together)
