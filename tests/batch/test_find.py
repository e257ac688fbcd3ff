"""Which files of a folder are analysed, and under which names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from emotion.batch import BatchError, find_media
from tests.support import write_wav
from tests.support_batch import RATE, command, run


def test_folders_are_searched_sorted_without_hidden_files_and_links(tmp_path):
    for name in ("b/2.WAV", "a.jpg", "b/c/1.mkv", ".hidden.wav", ".cache/x.wav", "notes.txt", "results.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b/loop").symlink_to(tmp_path)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "a.jpg")
    (tmp_path / "broken.wav").symlink_to(tmp_path / "nothing")
    media, problems = find_media([tmp_path])
    assert [m.name for m in media] == ["a.jpg", "b/2.WAV", "b/c/1.mkv"] and problems == []
    assert all(m.path == tmp_path / m.name for m in media)


def test_several_arguments_share_their_deepest_folder_and_no_file_counts_twice(tmp_path, monkeypatch):
    for name in ("x/1.wav", "y/1.wav", "y/odd.dat"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path / "x")
    media, _ = find_media([".", "../y", "../y/odd.dat", tmp_path / "y/1.wav"])
    assert [m.name for m in media] == ["x/1.wav", "y/1.wav", "y/odd.dat"]
    with pytest.raises(BatchError, match="z does not exist"):
        find_media([".", "z"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep file names as Unicode")
def test_a_name_that_is_not_utf8_can_be_written(tmp_path, speech):
    (tmp_path / "clips").mkdir()
    path = os.fsencode(tmp_path / "clips") + b"/a\xff.wav"
    os.rename(write_wav(tmp_path / "x.wav", speech[16_000:28_000], RATE), path)
    Path(os.fsdecode(os.fsencode(tmp_path / "clips") + b"/bad\xe9.wav")).touch()
    rows, files, _ = run(tmp_path / "clips", tmp_path / "r.parquet", workers=1)
    assert set(rows.path) == {r"a\xff.wav"} and files.set_index("path").error.isna().to_dict() == {
        r"a\xff.wav": True,
        r"bad\xe9.wav": False,
    }
    said = command(tmp_path / "clips", env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"})
    assert "ff.wav (audio)" in said.stdout and "e9.wav is empty" in said.stderr and "Traceback" not in said.stderr
