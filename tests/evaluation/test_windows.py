"""What Live hears, measured by the amount of speech."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion.evaluation.pairs import Counts
from emotion.evaluation.windows import DRAWS, evaluate_windows, window_figures
from emotion.labels import FACE_LABELS, VOICE_LABELS


def made(n: int = 400, seed: int = 0):
    """Windows with answers that are right above a second of speech and even below; faces whose answers are even."""
    rng = np.random.default_rng(seed)
    labels, voiced = rng.integers(0, 8, n), rng.uniform(0.4, 3.0, n)
    probs = np.full((n, 8), 1 / 8, np.float32)
    probs[voiced > 1] = 0.02 + 0.84 * np.eye(8, dtype=np.float32)[labels[voiced > 1]]
    faces = np.repeat(np.arange(7), 10)
    return labels, probs, voiced, rng.integers(1, 25, n), faces, np.full((70, 7), 1 / 7)


def counts_of(voiced: np.ndarray) -> Counts:
    """Little speech counts less."""
    return Counts(np.minimum(1, voiced / 1.2), np.zeros(len(voiced)))


def test_figures_by_the_amount_of_speech():
    labels, probs, voiced, actors, faces, face_probs = made()
    rows = window_figures(
        labels,
        probs,
        voiced,
        counts_of(voiced),
        actors,
        face_labels=faces,
        face_probs=face_probs,
    )
    assert [(r["above_s"], r["up_to_s"]) for r in rows] == [(0.4, 0.5), (0.5, 1), (1, 1.5), (1.5, 3), (0.4, 3)]
    assert sum(r["voice"]["n"] for r in rows[:-1]) == rows[-1]["voice"]["n"] == len(labels)
    assert rows[2]["voice"]["accuracy"] == rows[3]["voice"]["accuracy"] == 1 and rows[0]["voice"]["accuracy"] < 0.3
    for row in rows:
        assert row["pairs"]["face"]["n"] == DRAWS * row["voice"]["n"]
        assert row["pairs"]["hybrid"]["accuracy"] == pytest.approx(row["pairs"]["voice"]["accuracy"]), (
            "faces that say nothing change nothing"
        )
    assert rows[2]["voice"]["ece"] == pytest.approx(0.14, abs=0.01)


def test_a_good_face_makes_up_for_a_voice_with_little_speech():
    labels, probs, voiced, actors, faces, _ = made()
    good = 0.02 + 0.86 * np.eye(7)[faces]
    rows = window_figures(
        labels,
        probs,
        voiced,
        counts_of(voiced),
        actors,
        face_labels=faces,
        face_probs=good,
    )
    assert rows[0]["pairs"]["hybrid"]["accuracy"] == 1 and rows[0]["pairs"]["voice"]["accuracy"] < 0.4
    assert set(rows[0]["pairs"]) == {"face", "voice", "hybrid"} and len(FACE_LABELS) == len(VOICE_LABELS) - 1


@pytest.mark.slow
def test_the_command_on_a_few_real_clips(data_folder, tmp_path):
    found = evaluate_windows(data=data_folder, limit=14, out=tmp_path, progress=lambda *_: None)["voice-windows"]
    assert (
        json.loads((tmp_path / "voice-windows.json").read_text()) == found
        and found["limited_to"] == 14 == found["clips"]
    )
    assert 14 < found["speech"][-1]["voice"]["n"] <= found["n"] and found["speech"][-1]["voice"]["accuracy"] > 0.3


def test_the_measured_windows_are_those_of_all_clips():
    from emotion.evaluation.measurements import METRICS, WINDOWS_NAME, outdated

    found = json.loads((METRICS / f"{WINDOWS_NAME}.json").read_text())
    assert found["clips"] == 1440 and found["limited_to"] is None and not outdated(found)
    voice = [r["voice"] for r in found["speech"][:-1]]
    assert [v["uar"] for v in voice] == sorted(v["uar"] for v in voice), "the more speech the better"
