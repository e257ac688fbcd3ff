"""Which files of a folder are analysed, and under which names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from emotion.batch import BatchError, PassedOver, find_media, in_words, search
from tests.support import write_film, write_wav
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


def test_what_holds_sound_film_or_picture_is_taken_whatever_its_name(tmp_path, speech, astronaut):
    small = np.ascontiguousarray(astronaut[::4, ::4])
    write_wav(tmp_path / "voice", speech[:16_000], RATE)
    write_wav(tmp_path / "voice.dat", speech[:16_000], RATE)
    Image.fromarray(small).save(tmp_path / "picture.bak", "JPEG")
    Image.fromarray(small).save(tmp_path / "picture.AVIF", "PNG")
    write_film(tmp_path / "film.mp4", [small] * 10).rename(tmp_path / "film.old")
    for name, content in {
        "code.ts": b"export const a: number = 1;\n" * 200,
        "code.MTS": "\ufeffconst größe = 1\n".encode(),
        "notes.txt": "Grüße\n".encode("latin-1") * 300,
        "old.txt": "Привет, как дела?\n".encode("cp1251") * 300,
        "wide.txt": "Grüße\n".encode("utf-16"),
        "noise.txt": np.random.default_rng(1).bytes(9_000),
        "words.srt": b"1\r\n00:00:01,000 --> 00:00:02,000\r\nhello\r\n",
        "screen.ans": b"\x1b[31mhello\x1b[0m\n" * 50,
        "rows.json": b'{"a": [1, 2]}',
        "rows.parquet": b"PAR1" + bytes(100),
        "paper.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "all.zip": b"PK\x03\x04" + bytes(100),
        "kept.db": b"SQLite format 3\0" + bytes(100),
        "noise.bin": np.random.default_rng(0).bytes(50_000),
        "zeros": bytes(5_000),
        "empty": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / ".hidden").write_bytes(b"x")
    (tmp_path / "link.wav").symlink_to(tmp_path / "voice")
    os.mkfifo(tmp_path / "pipe") if hasattr(os, "mkfifo") else None
    found = search([tmp_path])
    assert [m.name for m in found.media] == ["film.old", "picture.AVIF", "picture.bak", "voice", "voice.dat"]
    why = {p.name: p.why for p in found.passed_over}
    assert {n for n, w in why.items() if w == "text"} == {
        *("code.ts", "code.MTS", "notes.txt", "old.txt", "wide.txt", "words.srt", "screen.ans", "rows.json")
    }
    assert (why["paper.pdf"], why["kept.db"], why["rows.parquet"]) == ("PDF", "database", "table")
    assert why["noise.bin"] == why["noise.txt"] == why["zeros"] == "neither picture nor sound"
    assert (why["empty"], why[".hidden"], why["link.wav"]) == ("empty", "hidden", "symbolic link")


@pytest.mark.parametrize(
    "name, container, codec",
    [
        ("a.MTS", "mpegts", "mp2"),
        ("b.vob", "vob", "mp2"),
        ("c.au", "au", "pcm_s16be"),
        ("d.ac3", "ac3", "ac3"),
        ("e.w64", "w64", "pcm_s16le"),
        ("f.caf", "caf", "pcm_s16le"),
        ("g.aac", "adts", "aac"),
        ("h.mp3", "mp3", "libmp3lame"),
        ("i.wma", "asf", "wmav2"),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_sound_of_every_container_is_taken_with_and_without_its_suffix(tmp_path, speech, name, container, codec, named):
    path = tmp_path / (name if named else "recording")
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=48_000, layout="mono")
        if not codec.startswith("pcm"):
            stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray((speech[None] * 32767).astype(np.int16), format="s16", layout="mono")
        frame.sample_rate = 16_000
        form = {"format": stream.codec_context.format.name, "layout": "mono", "rate": 48_000}
        for piece in av.AudioResampler(**form, frame_size=stream.codec_context.frame_size or 1024).resample(frame):
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    assert [m.name for m in find_media([tmp_path])[0]] == [path.name]


def test_passed_over_is_told_by_reason_with_counts_and_first_names():
    told = in_words([PassedOver(f"{n}.txt", "text") for n in range(5)] + [PassedOver("x.pdf", "PDF")])
    assert told.splitlines() == ["passed over: 5 text (0.txt, 1.txt, 2.txt, …)", "passed over: 1 PDF (x.pdf)"]
    assert in_words([]) == ""


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
