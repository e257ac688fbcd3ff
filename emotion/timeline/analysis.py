"""A file -> its emotions over time. The same judges as the live page, on decoded pictures and sound."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion import audio
from emotion.face import ImageError
from emotion.fusion import MODES
from emotion.judge import FaceJudge, FacesReading, VoiceJudge
from emotion.timeline.pictures import IMAGE_SUFFIXES, check_size, read_image
from emotion.timeline.rows import ROW_SECONDS, AnalysisCancelled, AnalysisError, RowBuilder, summary_of

if TYPE_CHECKING:
    from emotion.personal import Clips

MAX_SECONDS = 24 * 3600.0  # a damaged file may date a picture thousands of years after its beginning
HOLE_SECONDS = 0.25  # sound that comes later than this after the sound before it has a hole, which counts as silence
MAX_FACES = 4  # judged in one picture, unless asked otherwise


@dataclass(frozen=True)
class Analysis:
    """What was found in a file."""

    path: str
    kind: str  # image, audio, video
    mode: str  # simple, hybrid
    timeline: Any  # DataFrame: time_s, face_*, voice_*, together_* (label, confidence, one column per class)
    summary: dict = field(default_factory=dict)


@lru_cache(maxsize=4)
def _face_model(name: str):
    from emotion.predict import load_face_model

    return load_face_model(name)


@lru_cache(maxsize=1)
def _voice_model():
    from emotion.predict import load_voice_model

    return load_voice_model()


_loading = threading.Lock()


def analyze(
    path,
    mode: str = "hybrid",
    *,
    face_model: str | None = None,
    max_faces: int = MAX_FACES,
    progress: Callable[[float, float | None], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    annotated: Path | None = None,
    my_voice: Clips | None = None,
) -> Analysis:
    """Image, audio or video file -> Analysis with .timeline (pandas DataFrame) and .summary (dict).

    A row each ROW_SECONDS: the largest face and the voice of that moment, and in "hybrid" mode `together_*`. Columns
    hold NaN where there was nothing to judge, and `face_reason` / `voice_reason` say why. face_model: `accurate`, `fast`, or
    None for the one that did better on held-out faces. progress(share 0…1, remaining seconds or None) is called a few times a second;
    cancelled() is asked often, and True ends it with AnalysisCancelled. annotated: where to write a video's copy (MP4) with boxes and
    labels drawn. my_voice: clips of the person who speaks (page My voice), by which the voice's answers are corrected.
    Memory does not grow with the length of a video, but for its rows.
    Raises AnalysisError; ValueError where the clips are not enough, PersonalVoiceError where another network heard them.
    """
    path = Path(path)
    if mode not in MODES:
        raise ValueError(f"mode must be one of {MODES}, got {mode!r}")
    try:
        size_bytes = path.stat().st_size if path.is_file() else None
    except OSError as e:  # a name that is too long, a folder that may not be looked into
        raise AnalysisError(f"{path} cannot be read ({e.strerror}); check the name and the permissions") from e
    if size_bytes is None:
        raise AnalysisError(f"{path} is not a file; check the name")
    if size_bytes == 0:
        raise AnalysisError(f"{path} is empty (0 bytes); record or download it again")
    from emotion.predict import better_face_model

    with _loading:
        faces, voices = _face_model(face_model or better_face_model()), _voice_model()
    if my_voice is not None:
        from emotion.personal import PersonalVoice

        voices = PersonalVoice(voices, my_voice)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        kind, rows = "image", RowBuilder()
        rows.see(_look_at_image(path, FaceJudge(faces, max_faces=max_faces, smoothing_s=0)))
    else:
        with _annotation(annotated, mode) as film:
            kind, rows = _watch(
                path,
                FaceJudge(faces, max_faces=max_faces),
                VoiceJudge(voices),
                film=film,
                tick=_Ticker(path, progress or (lambda *_: None), cancelled or (lambda: False)),
            )
    timeline = rows.timeline(mode)
    return Analysis(str(path), kind, mode, timeline, summary_of(timeline, kind, rows, mode))


def _look_at_image(path: Path, judge: FaceJudge) -> FacesReading:
    try:
        return judge.look(read_image(path), 0.0)
    except ImageError as e:
        raise AnalysisError(str(e)) from e


class _Ticker:
    """Says how far a file is, and ends the work when asked to."""

    def __init__(self, path: Path, progress: Callable[[float, float | None], None], cancelled: Callable[[], bool]):
        self._path, self._progress, self._cancelled = path, progress, cancelled
        self._begun_s, self._said_s = time.monotonic(), -math.inf

    def at(self, time_s: float, duration_s: float | None) -> None:
        """The file has been read up to time_s. Raises AnalysisCancelled."""
        if self._cancelled():
            raise AnalysisCancelled(f"{self._path.name}: cancelled after {time_s:.0f} s of it; nothing was kept")
        now_s = time.monotonic()
        if duration_s and now_s - self._said_s >= 0.25:
            self._said_s = now_s
            share = min(1.0, max(0.0, time_s / duration_s))
            elapsed_s = now_s - self._begun_s
            self._progress(share, elapsed_s / share - elapsed_s if share > 0.01 and elapsed_s > 1 else None)


@contextmanager
def _annotation(path: Path | None, mode: str):
    """An AnnotatedFilm while the work goes on, or None; a film of a file that could not be analysed is taken away."""
    if path is None:
        yield None
        return
    from emotion.timeline.annotate import AnnotatedFilm

    film = AnnotatedFilm(path, mode=mode)
    try:
        yield film
        film.finish()
    finally:
        film.discard_unfinished()


def _watch(path: Path, faces: FaceJudge, voices: VoiceJudge, *, film, tick: _Ticker) -> tuple[str, RowBuilder]:
    """(kind, rows), decoding once, in bounded memory."""
    import av

    rows = RowBuilder()
    try:
        # absolute: FFmpeg takes "a:b.mp4" for a protocol named a
        with av.open(str(path.absolute()), metadata_errors="replace") as container:  # old tags are not UTF-8
            # a cover picture inside an MP3 is not a video
            videos = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
            streams = videos[:1] + list(container.streams.audio[:1])
            if not streams:
                raise AnalysisError(f"{path} holds neither picture nor sound; use an image, audio or video file")
            for stream in videos[:1]:  # before FFmpeg makes room for it
                check_size(stream.codec_context, path)
            duration_s = container.duration / av.time_base if container.duration else None
            begin_s: float | None = None  # television recordings begin at any time of day
            ears = _Ears(voices, rows, film)
            if film:
                film.open(picture=bool(videos), sound=bool(container.streams.audio))
            next_look_s = time_s = 0.0
            for packet in container.demux(streams):
                if (
                    not container.duration and time_s and packet.pos
                ):  # a browser's own recordings do not say how long they are
                    duration_s = max(time_s, time_s * container.size / packet.pos)
                for frame in _frames(packet):
                    if frame.time is not None:
                        if begin_s is None:  # FFmpeg's guess is too late for some films with few pictures a second
                            begin_s = max(0.0, min(frame.time, (container.start_time or 0) / av.time_base))
                        time_s = max(0.0, frame.time - begin_s)
                    if time_s > MAX_SECONDS:
                        raise AnalysisError(
                            f"{path} dates something {time_s / 3600:,.0f} h after its beginning; a file may last "
                            f"{MAX_SECONDS / 3600:.0f} h: cut it into parts, or convert it if it is damaged"
                        )
                    tick.at(time_s, duration_s)
                    if isinstance(frame, av.AudioFrame):
                        ears.hear(
                            frame, None if frame.time is None else time_s, tick=lambda: tick.at(time_s, duration_s)
                        )
                    elif frame.time is not None and (film or time_s >= next_look_s):
                        image = _upright(frame, path)
                        if time_s >= next_look_s:
                            rows.see(faces.look(image, time_s))
                            next_look_s = time_s + ROW_SECONDS / 5
                        if film:
                            film.picture(image, time_s, rows.face)
            ears.finish()
    except audio.AudioError as e:
        raise AnalysisError(f"{path}: {e}") from e
    except (av.error.FFmpegError, ValueError, IndexError) as e:
        raise AnalysisError(f"{path} cannot be decoded ({e}); convert it to MP4, WebM, WAV, FLAC or JPEG") from e
    if not rows.pictures and not rows.windows:
        raise AnalysisError(f"{path} holds no picture and less than {0.1:.1f} s of sound; record it again")
    return ("video" if videos else "audio"), rows


class _Ears:
    """Frames of sound in any form -> readings in rows, and the sound in the film, at the times the file gives."""

    def __init__(self, voices: VoiceJudge, rows: RowBuilder, film):
        self._voices, self._rows, self._film = voices, rows, film
        self._resampler, self._heard_s = audio.MonoResampler(), 0.0

    def hear(self, frame, time_s: float | None, *, tick: Callable[[], None]) -> None:
        """frame: av.AudioFrame that begins at time_s, None where the file does not say; tick: called through a long hole."""
        hole_s = 0.0 if time_s is None else time_s - self._heard_s
        if hole_s > HOLE_SECONDS:
            for _ in range(int(hole_s)):
                self._take(np.zeros(audio.SAMPLE_RATE, np.float32))
                tick()
            self._take(np.zeros(int(hole_s % 1 * audio.SAMPLE_RATE), np.float32))
        for piece in self._resampler.push(frame):
            self._take(piece)

    def finish(self) -> None:
        """The file is over."""
        for piece in self._resampler.finish():
            self._take(piece)
        self._rows.hear(self._voices.finish())

    def _take(self, samples: np.ndarray) -> None:
        if not len(samples):
            return
        self._heard_s += len(samples) / audio.SAMPLE_RATE
        self._rows.hear(self._voices.hear(samples))
        if self._film:
            self._film.sound(samples, self._heard_s, self._rows.voice)


def _frames(packet) -> list:
    """A packet's frames; a damaged packet in the middle of a file is passed over."""
    import av

    try:
        return packet.decode()
    except av.error.InvalidDataError:
        return []


def _upright(frame, path: Path) -> np.ndarray:
    """The frame as uint8 RGB (H, W, 3), turned by the rotation a phone wrote into the file."""
    check_size(frame, path)
    image = frame.to_ndarray(format="rgb24")
    quarter_turns = round((getattr(frame, "rotation", 0) or 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image
