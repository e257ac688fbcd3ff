"""Analysis of files of every kind, and of bad ones."""

from __future__ import annotations

import http.server
import struct
import threading
import zlib
from fractions import Fraction

import cv2
import numpy as np
import pytest
import soundfile

import emotion
from emotion.audio import read_audio
from emotion.judge import FacesReading
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.timeline.analysis import analyze
from emotion.timeline.pictures import read_image
from emotion.timeline.rows import AnalysisError, RowBuilder
from tests.support import turn, write_film, write_video
from tests.support_media import make_film


@pytest.fixture
def picture_file(tmp_path, astronaut):
    cv2.imwrite(str(tmp_path / "portrait.png"), astronaut[..., ::-1])
    return tmp_path / "portrait.png"


def test_image(picture_file):
    found = analyze(picture_file, face_model="fast")
    assert found.kind == "image" and len(found.timeline) == 1
    row = found.timeline.iloc[0]
    assert row[[f"face_{label}" for label in FACE_LABELS]].sum() == pytest.approx(1, abs=1e-4)
    assert row.face_label in FACE_LABELS and row.voice_reason == "no sound" and row.together_label == row.face_label
    assert found.summary["face"]["label"] == row.face_label


def test_simple_mode_has_no_joint_judgement(picture_file):
    found = emotion.analyze(str(picture_file), mode="simple", face_model="fast")
    assert not [c for c in found.timeline if c.startswith("together")] and "together" not in found.summary
    with pytest.raises(ValueError, match="mode"):
        analyze(picture_file, mode="both")


def test_video_with_sound_has_both_over_time(tmp_path, astronaut, speech):
    path = write_video(tmp_path / "clip.mp4", [astronaut[::2, ::2]] * 75, speech[:48_000])
    found = analyze(path, face_model="fast")
    assert found.kind == "video" and found.timeline.time_s.tolist()[:3] == [0.0, 0.5, 1.0]
    assert found.timeline.face_label.notna().all() and found.timeline.voice_label.notna().any()
    assert set(found.timeline.voice_label.dropna()) <= set(VOICE_LABELS)
    assert found.timeline[["valence", "arousal"]].abs().max().max() <= 1


def test_video_without_sound(tmp_path, astronaut):
    found = analyze(write_video(tmp_path / "mute.mp4", [astronaut[::2, ::2]] * 10), face_model="fast")
    assert found.kind == "video" and (found.timeline.voice_reason == "no sound").all()


def test_sound_alone(tmp_path, speech):
    soundfile.write(tmp_path / "note.flac", speech, 16_000)
    found = analyze(tmp_path / "note.flac", face_model="fast")
    assert found.kind == "audio" and found.timeline.face_label.isna().all() and found.timeline.voice_label.notna().any()


@pytest.mark.parametrize(
    "rate, subtype, channels",
    [(8_000, "PCM_U8", 1), (44_100, "PCM_24", 2), (96_000, "FLOAT", 1), (48_000, "PCM_16", 2), (16_000, "DOUBLE", 1)],
)
@pytest.mark.slow
def test_every_form_of_wav(tmp_path, speech, rate, subtype, channels):
    import soxr

    wave = soxr.resample(speech, 16_000, rate)
    soundfile.write(tmp_path / "note.wav", np.stack([wave] * channels, axis=1), rate, subtype=subtype)
    found = analyze(tmp_path / "note.wav", face_model="fast")
    assert found.kind == "audio" and found.timeline.voice_label.notna().any()


def test_no_face_and_silence_are_said(tmp_path):
    path = write_video(
        tmp_path / "wall.mp4", [np.full((240, 320, 3), 130, np.uint8)] * 30, np.zeros(20_000, np.float32)
    )
    found = analyze(path, face_model="fast")
    assert (found.timeline.face_reason == "no face").all() and set(found.timeline.voice_reason) == {"muted"}
    assert found.summary["face"] == {"label": None, "reason": "no face"}


