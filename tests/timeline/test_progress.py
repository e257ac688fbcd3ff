"""How far a file is: reports by a clock that the test turns by hand, and the end on request."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import av
import numpy as np
import pytest

from emotion.judge import FacesReading, VoiceJudge
from emotion.timeline.analysis import analyze, judge_media
from emotion.timeline.progress import REPORT_SECONDS, FileProgress
from emotion.timeline.rows import AnalysisCancelled
from tests.support import Clock, write_film, write_wav

FILM = Path("film.mp4")


class NoFaces:
    """A judge that sees nothing, for what does not depend on answers."""

    adapt, more_words = True, False

    def look(self, image: np.ndarray, time_s: float) -> FacesReading:
        return FacesReading(time_s, (), "no face")


def reports_of(path: Path) -> list[tuple[float, float | None]]:
    """Every report about a file without sound; REPORT_SECONDS pass from one question of the time to the next."""
    reports: list[tuple[float, float | None]] = []
    clock = count(0.0, REPORT_SECONDS).__next__
    progress = FileProgress(path, lambda share, remaining_s: reports.append((share, remaining_s)), clock=clock)
    judge_media(path, NoFaces(), VoiceJudge(None), progress=progress)
    return reports


def write_live_webm(path: Path, pictures: list[np.ndarray]) -> Path:
    """WebM as a browser's MediaRecorder writes it: the length of the film is not in the file."""
    with av.open(str(path), "w", format="webm", options={"live": "1"}) as out:
        stream = out.add_stream("libvpx", rate=15, options={"deadline": "realtime", "cpu-used": "8"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    with av.open(str(path)) as film:
        assert not film.duration
    return path


@pytest.fixture
def moving(astronaut) -> list[np.ndarray]:
    """Sixty small pictures, each a little different."""
    small = np.ascontiguousarray(astronaut[::4, ::4])
    return [np.roll(small, 3 * i, axis=1) for i in range(60)]


def test_reports_are_some_time_apart():
    clock, shares = Clock(), []
    progress = FileProgress(FILM, lambda share, _: shares.append(share), clock=clock)
    for i in range(100):
        progress.reached(i / 10, 10.0)
        clock.now += REPORT_SECONDS / 10
    assert shares == pytest.approx([i / 10 for i in range(10)]), "one of ten"


def test_the_remaining_time_is_told_once_there_is_a_rate_to_tell_it_by():
    clock, remaining = Clock(), []
    progress = FileProgress(FILM, lambda _, remaining_s: remaining.append(remaining_s), clock=clock)
    for seconds in (0, 1, 2, 8):  # half as fast as the film plays
        clock.now = 100.0 + 2 * seconds
        progress.reached(seconds, 10.0)
    assert remaining == [None, pytest.approx(18), pytest.approx(16), pytest.approx(4)]


def test_nothing_is_reported_while_the_length_is_unknown():
    FileProgress(FILM, lambda *_: pytest.fail("there is no share of an unknown length")).reached(3.0, None)


def test_a_share_stays_within_the_file():
    shares = []
    clock = count(0.0, 1.0).__next__
    progress = FileProgress(FILM, lambda share, _: shares.append(share), clock=clock)
    for time_s in (0.0, 5.0, 11.0):  # some files say that they are shorter than they are
        progress.reached(time_s, 10.0)
    assert shares == [0.0, 0.5, 1.0]


def test_the_end_on_request_names_the_file():
    with pytest.raises(AnalysisCancelled, match="film.mp4.*cancelled after 3 s"):
        FileProgress(FILM, cancelled=lambda: True).reached(3.0, 10.0)


def test_progress_grows_and_the_remaining_time_shrinks(tmp_path, moving):
    reports = reports_of(write_film(tmp_path / "a.mp4", moving))
    shares = [share for share, _ in reports]
    remaining = [seconds for _, seconds in reports if seconds is not None]
    assert len(reports) >= len(moving) and shares == sorted(shares) and shares[0] == 0 and 0.9 < shares[-1] <= 1
    assert len(remaining) > 50 and remaining == sorted(remaining, reverse=True)


def test_progress_of_a_film_that_does_not_say_how_long_it_is(tmp_path, moving):
    """Its length is estimated from the share of its bytes that was read."""
    shares = [share for share, _ in reports_of(write_live_webm(tmp_path / "live.webm", moving))]
    assert len(shares) > 50 and all(0 <= share <= 1 for share in shares)
    assert shares[-1] > 0.9 and np.mean(shares[:25]) < np.mean(shares[-25:]) - 0.2, "it grows, if not evenly"


def test_the_end_is_asked_for_in_sound_too(tmp_path, speech):
    with pytest.raises(AnalysisCancelled):
        analyze(write_wav(tmp_path / "a.wav", speech, 16_000), face_model="fast", cancelled=lambda: True)
