"""A copy of a video with what was judged drawn into it."""

from __future__ import annotations

import contextlib
import errno
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np

from emotion.certainty import verdict
from emotion.joint import RecentFaces, together_of
from emotion.judge import FaceReading, FacesReading, VoiceReading
from emotion.labels import VOICE_LABELS
from emotion.overlay import colour_of, draw_faces, in_the_picture, ink_on
from emotion.speaker import Speaker
from emotion.timeline.mp4 import MediaWriter
from emotion.timeline.rows import AnalysisError

LINE_SHARE = 0.055  # height of a line of text, of the picture's height
NAMED_SECONDS = 2.0  # a speaker who was named longer ago than this is not drawn any more
MAX_SIDE_PX = 1280  # larger pictures are made smaller: two cores encode 4K slower than it plays


class AnnotatedFilm:
    """Boxes, track numbers and labels on every picture; voice and Together in lines below; sound in 16 kHz mono.

    Written beside `path` and renamed at the end, so the film is there whole or not at all. Times are kept as they
    were, an uneven frame rate too. What cannot be written raises AnalysisError.
    """

    def __init__(self, path: Path, *, mode: str, more_words: bool = False):
        self.path, self._mode, self._more_words = Path(path), mode, more_words
        self._part = self.path.with_name(self.path.name + ".part.mp4")
        self._media: MediaWriter | None = None
        self._voice: VoiceReading | None = None

    def open(self, *, picture: bool, sound: bool) -> None:
        """Which tracks there will be; nothing is written without pictures."""
        self._media = MediaWriter(self._part, picture=True, sound=sound) if picture else None

    def picture(
        self,
        image: np.ndarray,
        time_s: float,
        faces: FacesReading | None,
        speaker: Speaker | None = None,
        recent: RecentFaces | None = None,
    ) -> None:
        """image: uint8 (H, W, 3) RGB; faces: the last reading, of this picture or one shortly before; speaker: too.

        recent: the readings before.
        """
        if self._media:
            small, share = _at_most(image, MAX_SIDE_PX)
            speaker = speaker if speaker and time_s - speaker.time_s <= NAMED_SECONDS else None
            number = speaker.track if speaker else None
            boxes = tuple(_scaled(f, share) for f in faces.faces) if faces else ()
            shown = draw_faces(small, boxes, speaker=number)
            with self._writing():
                self._media.write_picture(self._with_lines(shown, faces, speaker, recent), time_s)

    def sound(self, samples: np.ndarray, time_s: float, voice: VoiceReading | None) -> None:
        """samples: float32 (T,) at audio.SAMPLE_RATE that end at time_s."""
        self._voice = voice
        if self._media:
            with self._writing():
                self._media.write_sound(samples, time_s)

    def finish(self) -> None:
        """The film is whole: give it its name."""
        with self._writing():
            if self._media and self._media.close():
                self._part.replace(self.path)
        self._media = None

    def discard_unfinished(self) -> None:
        """After a failure: leave nothing behind."""
        if self._media:
            # the disk may be full; what went wrong was reported before
            with contextlib.suppress(av.error.FFmpegError, OSError):
                self._media.close()
            self._media = None
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _writing(self):
        try:
            yield
        except (av.error.FFmpegError, OSError) as e:
            why = "the disk is full" if getattr(e, "errno", None) == errno.ENOSPC else str(e)
            raise AnalysisError(
                f"the annotated film {self.path} cannot be written ({why}); free some space there or choose another "
                "folder, or do without it"
            ) from e

    def _with_lines(
        self, image: np.ndarray, faces: FacesReading | None, speaker: Speaker | None, recent: RecentFaces | None
    ) -> np.ndarray:
        voice = self._voice.probs if self._voice else None
        lines: list[tuple[str, np.ndarray | None, tuple[str, ...], str]] = [
            ("voice", voice, VOICE_LABELS, self._voice.reason if self._voice else "no sound yet")
        ]
        one, _ = together_of(faces, self._voice, speaker, recent, more_words=self._more_words)
        if self._mode == "hybrid" and one:
            lines.append(("together", one.answer, one.labels, ""))
        height = max(14, int(image.shape[0] * LINE_SHARE))
        for i, (name, probs, labels, reason) in enumerate(lines):
            if probs is None:
                text, colour = f"{name}: {reason}", (40, 40, 40)
            else:
                found = verdict(probs, labels, name)
                text, colour = f"{name}: {in_the_picture(found)}", colour_of(found)
            bottom = image.shape[0] - i * (height + 2)
            scale = height / 32
            (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
            cv2.rectangle(image, (0, bottom - height), (width + 10, bottom), colour, -1)
            cv2.putText(
                image,
                text,
                (5, bottom - height // 4),
                cv2.FONT_HERSHEY_SIMPLEX,
                scale,
                ink_on(colour),
                1,
                cv2.LINE_AA,
            )
        return image


def _at_most(image: np.ndarray, side_px: int) -> tuple[np.ndarray, float]:
    """-> (the picture, uint8 (H, W, 3) with no side above side_px; its size as a share of what it was)."""
    share = min(1.0, side_px / max(image.shape[:2]))
    if share == 1.0:
        return image, 1.0
    size = max(2, round(image.shape[1] * share)), max(2, round(image.shape[0] * share))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA), share


def _scaled(reading: FaceReading, share: float) -> FaceReading:
    """The same face in a picture made smaller."""
    x0, y0, x1, y1 = reading.face.box
    return replace(reading, face=replace(reading.face, box=(x0 * share, y0 * share, x1 * share, y1 * share)))
