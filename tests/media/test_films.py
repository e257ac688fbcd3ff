"""Films as cameras, discs and broken programs leave them: tracks, time, shape, and what cannot be read."""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emotion.audio import read_audio
from emotion.timeline.decoding import opened
from emotion.timeline.pictures import NOT_WHOLE
from emotion.timeline.rows import AnalysisError
from tests.support_media import (
    RATE,
    clusters_of_one_packet,
    joined,
    make_film,
    renamed_codec,
    with_damaged_packets,
    with_wrong_stamp,
    without_index,
)

SECONDS = 2.4
STEP_S = 1 / 25
ONE = 1 << 16  # 1.0 in a display matrix


@dataclass
class Found:
    """A film that was read."""

    pictures_s: list[float] = field(default_factory=list)
    sound_s: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)  # of each piece of sound
    notes: list[str] = field(default_factory=list)
    image: np.ndarray | None = None


def read(path: Path) -> Found:
    found = Found()
    with opened(path) as media:
        for piece in media.pieces():
            if isinstance(piece.frame, av.VideoFrame):
                found.pictures_s.append(piece.time_s)
                found.image = media.upright(piece.frame)
            else:
                found.sound_s.append(piece.time_s)
                found.levels.append(float(np.abs(piece.frame.to_ndarray().astype(float)).max()))
    found.notes = media.notes
    return found


def gaps(times_s: list[float]) -> np.ndarray:
    return np.diff(times_s)


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """A picture whose corners differ, uint8 (96, 128, 3): red, green, blue, white, clockwise from the upper left."""
    image = np.zeros((96, 128, 3), np.uint8)
    image[:48, :64], image[:48, 64:], image[48:, 64:], image[48:, :64] = (255, 0, 0), (0, 255, 0), (0, 0, 255), 255
    return image


@pytest.fixture(scope="module")
def tone() -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)


CORNERS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}


def corners(image: np.ndarray) -> list[str]:
    """The colours of the corners, clockwise from the upper left."""
    high, wide = image.shape[0] // 4, image.shape[1] // 4
    points = [(high, wide), (high, -wide), (-high, -wide), (-high, wide)]
    return [min(CORNERS, key=lambda c: np.abs(image[p].astype(int) - CORNERS[c]).sum()) for p in points]


@pytest.mark.parametrize("suffix", [".ts", ".flv", ".mpg"])
@pytest.mark.parametrize("first_s, second_s", [(0, 0), (10, 3), (0, 40), (100, 7300), (30_000, 5)])
def test_joined_recordings_go_on(tmp_path, scene, tone, suffix, first_s, second_s):
    parts = [
        make_film(tmp_path / f"{i}{suffix}", scene, SECONDS, sounds=(tone,), from_s=begin_s)
        for i, begin_s in enumerate((first_s, second_s))
    ]
    found = read(joined(tmp_path / f"both{suffix}", *parts))
    assert found.pictures_s[-1] == pytest.approx(2 * SECONDS, abs=0.15)
    assert found.sound_s[-1] == pytest.approx(2 * SECONDS, abs=0.15)
    assert gaps(found.pictures_s).max() < 0.2 and gaps(found.pictures_s).min() >= 0
    assert len(found.notes) == 1 and "the clock" in found.notes[0] and f"at {SECONDS:.1f} s" in found.notes[0]


def test_joined_recordings_stay_in_step(tmp_path, scene, tone):
    """In each part the sound begins after one second, with the picture's time stamp of one second."""
    late = np.concatenate([np.zeros(RATE, np.float32), tone, tone])
    parts = [make_film(tmp_path / f"{i}.ts", scene, SECONDS, sounds=(late,), from_s=s) for i, s in enumerate((0, 900))]
    found = read(joined(tmp_path / "both.ts", parts[0], parts[1], parts[0]))
    loud = np.array(found.levels) > 0.1
    begins = [t for t, now, before in zip(found.sound_s[1:], loud[1:], loud) if now and not before]
    assert begins == pytest.approx([1.0, SECONDS + 1, 2 * SECONDS + 1], abs=0.2)


