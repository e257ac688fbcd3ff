"""A person's neutral face, from a picture or from the beginning of a film."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from emotion.face import ImageError
from emotion.judge import FaceJudge, FacesReading
from emotion.person import Person, person_of
from emotion.protocols import FacePredictor
from emotion.timeline.pictures import IMAGE_SUFFIXES, read_image
from emotion.timeline.rows import AnalysisError

LOOK_SECONDS = 0.1  # a picture of a film is looked at this often
PICTURE_SECONDS = 3.0  # a picture that was chosen as the neutral one counts as so many seconds of a film


def neutral_person(path: Path, model: FacePredictor, *, seconds: float | None = None) -> Person:
    """The person whose neutral face is in this file: the largest face in it.

    Of a film the first `seconds` count; None: all of it. Raises AnalysisError where no face can be judged.
    """
    judge = FaceJudge(model, max_faces=1, smoothing_s=0)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        try:
            looks, each_s = [judge.look(read_image(path), 0.0)], PICTURE_SECONDS
        except ImageError as e:
            raise AnalysisError(str(e)) from e
    else:
        looks, each_s = list(looks_of(path, judge, seconds)), LOOK_SECONDS
    probs = answers_of(looks)
    if not probs:
        part = "" if seconds is None else f" in its first {seconds:g} s"
        raise AnalysisError(f"{path} shows no face that can be judged{part}; give a picture or film of a neutral face")
    return person_of(np.stack(probs), seconds=each_s * len(probs))


def answers_of(looks: Iterable[FacesReading]) -> list[np.ndarray]:
    """The answers (7,) to the largest face that could be judged, of each look that has one."""
    return [look.main.probs for look in looks if look.main is not None and look.main.probs is not None]


def looks_of(path: Path, judge: FaceJudge, seconds: float | None = None) -> Iterator[FacesReading]:
    """What the judge sees in a film, until `seconds`."""
    import av

    from emotion.timeline.decoding import opened, upright

    next_look_s = 0.0
    try:
        with opened(path) as media:
            for piece in media.pieces():
                if seconds is not None and piece.reached_s >= seconds:
                    return
                if isinstance(piece.frame, av.VideoFrame) and (piece.time_s or 0.0) >= next_look_s:
                    next_look_s = (piece.time_s or 0.0) + LOOK_SECONDS
                    yield judge.look(upright(piece.frame, path), piece.time_s or 0.0)
    except (av.error.FFmpegError, ValueError, IndexError) as e:
        raise AnalysisError(f"{path} cannot be decoded ({e}); convert it to MP4, WebM or JPEG") from e
