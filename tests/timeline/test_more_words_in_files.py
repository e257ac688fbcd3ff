"""Contempt and calm in a timeline: only where they are asked for, and then everywhere the same."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from emotion.cli import main
from emotion.face import Face
from emotion.judge import FaceReading, FacesReading, VoiceReading
from emotion.labels import FACE_LABELS, MORE_FACE_LABELS, MORE_LABELS, VOICE_LABELS
from emotion.timeline.analysis import analyze
from emotion.timeline.disagreement import apart
from emotion.timeline.export import to_json_bytes
from emotion.timeline.people import faces_table, people
from emotion.timeline.rows import RowBuilder, as_it_is
from emotion.timeline.summary import affect_path, figures, labels_of, summary_of
from tests.support_world import distribution, face_answer

SQUARE = Face((0, 0, 40, 40), np.zeros((6, 2), np.float32), 0.9)
NEUTRAL = face_answer(neutral=0.9).astype(np.float32)
CALM_VOICE = distribution(VOICE_LABELS.index("calm"), 8, 0.9)


def built(*, more_words: bool, contempts=(0.0, 0.8)) -> RowBuilder:
    """Two rows of one neutral face with a calm voice; in the second the face shows contempt."""
    rows = RowBuilder(more_words=more_words)
    for i, contempt in enumerate(contempts):
        reading = FaceReading(i * 0.5, 1, SQUARE, NEUTRAL, contempt=contempt if more_words else None)
        rows.see(FacesReading(i * 0.5, (reading,), main_track=1))
        rows.hear([VoiceReading((i + 1) * 0.5, CALM_VOICE)])
    return rows


def test_by_default_there_is_no_other_word():
    table = built(more_words=False).timeline("hybrid")
    assert not [c for c in table if c.endswith("contempt") or c == "together_calm"]
    assert list(table.face_label) == list(table.together_label) == ["neutral", "neutral"]
    assert labels_of(table, "face") == labels_of(table, "together") == FACE_LABELS


def test_they_are_named_where_they_lead():
    table = built(more_words=True).timeline("hybrid")
    assert list(table.face_label) == ["neutral", "contempt"] and list(table.together_label) == ["calm", "contempt"]
    assert table.face_contempt.tolist() == pytest.approx([0.0, 0.8])
    for name, labels in (("face", MORE_FACE_LABELS), ("face_as_it_is", MORE_FACE_LABELS), ("together", MORE_LABELS)):
        assert table[[f"{name}_{word}" for word in labels]].sum(axis=1).tolist() == pytest.approx([1, 1], abs=1e-5)
    assert list(table.voice_label) == ["calm", "calm"], "the voice had that word before"


def test_what_is_made_of_a_timeline_knows_them():
    rows = built(more_words=True, contempts=(0.0, 0.8, 0.8))
    table = rows.timeline("hybrid")
    found = figures(table)
    assert found["together"]["share_of_time"]["contempt"] == pytest.approx(2 / 3)
    assert found["face"]["strongest"]["label"] == "contempt" and len(found["together"]["transitions"]) == 9
    assert summary_of(table, "video", rows, "hybrid")["face"]["label"] == "contempt"
    assert affect_path(table, "together")[-1, 1] < 0, "contempt is unpleasant"
    faces = faces_table(table, rows.answers())
    assert list(faces.face_label) == ["neutral", "contempt", "contempt"] and "together_calm" in faces
    (person,) = people(faces)
    assert person["face"]["label"] == "contempt" and set(person["together"]["probs"]) == set(MORE_LABELS)
    assert json.loads(to_json_bytes(table, {}, faces))["timeline"][1]["together_label"] == "contempt"


def test_contempt_does_not_change_how_far_face_and_voice_are_apart():
    plain, more = (apart(built(more_words=more).timeline("simple")) for more in (False, True))
    np.testing.assert_allclose(more, plain, atol=1e-6)


def test_the_models_own_answers_have_contempt_too():
    own = as_it_is(built(more_words=True).timeline("simple"))
    assert list(own.face_label) == ["neutral", "contempt"]


def test_a_picture_with_more_words(tmp_path, astronaut):
    cv2.imwrite(str(tmp_path / "a.png"), astronaut[..., ::-1])
    plain, more = (analyze(tmp_path / "a.png", face_model="fast", more_words=asked) for asked in (False, True))
    assert set(more.timeline) - set(plain.timeline) == {
        "face_contempt",
        "face_as_it_is_contempt",
        "together_contempt",
        "together_calm",
    }
    one, other = plain.timeline.iloc[0], more.timeline.iloc[0]
    left = 1 - other.face_contempt
    assert other.face_happy == pytest.approx(one.face_happy * left, abs=1e-5)
    assert list(plain.timeline) == [c for c in more.timeline if c in set(plain.timeline)], "in the same order"


def test_the_command_line_takes_it_for_single_files_only(tmp_path, astronaut, capsys):
    cv2.imwrite(str(tmp_path / "a.png"), astronaut[..., ::-1])
    assert main(["analyze", str(tmp_path / "a.png"), "--model", "fast", "--more-words", "--json"]) == 0
    assert "together_calm" in json.loads(capsys.readouterr().out)["timeline"][0]
    with pytest.raises(SystemExit):
        main(["analyze", str(tmp_path / "a.png"), "--more-words", "--out", str(tmp_path / "x.csv")])
    assert "--more-words does not go with --out" in capsys.readouterr().err