@pytest.mark.parametrize("suffix, codec", [(".flac", "flac"), (".opus", "libopus")])
def test_joined_sound_files_go_on(tmp_path, tone, suffix, codec):
    part = make_film(tmp_path / f"a{suffix}", None, SECONDS, sounds=(tone,), codecs=("", codec))
    found = read(joined(tmp_path / f"both{suffix}", part, part))
    assert found.sound_s[-1] == pytest.approx(2 * SECONDS, abs=0.15) and gaps(found.sound_s).min() > 0


@pytest.mark.parametrize("codecs", [("mjpeg", "libopus"), ("libx264", "aac")])
@pytest.mark.parametrize("packet", [70, 71])
@pytest.mark.parametrize("by_ms", [50_000, 3000, -900])
def test_a_wrong_stamp_costs_at_most_one_piece(tmp_path, scene, tone, codecs, packet, by_ms):
    path = make_film(tmp_path / "a.mkv", scene, 4.0, sounds=(tone,), codecs=codecs, options=clusters_of_one_packet())
    right = read(path)
    found = read(with_wrong_stamp(path, packet=packet, by_ms=by_ms))
    assert not right.notes and "wrong time stamp" in " ".join(found.notes)
    assert len(found.pictures_s) >= len(right.pictures_s) - 1 and len(found.sound_s) >= len(right.sound_s) - 1
    for now, before in ((found.pictures_s, right.pictures_s), (found.sound_s, right.sound_s)):
        assert now[-1] == pytest.approx(before[-1], abs=0.001) and gaps(now).max() < 0.1


@pytest.mark.parametrize(
    "suffix, codec, rate, expected",
    [
        (".h264", "libx264", 25, 25),
        (".h264", "libx264", 30, 30),
        (".m2v", "mpeg2video", 50, 50),
        (".m4v", "mpeg4", 25, 25),
        (".mjpeg", "mjpeg", 10, 25),  # it has no place for a rate
        (".avi", "libx264", 25, 25),
        (".webm", "libvpx", 10, 10),
    ],
)
def test_streams_with_and_without_time_stamps(tmp_path, scene, suffix, codec, rate, expected):
    found = read(make_film(tmp_path / f"a{suffix}", scene, 4.0, rate=rate, codecs=(codec, "")))
    assert len(found.pictures_s) == 4 * rate and not found.notes
    assert gaps(found.pictures_s) == pytest.approx(1 / expected, abs=0.002)


@pytest.mark.parametrize(
    "suffix, before, after, words",
    [
        (".mp4", b"avc1", b"brxq", "the picture track 1 (brxq) cannot be decoded; the sound is judged"),
        (".mov", b"mp4a", b"apac", "the sound track 1 (apac) cannot be decoded; the picture is judged"),
        (".mkv", b"A_AAC", b"A_XYZ", "the sound track 1 (A_XYZ) cannot be decoded; the picture is judged"),
        (".mkv", b"V_MPEG4/ISO/AVC", b"V_SOMETHING/NEW", "the picture track 1 (V_SOMETHING/NEW) cannot be decoded"),
        (".avi", b"FMP4", b"Q7Q7", "the picture track 1 (Q7Q7) cannot be decoded; the sound is judged"),
    ],
)
def test_a_track_without_decoder_leaves_the_other(tmp_path, scene, tone, suffix, before, after, words):
    path = make_film(tmp_path / f"a{suffix}", scene, SECONDS, sounds=(tone,))
    if after == b"apac":
        renamed_codec(path, b"esds", b"free")  # the second place that names the codec
    found = read(renamed_codec(path, before, after))
    assert len(found.notes) == 1 and words in found.notes[0]
    assert bool(found.pictures_s) != bool(found.sound_s)


def test_nothing_that_can_be_decoded(tmp_path, scene, tone):
    path = make_film(tmp_path / "a.mp4", scene, SECONDS, sounds=(tone,))
    for before, after in ((b"avc1", b"brxq"), (b"mp4a", b"apac"), (b"esds", b"free")):
        renamed_codec(path, before, after)
    with pytest.raises(
        AnalysisError, match=r"a.mp4: the picture track 1 \(brxq\) and the sound track 1 \(apac\) cannot"
    ):
        read(path)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize("default", [0, 1, 2])
