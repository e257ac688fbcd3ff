"""Practice: act an emotion for a few seconds and see what the models made of it.

No clock and no threads here: time and judgements come in as arguments. A round counts down, then is open for
WINDOW_SECONDS, then is over. What the live stream said while it was open becomes three scores, explained in sentences.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotion.audio import CLIP_SECONDS
from emotion.certainty import verdict
from emotion.fusion import voice_to_face_labels
from emotion.labels import FACE_LABELS
from emotion.timeline.rows import ROW_SECONDS

if TYPE_CHECKING:
    from emotion.realtime.session import Moment

COUNTDOWN_SECONDS = 3.0
WINDOW_SECONDS = 6.0
SLOTS = round(WINDOW_SECONDS / ROW_SECONDS)  # parts of the window; each counts the same, however many judgements it has
VOICE_FROM_SECONDS = CLIP_SECONDS / 2  # a voice judgement before this heard more of the countdown than of the window
ENOUGH_SHARE = 1 / 3  # less of the window judged than this: no score
STEADY = 0.1  # strongest and weakest moment closer than this: about the same all the time
SAME_SECONDS = 0.05  # two reports of the same moment differ by less
TARGETS = FACE_LABELS  # calm, which only the voice has, counts as neutral
MODALITIES = ("face", "voice", "together")

# How people usually pose and speak the expression: prototypes of EMFACS (Friesen & Ekman 1983) and the vocal cues
# reviewed by Juslin & Laukka (2003, Psychol. Bull. 129:770) and Banse & Scherer (1996, J. Pers. Soc. Psychol. 70:614).
# Conventions, not rules.
HINTS = {
    "angry": "Eyebrows down and together, eyes hard, lips pressed or teeth shown. Voice loud, fast and tense.",
    "disgust": "Nose wrinkled, upper lip raised, corners of the mouth down. Voice low and slow.",
    "fear": "Eyebrows up and together, eyes wide open, mouth pulled sideways. Voice high, fast and shaking.",
    "happy": "Corners of the mouth up, cheeks raised, eyes narrow. Voice bright and lively, with much change of pitch.",
    "neutral": "Face relaxed, eyes open, mouth closed. Voice even, as if you read out a list.",
    "sad": "Inner ends of the eyebrows up, corners of the mouth and eyes down. Voice slow, soft, low, with pauses.",
    "surprise": "Eyebrows high, eyes wide open, mouth open. Voice high, with a sudden rise.",
}


@dataclass(frozen=True)
class Sample:
    """What the stream said at one moment of the window. Distributions are (7,) over FACE_LABELS, or None."""

    time_s: float  # since the window opened
    face: np.ndarray | None
    voice: np.ndarray | None  # calm counted as neutral
    together: np.ndarray | None
    face_reason: str = ""  # why there is none, in the stream's words
    voice_reason: str = ""


@dataclass(frozen=True)
class Round:
    """One attempt at a target. Times are of the stream's clock."""

    target: str
    began_s: float
    samples: tuple[Sample, ...] = ()

    @property
    def opens_s(self) -> float:
        """When the countdown has reached zero."""
        return self.began_s + COUNTDOWN_SECONDS

    @property
    def closes_s(self) -> float:
        """When the window ends."""
        return self.opens_s + WINDOW_SECONDS


@dataclass(frozen=True)
class Score:
    """How well one modality matched the target."""

    value: float | None  # mean probability of the target over the judged slots, 0…1; None: too little was judged
    curve: tuple[float | None, ...]  # probability of the target per slot, None where not judged
    judged: int  # slots with a judgement
    possible: int  # slots that could have had one
    reasons: tuple[tuple[str, int], ...] = ()  # why the others have none, with the number of slots, most frequent first
    rival: tuple[str, float] | None = None  # the other emotion with the highest mean probability, and that mean
    unsure: int = 0  # of the judged slots, those in which the answer was unsure

    @property
    def best(self) -> tuple[float, float] | None:
        """(middle of the slot in seconds since the window opened, probability) of the strongest slot."""
        return max(self._judged(), key=lambda at: at[1], default=None)

    @property
    def weakest(self) -> tuple[float, float] | None:
        """The same of the weakest slot."""
        return min(self._judged(), key=lambda at: at[1], default=None)

    def _judged(self) -> list[tuple[float, float]]:
        return [((i + 0.5) * ROW_SECONDS, p) for i, p in enumerate(self.curve) if p is not None]


@dataclass(frozen=True)
class Result:
    """A round that is over."""

    target: str
    face: Score
    voice: Score
    together: Score
    agreement: (
        float | None
    )  # of the slots with face and voice, the share in which they say the same; None: no such slot
    disagreement: tuple[str, str] | None  # what face and voice said most often when they differed


def phase(round_: Round, now_s: float) -> str:
    """countdown, open or over."""
    return "countdown" if now_s < round_.opens_s else "open" if now_s < round_.closes_s else "over"


def seconds_left(round_: Round, now_s: float) -> float:
    """Of the countdown, then of the window; 0 when over."""
    return max(0.0, (round_.opens_s if now_s < round_.opens_s else round_.closes_s) - now_s)


def random_target(*, but: str | None, rng: random.Random) -> str:
    """A random target that is not `but`."""
    return rng.choice([t for t in TARGETS if t != but])


