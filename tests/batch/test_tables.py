"""The two tables of a folder: what stands in them, in every format."""

from __future__ import annotations

import pandas as pd
import pytest

from emotion.batch import Progress, analyze_files, current_settings, files_path, find_media, progress_line, summary_text
from emotion.timeline.analysis import analyze
from tests.support_batch import BAD, GOOD, run


def test_rows_are_those_of_each_file_alone(clips, alone):
    rows, files = alone
    assert list(files.path) == sorted(GOOD + BAD) and list(rows.path.unique()) == GOOD and rows.columns[0] == "path"
    for name in GOOD:
        found = analyze(clips / name, face_model="fast")
        part = rows[rows.path == name].drop(columns="path").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, found.timeline, check_exact=True, check_dtype=False)
        row = files.set_index("path").loc[name]
        assert (row.kind, row.rows, row.tracks) == (found.kind, len(part), found.summary["tracks"])
        best = found.summary["together"]
        assert row.together_label == best["label"] and row[f"together_{best['label']}"] == best["confidence"]
    assert part.time_s.is_monotonic_increasing


def test_every_row_says_what_it_was_made_with(alone):
    settings = current_settings("hybrid", "fast")
    assert set(alone[1].face_model) == {"fast"} and set(alone[1].face_sha256) == {settings.face_sha256}
    assert set(alone[1].voice_model) == {settings.voice_model} and set(alone[1].voice_sha256) == {settings.voice_sha256}
    assert current_settings().face_model in ("accurate", "fast")  # None: the better one, by its name
    assert len({current_settings(m, f).settings for m in ("simple", "hybrid") for f in ("accurate", "fast")}) == 4


def test_bad_files_keep_their_error_and_have_no_rows(alone):
    rows, files = alone
    errors = files.set_index("path").error
    assert list(errors[errors.notna()].index) == BAD and not set(BAD) & set(rows.path)
    assert (
        "empty" in errors["empty.wav"]
        and "holds neither picture nor sound" in errors["bad.mp4"]
        and "\n" not in "".join(errors.dropna())
    )


@pytest.mark.slow
def test_csv_holds_the_same(clips, alone, tmp_path):
    out = tmp_path / "r.csv"
    media = find_media([clips])[0]
    analyze_files(media, out=out, face_model="fast", workers=1)
    for path, wanted in ((out, alone[0]), (files_path(out), alone[1])):
        found = pd.read_csv(path, float_precision="round_trip")
        texts = list(wanted.select_dtypes("str"))
        numbers = [c for c in wanted if c not in texts]
        pd.testing.assert_frame_equal(found[numbers], wanted[numbers], check_exact=True, check_dtype=False)
        # what pandas reads from a CSV does not tell "" from nothing
        assert found[texts].fillna("").to_numpy().tolist() == wanted[texts].fillna("").to_numpy().tolist()
    before = out.read_bytes(), files_path(out).read_bytes()
    seen = []
    analyze_files(media, out=out, face_model="fast", workers=1, report=lambda p, e: seen.append(p))
    assert (
        seen[-1].reused == len(GOOD) and (out.read_bytes(), files_path(out).read_bytes()) == before
    )  # through CSV and back


def test_a_folder_of_bad_files_gives_an_empty_table(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/1.wav").touch()
    rows, files, _ = run(tmp_path / "bad", tmp_path / "r.parquet", workers=1)
    assert len(rows) == 0 and list(rows)[:2] == ["path", "time_s"] and len(files) == 1 and files.error.notna().all()


def test_progress_and_summary_in_words(alone):
    assert progress_line(Progress(total=100, reused=0), elapsed_s=0.0) == "0/100 files"
    assert (
        progress_line(Progress(total=100, reused=10, fresh=20), elapsed_s=10.0)
        == "30/100 files, 2.0 a second, 35 s left"
    )
    assert (
        progress_line(Progress(total=500, reused=0, fresh=9, failed=1), elapsed_s=10.0)
        == "10/500 files, 1 failed, 1.0 a second, 8 min 10 s left"
    )
    text = summary_text(alone[1], Progress(total=6, reused=0, fresh=4, failed=2), elapsed_s=8.0)
    assert (
        "6 files, 2 failed, 3.5 s of sound and film; 4 in 8.0 s, 0.50 clips a second" in text
        and "not judged 50%" in text
    )
