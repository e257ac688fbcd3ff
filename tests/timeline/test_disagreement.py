"""How far face and voice are apart: known values, the strongest moments, and what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.disagreement import (
    MOMENTS,
    MOMENTS_APART_S,
    WORTH_NAMING,
    apart,
    divergence,
    in_words,
    strongest_disagreements,
)
from emotion.timeline.rows import ROW_SECONDS, as_it_is, columns
from ui.plots.live_plots import disagreement_svg
from ui.report import to_html_report


def sure(labels, name: str | None, share: float = 1.0):
    if name is None:
        return None
    rest = (1 - share) / (len(labels) - 1)
    return np.array([share if label == name else rest for label in labels])


def table(*rows: tuple[str | None, str | None, float]) -> pd.DataFrame:
    """(word of the face, word of the voice, how sure both are) of each row."""
    return pd.DataFrame(
        [
            {
                "time_s": i * ROW_SECONDS,
                "faces": 1,
                "face_reason": "",
                "voice_reason": "",
                **columns("face", sure(FACE_LABELS, face, share), FACE_LABELS),
                **columns("voice", sure(VOICE_LABELS, voice, share), VOICE_LABELS),
            }
            for i, (face, voice, share) in enumerate(rows)
        ]
    )


def test_known_values_of_the_divergence():
    happy, sad = sure(FACE_LABELS, "happy"), sure(FACE_LABELS, "sad")
    assert divergence(happy, happy) == 0 and divergence(happy, sad) == 1
    even = np.full(7, 1 / 7)
    # H((a + b) / 2) - H(b) / 2, with one word at 4/7 and six at 1/14
    assert divergence(happy, even) == pytest.approx(
        -(4 / 7) * np.log2(4 / 7) - 6 / 14 * np.log2(1 / 14) - np.log2(7) / 2
    )
    assert divergence(even, happy) == pytest.approx(divergence(happy, even))
    assert divergence(np.stack([happy, sad]), np.stack([sad, sad])).tolist() == [1, 0]


def test_calm_is_neutral_and_what_is_missing_is_not_compared():
    found = apart(table(("neutral", "calm", 1), ("happy", None, 1), (None, "sad", 1), ("happy", "angry", 1)))
    np.testing.assert_allclose(found, [0, np.nan, np.nan, 1], atol=1e-6)
    assert np.isnan(apart(pd.DataFrame({"time_s": [0.0]}))).all()


def test_the_strongest_moments_are_few_and_apart():
    rows = [("happy", "happy", 0.9)] * 20
    for i, share in ((2, 0.8), (3, 0.9), (10, 0.7), (15, 0.95), (19, 0.6)):
        rows[i] = ("happy", "sad", share)
    found = strongest_disagreements(table(*rows))
    assert [m["time_s"] / ROW_SECONDS for m in found] == [15, 3, 10] and len(found) == MOMENTS
    assert all(m["apart"] >= WORTH_NAMING and (m["face"], m["voice"]) == ("happy", "sad") for m in found)
    assert in_words(found[0]) == "7.5 s: face happy, voice sad (0.9 of 1)"
    near = strongest_disagreements(table(*[("happy", "sad", 0.9)] * int(MOMENTS_APART_S / ROW_SECONDS + 1)))
    assert [m["time_s"] for m in near] == [0.0, MOMENTS_APART_S]
    assert strongest_disagreements(table(("happy", "happy", 0.9), ("happy", None, 1))) == []


def test_a_report_lists_them_and_live_draws_them():
    report = to_html_report(table(("happy", "sad", 0.9), ("happy", "happy", 0.9)), {}, title="x").decode()
    assert "Where face and voice are furthest apart" in report and "0.0 s: face happy, voice sad" in report
    assert report.count('class="time-chart strip"') == 1 and report.count("<rect") == 1, "apart in one row of two"
    quiet = to_html_report(table(("happy", "happy", 0.9)), {}, title="x").decode()
    assert "furthest apart" not in quiet
    svg = disagreement_svg([(-10.0, 0.5), (-9.5, 1.0)], span_s=60)
    assert svg.count("<rect") == 2 and "how far face and voice were apart" in svg


def test_as_it_is_compares_the_models_own_answers():
    timeline = table(("happy", "sad", 1))
    for label in FACE_LABELS:
        timeline[f"face_as_it_is_{label}"] = float(label == "sad")
    timeline["face_as_it_is_label"], timeline["face_as_it_is_confidence"] = "sad", 1.0
    np.testing.assert_allclose([apart(timeline)[0], apart(as_it_is(timeline))[0]], [1, 0], atol=1e-6)
