"""Hybrid where the input gets worse: the made inputs, and the figures of known answers."""

from __future__ import annotations

import numpy as np
import pytest

from emotion import audio
from emotion.evaluation import degraded
from emotion.evaluation.degraded import FACE_CHANGES, VOICE_CHANGES, Seen, hear, see
from emotion.evaluation.grid import Heard, grid_figures, summed_up
from emotion.evaluation.measurements import GRID_NAME, read_metrics
from emotion.labels import FACE_LABELS, VOICE_LABELS

RNG = np.random.default_rng(0)


class Says:
    """A model that always says the same."""

    def __init__(self, probs):
        self.probs = np.asarray(probs, np.float32)

    def predict(self, given, sample_rate=None):
        return self.probs if sample_rate else np.tile(self.probs, (len(given), 1))


def test_every_change_makes_a_picture_and_a_sound():
    face, wave = RNG.integers(60, 200, (48, 48), dtype=np.uint8), RNG.normal(0, 0.1, audio.CLIP_SAMPLES)
    for change in FACE_CHANGES.values():
        picture = change(face, np.random.default_rng(0))
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    assert FACE_CHANGES["26 px wide"](face, RNG).shape[0] < FACE_CHANGES["as it is"](face, RNG).shape[0]
    assert FACE_CHANGES["half the light"](face, RNG).mean() < FACE_CHANGES["as it is"](face, RNG).mean()
    for name, voice_change in VOICE_CHANGES.items():
        heard = voice_change(wave.astype(np.float32), np.random.default_rng(0))
        assert np.isfinite(heard).all() and len(heard) >= audio.SAMPLE_RATE, name


def test_what_is_not_found_is_not_judged():
    assert see(Says(np.eye(7)[0]), np.zeros((200, 200, 3), np.uint8)) == Seen(None, None)
    assert hear(Says(np.eye(8)[0]), np.zeros(audio.CLIP_SAMPLES, np.float32)) == Seen(None, None)


def test_figures_of_known_answers():
    """The face is always right, the voice never; one face was not found."""
    happy, sad = FACE_LABELS.index("happy"), FACE_LABELS.index("sad")
    faces = [Seen(np.full(7, 0.02) + 0.86 * np.eye(7)[label], None) for label in (happy, sad)]
    wrong = Seen(np.full(8, 0.05) + 0.6 * np.eye(8)[VOICE_LABELS.index("angry")], None)
    rows = grid_figures(
        np.array([happy, sad]),
        {"as it is": faces, "worse": [faces[0], Seen(None, None)]},
        [Heard(np.array([happy, sad]), {"as it is": [wrong, wrong], "gone": [Seen(None, None)] * 2}, "ravdess")],
        draws=4,
    )
    assert [(r["face_change"], r["voice_change"]) for r in rows] == [("as it is", "as it is"), ("worse", "as it is")]
    assert [r["both_judged"] for r in rows] == [1.0, 0.5]
    assert rows[0]["face"] == 1 and rows[0]["voice"] == 0 and rows[0]["hybrid"] == 1 and rows[0]["gain"] == 0


def test_the_measured_grid_is_whole():
    for name in ("never_heard", "folds"):
        cells = read_metrics()[GRID_NAME][name]["cells"]
        assert {c["face_change"] for c in cells} == set(FACE_CHANGES)
        assert {c["voice_change"] for c in cells} == set(VOICE_CHANGES)
        assert all(0 <= c["hybrid"] <= 1 for c in cells)
    assert degraded.FRAME_PX > 48


def test_a_grid_is_summed_up():
    cell = {"face_change": "as it is", "voice_change": "as it is", "gain": 0.1, "ece": 0.02}
    found = summed_up([cell, cell | {"face_change": "worse", "gain": -0.2, "ece": 0.04}])
    assert (found["clean_gain"], found["worst_gain"]) == (0.1, -0.2)
    assert found["mean_gain"] == pytest.approx(-0.05) and found["mean_ece"] == pytest.approx(0.03)
    assert summed_up([])["clean_gain"] is None


def test_voices_of_several_corpora_count_together():
    happy, sad = FACE_LABELS.index("happy"), FACE_LABELS.index("sad")
    right = [Seen(np.full(8, 0.05) + 0.6 * np.eye(8)[VOICE_LABELS.index(w)], None) for w in ("happy", "sad")]
    faces = [Seen(np.full(7, 0.02) + 0.86 * np.eye(7)[label], None) for label in (happy, sad)]
    some = [Heard(np.array([happy, sad]), {"as it is": right}, c) for c in ("tess", "nemo")]
    rows = grid_figures(np.array([happy, sad]), {"as it is": faces}, some, draws=2)
    assert rows[0]["both_judged"] == rows[0]["hybrid"] == 1


@pytest.mark.parametrize("seconds", [0.5, 1.0])
def test_a_clip_is_cut_to_its_first_speech(seconds):
    wave = np.concatenate([np.zeros(audio.SAMPLE_RATE, np.float32), RNG.normal(0, 0.1, 2 * audio.SAMPLE_RATE)])
    cut = degraded._first(seconds)(wave.astype(np.float32), RNG)
    assert len(cut) == audio.CLIP_SAMPLES and np.count_nonzero(cut) <= (seconds + 0.1) * audio.SAMPLE_RATE
