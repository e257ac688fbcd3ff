"""The measurement of a voice that was heard before: what counts as heard, and the served folds on a few speakers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.evaluation import own_voice
from emotion.evaluation.own_voice import MOSTLY, TALKS, Known, centre_of, evaluate_own_voice, talk
from emotion.labels import VOICE_LABELS
from emotion.person import HALF_HEARD_S

NEUTRAL = VOICE_LABELS.index("neutral")


@pytest.fixture
def known() -> Known:
    """Two speakers with five clips of each emotion, two seconds each; the first is off by 1, the second by -1."""
    n, classes = 80, len(VOICE_LABELS)
    speakers = np.repeat(["a", "b"], n // 2)
    return Known(
        labels=np.tile(np.arange(classes), n // classes),
        speakers=speakers,
        seconds=np.full(n, 2.0),
        probs=np.full((n, classes), 1 / classes),
        unscaled=np.full((n, classes), 1 / classes),
        offsets=np.where(speakers == "a", 1.0, -1.0)[:, None, None] * np.ones((n, classes, 3)),
    )


def test_a_talk_is_of_the_same_speaker_and_lasts_as_long_as_asked(known):
    rng = np.random.default_rng(0)
    for seconds in (1, 5, 15, 120):
        rows = talk(known, 3, seconds, (), rng)
        assert len(rows) == -(-seconds // 2) and 3 not in rows and max(rows) < 40
    rows = talk(known, 50, 2000, ("neutral",), rng)
    assert np.mean(known.labels[rows] == NEUTRAL) == pytest.approx(MOSTLY, abs=0.05)
    angry_only = talk(known, 0, 20, tuple(VOICE_LABELS), rng)  # no others to mix in
    assert len(angry_only) == 10


def test_the_centre_is_that_of_the_speaker_and_believed_as_the_app_does(known):
    for clip, sign in ((0, 1), (50, -1)):
        rows = talk(known, clip, 20, (), np.random.default_rng(0))
        np.testing.assert_allclose(centre_of(known, rows), sign * 20 / (20 + HALF_HEARD_S), rtol=0.05)


def test_a_voice_that_takes_no_centre_has_nothing_to_measure(monkeypatch, tmp_path):
    monkeypatch.setattr(own_voice, "adapts", lambda model: False)
    assert evaluate_own_voice(out=tmp_path / "out", limit=1) == {} and not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_served_voice_on_one_speaker_of_each_corpus(data_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(own_voice, "CLIPS_OF_SPEAKER", 12)
    monkeypatch.setattr(own_voice, "HEARD_SECONDS", (45,))
    found = evaluate_own_voice(data=data_folder, limit=1, out=tmp_path, progress=lambda *_: None)
    assert json.loads((tmp_path / "voice-own-centre.json").read_text()) == found
    assert [row["set"] for row in found["rows"]][:2] == ["RAVDESS, five folds, 8 classes", "ravdess, never heard"]
    for row in found["rows"]:
        assert row["speakers"] == 1 and [h["talk"] for h in row["heard"]] == list(TALKS)
        assert all(0 <= h["uar"] <= 1 for h in [row["as_it_is"], *row["heard"]])
    changed = [h["ece"] != row["as_it_is"]["ece"] for row in found["rows"] for h in row["heard"]]
    assert all(changed), "the centre changes the answers"
    assert [way["talk"] for way in found["hybrid"]] == ["as it is", *TALKS]
