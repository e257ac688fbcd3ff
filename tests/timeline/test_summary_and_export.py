"""What a timeline says as a whole, and what leaves the program as a file: known answers, hostile names."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from emotion.labels import CIRCUMPLEX, FACE_LABELS, VOICE_LABELS
from emotion.timeline import export
from emotion.timeline.rows import ROW_SECONDS, columns
from emotion.timeline.summary import figures, strongest_expression, strongest_in_words, transition_counts
from ui.report import to_html_report

ABOUT = {"source": "<script>alert(1)</script>", "settings": {"mode": "hybrid"}}


def one(labels, name, sure=1.0):
    rest = (1 - sure) / (len(labels) - 1)
    return np.array([sure if label == name else rest for label in labels], np.float32)


@pytest.fixture
def timeline() -> pd.DataFrame:
    """Faces: happy happy – sad happy; voices: calm – angry angry –; Together follows the face."""
    faces, voices = ["happy", "happy", None, "sad", "happy"], ["calm", None, "angry", "angry", None]
    return pd.DataFrame(
        [
            {
                "time_s": i * ROW_SECONDS,
                "faces": int(bool(f)),
                "face_reason": "" if f else "no face",
                "voice_reason": "" if v else "silence",
                **columns("face", one(FACE_LABELS, f) if f else None, FACE_LABELS),
                **columns("voice", one(VOICE_LABELS, v) if v else None, VOICE_LABELS),
                **columns("together", one(FACE_LABELS, f, 0.3 if f == "sad" else 1.0) if f else None, FACE_LABELS),
                "together_reason": "=HYPERLINK(1)",
            }
            for i, (f, v) in enumerate(zip(faces, voices))
        ]
    )


def test_shares_changes_and_disagreement(timeline):
    found = figures(timeline)
    assert found["main"] == "together" and found["duration_s"] == 5 * ROW_SECONDS
    assert found["face"]["judged_share"] == 0.8 and found["face"]["share_of_time"]["happy"] == 0.75
    assert found["face"]["not_judged"] == {"no face": 0.2} and found["voice"]["not_judged"] == {"silence": 0.4}
    assert found["face"]["changes"] == 2, "the gap does not hide that happy gave way to sad"
    happy, sad = FACE_LABELS.index("happy"), FACE_LABELS.index("sad")
    assert found["face"]["transitions"][happy][sad] == found["face"]["transitions"][sad][happy] == 1
    assert found["disagreement_share"] == 1.0, "happy with calm (neutral), sad with angry"
    assert found["together"]["unsure_share"] == 0.25, "one of four answers of Together is at 30 %"
    assert found["changes_per_minute"] == pytest.approx(2 / (4 * ROW_SECONDS / 60))
    weights = {"happy": 3, "sad": 0.3}
    others = [n for n in FACE_LABELS if n != "sad"]
    valence = sum(weights[n] * CIRCUMPLEX[n][0] for n in weights) + sum(0.7 / 6 * CIRCUMPLEX[n][0] for n in others)
    assert found["mean_valence"] == pytest.approx(valence / 4, abs=1e-5)
    json.dumps(found)


def test_the_strongest_expression_lasts_and_is_not_neutral():
    """Neutral most of the time; surprise for one row; happy for two, less sure."""
    rows = ["neutral", "surprise", "neutral", "happy", "happy", "neutral", None, "sad"]
    sure = [0.9, 0.8, 0.9, 0.6, 0.7, 0.9, 0.9, 0.9]
    shown = [
        {"time_s": i * ROW_SECONDS, **columns("face", one(FACE_LABELS, f, s) if f else None, FACE_LABELS)}
        for i, (f, s) in enumerate(zip(rows, sure, strict=True))
    ]
    found = strongest_expression(pd.DataFrame(shown), "face")
    assert found["label"] == "happy" and found["time_s"] == 3 * ROW_SECONDS
    assert found["confidence"] == pytest.approx(0.65) and strongest_in_words(found) == "happy 65% at 1.5 s"
    assert strongest_expression(pd.DataFrame(shown[5:]), "face") == {}, "no two rows in a row were judged"
    calm = [{"time_s": 0.0, **columns("voice", one(VOICE_LABELS, "calm", 0.9), VOICE_LABELS)}] * 2
    assert strongest_expression(pd.DataFrame(calm), "voice")["label"] not in ("calm", "neutral")


def test_calm_and_neutral_agree():
    names = {"face_label": ["neutral"], "voice_label": ["calm"]}
    row = {
        **columns("face", one(FACE_LABELS, "neutral"), FACE_LABELS),
        **columns("voice", one(VOICE_LABELS, "calm"), VOICE_LABELS),
    }
    assert (
        figures(pd.DataFrame([{"time_s": 0.0, "face_reason": "", "voice_reason": "", **row}]))["disagreement_share"]
        == 0.0
    )
    assert transition_counts(pd.Series(names["face_label"]), FACE_LABELS).sum() == 0


def test_nothing_judged_gives_no_numbers():
    row = {
        "time_s": 0.0,
        "face_reason": "no face",
        "voice_reason": "no sound",
        **columns("face", None, FACE_LABELS),
        **columns("voice", None, VOICE_LABELS),
    }
    found = figures(pd.DataFrame([row]))
    assert found["main"] is None and found["mean_valence"] is None and found["disagreement_share"] is None
    assert b"Nothing was judged" in to_html_report(pd.DataFrame([row]), {}, title="empty")


def test_how_much_was_judged_in_words(timeline):
    said = export.figures_in_words(figures(timeline))
    assert said["voice judged"] == "60% of the time; silence 40%"
    alone = timeline.assign(face_reason="no picture", **columns("face", None, FACE_LABELS))
    assert export.figures_in_words(figures(alone))["face judged"] == "never: no picture"


def test_figures_in_words_have_one_decimal_and_no_minus_before_zero(timeline):
    found = figures(timeline) | {"mean_valence": -0.04, "mean_arousal": 0.25}
    said = export.figures_in_words(found)
    assert said["mean valence"] == "+0.0" and said["mean arousal"] == "+0.2"
    assert not any(re.search(r"\d\.\d\d", words) for words in said.values())


def test_csv_json_and_parquet_give_the_same_back(timeline):
    csv = pd.read_csv(io.BytesIO(export.to_csv_bytes(timeline)))
    np.testing.assert_allclose(csv["face_happy"], timeline["face_happy"].astype(float))
    assert set(csv["together_reason"]) == {"'=HYPERLINK(1)"}, "a spreadsheet must not run it"
    read = json.loads(export.to_json_bytes(timeline, ABOUT))
    assert read["about"] == ABOUT and read["timeline"][2]["face_label"] is None and len(read["timeline"]) == 5
    table = pq.read_table(io.BytesIO(export.to_parquet_bytes(timeline, ABOUT)))
    assert json.loads(table.schema.metadata[b"emotion"]) == ABOUT
    pd.testing.assert_frame_equal(table.to_pandas(), timeline, check_dtype=False)


def test_the_report_is_whole_and_harmless(timeline):
    report = to_html_report(timeline, ABOUT, title="<img src=x onerror=alert(2)>").decode()
    assert "<script>alert(1)" not in report and "<img src=x" not in report and "&lt;script&gt;alert(1)" in report
    assert "not a feeling" in report and "unlawful" in report
    assert report.count('class="time-chart lines"') == 3 and "<script" not in report and "<link" not in report


def test_file_names_are_harmless():
    from ui.timeline_views import file_stem

    assert file_stem("../../etc/passwd") == "etc_passwd" and file_stem("Ärger – Probe 1") == "Ärger _ Probe 1"
    assert file_stem("///") == "timeline" and len(file_stem("x" * 500)) == 80
