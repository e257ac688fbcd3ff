"""Exports of real analyses: Simple mode, the times of a recorded session, harmful names, no network."""

from __future__ import annotations

import io
import json
import re

import pandas as pd
import pyarrow.parquet as pq
import pytest
import soundfile

from emotion.timeline import export
from emotion.timeline.analysis import analyze
from emotion.timeline.summary import figures
from ui.report import to_html_report

ABOUT = {
    "source": "Probe.wav",
    "models": {"voice": {"network": "CNN", "sha256": "ab" * 32}},
    "tags": ["stage", "<b>"],
    "seconds": 3.5,
}


@pytest.fixture(scope="module")
def simple(tmp_path_factory, speech) -> pd.DataFrame:
    """The timeline of a sentence in Simple mode, with a recorded session's clock: no face, no Together."""
    path = tmp_path_factory.mktemp("sound") / "a.wav"
    soundfile.write(path, speech, 16_000)
    timeline = analyze(path, "simple", face_model="fast").timeline
    timeline["wall_clock"] = pd.Timestamp("2026-03-01 12:00", tz="UTC") + pd.to_timedelta(timeline["time_s"], unit="s")
    return timeline


def test_simple_mode_has_figures_without_together(simple):
    found = figures(simple)
    assert found["main"] == "voice" and "together" not in found and found["face"]["judged_share"] == 0
    assert found["face"]["not_judged"] == {"no picture": 1.0} and found["disagreement_share"] is None
    assert sum(found["voice"]["share_of_time"].values()) == pytest.approx(1)
    assert -1 <= found["mean_valence"] <= 1


def test_the_clock_comes_back_from_every_form(simple):
    began = simple["wall_clock"][0]
    assert pd.to_datetime(pd.read_csv(io.BytesIO(export.to_csv_bytes(simple)))["wall_clock"])[0] == began
    assert pd.Timestamp(json.loads(export.to_json_bytes(simple, ABOUT))["timeline"][0]["wall_clock"]) == began
    assert pq.read_table(io.BytesIO(export.to_parquet_bytes(simple, ABOUT))).to_pandas()["wall_clock"][0] == began


def test_exported_times_say_that_they_are_utc(simple):
    csv = pd.read_csv(io.BytesIO(export.to_csv_bytes(simple)))["wall_clock"]
    assert list(csv[:2]) == ["2026-03-01T12:00:00.000+00:00", "2026-03-01T12:00:00.500+00:00"]
    assert json.loads(export.to_json_bytes(simple, ABOUT))["timeline"][1]["wall_clock"] == "2026-03-01T12:00:00.500Z"
    assert pq.read_table(io.BytesIO(export.to_parquet_bytes(simple, ABOUT))).schema.field("wall_clock").type.tz == "UTC"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_nothing(simple, text):
    csv = export.to_csv_bytes(simple.assign(note=text, time_s=-simple["time_s"]))
    read = pd.read_csv(io.BytesIO(csv), keep_default_na=False)
    assert set(read["note"].str[0]) == {"'"} and read["time_s"].iloc[-1] < 0, "numbers stay numbers"


def test_the_report_goes_from_findings_to_charts_to_tables_and_has_nested_settings_in_rows(simple):
    report = to_html_report(simple, ABOUT, title="Probe").decode()
    assert "<th>models voice sha256</th><td>" + "ab" * 32 in report and "<td>stage, &lt;b&gt;</td>" in report
    headings = re.findall(r"<h2>([^<]+)</h2>", report)
    assert headings[:4] == ["Findings", "Limits", "Voice", "Valence and arousal (voice)"]
    assert headings[4] == "In numbers" and headings[-1] == "Where this comes from"


def test_the_report_may_not_use_the_network(simple):
    report = to_html_report(simple, ABOUT, title="Probe").decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', report).group(1)
    assert (
        "default-src 'none'" in policy
        and "http" not in policy
        and "script" not in policy
        and report.index("Content-Security-Policy") < report.index("<style")
    )
