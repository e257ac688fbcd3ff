"""One tip after a practice round. It follows from what was measured; pure."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from emotion.realtime.practice_round import WINDOW_SECONDS, Result, Score
from emotion.realtime.practice_words import HINTS, STEADY
from emotion.reliability import FACE_REASONS, VOICE_REASONS
from emotion.timeline.rows import ROW_SECONDS

QUIET = ("silence", "no voice")  # the person may have meant to say nothing
MISSING_SHARE = 1 / 3  # of the half seconds: so many without an answer, and the tip is about the input
OTHER_SHARE = 1 / 3  # of the judged ones: so many with another word, and the tip is about that word
AGAIN = "press STOP, then START, and begin again"

# what the stream or emotion.reliability says of the input -> (what was the matter, what to do)
FACE_ADVICE = {
    "no camera": ("no picture arrived", f"check the camera and close other programs that use it; {AGAIN}"),
    "picture too large": ("the camera’s pictures are too large", "choose a smaller size or another camera"),
    "no picture": ("the picture stood still", "close programs that keep the machine busy, and begin again"),
    "no face": ("no face was found", "look at the camera, with the whole face in the picture"),
    "main face away": ("your face was out of the picture", "stay in front of the camera"),
    "muted": ("the camera was switched off or covered", "uncover it"),
    "too dark": ("the face was too dark", "put a light in front of you"),
    "too small": ("the face was too small", "come closer to the camera"),
    FACE_REASONS["dark"]: ("there was little light on the face", "put a light in front of you"),
    FACE_REASONS["blur"]: ("the picture was not sharp", "hold still, or wipe the lens"),
    FACE_REASONS["small"]: ("the face was small in the picture", "come closer to the camera"),
    FACE_REASONS["turn"]: ("the head was turned", "look straight into the camera"),
    FACE_REASONS["score"]: ("the face was hard to see", "keep hair and hands away from it"),
}
VOICE_ADVICE = {
    "no microphone": ("no sound arrived", f"check the microphone; {AGAIN}"),
    "muted": ("the microphone was switched off or covered", "switch it on"),
    "silence": ("nothing was said", "say any sentence in the way of the emotion"),
    "no voice": ("there was sound, but no voice in it", "speak louder or closer to the microphone"),
    VOICE_REASONS["short"]: ("there was little speech", "speak without long pauses"),
    VOICE_REASONS["noise"]: ("there was much noise", "come closer to the microphone or find a quieter place"),
    VOICE_REASONS["quiet"]: ("the voice was very quiet", "speak louder or closer to the microphone"),
}
UNKNOWN = ("there was no answer", AGAIN)
ADVICE = {"face": FACE_ADVICE, "voice": VOICE_ADVICE}
SENSED = {"face": "saw", "voice": "heard"}


def advice(modality: str, reason: str) -> str:
    """What is the matter with the input, and what to do; reason: in the words of the stream or of reliability."""
    what, do = ADVICE[modality].get(reason, UNKNOWN)
    return f"{what[0].upper()}{what[1:]}: {do}."


def tip_of(result: Result) -> str:
    """What to do differently, in one or two sentences. The first of these that holds:

    a face or voice that was missing for long; an input that was hard to judge where the target was not the word; face
    and voice that say different words, one of them the target; another word that stood out; nothing said for long; the
    weakest moment; else how the target is usually shown.
    """
    scores = {m: s for m, s in (("face", result.face), ("voice", result.voice)) if m in result.used}
    judged = {m: s for m, s in scores.items() if s.value is not None}
    return (
        _missing({m: s for m, s in scores.items() if _reason(s) not in QUIET})
        or _hard(result.target, judged)
        or _apart(result.target, judged)
        or _other_word(result.target, judged)
        or _missing(scores)
        or _weak_moment(judged)
        or _steady(result.target, judged)
    )


def _missing(scores: dict[str, Score]) -> str:
    for modality, score in scores.items():
        lost = score.possible - score.judged
        if lost and lost >= MISSING_SHARE * score.possible:
            what, do = ADVICE[modality].get(_reason(score), UNKNOWN)
            return f"For {lost * ROW_SECONDS:g} of {score.possible * ROW_SECONDS:g} s {what}: {do}."
    return ""


def _reason(score: Score) -> str:
    """Why most of the half seconds without an answer have none."""
    return score.reasons[0][0] if score.reasons else ""


def _hard(target: str, judged: dict[str, Score]) -> str:
    for modality, score in judged.items():
        if score.hard and score.hard[0][1] > score.judged / 2 and _others(score, target) > score.judged / 2:
            return f"{advice(modality, score.hard[0][0])} That may be why it was not {target}."
    return ""


def _apart(target: str, judged: dict[str, Score]) -> str:
    if len(judged) < 2:
        return ""
    said = {m: _word(s, target) for m, s in judged.items()}
    wrong = [m for m, word in said.items() if word != target]
    if len(wrong) != 1:
        return ""
    right = "voice" if wrong == ["face"] else "face"
    return (
        f"The {right} said {target}, the {wrong[0]} {said[wrong[0]]}: show {target} in the {wrong[0]} too. "
        f"{_how(target, wrong[0])}"
    )


def _other_word(target: str, judged: dict[str, Score]) -> str:
    shares = {m: _others(s, target) / s.judged for m, s in judged.items()}
    modality = max(shares, key=lambda m: shares[m], default="")
    if not modality or shares[modality] < OTHER_SHARE:
        return ""
    score = judged[modality]
    word, count = Counter(w for w in score.words if w not in (None, target)).most_common(1)[0]
    when = "Most of the time" if count > score.judged / 2 else _stretch(score.words, word)
    do = f"show {target} more strongly" if word == "neutral" else f"make clear that it is {target}"
    return f"{when} the model {SENSED[modality]} {word}: {do}. {_how(target, modality)}"


def _weak_moment(judged: dict[str, Score]) -> str:
    modality = _weaker(judged)
    best, weakest = (judged[modality].best, judged[modality].weakest) if modality else (None, None)
    if best is None or weakest is None or best[1] - weakest[1] < STEADY:
        return ""
    at_s, low = weakest
    do = (
        "begin with it as soon as the countdown is over"
        if at_s < WINDOW_SECONDS / 3
        else "hold it until the end"
        if at_s > WINDOW_SECONDS * 2 / 3
        else "hold it without a break"
    )
    return f"The {modality} was weakest at {at_s:.1f} s ({low:.0%}, against {best[1]:.0%} at {best[0]:.1f} s): {do}."


def _steady(target: str, judged: dict[str, Score]) -> str:
    modality = _weaker(judged)
    if not modality:
        return f"There was nothing to judge: {AGAIN}."
    return f"The {modality} was {judged[modality].value:.0%} {target} all the time. For more: {_how(target, modality)}"


def _others(score: Score, target: str) -> int:
    """Judged half seconds in which another word was the most probable one."""
    return sum(w not in (None, target) for w in score.words)


def _word(score: Score, target: str) -> str:
    """The most probable word of the means."""
    return score.rival[0] if score.rival and score.value is not None and score.rival[1] > score.value else target


def _weaker(judged: dict[str, Score]) -> str:
    return min(judged, key=lambda m: judged[m].value or 0.0, default="")


def _stretch(words: tuple[str | None, ...], word: str) -> str:
    """The longest run of a word: "From 2 to 3.5 s"."""
    runs, begin = [], 0
    for which, run in groupby(words):
        length = len(list(run))
        if which == word:
            runs.append((length, begin))
        begin += length
    length, begin = max(runs, key=lambda r: r[0])
    return f"From {begin * ROW_SECONDS:g} to {(begin + length) * ROW_SECONDS:g} s"


def _how(target: str, modality: str) -> str:
    return f"{target.capitalize()} in the {modality}: {_small(getattr(HINTS[target], modality))}"


def _small(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
