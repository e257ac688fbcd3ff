"""Centres of speakers: what is expected of emotions is not taken for the speaker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion.datasets import Clip
from emotion.labels import VOICE_LABELS

pytest.importorskip("keras")
from emotion.training import speaker_centres  # noqa: E402
from emotion.training.speaker_centres import SpeakerCentres, expected_means, shrunk  # noqa: E402

ANGRY, SAD = VOICE_LABELS.index("angry"), VOICE_LABELS.index("sad")


def speakers() -> tuple[list[Clip], np.ndarray]:
    """Two speakers with ten angry and ten sad clips each: anger is the first number, the speaker the second."""
    clips, means = [], []
    for i in range(40):
        label, speaker = ("angry", "sad")[i % 2], "ab"[i // 20]
        clips.append(Clip(Path(f"{i}.wav"), label, "tess", speaker, ""))
        means.append([1.0 if label == "angry" else -1.0, 3.0 if speaker == "a" else -3.0])
    return clips, np.array(means, np.float32)


def test_expected_is_between_everybody_and_the_emotion(monkeypatch):
    clips, means = speakers()
    for share in (0.0, 0.5, 1.0):
        monkeypatch.setattr(speaker_centres, "EXPECTED_SHARE", share)
        expected = expected_means(means, clips, np.arange(40))
        np.testing.assert_allclose(expected[ANGRY], [share, 0], atol=1e-6)
        np.testing.assert_allclose(expected[SAD], [-share, 0], atol=1e-6)
        np.testing.assert_allclose(expected[VOICE_LABELS.index("happy")], [0, 0], atol=1e-6)


def test_a_centre_is_of_the_speakers_other_clips_that_are_trained_on(monkeypatch):
    clips, means = speakers()
    monkeypatch.setattr(speaker_centres, "EXPECTED_SHARE", 1.0)
    monkeypatch.setattr(speaker_centres, "SURE", 1.0)
    train = np.arange(38)
    centres = SpeakerCentres(means, clips, train, expected_means(means, clips, train))
    rng = np.random.default_rng(0)
    drawn = np.stack([centres.draw(0, rng) for _ in range(400)])
    unknown = (drawn == 0).all(axis=1)
    assert unknown.mean() == pytest.approx(speaker_centres.UNKNOWN, abs=0.07)
    assert np.abs(drawn[:, 0]).max() < 0.1, "however many angry clips were heard, anger is not in the centre"
    known = drawn[~unknown, 1]
    assert known.min() > 0.8 and known.max() < 3.1 and known.std() > 0.2, "few clips say less than many"
    means[0], means[39] = 1e6, 1e6  # the clip itself; one that is not trained on
    centres = SpeakerCentres(means, clips, train, np.zeros((8, 2), np.float32))
    assert all(np.abs(centres.draw(i, rng)).max() < 10 for i in (0, 38) for _ in range(50))


def test_a_speaker_with_one_clip_stays_unknown():
    clips = [Clip(Path("0.wav"), "sad", "tess", "a", "")]
    centres = SpeakerCentres(np.ones((1, 2), np.float32), clips, np.arange(1), np.zeros((8, 2), np.float32))
    assert not centres.draw(0, np.random.default_rng(0)).any()


def test_half_is_believed_after_a_few_clips():
    np.testing.assert_allclose(shrunk(np.array([4.0]), speaker_centres.HALF_KNOWN_CLIPS), [2.0])
    assert not shrunk(np.array([4.0]), 0).any()
