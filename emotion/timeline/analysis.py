"""A file -> its emotions over time. The same judges as the live page, on decoded pictures and sound."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion import audio
from emotion.face import FILM, STILL, ImageError
from emotion.fusion import MODES
from emotion.judge import FaceJudge, FacesReading, VoiceJudge
from emotion.person import NOBODY, NeutralFace, Person
from emotion.speaker import LOOK_SECONDS as MOUTHS_SECONDS
from emotion.timeline.kinds import check_holds_something
from emotion.timeline.photo import Photo, photo_of
from emotion.timeline.pictures import check_there_is_something, content_of, read_picture
from emotion.timeline.progress import FileProgress
from emotion.timeline.rows import ROW_SECONDS, STANDS_SECONDS, AnalysisError, RowBuilder

if TYPE_CHECKING:
    from emotion.personal import Clips
    from emotion.protocols import FacePredictor, VoicePredictor
    from emotion.timeline.annotate import AnnotatedFilm

MAX_FACES = 4  # judged in one picture, unless asked otherwise
LOOK_SECONDS = ROW_SECONDS / 5  # a picture of a video is judged this often


@dataclass(frozen=True)
class Analysis:
    """What was found in a file."""

    path: str
    kind: str  # image, audio, video
    mode: str  # simple, hybrid
    timeline: Any  # DataFrame: time_s, face_*, voice_*, together_* (label, confidence, one column per class)
    summary: dict = field(default_factory=dict)  # "notes" among it: what the person has to know about the file
    faces: Any = (
        None  # DataFrame, a row for each face and row: time_s, track, main, speaks, face_*, voice_*, together_*
    )
    photo: Photo | None = None  # of an image: what it looks like, and where its faces are


@lru_cache(maxsize=4)
def _face_model(name: str):
    from emotion.predict import load_face_model

    return load_face_model(name)


@lru_cache(maxsize=2)
def _voice_model(name: str):
    from emotion.predict import load_voice_model

    return load_voice_model(name)


_loading = threading.Lock()


def analyze(
    path,
    mode: str = "hybrid",
    *,
    face_model: str | None = None,
    voice_model: str | None = None,
    max_faces: int = MAX_FACES,
    progress: Callable[[float, float | None], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    annotated: Path | None = None,
    my_voice: Clips | None = None,
    neutral: Person | Path | str | float | None = None,
    as_it_is: bool = False,
    learn_first: bool = False,
    more_words: bool = False,
) -> Analysis:
    """Image, audio or video file -> Analysis with .timeline and .faces (pandas DataFrames) and .summary (dict).

    A row each ROW_SECONDS: the main face and the voice of that moment, and in "hybrid" mode `together_*`. Columns
    hold NaN where there was nothing to judge, and `face_reason` / `voice_reason` say why. Memory does not grow with
    the length of a video, except for its rows.

    face_model, voice_model: `accurate`, `fast`, or None for the one that did better on held-out data. progress(share
    0…1, remaining seconds or None) is called a few times a second. cancelled() is asked often; True ends the work with
    AnalysisCancelled. annotated: where to write a copy of the video (MP4) with boxes and labels drawn. my_voice: clips
    of the person who speaks (page Me), by which the answers of the voice model are corrected.

    In a film each face is judged by its change from what was neutral for it so far, and the voice with what was learned
    of the speaker so far, as on the Live page; `face_as_it_is_*` and `voice_as_it_is_*` hold the models' own answers.
    as_it_is: the models' own answers alone. neutral: the person, or a picture, film or sound in which the person is
    neutral, or how many seconds it is so at the beginning of this file; the main face is then judged by its change
    from there, and the voice with what is known of it. learn_first: go through the whole file once to learn, then
    judge it from its first second with what was learned; takes twice as long.

    more_words: also tell contempt (`face_contempt`, `together_contempt`) and calm (`together_calm`), and name them
    where they lead; the probabilities of the other words are less by as much (emotion.more_words).

    Raises AnalysisError; ValueError where the clips are not enough, or where two of `neutral`, `as_it_is` and
    `learn_first` are given; PersonalVoiceError where another network heard the clips; ModelError where a model, or with
    more_words the face model's head for contempt, cannot be used.
    """
    path = Path(path)
    if mode not in MODES:
        raise ValueError(f"mode must be one of {MODES}, got {mode!r}")
    if [as_it_is, learn_first, neutral is not None].count(True) > 1:
        raise ValueError("as_it_is, learn_first and neutral are three ways to judge; give one of them")
    check_there_is_something(path)
    check_holds_something(path)
    from emotion.predict import better_face_model, better_voice_model
    from emotion.timeline.neutral import learned_from_all

    with _loading:
        faces = _face_model(face_model or better_face_model())
        voices = _voice_model(voice_model or better_voice_model())
        if more_words:
            faces.ready_for_contempt()
    if my_voice is not None:
        from emotion.personal import PersonalVoice

        voices = PersonalVoice(voices, my_voice)
    person = _person(path, neutral, faces, voices)
    notes: list[str] = []  # what a person should know about the file
    photo = None
    if content_of(path) == "still":
        kind, rows = "image", RowBuilder(as_it_is_too=not as_it_is, more_words=more_words)
        judge = FaceJudge(
            faces, max_faces=max_faces, smoothing_s=0, neutral=person.face, search=STILL, more_words=more_words
        )
        seen, photo = _judge_image(path, judge, notes)
        rows.see(seen)
    else:
        report, cancelled = progress or (lambda *_: None), cancelled or (lambda: False)
        starts: dict[int, NeutralFace] = {}
        if learn_first:
            first = FileProgress(path, lambda share, _: report(share / 2, None), cancelled)
            learner = FaceJudge(faces, max_faces=max_faces, adapt=True, search=FILM, stands_s=STANDS_SECONDS)
            starts, centre = learned_from_all(path, learner, VoiceJudge(voices, adapt=True), first)
            person, half = Person(voice=centre), report
            report = lambda share, remaining_s: half(0.5 + share / 2, remaining_s)  # noqa: E731
        with _annotated_film(annotated, mode, more_words) as film:
            kind, rows, notes = judge_media(
                path,
                FaceJudge(
                    faces,
                    max_faces=max_faces,
                    neutral=person.face,
                    starts=starts,
                    adapt=not as_it_is,
                    search=FILM,
                    more_words=more_words,
                    stands_s=STANDS_SECONDS,
                ),
                VoiceJudge(voices, start=person.voice, adapt=not as_it_is),
                film=film,
                progress=FileProgress(path, report, cancelled),
            )
    from emotion.timeline.people import faces_table, people  # here, because pandas takes long to import
    from emotion.timeline.summary import summary_of

    timeline = rows.timeline(mode)
    table = faces_table(timeline, rows.answers())
    summary = summary_of(timeline, kind, rows, mode) | {"people": people(table), "notes": notes}
    return Analysis(str(path), kind, mode, timeline, summary, table, photo)


def _person(
    path: Path, neutral: Person | Path | str | float | None, face: FacePredictor, voice: VoicePredictor
) -> Person:
    """Who is neutral in the file `neutral`, or for so many seconds at the beginning of `path`."""
    from emotion.timeline.neutral import neutral_person

    if neutral is None:
        return NOBODY
    if isinstance(neutral, Person):
        return neutral
    if not isinstance(neutral, (int, float)):
        return neutral_person(neutral, face, voice)
    if not neutral > 0:
        raise ValueError(f"neutral must be a person, a file, or seconds above 0, got {neutral!r}")
    if content_of(path) == "still":
        raise AnalysisError(f"{path}: a picture has no beginning; choose 0 seconds, or give a file with a neutral face")
    return neutral_person(path, face, voice, seconds=neutral)


def _judge_image(path: Path, judge: FaceJudge, notes: list[str]) -> tuple[FacesReading, Photo]:
    """What is in a still picture, and the picture to show; what a person should know about it is added to `notes`."""
    try:
        picture = read_picture(path)
    except ImageError as e:
        raise AnalysisError(str(e)) from e
    notes += picture.notes
    seen = FacesReading(0.0, (), picture.problem) if picture.problem else judge.look(picture.image, 0.0)
    return seen, photo_of(picture.image, seen)


@contextmanager
def _annotated_film(path: Path | None, mode: str, more_words: bool) -> Iterator[AnnotatedFilm | None]:
    """The annotated film while the work goes on, or None; it is deleted when the file cannot be analysed."""
    if path is None:
        yield None
        return
    from emotion.timeline.annotate import AnnotatedFilm

    film = AnnotatedFilm(path, mode=mode, more_words=more_words)
    try:
        yield film
        film.finish()
    finally:
        film.discard_unfinished()


def judge_media(
    path: Path,
    faces: FaceJudge,
    voices: VoiceJudge,
    *,
    film: AnnotatedFilm | None = None,
    progress: FileProgress,
) -> tuple[str, RowBuilder, list[str]]:
    """A sound or video file -> ("audio" or "video", rows, notes for the person). Raises AnalysisError."""
    import av

    from emotion.timeline.animation import opened_film
    from emotion.timeline.decoding import ContinuousSound, lasts_s

    rows, sound = RowBuilder(as_it_is_too=faces.adapt, more_words=faces.more_words), ContinuousSound()
    next_look_s = pictures_end_s = 0.0

    def hear(samples) -> None:
        rows.hear(voices.hear(samples))
        if film:
            film.sound(samples, sound.seconds, rows.voice)

    try:
        with opened_film(path) as media:
            if film:
                film.open(picture=media.video is not None, sound=media.sound is not None)
            for piece in media.pieces():
                progress.reached(piece.reached_s, piece.duration_s)
                if isinstance(piece.frame, av.AudioFrame):
                    for samples in sound.push(piece.frame, piece.time_s):
                        hear(samples)
                        progress.reached(piece.reached_s, piece.duration_s)
                    continue
                pictures_end_s = piece.time_s + lasts_s(piece.frame)
                if film or piece.time_s >= next_look_s:
                    image = media.upright(piece.frame)
                    if piece.time_s >= next_look_s:
                        look = faces.look(image, piece.time_s)
                        rows.see(look)
                        next_look_s = piece.time_s + (MOUTHS_SECONDS if len(look.faces) > 1 else LOOK_SECONDS)
                    if film:
                        film.picture(image, piece.time_s, rows.face, rows.speaker, rows.recent)
            for samples in sound.finish():
                hear(samples)
            rows.hear(voices.finish())
            rows.end(pictures_end_s)
    except audio.AudioError as e:
        raise AnalysisError(f"{path}: {e}") from e
    except (av.error.FFmpegError, ValueError, IndexError) as e:
        raise AnalysisError(f"{path} cannot be decoded ({e}); convert it to MP4, WebM, WAV, FLAC or JPEG") from e
    if not rows.pictures and not rows.windows:
        why = f" ({'; '.join(media.notes)})" if media.notes else ""
        raise AnalysisError(f"{path} holds no picture and less than 0.1 s of sound{why}; record it again")
    return ("audio" if media.video is None else "video"), rows, media.notes