def test_the_default_track_is_taken_and_named(tmp_path, scene, tone, suffix, default):
    silence = np.zeros_like(tone)
    sounds = tuple(tone if i == default else silence for i in range(3))
    path = make_film(tmp_path / f"a{suffix}", scene, SECONDS, sounds=sounds, default_sound=default)
    found = read(path)
    assert max(found.levels) > 0.1 and found.notes == [f"sound track {default + 1} of 3 (aac, default) is judged"]
    assert np.abs(read_audio(path)).max() > 0.1


def test_a_later_track_is_taken_where_the_first_has_no_decoder(tmp_path, scene, tone):
    path = make_film(tmp_path / "a.mkv", scene, SECONDS, sounds=(tone, tone), default_sound=0)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"A_AAC", b"A_XYZ", 1))
    found = read(path)
    assert found.sound_s and found.notes == [
        "the sound track 1 of 2 (A_XYZ) cannot be decoded; sound track 2 of 2 (aac) is judged"
    ]


@pytest.mark.parametrize(
    "abcd, expected",
    [
        ((1, 0, 0, 1), "red green blue white"),
        ((-1, 0, 0, 1), "green red white blue"),
        ((1, 0, 0, -1), "white blue green red"),
        ((-1, 0, 0, -1), "blue white red green"),
        ((0, 1, -1, 0), "white red green blue"),
        ((0, -1, 1, 0), "green blue white red"),
        ((0, 1, 1, 0), "red white blue green"),
        ((0, -1, -1, 0), "blue green red white"),
    ],
)
def test_a_display_matrix_is_followed(tmp_path, scene, abcd, expected):
    a, b, c, d = (x * ONE for x in abcd)
    path = make_film(tmp_path / "a.mp4", scene, 0.4, matrix=(a, b, 0, c, d, 0, 0, 0, 1 << 30))
    image = read(path).image
    assert corners(image) == expected.split()
    assert image.shape == ((96, 128, 3) if a else (128, 96, 3))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi"])
@pytest.mark.parametrize("shape, expected", [(Fraction(2), (96, 256, 3)), (Fraction(3, 4), (128, 128, 3))])
def test_pictures_get_square_pixels(tmp_path, scene, suffix, shape, expected):
    image = read(make_film(tmp_path / f"a{suffix}", scene, 0.4, pixel_shape=shape)).image
    assert image.shape == pytest.approx(expected, abs=2) and corners(image) == "red green blue white".split()


def test_square_pixels_and_a_quarter_turn(tmp_path, scene):
    path = make_film(
        tmp_path / "a.mp4", scene, 0.4, pixel_shape=Fraction(2), matrix=(0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30)
    )
    image = read(path).image
    assert image.shape == (256, 96, 3) and corners(image) == "white red green blue".split()


def test_pictures_are_not_kept(tmp_path, scene, tone):
    """Reading the side data of a frame makes a circle, in which the frame stays until the garbage collector comes."""
    path = make_film(tmp_path / "a.mp4", scene, 4.0, sounds=(tone,), matrix=(-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30))
    gc.collect()
    gc.disable()
    try:
        assert len(read(path).pictures_s) == 100
        kept = sum(isinstance(o, av.VideoFrame) for o in gc.get_objects())
    finally:
        gc.enable()
    assert kept < 10


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_damaged_packets_are_passed_over_and_counted(tmp_path, scene, tone, suffix):
    path = make_film(tmp_path / f"a{suffix}", scene, 4.0, sounds=(tone,))
    found = read(with_damaged_packets(path, "audio", range(60, 72)))
    assert found.notes == ["12 packets of the sound could not be read"]
    assert found.sound_s[-1] == pytest.approx(4.0, abs=0.1) and len(found.pictures_s) == 100


