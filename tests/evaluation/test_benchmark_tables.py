"""The benchmark's tables, and their places in a file."""

from __future__ import annotations

import pytest

from emotion.evaluation.benchmark_tables import live_table, parts_table, put_into
from emotion.evaluation.timing import Timing
from tests.support import ROOT

MEASURED = {
    "streams": 2,
    "seconds": 20.0,
    "pictures_in": [20.0, 29.0],
    "pictures_out": [19.0, 28.0],
    "picture_late_ms": [[20.0, 90.0], [30.0, 80.0]],
    "face_labels": [9.0, 10.0],
    "voice_labels": [2.0, 2.1],
    "label_age_ms": [[50.0, 90.0], [60.0, 80.0]],
    "callback_ms": [[3.0, 9.0], [None, None]],
    "cpu_share_of_a_core": 0.8,
    "memory_mb": 500,
    "threads": 12,
}


def test_a_row_per_part_and_a_column_per_number_of_threads():
    rows = [Timing("crop", 1, 0.51, 0.9), Timing("crop", 2, 0.4, 0.8), Timing("package fer", 0, 200.0, 300.0)]
    table = parts_table(rows)
    assert "| crop | 0.5, 0.9 | 0.4, 0.8 |" in table
    assert "| package fer | 200.0, 300.0 | 200.0, 300.0 |" in table
    assert "processors" in table


def test_of_several_streams_the_slowest_the_fastest_and_the_worst_times():
    table = live_table([MEASURED], face_model="fast")
    row = (
        "| 2 | 20.0 to 29.0 | 19.0 to 28.0 | 30, 90 | 9.0 to 10.0 | 2.0 to 2.1 | 60, 90 | 39 | 3, 9 | 0.80 | 500 | 12 |"
    )
    assert row in table


def test_tables_take_their_places_and_nothing_else_changes(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("before\n<!-- parts:begin -->\nold\n<!-- parts:end -->\nafter\n")
    put_into(file, {"parts": "new"})
    assert file.read_text() == "before\n<!-- parts:begin -->\nnew\n<!-- parts:end -->\nafter\n"
    with pytest.raises(ValueError, match="no place"):
        put_into(file, {"live": "new"})


@pytest.mark.parametrize(
    "file, name",
    [
        ("docs/benchmark.md", "parts"),
        ("docs/benchmark.md", "live"),
        ("docs/benchmark.md", "pages"),
        ("docs/benchmark.md", "soak"),
        ("docs/remote.md", "processes"),
    ],
)
def test_each_command_finds_the_place_of_its_table(tmp_path, file, name):
    copy = tmp_path / "page.md"
    copy.write_text((ROOT / file).read_text(encoding="utf-8"), encoding="utf-8")
    put_into(copy, {name: "measured"})
    assert f"<!-- {name}:begin -->\nmeasured\n<!-- {name}:end -->" in copy.read_text(encoding="utf-8")
