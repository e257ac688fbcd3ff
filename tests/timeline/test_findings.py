"""The sentences that a report begins with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.findings import findings
from emotion.timeline.people import faces_table
from emotion.timeline.rows import ROW_SECONDS, columns


def answer(labels, word: str, share: float):
    return np.array([share if label == word else (1 - share) / (len(labels) - 1) for label in labels])


def table(*rows: tuple[str | None, float, str], voice: str | None = None) -> pd.DataFrame:
    """(word of the face, how probable, reason) of each row; the voice says one word throughout."""
    return pd.DataFrame(
        [
            {
                "time_s": i * ROW_SECONDS,
                "faces": int(word is not None),
                "face_reason": reason,
                "voice_reason": "" if voice else "no sound",
                "main_face": 1 if word else None,
                **columns("face", answer(FACE_LABELS, word, share) if word else None, FACE_LABELS),
                **columns("voice", answer(VOICE_LABELS, voice, 0.95) if voice else None, VOICE_LABELS),
            }
            for i, (word, share, reason) in enumerate(rows)
        ]
    )


SURE_HAPPY, SURE_SAD = ("happy", 0.95, ""), ("sad", 0.95, "")


def test_words_have_their_share_of_the_time():
    found = findings(table(SURE_HAPPY, SURE_HAPPY, SURE_HAPPY, SURE_SAD))
    assert found == ["2.0 s; a face was seen.", "Face: happy 75%, sad 25% of the time."]


def test_what_was_not_judged_is_said_with_its_reason():
    found = findings(table(SURE_HAPPY, (None, 0, "no face")))
    assert found[1] == "Face: happy 100% of the 50% of the time that could be judged (else no face)."
    assert findings(table((None, 0, "too dark"))) == ["0.5 s; no face.", "Nothing was judged: no sound, too dark."]


def test_unsure_answers_are_counted_with_their_reasons():
    dark, unclear = ("happy", 0.2, "dark"), ("happy", 0.2, "no word stands out")
    found = findings(table(SURE_HAPPY, dark, dark, unclear))
    assert found[-1] == "Face unsure 75% of the judged time, most often: dark (67%), no word stands out (33%)."


def test_of_together_it_counts_that_face_and_voice_differ_and_not_what_it_was_judged_from():
    timeline = table(SURE_HAPPY, SURE_HAPPY, voice="happy")
    timeline = timeline.assign(**{f"together_{n}": 1 / 7 for n in FACE_LABELS}, together_label="angry")
    timeline["together_sure"] = False
    timeline["together_reason"] = ["face says happy, voice says sad; dark", "face and voice agree; dark"]
    unsure = next(line for line in findings(timeline) if "together unsure" in line)
    assert unsure.endswith("unsure 100% of the judged time, most often: dark (100%), face and voice differ (50%).")


@pytest.mark.parametrize(
    "said", ["from the face only; the voice is unreliable now", "face only: the other is not reliable now"]
)
def test_it_does_not_count_from_what_it_was_judged_alone_as_now_and_in_older_recordings(said):
    timeline = table(SURE_HAPPY, voice="happy").assign(**{f"together_{n}": 1 / 7 for n in FACE_LABELS})
    timeline = timeline.assign(together_label="angry", together_sure=False)
    timeline["together_reason"] = f"{said}; the face is small in the picture"
    unsure = next(line for line in findings(timeline) if "together unsure" in line)
    assert unsure.endswith("most often: the face is small in the picture (100%).")


def test_the_strongest_disagreement_is_named():
    found = findings(table(SURE_HAPPY, SURE_HAPPY, voice="sad"))
    assert found[-1].startswith("Face and voice were furthest apart at 0.0 s: face happy, voice sad (0.")
    assert "nearly the same" in findings(table(SURE_HAPPY, voice="happy"))[-1]


def test_a_sound_alone_has_nobody_to_see():
    assert findings(table((None, 0, "no picture"), voice="sad"))[:2] == [
        "0.5 s of sound.",
        "Voice: sad 100% of the time.",
    ]


def test_each_of_several_people_has_a_line():
    timeline = table(SURE_HAPPY, SURE_HAPPY)
    happy, sad = answer(FACE_LABELS, "happy", 0.9), answer(FACE_LABELS, "sad", 0.9)
    faces = faces_table(timeline, {(0, 1): happy, (1, 1): happy, (1, 2): sad})
    found = findings(timeline, faces)
    assert found[0] == "1.0 s; 2 people seen."
    assert found[2:4] == ["Person #1: happy 100% of 1.0 s in view.", "Person #2: sad 100% of 0.5 s in view."]
    assert findings(timeline, faces[faces["track"] == 1])[0] == "1.0 s; 1 person seen."
