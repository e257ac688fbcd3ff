"""The command `python -m emotion analyze FOLDER`."""

from __future__ import annotations

import json

import pytest

from emotion.cli import main
from tests.support import write_wav
from tests.support_batch import BAD, GOOD, command


@pytest.mark.slow
def test_command_reports_skips_and_sums_up(clips, tmp_path):
    done = command(clips, "--out", tmp_path / "r.csv", "--model", "fast", "--workers", "2")
    assert done.returncode == 3 and "Traceback" not in done.stderr
    assert [
        next(n for n in BAD if n in line) for line in sorted(done.stderr.splitlines()) if line.startswith("error: ")
    ] == BAD
    assert "6/6 files, 2 failed" in done.stderr
    first, *shares, written = done.stdout.splitlines()
    assert first.startswith("6 files, 2 failed, ") and "4 in " in first and first.endswith(" clips a second")
    assert [s.split()[0] for s in shares] == ["face", "voice", "together"] and "r.files.csv" in written


@pytest.mark.slow
def test_command_on_a_folder_without_out(clips, capsys):
    assert main(["analyze", str(clips), "--model", "fast"]) == 3
    said = capsys.readouterr()
    assert said.err.count("error: ") == 2 and "passed over" not in said.err
    lines = said.out.splitlines()
    assert len(lines) == len(GOOD) and all(
        str(clips / name) in line and "together" in line for name, line in zip(GOOD, lines)
    )
    assert main(["analyze", str(clips / "b"), str(clips / "picture.png"), "--model", "fast", "--json"]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [p["path"] for p in printed] == [str(clips / n) for n in GOOD[1:]]
    assert all(p["timeline"] and p["summary"] for p in printed)


@pytest.mark.slow
@pytest.mark.parametrize("out", [False, True])
def test_what_was_passed_over_is_said_and_nothing_read_is_status_1(tmp_path, speech, capsys, out):
    folder = tmp_path / "clips"
    folder.mkdir()
    more = ["--out", str(tmp_path / "r.csv"), "--workers", "1"] if out else []
    (folder / "broken.wav").write_bytes(b"junk" * 100)
    (folder / "notes.txt").write_text("1\n00:00:01,000 --> 00:00:02,000\nhello\n")
    arguments = ["analyze", str(folder), "--model", "fast", *more]
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert "passed over: 1 text (notes.txt)" in said.err and "error: " in said.err
    write_wav(folder / "voice", speech[16_000:40_000], 16_000)
    assert main(arguments) == 3
    (folder / "broken.wav").unlink()
    assert main(arguments) == 0
    (folder / "voice").unlink()
    assert main(arguments) == 1 and "passed over: 1 text" in capsys.readouterr().err


def test_a_file_that_breaks_the_program_does_not_end_the_run(tmp_path, speech, capsys, monkeypatch):
    from emotion.timeline import analysis

    def breaks(path, *args, **kwargs):
        raise AttributeError("'NoneType' object has no attribute 'width'")

    monkeypatch.setattr(analysis, "analyze", breaks)
    for name in ("a.wav", "b.wav"):
        write_wav(tmp_path / name, speech[:16_000], 16_000)
    assert main(["analyze", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("cannot be analysed: AttributeError") == 2


@pytest.mark.parametrize("content", [b"just some words\n" * 20, b"%PDF-1.7\n" + bytes(200), b"PAR1" + bytes(200)])
def test_a_text_or_document_is_refused_in_true_words(tmp_path, capsys, content):
    (tmp_path / "notes.txt").write_bytes(content)
    assert main(["analyze", str(tmp_path / "notes.txt")]) == 1
    assert "neither picture nor sound" in capsys.readouterr().err


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
