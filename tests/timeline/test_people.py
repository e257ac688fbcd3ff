"""Several faces in a timeline: who speaks, whom the voice joins, a row for each face, and what each person comes to."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from emotion.face import Face
from emotion.judge import HOP_SECONDS, STEPS_PER_HOP, FaceReading, FacesReading, VoiceReading
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline import export
from emotion.timeline.judgements import Judgement, face_answers, timeline_of
from emotion.timeline.people import faces_table, people, people_in_words
from emotion.timeline.rows import ROW_SECONDS, RowBuilder
from emotion.timeline.store import open_store
from tests.support_speech import LOOK_S, STILL, Syllables
from ui.report import to_html_report

SPEECH, SECONDS = Syllables(3), 6.0


def sure(labels, name, share=0.7):
    return np.array([share if n == name else (1 - share) / (len(labels) - 1) for n in labels], np.float32)


HAPPY, SAD, ANGRY = sure(FACE_LABELS, "happy"), sure(FACE_LABELS, "sad"), sure(VOICE_LABELS, "angry")


def face(time_s: float, track: int, probs, mouth: float) -> FaceReading:
    box = (100.0 * track, 0.0, 100.0 * track + 50, 50.0)
    return FaceReading(time_s, track, Face(box, np.zeros((6, 2), np.float32), 0.9), probs, mouth=mouth)


def picture(time_s: float, *, until_s: dict[int, float]) -> FacesReading:
    """Face 1 is happy and silent and the main one; face 2 is sad and speaks."""
    every = (face(time_s, 1, HAPPY, STILL), face(time_s, 2, SAD, SPEECH.opening(time_s)))
    there = tuple(f for f in every if time_s < until_s.get(f.track, SECONDS))
    return FacesReading(time_s, there, main_track=1)


def built(*, until_s: dict[int, float] | None = None, mode: str = "hybrid") -> tuple[RowBuilder, pd.DataFrame]:
    rows, looked = RowBuilder(), 0.0
    for k in range(round(SECONDS / HOP_SECONDS)):
        while looked <= (k + 1) * HOP_SECONDS:
            rows.see(picture(looked, until_s=until_s or {}))
            looked += LOOK_S
        steps = (k + (np.arange(STEPS_PER_HOP) + 0.5) / STEPS_PER_HOP) * HOP_SECONDS
        loudness = np.array([[SPEECH.level(t), 1.0] for t in steps])
        rows.hear([VoiceReading((k + 1) * HOP_SECONDS, ANGRY, voiced_seconds=3.0, loudness=loudness)])
    return rows, rows.timeline(mode).iloc[: round(SECONDS / ROW_SECONDS)]


def test_the_voice_joins_the_face_that_speaks_and_not_the_main_one():
    rows, timeline = built()
    later = timeline.iloc[2:]
    assert set(later["main_face"]) == {1} and set(later["speaker"]) == {2} == set(later["together_face"])
    assert set(timeline["face_label"]) == {"happy"}, "the face stays the main one's"
    assert (later["together_sad"] > later["together_happy"]).all() and later["together_reason"].str.endswith(
        "#2 speaks"
    ).all()
    assert timeline["speaker"].dtype == "Int64", "a number without a decimal point, or nothing"
    assert rows.speaker.track == 2


def test_each_face_has_its_rows_and_each_person_a_summary():
    rows, timeline = built()
    faces = faces_table(timeline, {k: v for k, v in rows.answers().items() if k[0] < len(timeline)})
    assert len(faces) == 2 * len(timeline) and set(faces["track"]) == {1, 2}
    one, two = (faces[faces["track"] == t] for t in (1, 2))
    assert one["main"].all() and not two["main"].any() and set(one["face_label"]) == {"happy"}
    assert not one["speaks"].any() and one["voice_label"].isna().all() and two["speaks"].iloc[2:].all()
    assert set(two["voice_label"].iloc[2:]) == {"angry"} and two["together_sad"].iloc[2:].notna().all()
    first, second = people(faces)
    assert (first["track"], first["main_seconds"], first["speaks_seconds"]) == (1, SECONDS, 0)
    assert "voice" not in first and second["voice"]["label"] == "angry" and second["face"]["label"] == "sad"
    assert second["speaks_seconds"] >= SECONDS - 1
    table = people_in_words([first, second])
    assert list(table["person"]) == ["#1", "#2"] and table["voice"].iloc[0] == "–"


def test_a_face_that_leaves_while_it_speaks_takes_its_voice_along():
    _, timeline = built(until_s={2: 3.0})
    gone = timeline[timeline["time_s"] == 3.5].iloc[0]
    assert gone["speaker"] == 2 and gone["together_face"] == 1 and gone["together_label"] == "happy"
    assert "the voice is of #2" in gone["together_reason"]
    alone = timeline.iloc[-1]
    assert pd.isna(alone["speaker"]) and alone["speaker_reason"] == "" and alone["together_face"] == 1


def test_without_any_face_the_voice_stands_alone():
    _, timeline = built(until_s={1: 2.0, 2: 2.0})
    last = timeline.iloc[-1]
    assert pd.isna(last["main_face"]) and pd.isna(last["speaker"]) and pd.isna(last["together_face"])
    assert last["together_label"] == "angry" and last["faces"] == 0


def test_simple_names_the_speaker_too():
    rows, timeline = built(mode="simple")
    assert set(timeline["speaker"].iloc[2:]) == {2} and "together_face" not in timeline
    assert "together" not in people(faces_table(timeline, rows.answers()))[1]


def test_a_file_without_pictures_has_the_same_columns_and_nobody():
    rows = RowBuilder()
    rows.hear([VoiceReading(0.5, ANGRY, loudness=np.full((STEPS_PER_HOP, 2), [-20.0, 1.0]))])
    faces = faces_table(rows.timeline("hybrid"), rows.answers())
    assert len(faces) == 0 and people(faces) == [] and len(people_in_words([])) == 0
    assert faces["face_happy"].dtype == float and faces["speaks"].dtype == bool


def test_every_export_has_the_faces():
    rows, timeline = built(until_s={2: 3.0})
    faces = faces_table(timeline, rows.answers())
    read = json.loads(export.to_json_bytes(timeline, {}, faces))
    assert len(read["faces"]) == len(faces) and [p["track"] for p in read["people"]] == [1, 2]
    assert read["timeline"][4]["speaker"] == 2 and read["timeline"][-1]["speaker"] is None
    csv = pd.read_csv(io.BytesIO(export.to_csv_bytes(faces)))
    assert list(csv["track"]) == list(faces["track"]) and list(csv["speaks"]) == list(faces["speaks"])
    assert pq.read_table(io.BytesIO(export.to_parquet_bytes(faces, {}))).num_rows == len(faces)
    assert b",2," in export.to_csv_bytes(timeline[["time_s", "speaker", "main_face"]])
    report = to_html_report(timeline, {}, title="x", faces=faces).decode()
    assert "Each person" in report and "<td>#2</td>" in report
    alone = to_html_report(timeline, {}, title="x", faces=faces[faces["track"] == 1]).decode()
    assert "Each person" not in alone


@pytest.fixture
def store(tmp_path):
    return open_store(f"sqlite:///{tmp_path / 'sessions.db'}", home=tmp_path)


def judged(store, *found: Judgement) -> pd.DataFrame:
    number = store.begin(started_unix_s=0.0, settings={})
    store.add(number, found)
    return store.judgements(number)


def test_a_recording_says_who_spoke(store):
    at = (0.1, 0.1)
    table = judged(
        store,
        Judgement(*at, "face", HAPPY, track=1),
        Judgement(*at, "face", SAD, track=2, main=False),
        Judgement(*at, "voice", ANGRY),
        Judgement(*at, "speaker", track=2),
        Judgement(*at, "together", SAD, "#2 speaks", track=2),
        Judgement(0.6, 0.6, "speaker", reason="several mouths move"),
        Judgement(0.6, 0.6, "face", HAPPY, track=1),
    )
    timeline = timeline_of(table)
    first, second = timeline.iloc[0], timeline.iloc[1]
    assert (first["main_face"], first["speaker"], first["together_face"]) == (1, 2, 2)
    assert pd.isna(second["speaker"]) and second["speaker_reason"] == "several mouths move"
    one, two = people(faces_table(timeline, face_answers(table)))
    assert two["speaks_seconds"] == ROW_SECONDS and two["voice"]["label"] == "angry" and "voice" not in one
    assert one["main_seconds"] == 2 * ROW_SECONDS and two["together"]["label"] == "sad"


def test_a_recording_of_before_it_was_told_stays_readable(store):
    at = (0.1, 0.1)
    table = judged(
        store,
        Judgement(*at, "face", HAPPY, track=1),
        Judgement(*at, "face", SAD, track=2, main=False),
        Judgement(*at, "voice", ANGRY),
        Judgement(*at, "together", HAPPY, "both"),
    )
    row = timeline_of(table).iloc[0]
    assert pd.isna(row["speaker"]) and row["speaker_reason"] == "" and row["together_face"] == 1
    one, two = people(faces_table(timeline_of(table), face_answers(table)))
    assert one["together"]["label"] == "happy" and "together" not in two and two["speaks_seconds"] == 0
