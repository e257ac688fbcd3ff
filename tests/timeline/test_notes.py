"""What is said about a file that is not as it should be, wherever its result is shown; and pictures that stand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from emotion.batch import analyze_files, find_media
from emotion.cli import main
from emotion.judge import FacesReading
from emotion.timeline.analysis import analyze
from emotion.timeline.rows import STANDS_SECONDS, RowBuilder
from tests.support import finished_job, run, write_film
from tests.support_media import RATE, joined, make_film
from ui.analysis_job import AnalysisJob
from ui.report import to_html_report

NOTE = "the clock went back by 1.5 s at 1.5 s; the parts are joined"


@pytest.fixture
def film(tmp_path, astronaut):
    part = make_film(tmp_path / "part.mkv", astronaut[::2, ::2], 1.5, sounds=(np.zeros(RATE, np.float32),))
    return joined(tmp_path / "joined.mkv", part, part)


def test_in_the_summary_and_the_report(film):
    found = analyze(film, face_model="fast")
    assert found.summary["notes"] == [NOTE] and len(found.timeline) in (6, 7)
    report = to_html_report(found.timeline, {"source": "x", "notes": found.summary["notes"]}, title="x").decode()
    assert f"<p>{NOTE}</p>" in report
    json.dumps(found.summary)


def test_on_the_command_line(film, capsys):
    assert main(["analyze", str(film), "--model", "fast"]) == 0
    assert f"note: {NOTE}" in capsys.readouterr().out
    (film.parent / "part.mkv").unlink()
    assert main(["analyze", str(film.parent), "--model", "fast"]) == 0
    assert f"; note: {NOTE}" in capsys.readouterr().out


@pytest.mark.slow
def test_in_the_table_of_files(film, tmp_path):
    media, _ = find_media([film, film.parent / "part.mkv"])
    files = analyze_files(media, out=tmp_path / "r.csv", face_model="fast", workers=1).set_index("path")
    notes = {path.rsplit("/", 1)[-1]: note for path, note in files["notes"].items()}
    assert notes["joined.mkv"] == NOTE and pd.isna(notes["part.mkv"])
    assert NOTE in (tmp_path / "r.files.csv").read_text()


@pytest.mark.slow
def test_on_the_page_and_in_its_downloads(film):
    app = run("pages/analyse.py", consent=True)
    options = {"mode": "hybrid", "face_model": "fast", "max_faces": 1}
    app.session_state["analysis"] = finished_job(AnalysisJob(film.name, path=film, **options))
    app.run()
    assert not app.exception and NOTE in [i.value for i in app.info]


def test_a_whole_film_has_no_notes(tmp_path, astronaut):
    found = analyze(write_film(tmp_path / "a.mp4", [astronaut[::2, ::2]] * 5), face_model="fast")
    assert found.summary["notes"] == []


@pytest.mark.parametrize("step_s", [1.0, 1.9])
def test_a_picture_stands_until_the_next_one(step_s):
    rows = RowBuilder()
    for i in range(4):
        rows.see(FacesReading(i * step_s, (), f"picture {i}"))
    found = rows.timeline("simple")
    expected = [f"picture {int((t + 1e-6) // step_s)}" for t in found.time_s]
    own = {int(i * step_s / 0.5): f"picture {i}" for i in range(4)}  # a row with a picture of its own has that one's
    assert found.face_reason.tolist() == [own.get(i, e) for i, e in enumerate(expected)]
    assert rows.pictures == 4


def test_it_stands_for_two_seconds_at_most():
    rows = RowBuilder()
    rows.see(FacesReading(0.0, (), "first"))
    rows.see(FacesReading(4.0, (), "second"))
    until = int(STANDS_SECONDS / 0.5)
    assert rows.timeline("simple").face_reason.tolist() == ["first"] * until + ["no picture"] * (8 - until) + ["second"]


@pytest.mark.slow
def test_the_last_picture_stands_while_the_sound_goes_on(tmp_path, astronaut, speech):
    path = write_film(tmp_path / "a.mkv", [astronaut[::2, ::2]] * 2, times_s=[0, 0.04], sound=speech[:56_000])
    found = analyze(path, face_model="fast").timeline
    assert len(found) == 7 and found.face_label.notna().tolist() == [True] * 4 + [False] * 3
