"""The only place where emotion names, their order, data-set codes, colours and positions stand."""

from collections.abc import Iterable

FACE_LABELS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
VOICE_LABELS = ("angry", "calm", "disgust", "fear", "happy", "neutral", "sad", "surprise")

# More words, off unless they are chosen: of a face, and of a joint judgement. The first are FACE_LABELS in their
# order.
MORE_FACE_LABELS = (*FACE_LABELS, "contempt")
MORE_LABELS = (*MORE_FACE_LABELS, "calm")

# `calm` has no counterpart among the face labels; RAVDESS defines it as a quieter baseline beside
# neutral, so in a joint judgement its probability counts as neutral.
VOICE_TO_FACE = {label: ("neutral" if label == "calm" else label) for label in VOICE_LABELS}

# Every spelling met in the supported data sets -> our name.
ALIASES = {
    **{label: label for label in VOICE_LABELS},
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}

# RAVDESS file names carry the emotion as their third field (Livingstone & Russo 2018).
RAVDESS_CODES = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}

# FER+ vote columns (Barsoum et al. 2016) -> face label. Contempt, unknown and NF have no FER-2013 class; contempt is
# one of the words that can be chosen.
FERPLUS_COLUMNS = {
    "ferplus_anger": "angry",
    "ferplus_disgust": "disgust",
    "ferplus_fear": "fear",
    "ferplus_happiness": "happy",
    "ferplus_neutral": "neutral",
    "ferplus_sadness": "sad",
    "ferplus_surprise": "surprise",
}
MORE_FERPLUS_COLUMNS = {**FERPLUS_COLUMNS, "ferplus_contempt": "contempt"}

# Distinct in light and dark themes, and for the common forms of colour blindness in brightness too.
COLOURS = {
    "angry": "#d1495b",
    "calm": "#5fa8a0",
    "contempt": "#8c5a3c",
    "disgust": "#7a9e3a",
    "fear": "#8e6bbf",
    "happy": "#e5a524",
    "neutral": "#8a9199",
    "sad": "#3f7cbf",
    "surprise": "#e0762f",
}

EMOJI = {
    "angry": "😠",
    "calm": "😌",
    "contempt": "😏",
    "disgust": "🤢",
    "fear": "😨",
    "happy": "😀",
    "neutral": "😐",
    "sad": "😢",
    "surprise": "😮",
}

# (valence, arousal), each in -1…1: where the word stands on the circumplex of Russell (1980, J. Pers.
# Soc. Psychol. 39:1161), read off by eye for display. Not a measurement of a person.
CIRCUMPLEX = {
    "angry": (-0.55, 0.75),
    "calm": (0.55, -0.60),
    "contempt": (-0.55, 0.15),
    "disgust": (-0.70, 0.30),
    "fear": (-0.60, 0.80),
    "happy": (0.85, 0.40),
    "neutral": (0.0, 0.0),
    "sad": (-0.75, -0.45),
    "surprise": (0.25, 0.80),
}


def canonical(name: str) -> str:
    """Our name for a data set's spelling of an emotion; raises ValueError that lists what is known."""
    try:
        return ALIASES[name.strip().lower()]
    except KeyError as e:
        raise ValueError(f"unknown emotion {name!r}; known spellings: {', '.join(sorted(ALIASES))}") from e


def valence_arousal(probs: Iterable[float], labels: Iterable[str]) -> tuple[float, float]:
    """Expected (valence, arousal) of a distribution over `labels`: each word's position, weighted.

    probs: (n_labels,) that sums to 1. Returns two floats in -1…1 (see CIRCUMPLEX for their source).
    """
    pairs = [(float(p), CIRCUMPLEX[label]) for p, label in zip(probs, labels, strict=True)]
    return sum(p * v for p, (v, _) in pairs), sum(p * a for p, (_, a) in pairs)


AFFECT_STEP = 0.2  # valence and arousal nearer to 0 than this get no word


def affect_in_words(valence: float, arousal: float) -> str:
    """A place among valence and arousal, -1…1 each, in words: "pleasant, calm", "unpleasant, excited"."""
    words = []
    if abs(valence) >= AFFECT_STEP:
        words.append("pleasant" if valence > 0 else "unpleasant")
    if abs(arousal) >= AFFECT_STEP:
        words.append("excited" if arousal > 0 else "calm")
    return ", ".join(words) or "neither pleasant nor unpleasant"
