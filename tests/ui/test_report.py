"""The HTML report: its size, its order, no network; of a photo the picture with boxes and bars."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from emotion.face import Face
from emotion.judge import FaceReading, FacesReading
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.photo import LONGEST_PX, photo_of
from emotion.timeline.rows import ROW_SECONDS, columns
from ui.photo_view import photo_html
from ui.report import to_html_report

MOST_BYTES = 1_500_000


@pytest.fixture(scope="module")
def ten_minutes() -> pd.DataFrame:
    """A film of ten minutes in which face, voice and Together change with every row."""
    draw = np.random.default_rng(0)
    one = lambda labels: draw.dirichlet(np.full(len(labels), 0.3))
    return pd.DataFrame(
        [
            {
                "time_s": i * ROW_SECONDS,
                "faces": 1,
                **{f"{m}_reason": "" for m in ("face", "voice", "together")},
                **columns("face", one(FACE_LABELS), FACE_LABELS),
                **columns("voice", one(VOICE_LABELS), VOICE_LABELS),
                **columns("together", one(FACE_LABELS), FACE_LABELS),
            }
            for i in range(int(600 / ROW_SECONDS))
        ]
    )


def reading(track: int, box: tuple, word: str | None, share: float = 0.9) -> FaceReading:
    probs = None if word is None else np.array([share if n == word else (1 - share) / 6 for n in FACE_LABELS])
    face = Face(box, np.zeros((6, 2), np.float32), 0.9)
    return FaceReading(0.0, track, face, probs, "" if word else "too dark")


def photo(*faces: FaceReading, reason: str = ""):
    return photo_of(np.full((200, 400, 3), 90, np.uint8), FacesReading(0.0, faces, reason))


def test_ten_minutes_stay_small_and_have_every_chart(ten_minutes):
    report = to_html_report(ten_minutes, {"source": "x"}, title="x")
    assert len(report) < MOST_BYTES
    assert report.count(b'class="time-chart lines"') == 3 and report.count(b'class="time-chart strip"') == 1


def test_an_hour_is_not_six_times_as_large(ten_minutes):
    hour = pd.concat([ten_minutes] * 6, ignore_index=True).assign(time_s=np.arange(7200) * ROW_SECONDS)
    assert len(to_html_report(hour, {}, title="x")) < MOST_BYTES


def test_findings_come_first_then_limits_charts_and_tables(ten_minutes):
    report = to_html_report(ten_minutes, {"source": "x", "notes": ["its end is missing"]}, title="x").decode()
    body = report[report.index("<body>") :]
    order = ["Findings", "10.0 minutes", "Limits", "its end is missing", "not a feeling", "Over time", "<svg", "<table"]
    places = [body.index(text) for text in order]
    assert places == sorted(places)


def test_no_address_of_the_network_is_inside(ten_minutes):
    for report in (
        to_html_report(ten_minutes, {}, title="x"),
        to_html_report(ten_minutes, {}, title="x", photo=photo()),
    ):
        assert not re.search(rb"https?:|//[a-z]|url\(|@import|<script|<link|<iframe", report.split(b"base64,")[0])
        sources = re.findall(rb'(?:src|href)="([^"]{0,30})', report)
        assert all(source.startswith(b"data:image/jpeg;base64,") for source in sources)


def test_a_photos_report_has_its_boxes_and_bars_and_nothing_over_time(ten_minutes):
    shown = photo(reading(1, (40, 20, 140, 120), "happy"), reading(2, (300, 50, 380, 130), None))
    report = to_html_report(ten_minutes.iloc[:1], {"kind": "image"}, title="x", photo=shown).decode()
    assert report.count('class="box"') == 2 and report.count('class="bar"') == 14
    assert "time-chart" not in report.split("</style>")[-1] and "furthest apart" not in report
    assert report.index("Findings") < report.index('class="photo"') < report.index("Limits")


def test_boxes_lie_on_the_faces_and_are_numbered_where_there_are_several():
    html = photo_html(photo(reading(2, (300, 50, 380, 130), "sad", 0.2), reading(1, (40, 20, 140, 120), "happy")))
    assert "left:10.00%;top:10.00%;width:25.00%;height:50.00%" in html
    assert re.findall(r"<span>(\d)</span></div>", html) == ["1", "2"]
    assert re.findall(r"<h3>([^<]+)</h3>", html) == ["Face 1", "Face 2"] and "unsure – sad or" in html
    alone = photo_html(photo(reading(1, (40, 20, 140, 120), "happy")))
    assert alone.count('class="box"') == 1 and "<h3>Face</h3>" in alone and "<span>1</span>" not in alone


def test_a_photo_without_a_face_says_what_to_do():
    html = photo_html(photo(reason="no face"))
    assert "No face was found. Try a photo" in html and 'class="bar"' not in html and 'class="box"' not in html
    assert "too dark" in photo_html(photo(reason="too dark"))


def test_a_large_photo_is_kept_small_with_its_boxes_in_place():
    large = np.zeros((3000, 4000, 3), np.uint8)
    kept = photo_of(large, FacesReading(0.0, (reading(1, (1000, 750, 2000, 4000), "happy"),)))
    assert kept.image.shape == (LONGEST_PX * 3 // 4, LONGEST_PX, 3)
    assert kept.boxes == ((0.25, 0.25, 0.5, 1.0),), "what lies outside of the picture is not drawn"
