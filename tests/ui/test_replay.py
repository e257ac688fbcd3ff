"""What the browser gets for a replay, and the charts over time."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.rows import ROW_SECONDS, columns
from ui.plots.time_charts import apart_chart, changes_table, clock_time, lines_chart, thinned
from ui.replay import modalities_of, replay_data


def answer(labels, word: str | None, share: float = 0.9):
    if word is None:
        return None
    return np.array([share if label == word else (1 - share) / (len(labels) - 1) for label in labels])


def table(faces: list[tuple[str | None, float]], *, face_reason: str = "", voice: bool = True) -> pd.DataFrame:
    """(word of the face, how probable) of each row; the voice is angry throughout, or missing."""
    return pd.DataFrame(
        [
            {
                "time_s": i * ROW_SECONDS,
                "faces": int(word is not None),
                "face_reason": face_reason if word else face_reason or "no face",
                "voice_reason": "" if voice else "no sound",
                **columns("face", answer(FACE_LABELS, word, share), FACE_LABELS),
                **columns("voice", answer(VOICE_LABELS, "angry") if voice else None, VOICE_LABELS),
            }
            for i, (word, share) in enumerate(faces)
        ]
    )


def test_each_row_has_its_answer_and_equal_ones_stand_once():
    found = replay_data(table([("happy", 0.9), ("happy", 0.9), (None, 0), ("sad", 0.2)]), film=True)
    face = found["readouts"]["face"]
    assert found["seconds"] == 4 * ROW_SECONDS and found["faces"] == [1, 1, 0, 1] and found["film"]
    assert face["said"] == [0, 0, 1, 2] and len(face["answers"]) == 3
    assert face["answers"][0][0] == "on" and face["answers"][0][2] == "happy"
    assert face["answers"][1] == ["off", "", "", "no face in the picture"] and face["probs"][2] is None
    assert face["answers"][2][0] == "on unsure" and face["answers"][2][2].startswith("unsure – sad or ")
    assert face["probs"][0][FACE_LABELS.index("happy")] == 90
    assert found["readouts"]["voice"]["said"] == [0] * 4


def test_the_clock_of_a_recorded_session_is_given_in_seconds_since_1970():
    rows = table([("happy", 0.9)])
    assert replay_data(rows, film=False)["begun_unix_s"] is None
    rows["wall_clock"] = pd.Timestamp("2026-03-01 12:00", tz="UTC")
    assert replay_data(rows, film=False)["begun_unix_s"] == pd.Timestamp("2026-03-01 12:00", tz="UTC").timestamp()


def test_what_a_file_does_not_have_gets_no_readout():
    assert modalities_of(table([("happy", 0.9), (None, 0)])) == ["face", "voice"]
    sound = table([(None, 0)], face_reason="no picture")
    assert modalities_of(sound) == ["voice"] and replay_data(sound, film=False)["faces"] is None
    assert modalities_of(table([("sad", 0.9)], voice=False)) == ["face"], "a silent film"
    assert modalities_of(table([(None, 0)])) == ["face", "voice"], "a film in which no face was found says so"


def test_a_gap_in_the_answers_is_a_gap_in_the_curve():
    whole = lines_chart(table([("happy", 0.9)] * 5), "face", FACE_LABELS)
    with_gap = lines_chart(
        table([("happy", 0.9), ("happy", 0.9), (None, 0), ("happy", 0.9), ("sad", 0.9)]), "face", ["happy"]
    )
    assert whole.count("<polyline") == len(FACE_LABELS) and with_gap.count("<polyline") == 2
    first, second = re.findall(r'points="([^"]+)"', with_gap)
    assert first == "100.0,10.0 300.0,10.0", "the middles of two of five rows, at 90 %"
    assert second.startswith("700.0,10.0 900.0,98.")


def test_apart_is_a_bar_a_row_where_both_were_judged():
    drawn = apart_chart(np.array([0.5, np.nan, 1.0, 0.0]))
    assert re.findall(r'<rect x="([\d.]+)" y="(\d+)"', drawn) == [("0.0", "50"), ("500.0", "0")]


def test_long_timelines_are_thinned_to_means():
    values = np.array([[0.0], [1.0], [np.nan], [0.5], [np.nan], [np.nan], [0.25]])
    np.testing.assert_allclose(thinned(values, most=4)[:, 0], [0.5, 0.5, np.nan, 0.25])
    assert thinned(values, most=7) is values


@pytest.mark.parametrize(
    "time_s, shown", [(0, "0.0 s"), (7.5, "7.5 s"), (59.96, "1:00.0"), (67.5, "1:07.5"), (3727.5, "1:02:07.5")]
)
def test_times_are_told_as_a_player_tells_them(time_s, shown):
    assert clock_time(time_s) == shown


def test_a_table_of_changes_leaves_out_words_that_were_never_met():
    found = changes_table(np.array([[0, 2, 0], [1, 0, 0], [0, 0, 0]]), ("angry", "happy", "sad"))
    assert "<th>happy</th>" in found and "sad" not in found and re.findall(r">(\d+)</td>", found) == ["2", "1"]
    assert changes_table(np.zeros((2, 2), int), ("angry", "happy")) == ""
