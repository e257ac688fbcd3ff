"""One judgement from two: what the pool must and must not do."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import VOICE_CORPORA
from emotion.fusion import fuse, learned_weights, pooled, voice_to_face_labels
from emotion.labels import FACE_LABELS, VOICE_LABELS


def face(label: str, p: float = 0.8) -> np.ndarray:
    out = np.full(len(FACE_LABELS), (1 - p) / (len(FACE_LABELS) - 1))
    out[FACE_LABELS.index(label)] = p
    return out


def voice(label: str, p: float = 0.8) -> np.ndarray:
    out = np.full(len(VOICE_LABELS), (1 - p) / (len(VOICE_LABELS) - 1))
    out[VOICE_LABELS.index(label)] = p
    return out


def test_agreement_is_surer_than_either():
    fused = fuse(face("happy", 0.6), voice("happy", 0.6))
    assert fused.label == "happy" and fused.confidence > 0.6 and "agree" in fused.reason


def test_disagreement_is_said_and_less_sure():
    fused = fuse(face("happy"), voice("sad"))
    assert "face says happy" in fused.reason and "voice says sad" in fused.reason
    assert fused.confidence < 0.8


def test_a_word_that_neither_means_is_never_the_answer():
    """Neutral is third of both: pooled, it would come out first."""
    shares = {"happy": 0.32, "fear": 0.27, "neutral": 0.25}, {"surprise": 0.34, "sad": 0.26, "neutral": 0.12}
    probs = []
    for labels, share in zip((FACE_LABELS, VOICE_LABELS), shares):
        rest = (1 - sum(share.values())) / (len(labels) - len(share))
        probs.append(np.array([share.get(label, rest) for label in labels]))
    fused = fuse(*probs)
    assert fused.label in ("happy", "surprise", "fear", "sad") and fused.probs.sum() == pytest.approx(1, abs=1e-5)
    neutral = fused.probs[FACE_LABELS.index("neutral")]
    assert 0.95 * fused.confidence < neutral < fused.confidence, "it is unsure, and says so"
    both = pooled(
        np.stack([probs[0]] * 2), np.stack([voice_to_face_labels(probs[1])] * 2), 1.0, np.array([[1.0], [0.1]])
    )
    assert both[0].argmax() != FACE_LABELS.index("neutral") and FACE_LABELS[both[1].argmax()] == "happy"


def test_one_modality_alone_is_left_as_it_is():
    np.testing.assert_allclose(fuse(face("fear"), None).probs, face("fear"), atol=1e-6)
    np.testing.assert_allclose(fuse(None, voice("fear")).probs, voice_to_face_labels(voice("fear")), atol=1e-6)
    assert fuse(face("fear"), None).weights == {"face": 1.0, "voice": 0.0}


def test_calm_counts_as_neutral():
    assert fuse(None, voice("calm")).label == "neutral"
    assert voice_to_face_labels(voice("calm")).sum() == pytest.approx(1)


def test_an_unreliable_voice_counts_less_and_at_zero_not_at_all():
    sure, unsure = (
        fuse(face("happy", 0.5), voice("sad", 0.9), voice_reliability=r).probs[FACE_LABELS.index("sad")]
        for r in (1, 0.2)
    )
    assert unsure < sure
    alone = fuse(face("happy", 0.5), voice("sad", 0.9), voice_reliability=0.0)
    assert alone.label == "happy" and alone.weights["voice"] == 0
    assert alone.reason.startswith("from the face only; the voice is unreliable now")
    other = fuse(face("happy", 0.5), voice("sad", 0.9), face_reliability=0.0)
    assert other.reason.startswith("from the voice only; the face is unreliable now")


def test_simple_mode_does_not_mix():
    fused = fuse(face("happy", 0.9), voice("sad", 0.5), mode="simple")
    np.testing.assert_allclose(fused.probs, face("happy", 0.9), atol=1e-6)


def test_certainty_does_not_break_it():
    fused = fuse(np.eye(7)[0], np.eye(8)[7])
    assert np.isfinite(fused.probs).all() and fused.probs.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("bad", [np.ones(6) / 6, np.zeros(7), np.full(7, np.nan), -np.ones(7), "happy"])
def test_what_is_no_distribution_is_refused(bad):
    with pytest.raises(ValueError):
        fuse(bad, None)


def test_nothing_to_judge_and_unknown_mode_are_refused():
    with pytest.raises(ValueError, match="nothing to judge"):
        fuse(None, None)
    with pytest.raises(ValueError, match="mode"):
        fuse(face("happy"), None, mode="both")


def test_learned_weights_are_the_ones_of_the_card():
    import json

    from emotion.paths import MODELS

    card = json.loads((MODELS / "fusion.json").read_text())
    assert learned_weights() == card["weights"]
    assert {c: learned_weights(without=c) for c in VOICE_CORPORA} == {
        c: {m: found[m] for m in ("face", "voice")} for c, found in card["without"].items()
    }
    assert learned_weights(without="a corpus that was not there") == card["weights"]
