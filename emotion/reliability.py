"""How good a modality's input is just now, and what of its answer counts in the pool because of that.

The worse the input, the less an answer counts and the more readily it is *neutral*. A modality's exponent in the pool
is its learned weight times exp(-sum of a_j b_j), one over a temperature (Guo et al. 2017, arXiv:1706.04599) that
follows the input; the logarithm of its *neutral* is lowered by the sum of c_j b_j. Each b_j is 0 where the input is as
good as in training and grows as it gets worse; a_j, c_j >= 0 were learned on pairs of a face and a voice, both made
worse in steps, by the least negative log-likelihood of the pool (emotion/training/fit_reliability.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from emotion.certainty import fusion_card
from emotion.face import FER_SIZE, FRAME_PER_BOX, Face, resize_square, to_grey
from emotion.vad import CHUNK_SAMPLES, SPEECH_THRESHOLD

# where an input begins to be worse than those of training: of FER-2013 and of the voice corpora, nine of ten are better
FULL_SIZE_PX = 48.0  # side of the frame
FULL_LIGHT = 70.0  # mean grey level, 0…255
FULL_SHARPNESS = 0.25  # see FaceQuality
FULL_TURN = 0.15
FULL_SCORE = 0.9
FULL_SPEECH_S = 1.2
FULL_SNR_DB = 20.0
FULL_LEVEL_DBFS = -45.0

FACE_REASONS = {
    "dark": "little light on the face",
    "blur": "the picture is not sharp",
    "small": "the face is small in the picture",
    "turn": "the head is turned",
    "score": "the face is hard to see",
}
VOICE_REASONS = {"short": "little speech so far", "noise": "much noise", "quiet": "the voice is very quiet"}
WORTH_A_WORD = 0.3  # (a_j + c_j) b_j of one thing from which it is named


@dataclass(frozen=True)
class FaceQuality:
    """What makes a face hard to judge. Each figure is 0 where nothing does."""

    dark: float = 0.0  # halvings of light below FULL_LIGHT
    blur: float = 0.0  # halvings of sharpness below FULL_SHARPNESS
    small: float = 0.0  # halvings of the frame's side below FULL_SIZE_PX
    turn: float = 0.0  # how far the nose is beside the middle of the eyes, in distances of the eyes, above FULL_TURN
    score: float = 0.0  # of the detector, what is missing to FULL_SCORE


@dataclass(frozen=True)
class VoiceQuality:
    """What makes a stretch of sound hard to judge. Each figure is 0 where nothing does."""

    short: float = 0.0  # halvings of the speech below FULL_SPEECH_S
    noise: float = 0.0  # tens of decibels of signal to noise below FULL_SNR_DB
    quiet: float = 0.0  # tens of decibels of level below FULL_LEVEL_DBFS


def face_quality(crop: np.ndarray, face: Face | None = None) -> FaceQuality:
    """crop: uint8 (S, S) or (S, S, 3), as face.crop_face gives it; face: where it is, None where that is not known."""
    grey = resize_square(to_grey(crop[None])[0], FER_SIZE).astype(np.float32)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_32F).std()) / max(float(grey.std()), 1.0)
    small = turn = score = 0.0
    if face is not None:
        small = _halvings(FULL_SIZE_PX, FRAME_PER_BOX * face.size_px)
        right_eye, left_eye, nose = face.keypoints[:3]
        between = left_eye - right_eye
        apart_px = max(float(np.hypot(*between)), 1.0)
        beside = abs(float(np.dot(nose - (right_eye + left_eye) / 2, between))) / apart_px**2
        turn, score = max(0.0, beside - FULL_TURN), max(0.0, FULL_SCORE - face.score)
    return FaceQuality(
        _halvings(FULL_LIGHT, float(grey.mean())), _halvings(FULL_SHARPNESS, sharpness), small, turn, score
    )


def voice_quality(
    samples: np.ndarray, speech: list[float], *, voiced_seconds: float, level_dbfs: float
) -> VoiceQuality:
    """samples: float (T,), a window of sound; speech: Silero's probability for each of its last chunks."""
    return VoiceQuality(
        _halvings(FULL_SPEECH_S, voiced_seconds),
        max(0.0, FULL_SNR_DB - signal_to_noise_db(samples, speech)) / 10,
        max(0.0, FULL_LEVEL_DBFS - level_dbfs) / 10,
    )


def signal_to_noise_db(samples: np.ndarray, speech: list[float]) -> float:
    """Power of the chunks with speech over that of the chunks without, -10 … 60; 60 where all is speech.

    samples: float (T,); speech: the probability for each chunk at the end of `samples`.
    """
    count = min(len(samples) // CHUNK_SAMPLES, len(speech))
    if not count:
        return 60.0
    chunks = np.asarray(samples[len(samples) - count * CHUNK_SAMPLES :], np.float64).reshape(count, CHUNK_SAMPLES)
    power, voiced = (chunks**2).mean(axis=1), np.asarray(speech[-count:]) >= SPEECH_THRESHOLD
    if voiced.all() or not voiced.any():
        return 60.0
    noise = max(float(np.median(power[~voiced])), 1e-12)
    signal = max(float(power[voiced].mean()) - noise, 1e-12)
    return float(np.clip(10 * np.log10(signal / noise), -10, 60))


def reliability(quality: FaceQuality | VoiceQuality, factors: dict | None = None) -> float:
    """0…1: what an answer's exponent in the pool is multiplied by. factors: as `learned` gives them."""
    return float(np.exp(-sum(_effects(quality, "exponent", factors).values())))


def neutral_offset(quality: FaceQuality | VoiceQuality, factors: dict | None = None) -> float:
    """0 or more: by how much the logarithm of *neutral* is lowered. factors: as `learned` gives them."""
    return float(sum(_effects(quality, "neutral", factors).values()))


def why_hard(quality: FaceQuality | VoiceQuality | None) -> str:
    """What makes the input worst, in words; "" where nothing does by WORTH_A_WORD."""
    if quality is None:
        return ""
    exponent, neutral = _effects(quality, "exponent"), _effects(quality, "neutral")
    effects = {name: exponent[name] + neutral[name] for name in exponent}
    worst = max(effects, key=lambda name: effects[name])
    if effects[worst] < WORTH_A_WORD:
        return ""
    return (FACE_REASONS if isinstance(quality, FaceQuality) else VOICE_REASONS)[worst]


@lru_cache
def learned(without: str | None = None) -> dict[str, dict[str, dict[str, float]]]:
    """ "exponent" (the a_j) and "neutral" (the c_j) -> "face" and "voice" -> of each figure; empty where not learned.

    without: those fitted without the clips of this corpus, to measure Hybrid on them.
    """
    card = fusion_card()
    found = card.get("reliability", {}) if without is None else card["without"][without].get("reliability", {})
    return {part: {m: found.get(part, {}).get(m, {}) for m in ("face", "voice")} for part in ("exponent", "neutral")}


def _effects(quality: FaceQuality | VoiceQuality, part: str, factors: dict | None = None) -> dict[str, float]:
    """Its factor times b_j, of each j."""
    of = (factors or learned())[part]["face" if isinstance(quality, FaceQuality) else "voice"]
    return {name: of.get(name, 0.0) * value for name, value in vars(quality).items()}


def _halvings(full: float, value: float) -> float:
    """How often `full` must be halved to reach `value`, 0 if it is above; at most 4."""
    return float(np.clip(np.log2(full / max(value, 1e-9)), 0, 4))
