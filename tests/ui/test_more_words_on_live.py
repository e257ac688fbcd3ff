"""What Live shows of contempt and calm."""

from __future__ import annotations

import re

import numpy as np
import pytest

from emotion.evaluation.measurements import CALM_NAME, contempt_name
from emotion.face import Face
from emotion.fusion import fuse
from emotion.judge import FaceReading, FacesReading
from emotion.labels import VOICE_LABELS
from emotion.realtime.session import Snapshot
from tests.support_world import distribution, face_answer
from ui import experimental
from ui.experimental import experimental_in_words
from ui.live_people import people_table

SQUARE = Face((0, 0, 40, 40), np.zeros((6, 2), np.float32), 0.9)
NEUTRAL = face_answer(neutral=0.9).astype(np.float32)


def snapshot(contempt: float | None, *, faces: int = 1) -> Snapshot:
    found = tuple(FaceReading(0.0, i + 1, SQUARE, NEUTRAL, contempt=contempt) for i in range(faces))
    calm = distribution(VOICE_LABELS.index("calm"), 8, 0.9)
    one = fuse(NEUTRAL, calm, more_words=contempt is not None, contempt=contempt or 0.0)
    return Snapshot(0.0, "hybrid", FacesReading(0.0, found, main_track=1), "", None, "silence", one)


def test_readouts_have_the_words_that_were_chosen(monkeypatch):
    from ui import live_views  # here, because Streamlit takes long to import

    monkeypatch.setattr(live_views, "experimental", lambda model: ["contempt"])
    face, together = (
        (lambda c: live_views._face(snapshot(c), "fast")),
        (lambda c: live_views._together(snapshot(c), "fast")),
    )
    for draw in (face, together):
        assert "contempt" not in draw(None) and "experimental: contempt" in draw(0.7)
        assert "<span class='label'>contempt" in draw(0.7)
    assert "<span>calm</span>" in together(0.0) and "<span>calm</span>" not in face(0.0)
    assert "<span class='label'>calm" in together(0.0)


def test_weights_have_one_decimal():
    from ui import live_views

    drawn = re.findall(r"× ([\d.]+)", live_views._together(snapshot(None), "fast"))
    assert len(drawn) == 2 and all(re.fullmatch(r"\d\.\d", weight) for weight in drawn)


def test_the_figures_speak_of_pictures():
    from ui import live_views

    figures = live_views._figures(snapshot(None))
    assert "pictures a second" in figures and not any("frame" in name for name in figures)


def test_the_table_of_people_names_contempt():
    assert "contempt 70%" in people_table(snapshot(0.7, faces=2))
    assert "contempt" not in people_table(snapshot(None, faces=2))


@pytest.mark.parametrize(
    "recall, words",
    [(0.49, "contempt (49% of such examples are found)"), (0.5, ""), (None, "contempt (was not measured)")],
)
def test_a_word_is_called_experimental_as_the_files_say(monkeypatch, recall, words):
    def measured() -> dict:
        common = {"positives": 9, "recall_interval_95": None, "precision": None, "auc": None, "data_set": ""}
        calm = {"kind": "calm", "model": "", "recall": 0.8, **common}
        contempt = {"kind": "contempt", "model": "face_fast", "recall": recall, **common}
        return {CALM_NAME: calm, contempt_name("fast"): contempt}

    monkeypatch.setattr(experimental, "read_measured", measured)
    said = experimental_in_words("fast")
    assert words in said and bool(said) == bool(words) and "calm" not in said
    monkeypatch.setattr(experimental, "read_measured", dict)
    assert "contempt (was not measured)" in experimental_in_words("fast") and "calm" in experimental_in_words("fast")
