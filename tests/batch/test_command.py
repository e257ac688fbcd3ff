"""The command `python -m emotion analyze FOLDER`."""

from __future__ import annotations

import json

import pytest

from emotion.cli import main
from tests.support_batch import BAD, GOOD, command


@pytest.mark.slow
def test_command_reports_skips_and_sums_up(clips, tmp_path):
    done = command(clips, "--out", tmp_path / "r.csv", "--model", "fast", "--workers", "2")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert [
        next(n for n in BAD if n in line) for line in sorted(done.stderr.splitlines()) if line.startswith("error: ")
    ] == BAD
    assert "6/6 files, 2 failed" in done.stderr
    first, *shares, written = done.stdout.splitlines()
    assert first.startswith("6 files, 2 failed, ") and "4 in " in first and first.endswith(" clips a second")
    assert [s.split()[0] for s in shares] == ["face", "voice", "together"] and "r.files.csv" in written


@pytest.mark.slow
def test_command_on_a_folder_without_out(clips, capsys):
    assert main(["analyze", str(clips), "--model", "fast"]) == 1
    said = capsys.readouterr()
    assert said.err.count("error: ") == 2
    lines = said.out.splitlines()
    assert len(lines) == len(GOOD) and all(
        str(clips / name) in line and "together" in line for name, line in zip(GOOD, lines)
    )
    assert main(["analyze", str(clips / "b"), str(clips / "picture.png"), "--model", "fast", "--json"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [p["path"] for p in printed] == [str(clips / n) for n in GOOD[1:]]
    assert all(p["timeline"] and p["summary"] for p in printed)


@pytest.mark.parametrize(
    "options, words",
    [
        ("--out r.xlsx", ".parquet or .csv"),
        ("--out r.csv --workers 0", "at least 1"),
        ("--out r.csv --json", "give one of them"),
        ("--out r.csv --scheduler tcp://127.0.0.1:1", "goes with --engine dask"),
        ("--out r.csv --engine spark", "invalid choice"),
        ("--workers 2", "go with --out"),
        ("--engine dask", "go with --out"),
    ],
)
def test_bad_usage(options, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["analyze", "clips", *options.split()])
    assert stopped.value.code == 2 and words in capsys.readouterr().err.splitlines()[-1]
