"""One judgement from a face and a voice: a weighted logarithmic opinion pool (Genest & Zidek 1986, Stat. Sci. 1:114).

p(label) is proportional to p_face(label)^w_face * p_voice(label)^w_voice over FACE_LABELS. Both inputs are calibrated;
a modality that is absent is dropped, one that is unreliable counts less.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from emotion.calibration import EPSILON, apply_temperature
from emotion.certainty import NO_WORD, fusion_card, verdict
from emotion.labels import FACE_LABELS, MORE_FACE_LABELS, MORE_LABELS, VOICE_LABELS, VOICE_TO_FACE
from emotion.more_words import with_contempt, with_more_words

MODES = ("simple", "hybrid")

JUST_BELOW = 0.01  # log-odds
NEUTRAL_WEIGHTS = {"face": 1.0, "voice": 1.0}  # where nothing was learned: the experts counted as independent


@lru_cache
def learned_weights(without: str | None = None) -> dict[str, float]:
    """Exponent of each modality when both are there, from models/fusion.json (`python -m emotion train fusion`).

    without: those fitted without the clips of this corpus, to measure Hybrid on them.
    """
    card = fusion_card()
    if not card:
        return dict(NEUTRAL_WEIGHTS)
    weights = weights_without(card, without)
    return {m: float(weights[m]) for m in NEUTRAL_WEIGHTS}


def weights_without(card: dict, corpus: str | None) -> dict[str, float]:
    """Of a card of the pool: the exponents that were fitted without this corpus; None: those that the app uses."""
    return card["weights"] if corpus is None else card.get("without", {}).get(corpus, card["weights"])


@dataclass(frozen=True)
class Fused:
    """A judgement over FACE_LABELS, and how it came about."""

    probs: np.ndarray  # float32 (7,), sums to 1
    label: str  # the most probable of `labels`
    confidence: float  # its probability
    weights: dict[str, float] = field(default_factory=dict)  # exponent of each modality, 0 where it was not used
    reason: str = ""  # plain words: what was used, and whether the two disagree
    sure: bool = True  # whether it is sure enough to name one word
    words: str = ""  # the answer as it is shown: "happy", or "unsure – happy or surprise"
    more: np.ndarray | None = None  # float32 (9,) over MORE_LABELS, where more words were asked for

    @property
    def labels(self) -> tuple[str, ...]:
        """The words of `answer`."""
        return FACE_LABELS if self.more is None else MORE_LABELS

    @property
    def answer(self) -> np.ndarray:
        """`more` where more words were asked for, else `probs`."""
        return self.probs if self.more is None else self.more


def voice_to_face_labels(voice_probs: np.ndarray) -> np.ndarray:
    """Probabilities over VOICE_LABELS (8,) -> over FACE_LABELS (7,): calm counts as neutral."""
    out = np.zeros(len(FACE_LABELS), np.float32)
    for label, p in zip(VOICE_LABELS, voice_probs, strict=True):
        out[FACE_LABELS.index(VOICE_TO_FACE[label])] += p
    return out


def face_labels_of_voice(voice_probs: np.ndarray) -> np.ndarray:
    """The same of many: (…, 8) -> (…, 7)."""
    return voice_probs @ _TO_FACE


_TO_FACE = np.stack([voice_to_face_labels(row) for row in np.eye(len(VOICE_LABELS), dtype=np.float32)])  # (8, 7)


def _checked(probs: np.ndarray, labels: tuple[str, ...], name: str) -> np.ndarray:
    array = np.asarray(probs, np.float64)
    if array.shape != (len(labels),) or not np.isfinite(array).all() or (array < 0).any() or array.sum() <= 0:
        raise ValueError(f"{name} must be {len(labels)} probabilities over {labels}, got {np.round(array, 3).tolist()}")
    return array / array.sum()


Figure = float | np.ndarray  # one for all pairs, or one of each (…, 1)
_NEUTRAL = np.eye(len(FACE_LABELS))[FACE_LABELS.index("neutral")]  # (7,)


def pooled(
    face: np.ndarray,
    voice: np.ndarray,
    face_weight: Figure,
    voice_weight: Figure,
    *,
    face_neutral_offset: Figure = 0.0,
    voice_neutral_offset: Figure = 0.0,
) -> np.ndarray:
    """The pool of many pairs: (…, 7) and (…, 7) over FACE_LABELS -> (…, 7).

    Before each is raised to its weight, the logarithm of its *neutral* is lowered by its offset.
    A word that is not among the first two of face or voice is never the answer: it is held just below the best of
    those. Two modalities that are both unsure would else agree on a word that neither means.
    """
    face_logs = np.log(np.maximum(face, EPSILON)) - face_neutral_offset * _NEUTRAL
    voice_logs = np.log(np.maximum(voice, EPSILON)) - voice_neutral_offset * _NEUTRAL
    logits = face_weight * face_logs + voice_weight * voice_logs
    meant = _among_first(face) | _among_first(voice)
    most = np.where(meant, logits, -np.inf).max(axis=-1, keepdims=True)
    logits = np.where(meant, logits, np.minimum(logits, most - JUST_BELOW))
    out = np.exp(logits - most)
    return out / out.sum(axis=-1, keepdims=True)


def _among_first(probs: np.ndarray) -> np.ndarray:
    """Which words are among the first two, bool (…, 7); words that are level with the second are, too."""
    return probs >= np.sort(probs, axis=-1)[..., -2, None]


def fuse(
    face_probs: np.ndarray | None = None,
    voice_probs: np.ndarray | None = None,
    mode: str = "hybrid",
    *,
    face_reliability: float = 1.0,
    voice_reliability: float = 1.0,
    face_neutral_offset: float = 0.0,
    voice_neutral_offset: float = 0.0,
    more_words: bool = False,
    contempt: float = 0.0,
) -> Fused:
    """One judgement from what is there.

    face_probs: (7,) over FACE_LABELS or None; voice_probs: (8,) over VOICE_LABELS or None. Reliabilities in 0…1 (share
    of voiced sound, sharpness of the face, …) scale a modality's weight; the offsets, 0 or more, lower the logarithm of
    its *neutral* in the pool, because a worse input is called neutral too readily. mode "hybrid" pools both; "simple"
    lets each stand alone, so the answer is the single modality that is surer, unmixed. more_words: also name contempt
    and calm (see emotion.more_words); contempt: its probability beside the seven, 0…1, as the face model says.
    Raises ValueError when both are None or something is not a distribution.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {MODES}, got {mode!r}")
    given: dict[str, np.ndarray] = {}
    if face_probs is not None:
        given["face"] = _checked(face_probs, FACE_LABELS, "face_probs")
    heard = None if voice_probs is None else _checked(voice_probs, VOICE_LABELS, "voice_probs")
    if heard is not None:
        given["voice"] = voice_to_face_labels(heard).astype(np.float64)
    if not given:
        raise ValueError("nothing to judge: both face_probs and voice_probs are None")
    if not 0 <= contempt <= 1:
        raise ValueError(f"contempt must be a probability in 0…1, got {contempt!r}")
    contempt = contempt if more_words and "face" in given else 0.0
    reliability = {"face": float(np.clip(face_reliability, 0, 1)), "voice": float(np.clip(voice_reliability, 0, 1))}
    if len(given) == 2 and mode == "hybrid" and any(reliability[m] > 0 for m in given):
        used = {m: learned_weights()[m] * reliability[m] for m in given}
        labels = {"face": MORE_FACE_LABELS[int(with_contempt(given["face"], contempt).argmax())]}
        labels["voice"] = FACE_LABELS[int(given["voice"].argmax())]
        reason = (
            "face and voice agree"
            if labels["face"] == labels["voice"]
            else f"face says {labels['face']}, voice says {labels['voice']}"
        )
        if min(used.values()) == 0:
            only, other = sorted(used, key=lambda m: -used[m])
            reason = f"from the {only} only; the {other} is unreliable now"
    else:
        best = max(given, key=lambda m: given[m].max() * (reliability[m] or 1e-9))
        used = {best: 1.0}
        reason = f"{best} only" if len(given) == 1 else f"{best} alone, the surer of the two"
    if min(used.get(m, 0.0) for m in ("face", "voice")) > 0:
        probs = pooled(
            given["face"],
            given["voice"],
            used["face"],
            used["voice"],
            face_neutral_offset=face_neutral_offset,
            voice_neutral_offset=voice_neutral_offset,
        ).astype(np.float32)
    else:
        (only, weight), *_ = ((m, w) for m, w in used.items() if w > 0)
        probs = apply_temperature(given[only], 1 / weight)
    weights = {m: float(used.get(m, 0.0)) for m in ("face", "voice")}
    alone = [m for m in weights if not weights[m]]
    more = None
    if more_words:
        more = with_more_words(
            probs, contempt=contempt if weights["face"] else 0.0, voice=heard if weights["voice"] else None
        )
    answer, words = (probs, FACE_LABELS) if more is None else (more, MORE_LABELS)
    found = verdict(answer, words, "together" if not alone else "voice" if alone == ["face"] else "face")
    if not found.sure and "says" not in reason:
        reason = f"{reason}; {NO_WORD}"
    return Fused(probs, found.label, found.confidence, weights, reason, found.sure, found.words, more)