@pytest.mark.slow
def test_wrong_suffix_is_read_for_what_it_is(tmp_path, speech):
    soundfile.write(tmp_path / "note.flac", speech, 16_000)
    (tmp_path / "note.flac").rename(tmp_path / "note.mp4")
    assert analyze(tmp_path / "note.mp4", face_model="fast").kind == "audio"


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("empty.mp4", b"", "empty"),
        ("broken.mp4", b"\x00\x00\x00\x18ftypmp42" + b"junk" * 200, "cannot be decoded"),
        ("broken.jpg", b"\xff\xd8\xff" + b"junk" * 100, "cannot be read"),
        ("text.wav", b"hello " * 200, "holds neither picture nor sound"),
    ],
)
def test_bad_files_get_a_message_with_their_name(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AnalysisError, match=words) as error:
        analyze(tmp_path / name, face_model="fast")
    assert name in str(error.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(AnalysisError, match="not a file"):
        analyze(tmp_path / "nothing.mp4")


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("name, words", [("huge.png", "pixels"), ("huge.mp4", "holds no picture|pixels")])
def test_a_picture_bomb_is_refused_before_it_is_decoded(tmp_path, name, words):
    """30,000 x 30,000 black pixels, packed into less than a megabyte."""
    side, packer = 30_000, zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(1 + side // 8)) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)  # one bit of grey per pixel
    (tmp_path / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    )
    assert (tmp_path / name).stat().st_size < 1_000_000
    with pytest.raises(AnalysisError, match=words):
        analyze(tmp_path / name, face_model="fast")


@pytest.mark.parametrize("name", ["x" * 300 + ".wav", "x" * 300 + ".png"])
def test_a_name_too_long_for_any_disk(tmp_path, name):
    with pytest.raises(AnalysisError, match="check the name"):
        analyze(tmp_path / name, face_model="fast")


@pytest.mark.slow
def test_tags_in_an_old_encoding_do_not_matter(tmp_path, speech):
    with soundfile.SoundFile(tmp_path / "old.wav", "w", 16_000, 1) as out:
        out.artist = "Muller"
        out.write(speech)
    data = (tmp_path / "old.wav").read_bytes()
    assert b"Muller" in data
    (tmp_path / "old.wav").write_bytes(data.replace(b"Muller", b"M\xfcller"))  # Latin-1
    assert analyze(tmp_path / "old.wav", face_model="fast").summary["voice_windows"] > 0
    assert len(read_audio(tmp_path / "old.wav")) == len(speech)


@pytest.mark.slow
def test_sound_whose_channels_change_midway(tmp_path, speech):
    for name, sound in (("mono", speech), ("stereo", np.stack([speech, speech], axis=1))):
        soundfile.write(tmp_path / f"{name}.mp3", sound, 16_000)
    (tmp_path / "both.mp3").write_bytes((tmp_path / "mono.mp3").read_bytes() + (tmp_path / "stereo.mp3").read_bytes())
    found = analyze(tmp_path / "both.mp3", face_model="fast")
    assert len(found.timeline) * 0.5 > 1.8 * len(speech) / 16_000
    assert len(read_audio(tmp_path / "both.mp3")) > 1.8 * len(speech)


def test_samples_that_are_no_numbers(tmp_path, speech):
    broken = speech.copy()
    broken[len(broken) // 2] = np.nan
    soundfile.write(tmp_path / "nan.wav", broken, 16_000, subtype="FLOAT")
    with pytest.raises(AnalysisError, match="nan.wav.*NaN"):
        analyze(tmp_path / "nan.wav", face_model="fast")


def test_a_rotated_photo_stands_upright(tmp_path, astronaut):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # "turn a quarter to the right to view"
    Image.fromarray(np.ascontiguousarray(np.rot90(astronaut))).save(tmp_path / "phone.jpg", exif=exif, quality=95)
    assert analyze(tmp_path / "phone.jpg", face_model="fast").timeline.faces[0] == 1


def test_a_text_that_unpacks_to_megabytes_is_refused(tmp_path, astronaut):
    """Few pixels, but a compressed comment that becomes megabytes."""
    png = cv2.imencode(".png", astronaut[:64, :64])[1].tobytes()
    header = 8 + 4 + 4 + 13 + 4  # signature and IHDR
    (tmp_path / "comment.png").write_bytes(
        png[:header] + png_chunk(b"zTXt", b"k\0\0" + zlib.compress(b"a" * 20_000_000)) + png[header:]
    )
    with pytest.raises(AnalysisError, match="comment.png cannot be read"):
        analyze(tmp_path / "comment.png", face_model="fast")


@pytest.mark.slow
def test_a_file_that_does_not_begin_at_zero_has_no_empty_hours_before_it(tmp_path, astronaut):
    """Television recordings carry the broadcaster's clock."""
    path = write_film(tmp_path / "late.ts", [astronaut] * 50, times_s=[3600 + i / 25 for i in range(50)])
    found = analyze(path, face_model="fast")
    assert len(found.timeline) == 4 and found.timeline.face_label.notna().all()


@pytest.mark.slow
def test_sound_that_begins_late_or_has_a_hole_stays_in_its_place(tmp_path, astronaut, speech):
    whole = analyze(
        write_film(tmp_path / "a.mkv", [astronaut] * 5, times_s=range(5), sound=speech), face_model="fast"
    ).timeline
    late = analyze(
        write_film(tmp_path / "b.mkv", [astronaut] * 5, times_s=range(5), sound=speech, sound_from_s=2.0),
        face_model="fast",
    ).timeline
    first = lambda t: t.loc[t.voice_label.notna(), "time_s"].min()  # noqa: E731
    assert first(late) == pytest.approx(first(whole) + 2.0, abs=0.5), (
        "voice activity is counted in pieces that lie elsewhere now"
    )
    assert set(late.voice_reason[:4]) == {"muted"} and len(late) == len(whole) + 4


def test_a_date_far_away_costs_nothing(tmp_path, astronaut):
    path = write_film(tmp_path / "damaged.mkv", [astronaut] * 3, times_s=[0, 0.04, 4e6])
    found = analyze(path, face_model="fast")
    assert len(found.timeline) == 1 and found.timeline.face_label.notna().all()
    assert found.summary["notes"] == ["1 picture with a wrong time stamp, put right after what came before"]


def test_an_uneven_frame_rate_and_a_turned_phone(tmp_path, astronaut):
    times = [0, 0.03, 0.5, 0.52, 1.9]
    uneven = analyze(write_film(tmp_path / "uneven.mp4", [astronaut] * 5, times_s=times), face_model="fast").timeline
    assert uneven.face_reason.tolist() == [""] * 4, "from 1.0 to 1.5 s the picture of 0.52 s stands"
    lying = np.ascontiguousarray(np.rot90(astronaut))
    turned = analyze(turn(write_film(tmp_path / "phone.mp4", [lying] * 3)), face_model="fast").timeline
    np.testing.assert_allclose(turned["face_happy"].iloc[0], uneven["face_happy"].iloc[0], atol=0.15)
    assert turned["faces"].tolist() == [1]


@pytest.mark.slow
def test_twelve_faces_and_no_more_than_asked_for(tmp_path, astronaut):
    head = cv2.resize(astronaut[:260, 90:350], (200, 200))
    cv2.imwrite(str(tmp_path / "crowd.png"), np.tile(head, (3, 4, 1))[..., ::-1])
    assert analyze(tmp_path / "crowd.png", face_model="fast", max_faces=12).summary["faces_at_most"] == 12
    assert analyze(tmp_path / "crowd.png", face_model="fast", max_faces=4).summary["faces_at_most"] == 4


def test_a_grey_picture_of_sixteen_bits_is_seen(tmp_path, astronaut):
    grey = cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)
    cv2.imwrite(str(tmp_path / "deep.png"), grey.astype(np.uint16) * 257)
    assert np.array_equal(read_image(tmp_path / "deep.png"), np.repeat(grey[..., None], 3, axis=2))


@pytest.mark.parametrize("name", ["Ärger – 笑.mp4", "a:b.mp4", "100%d.mp4", " .mp4"])
def test_special_characters_in_names_do_not_matter(tmp_path, astronaut, name, monkeypatch):
    write_film(tmp_path / "plain.mp4", [astronaut] * 3).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert analyze(name, face_model="fast").kind == "video", "not a protocol, not a numbered series"


def test_a_playlist_with_another_suffix_fetches_nothing(tmp_path):
    """FFmpeg follows playlists; a file must not be able to call somebody."""
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}/part.ts"
        for name, text in {
            "a.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{there}\n#EXT-X-ENDLIST\n",
            "b.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{there}\n#EXT-X-ENDLIST\n",
            "c.mp4": f"ffconcat version 1.0\nfile {there}\n",
        }.items():
            (tmp_path / name).write_text(text)
            with pytest.raises(AnalysisError, match=name):
                analyze(tmp_path / name, face_model="fast")
        server.shutdown()
    assert asked == []


def test_what_is_kept_does_not_grow_with_the_pictures():
    """A thousand pictures within one row leave one row, not a thousand readings."""
    rows = RowBuilder()
    for i in range(1000):
        rows.see(FacesReading(i / 2000, (), "no face"))
    assert len(rows._rows) == 1 and rows.pictures == 1000 and len(rows.timeline("simple")) == 1


def test_a_film_with_a_picture_each_two_seconds_shows_one_person_to_its_end(tmp_path, astronaut):
    path = make_film(tmp_path / "slow.mkv", astronaut, 10.0, rate=Fraction(1, 2))
    found = analyze(path, face_model="fast")
    assert found.timeline.faces.tolist() == [1] * 20, "the last picture lasts until 10 s"
    assert [(p["track"], p["seconds"]) for p in found.summary["people"]] == [(1, 10.0)]
