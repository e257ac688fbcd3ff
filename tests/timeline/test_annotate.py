"""The copy of a film with what was judged drawn in: times, sound, form, and what happens when it cannot be written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emotion.timeline.analysis import analyze
from emotion.timeline.annotate import MAX_SIDE_PX
from emotion.timeline.rows import AnalysisError
from tests.support import FILM_RATE, turn, write_film


@dataclass
class Film:
    """A film read back."""

    times_s: list[float]
    pictures: list[np.ndarray]
    sound: np.ndarray
    sound_rate: int = 0
    sound_from_s: float = 0.0


def read_film(path: Path) -> Film:
    film = Film([], [], np.zeros(0, np.float32))
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            film.times_s.append(frame.time)
            film.pictures.append(frame.to_ndarray(format="rgb24"))
    with av.open(str(path)) as container:
        if container.streams.audio:
            frames = list(container.decode(audio=0))
            film.sound, film.sound_rate = np.concatenate([f.to_ndarray()[0] for f in frames]), frames[0].sample_rate
            film.sound_from_s = frames[0].time
    return film


@pytest.fixture
def still(astronaut) -> np.ndarray:
    """The portrait in a landscape, uint8 (360, 640, 3)."""
    return cv2.copyMakeBorder(
        cv2.resize(astronaut, (360, 360)), 0, 0, 140, 140, cv2.BORDER_CONSTANT, value=(120, 125, 130)
    )


@pytest.mark.slow
def test_an_uneven_frame_rate_keeps_its_times(tmp_path, still):
    times = [0.0, 0.033, 0.2, 0.233, 0.9, 1.0, 1.8, 1.85]
    analyze(
        write_film(tmp_path / "a.mp4", [still] * len(times), times_s=times),
        face_model="fast",
        annotated=tmp_path / "out.mp4",
    )
    assert read_film(tmp_path / "out.mp4").times_s == pytest.approx(times, abs=0.002)


def test_faces_are_boxed_and_the_voice_has_a_line_below(tmp_path, still):
    analyze(write_film(tmp_path / "a.mp4", [still] * 5), face_model="fast", annotated=tmp_path / "out.mp4")
    drawn = read_film(tmp_path / "out.mp4").pictures[-1].astype(int)
    change = np.abs(drawn - still).max(axis=2) > 90
    assert change[:300].any(axis=1).sum() > 60, "a box around the face, with its label"
    assert change[300:].any() and drawn[-6:, 4:40].mean() < 120, "the dark line of a film without sound"
    assert not change[:, -100:].any(), "and nothing where there is no face"


def test_a_film_turned_by_a_phone_comes_out_upright(tmp_path, astronaut):
    lying = np.ascontiguousarray(np.rot90(cv2.resize(astronaut, (320, 480))))  # 480 wide, 320 high
    path = turn(write_film(tmp_path / "phone.mp4", [lying] * 8))
    found = analyze(path, face_model="fast", annotated=tmp_path / "out.mp4")
    assert (found.timeline["faces"] == 1).all()
    assert read_film(tmp_path / "out.mp4").pictures[0].shape == (480, 320, 3), "and needs no turning any more"


@pytest.mark.slow
def test_flash_and_click_stay_together_when_the_sound_begins_late(tmp_path, still):
    """Flash and click at 2 s; the sound track has nothing before 1 s, and its file does not begin at 0."""
    pictures = [np.full_like(still, 255) if 50 <= i < 53 else still for i in range(75)]
    sound = np.zeros(2 * FILM_RATE, np.float32)
    sound[FILM_RATE : FILM_RATE + 800] = 0.9
    path = write_film(
        tmp_path / "late.mkv", pictures, times_s=[5 + i / 25 for i in range(75)], sound=sound, sound_from_s=6.0
    )
    analyze(path, face_model="fast", annotated=tmp_path / "out.mp4")
    film = read_film(tmp_path / "out.mp4")
    flash = next(t for t, p in zip(film.times_s, film.pictures) if p[:300].mean() > 240)
    click = film.sound_from_s + np.argmax(np.abs(film.sound) > 0.3) / film.sound_rate
    assert click == pytest.approx(flash, abs=0.045), "within a picture of each other"
    assert flash == pytest.approx(2.0, abs=0.1)  # AAC's lead of 64 ms moves both


@pytest.mark.slow
def test_browsers_can_play_it(tmp_path, still, speech):
    analyze(
        write_film(tmp_path / "a.mkv", [still[:359, :639]] * 50, sound=speech[: 2 * FILM_RATE]),
        face_model="fast",
        annotated=tmp_path / "out.mp4",
    )
    with av.open(str(tmp_path / "out.mp4")) as film:
        assert film.streams.video[0].codec_context.name == "h264" and film.streams.audio[0].codec_context.name == "aac"
        assert film.streams.video[0].codec_context.pix_fmt == "yuv420p" and film.streams.video[0].width % 2 == 0
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "playing begins before all of it has arrived"


@pytest.mark.slow
def test_large_pictures_become_smaller_with_the_boxes_in_place(tmp_path, astronaut):
    large = cv2.resize(astronaut, (2048, 2048))
    analyze(write_film(tmp_path / "4k.mp4", [large] * 3), face_model="fast", annotated=tmp_path / "out.mp4")
    drawn = read_film(tmp_path / "out.mp4").pictures[-1]
    assert drawn.shape == (MAX_SIDE_PX, MAX_SIDE_PX, 3)
    change = (
        np.abs(drawn.astype(int) - cv2.resize(large, (MAX_SIDE_PX, MAX_SIDE_PX), interpolation=cv2.INTER_AREA)).max(
            axis=2
        )
        > 90
    )
    rows = np.nonzero(change[:1000].any(axis=1))[0] / MAX_SIDE_PX
    assert 0 <= rows.min() and 0.2 < rows.max() < 0.6, "around her face, which is in the upper half"


def test_a_place_that_cannot_be_written_is_named_and_not_the_source(tmp_path, still):
    (tmp_path / "occupied").write_text("a file where a folder is needed")
    with pytest.raises(AnalysisError, match="annotated film .*occupied.* cannot be written"):
        analyze(
            write_film(tmp_path / "a.mp4", [still] * 3), face_model="fast", annotated=tmp_path / "occupied" / "out.mp4"
        )


@pytest.mark.slow
def test_a_stop_leaves_nothing_and_an_older_film_as_it_was(tmp_path, still):
    path, out = write_film(tmp_path / "a.mp4", [still] * 50), tmp_path / "out.mp4"
    out.write_bytes(b"an older film")
    answers = iter([False] * 20 + [True])
    with pytest.raises(AnalysisError, match="cancelled"):
        analyze(path, face_model="fast", annotated=out, cancelled=lambda: next(answers))
    assert out.read_bytes() == b"an older film" and sorted(f.name for f in tmp_path.iterdir()) == ["a.mp4", "out.mp4"]


def test_sound_alone_gives_no_film(tmp_path, speech):
    import soundfile

    soundfile.write(tmp_path / "a.wav", speech, FILM_RATE)
    analyze(tmp_path / "a.wav", face_model="fast", annotated=tmp_path / "out.mp4")
    assert [f.name for f in tmp_path.iterdir()] == ["a.wav"]


def test_films_written_for_tests_have_the_times_and_the_turn_asked_for(tmp_path, still):
    """FFmpeg reads the times and the turn back as they were written."""
    with av.open(str(turn(write_film(tmp_path / "a.mp4", [still] * 3, times_s=[0, 0.5, 0.6])))) as film:
        frames = list(film.decode(video=0))
    assert [float(f.pts * f.time_base) for f in frames] == pytest.approx([0, 0.5, 0.6]) and abs(
        frames[0].rotation
    ) == 90
    assert frames[0].time_base <= Fraction(1, 1000)