def test_a_track_of_which_nothing_can_be_read_leaves_the_other(tmp_path, scene, tone):
    path = make_film(tmp_path / "a.mp4", scene, 2.0, sounds=(tone,))
    found = read(with_damaged_packets(path, "video", range(50)))
    assert found.notes == ["none of the 50 packets of the picture could be read"]
    assert not found.pictures_s and found.sound_s[-1] == pytest.approx(2.0, abs=0.1)


def test_a_sound_file_with_damaged_packets(tmp_path, tone):
    path = make_film(tmp_path / "a.m4a", None, 4.0, sounds=(tone,), codecs=("", "aac"))
    with_damaged_packets(path, "audio", range(60, 72))
    assert len(read_audio(path)) > 3.5 * 16_000


@pytest.mark.parametrize("suffix", [".mkv", ".ts", ".flv", ".avi", ".mpg"])
def test_a_film_that_is_cut_off_is_judged_until_there(tmp_path, scene, tone, suffix):
    path = make_film(tmp_path / f"a{suffix}", scene, 6.0, sounds=(tone,))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    found = read(path)
    assert 2.0 < found.sound_s[-1] < 5.0 and 2.0 < found.pictures_s[-1] < 5.0


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".m4a"])
def test_a_recording_that_was_broken_off_says_so(tmp_path, scene, tone, suffix):
    codecs = ("libx264", "aac")
    picture = None if suffix == ".m4a" else scene
    path = without_index(make_film(tmp_path / f"a{suffix}", picture, SECONDS, sounds=(tone,), codecs=codecs))
    with pytest.raises(AnalysisError, match=rf"a{suffix} was not finished.*untrunc"):
        read(path)


def test_a_recording_whose_index_is_cut_off_says_so(tmp_path, scene):
    path = make_film(tmp_path / "a.mp4", scene, SECONDS)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(AnalysisError, match="was not finished"):
        read(path)


def test_a_recording_in_fragments_needs_no_rescue(tmp_path, scene, tone):
    path = make_film(
        tmp_path / "a.mp4",
        scene,
        6.0,
        sounds=(tone,),
        options={"movflags": "frag_keyframe+empty_moov"},
        picture_options={"g": "12"},
    )
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert read(path).pictures_s[-1] > 2.0


def test_a_cover_is_no_film(tmp_path, tone):
    path = tmp_path / "song.mp3"
    cover = cv2.imencode(".jpg", np.full((64, 64, 3), 200, np.uint8))[1].tobytes()
    body = b"\0image/jpeg\0\3\0" + cover
    size = len(body) + 10
    tag = b"ID3\3\0\0" + bytes((size >> 7 * i) & 0x7F for i in (3, 2, 1, 0)) + b"APIC" + len(body).to_bytes(4, "big")
    make_film(tmp_path / "plain.mp3", None, SECONDS, sounds=(tone,), codecs=("", "libmp3lame"))
    path.write_bytes(tag + b"\0\0" + body + (tmp_path / "plain.mp3").read_bytes())
    with opened(path) as media:
        assert media.video is None and media.sound is not None and not media.notes


def test_pictures_without_the_first_one_are_counted(tmp_path, scene, tone):
    """A decoder takes what builds on a picture that is missing, and shows nothing."""
    whole = make_film(tmp_path / "whole.mp4", scene, SECONDS, sounds=(tone,))
    path = tmp_path / "rest.mp4"
    with av.open(str(whole)) as source, av.open(str(path), "w") as out:
        tracks = {s.index: out.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.size and not (packet.stream.type == "video" and packet.is_keyframe):
                packet.stream = tracks[packet.stream.index]
                out.mux(packet)
    found = read(path)
    assert found.sound_s and not found.pictures_s
    assert len(found.notes) == 1 and re.match(r"none of the 5\d packets of the picture could be read", found.notes[0])


def test_a_film_that_was_not_copied_to_its_end_says_so(tmp_path, scene, tone):
    path = make_film(tmp_path / "a.mp4", scene, SECONDS, sounds=(tone,), options={"movflags": "faststart"})
    assert read(path).notes == []
    path.write_bytes(path.read_bytes()[:-2000])
    assert read(path).notes[0] == NOT_WHOLE