def advance(
    round_: Round, *, now_s: float, moments: Iterable[Moment], face_reason: str = "", voice_reason: str = ""
) -> Round:
    """The round with what the stream has said since the last call.

    moments: LiveSession.history(), with times relative to now_s; those outside the window or known are left out. The
    reasons are the current ones of LiveSession.snapshot(): they explain the moments without an answer.
    """
    known_s = round_.samples[-1].time_s if round_.samples else -math.inf
    new = []
    for m in moments:
        time_s = now_s + m.time_s - round_.opens_s
        if not 0 <= time_s < WINDOW_SECONDS or time_s <= known_s + SAME_SECONDS:
            continue
        voice = None if m.voice is None else voice_to_face_labels(m.voice)
        early = voice is not None and time_s < VOICE_FROM_SECONDS
        new.append(
            Sample(
                time_s,
                m.face,
                None if early else voice,
                m.face if early else m.together,
                face_reason or "starting",
                voice_reason or "starting",
            )
        )
    return replace(round_, samples=(*round_.samples, *new)) if new else round_


def result_of(round_: Round) -> Result:
    """The scores of a round; slots in which the stream said nothing count as not judged."""
    slots: list[list[Sample]] = [[] for _ in range(SLOTS)]
    for s in round_.samples:
        slots[min(int(s.time_s / ROW_SECONDS), SLOTS - 1)].append(s)
    said = {m: [_mean([p for s in slot if (p := getattr(s, m)) is not None]) for slot in slots] for m in MODALITIES}
    first_voice = math.ceil(VOICE_FROM_SECONDS / ROW_SECONDS)
    pairs = [
        (FACE_LABELS[int(f.argmax())], FACE_LABELS[int(v.argmax())])
        for f, v in zip(said["face"], said["voice"])
        if f is not None and v is not None
    ]
    disagreements = Counter(p for p in pairs if p[0] != p[1])
    why = {
        "face": [slot[-1].face_reason if slot else "no picture" for slot in slots],
        "voice": [slot[-1].voice_reason if slot else "no microphone" for slot in slots],
        "together": [""] * SLOTS,
    }
    face = _score("face", round_.target, said["face"], why["face"])
    voice = _score("voice", round_.target, said["voice"], why["voice"], first=first_voice)
    return Result(
        target=round_.target,
        face=face,
        voice=voice,
        together=_score(
            "together",
            round_.target,
            said["together"],
            why["together"],
            enough=face.value is not None or voice.value is not None,
        ),
        agreement=sum(f == v for f, v in pairs) / len(pairs) if pairs else None,
        disagreement=disagreements.most_common(1)[0][0] if disagreements else None,
    )


def _mean(distributions: list[np.ndarray]) -> np.ndarray | None:
    return np.mean(distributions, axis=0) if distributions else None


def _score(
    modality: str,
    target: str,
    said: list[np.ndarray | None],
    why: list[str],
    *,
    first: int = 0,
    enough: bool | None = None,
) -> Score:
    """said, why: one per slot; slots before `first` cannot be judged. enough: None for ENOUGH_SHARE of the others."""
    at = FACE_LABELS.index(target)
    judged = [p for p in said if p is not None]
    missing = Counter(w for p, w in zip(said[first:], why[first:]) if p is None and w)
    value, rival = None, None
    if enough is None:
        enough = len(judged) >= ENOUGH_SHARE * (SLOTS - first)
    if judged and enough:
        mean = np.mean(judged, axis=0)
        value = float(mean[at])
        other = max((i for i in range(len(FACE_LABELS)) if i != at), key=lambda i: mean[i])
        rival = (FACE_LABELS[other], float(mean[other]))
    return Score(
        value=value,
        curve=tuple(None if p is None else float(p[at]) for p in said),
        judged=len(judged),
        possible=SLOTS - first,
        reasons=tuple(missing.most_common()),
        rival=rival,
        unsure=sum(not verdict(p, FACE_LABELS, modality).sure for p in judged),
    )


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


def new_bests(attempts: pd.DataFrame, result: Result) -> tuple[str, ...]:
    """The modalities in which a result is better than every earlier attempt at its target; empty at the first one."""
    earlier = attempts[attempts["target"] == result.target]
    return tuple(
        m
        for m in MODALITIES
        if (value := getattr(result, m).value) is not None and earlier[m].notna().any() and value > earlier[m].max()
    )


def personal_bests(attempts: pd.DataFrame) -> pd.DataFrame:
    """Store.attempts() -> one row per attempted target: target, rounds, and per modality its best score and when.

    The columns of a modality are its name (0…1) and `…_at_unix_s`; NaN where it never had a score. Of equal scores the
    first one counts.
    """
    rows = []
    for target in (t for t in TARGETS if (attempts["target"] == t).any()):
        mine = attempts[attempts["target"] == target].reset_index(drop=True)
        row = {"target": target, "rounds": len(mine)}
        for m in MODALITIES:
            scores = mine[m].astype(float)
            best = None if scores.isna().all() else int(scores.idxmax())
            row |= {
                m: math.nan if best is None else scores[best],
                f"{m}_at_unix_s": math.nan if best is None else mine["at_unix_s"][best],
            }
        rows.append(row)
    return pd.DataFrame(rows, columns=["target", "rounds", *(c for m in MODALITIES for c in (m, f"{m}_at_unix_s"))])
