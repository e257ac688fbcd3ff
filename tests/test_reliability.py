"""How good the input is, and how much an answer counts because of that."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from emotion import audio, reliability
from emotion.face import Face
from emotion.reliability import (
    FULL_SIZE_PX,
    FaceQuality,
    VoiceQuality,
    face_quality,
    signal_to_noise_db,
    voice_quality,
    why_hard,
)
from emotion.vad import CHUNK_SAMPLES

RNG = np.random.default_rng(0)
FACTORS = {
    "exponent": {"face": {"dark": 0.5, "small": 1.0}, "voice": {"short": 1.0, "noise": 0.2}},
    "neutral": {"face": {"small": 0.5}, "voice": {"noise": 2.0}},
}


@pytest.fixture
def factors(monkeypatch):
    monkeypatch.setattr(reliability, "learned", lambda without=None: FACTORS)


def a_face(size_px: float = 200, nose_beside: float = 0.0, score: float = 0.95) -> Face:
    points = np.array([[70, 80], [130, 80], [100 + nose_beside * 60, 110], [100, 140], [50, 90], [150, 90]], np.float32)
    return Face((0, 0, size_px, size_px), points, score)


def a_crop() -> np.ndarray:
    """Sharp and bright."""
    return np.kron(RNG.integers(60, 200, (24, 24)), np.ones((2, 2))).astype(np.uint8)


def test_a_good_face_and_a_good_voice_count_in_full(factors):
    assert face_quality(a_crop(), a_face()) == FaceQuality() and reliability.reliability(FaceQuality()) == 1
    assert reliability.reliability(VoiceQuality()) == 1 and why_hard(VoiceQuality()) == why_hard(None) == ""


def test_what_makes_a_face_hard_is_measured():
    crop = a_crop()
    assert face_quality((crop * 0.25).astype(np.uint8)).dark > face_quality((crop * 0.5).astype(np.uint8)).dark > 0
    assert face_quality(cv2.GaussianBlur(crop, (0, 0), 4)).blur > 0 == face_quality(crop).blur
    small = face_quality(crop, a_face(size_px=FULL_SIZE_PX / reliability.FRAME_PER_BOX / 2))
    assert small.small == pytest.approx(1)
    assert face_quality(crop, a_face(nose_beside=0.4)).turn == pytest.approx(0.4 - reliability.FULL_TURN, abs=1e-3)
    assert face_quality(crop, a_face(score=0.8)).score == pytest.approx(0.1)
    flat = face_quality(np.zeros((48, 48), np.uint8))
    assert np.isfinite(list(vars(flat).values())).all()


def test_what_makes_a_voice_hard_is_measured():
    speech = [0.9] * 40 + [0.1] * 40
    quiet = RNG.normal(0, 0.001, 40 * CHUNK_SAMPLES)
    loud = RNG.normal(0, 0.1, 40 * CHUNK_SAMPLES)
    wave = np.concatenate([loud, quiet])
    assert signal_to_noise_db(wave, speech) == pytest.approx(40, abs=1)
    assert signal_to_noise_db(wave + RNG.normal(0, 0.1, len(wave)), speech) == pytest.approx(0, abs=1)
    assert signal_to_noise_db(loud, [0.9] * 40) == 60 and signal_to_noise_db(np.zeros(0), []) == 60
    found = voice_quality(np.zeros(audio.CLIP_SAMPLES), [0.9, 0.1], voiced_seconds=0.6, level_dbfs=-55)
    assert found.short == pytest.approx(1) and found.quiet == pytest.approx(1) and np.isfinite(found.noise)


def test_a_worse_input_counts_less_and_says_what_makes_it_hard(factors):
    dark, darker = FaceQuality(dark=1.0), FaceQuality(dark=2.0, small=0.1)
    assert 1 > reliability.reliability(dark) > reliability.reliability(darker) > 0
    assert why_hard(darker) == "little light on the face"
    assert why_hard(VoiceQuality(short=0.5, noise=0.1)) == "little speech so far"
    assert why_hard(VoiceQuality(short=0.5, noise=0.5)) == "much noise"
    assert why_hard(FaceQuality(small=0.05)) == "", "too little to speak of"
    assert reliability.reliability(FaceQuality(turn=3.0)) == 1, "nothing was learned of it"


def test_a_worse_input_is_called_neutral_too_readily(factors):
    assert reliability.neutral_offset(FaceQuality()) == reliability.neutral_offset(FaceQuality(dark=3.0)) == 0
    assert reliability.neutral_offset(FaceQuality(small=2.0)) == pytest.approx(1.0)
    assert reliability.neutral_offset(VoiceQuality(noise=0.5), FACTORS) == pytest.approx(1.0)
