"""A person's neutral face and voice, from a picture, from sound, or from a film or its beginning."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from emotion import audio
from emotion.face import FILM, STILL, ImageError
from emotion.judge import FaceJudge, FacesReading, VoiceJudge
from emotion.person import NeutralFace, Person, SpeakerCentre, neutral_face
from emotion.protocols import FacePredictor, VoicePredictor, adapts
from emotion.timeline.pictures import check_there_is_something, content_of, read_image
from emotion.timeline.progress import FileProgress
from emotion.timeline.rows import AnalysisError

LOOK_SECONDS = 0.1  # a picture of a film is looked at this often
PICTURE_SECONDS = 3.0  # a picture that was chosen as the neutral one counts as so many seconds of a film


def neutral_person(
    path: Path | str, face: FacePredictor, voice: VoicePredictor | None = None, *, seconds: float | None = None
) -> Person:
    """The person whose neutral face and voice are in this file: the largest face, and all speech.

    Of a film or of sound the first `seconds` count; None: all of it. The voice stays unknown without a voice model that
    takes a speaker's centre. Raises AnalysisError where neither face nor voice can be judged.
    """
    path = Path(path)
    check_there_is_something(path)
    still = content_of(path) == "still"
    faces = FaceJudge(face, max_faces=1, smoothing_s=0, search=STILL if still else FILM)
    voices = VoiceJudge(voice) if voice is not None and adapts(voice) else None
    if voices:
        voices.take_neutral(math.inf)
    if still:
        try:
            looks, each_s = [faces.look(read_image(path), 0.0)], PICTURE_SECONDS
        except ImageError as e:
            raise AnalysisError(str(e)) from e
    else:
        looks, each_s = list(looks_of(path, faces, seconds, voices)), LOOK_SECONDS
    probs, centre = answers_of(looks), voices.centre if voices else None
    if not probs and centre is None:
        part = "" if seconds is None else f" in its first {seconds:g} s"
        what = "no face and no voice" if voices else "no face"
        say = "a plainly spoken sentence" if voices else "choose the voice model `accurate`, which learns from a voice"
        raise AnalysisError(
            f"{path} has {what} that can be judged{part}; give a picture or film of a neutral face, or {say}"
        )
    return Person(neutral_face(np.stack(probs), seconds=each_s * len(probs)) if probs else None, centre)


def answers_of(looks: Iterable[FacesReading]) -> list[np.ndarray]:
    """The answers (7,) to the largest face that could be judged, of each look that has one."""
    return [look.main.probs for look in looks if look.main is not None and look.main.probs is not None]


def learned_from_all(
    path: Path, faces: FaceJudge, voices: VoiceJudge, progress: FileProgress
) -> tuple[dict[int, NeutralFace], SpeakerCentre | None]:
    """A first pass over a file: what was learned of each track, by its number, and of whoever speaks."""
    known: dict[int, NeutralFace] = {}
    for look in looks_of(path, faces, voices=voices, progress=progress):
        known |= {face.track: face.neutral for face in look.faces if face.neutral is not None}
    return known, voices.centre


def looks_of(
    path: Path,
    judge: FaceJudge,
    seconds: float | None = None,
    voices: VoiceJudge | None = None,
    progress: FileProgress | None = None,
) -> Iterator[FacesReading]:
    """What the judge sees in a film, until `seconds`; meanwhile `voices` hears its sound."""
    import av

    from emotion.timeline.animation import opened_film
    from emotion.timeline.decoding import ContinuousSound

    next_look_s, sound = 0.0, ContinuousSound()
    try:
        with opened_film(path) as media:
            for piece in media.pieces():
                if seconds is not None and piece.reached_s >= seconds:
                    break
                if progress:
                    progress.reached(piece.reached_s, piece.duration_s)
                if isinstance(piece.frame, av.AudioFrame):
                    for samples in sound.push(piece.frame, piece.time_s):
                        if voices:
                            voices.hear(samples)
                elif piece.time_s >= next_look_s:
                    next_look_s = piece.time_s + LOOK_SECONDS
                    yield judge.look(media.upright(piece.frame), piece.time_s)
        if voices:
            for samples in sound.finish():
                voices.hear(samples)
            voices.finish()
    except audio.AudioError as e:
        raise AnalysisError(f"{path}: {e}") from e
    except (av.error.FFmpegError, ValueError, IndexError) as e:
        raise AnalysisError(f"{path} cannot be decoded ({e}); convert it to MP4, WebM, WAV or JPEG") from e
