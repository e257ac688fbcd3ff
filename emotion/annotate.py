"""A copy of a video with what was judged drawn into it."""
from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from emotion.fusion import fuse
from emotion.judge import FacesReading, VoiceReading
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.realtime.media import MediaWriter
from emotion.realtime.overlay import draw_faces, rgb

LINE_SHARE = 0.055   # height of a line of text, of the picture's height


class AnnotatedFilm:
    """Boxes, track numbers and labels on every picture, voice and Together in a line below; sound as the model hears it (16 kHz mono).

    Written beside `path` and renamed at the end, so that a film is there whole or not at all. Times are kept as they were.
    """

    def __init__(self, path: Path, *, mode: str):
        self.path, self._part, self._mode = path, path.with_name(path.name + ".part.mp4"), mode
        self._media: MediaWriter | None = None
        self._voice: VoiceReading | None = None

    def open(self, *, picture: bool, sound: bool) -> None:
        """Which of the two there will be; nothing is written without a picture."""
        self._media = MediaWriter(self._part, picture=True, sound=sound) if picture else None

    def picture(self, image: np.ndarray, time_s: float, faces: FacesReading | None) -> None:
        """image: uint8 (H, W, 3) RGB; faces: what was seen last, in this picture or one shortly before."""
        if self._media:
            shown = draw_faces(image, faces.faces) if faces else image.copy()
            self._media.write_picture(self._with_lines(shown, faces), time_s)

    def sound(self, samples: np.ndarray, time_s: float, voice: VoiceReading | None) -> None:
        """samples: float32 (T,) at audio.SAMPLE_RATE that end at time_s."""
        self._voice = voice
        if self._media:
            self._media.write_sound(samples, time_s)

    def finish(self) -> None:
        """The file is whole: give it its name."""
        if self._media and self._media.close():
            self._part.replace(self.path)
        self._media = None

    def discard_unfinished(self) -> None:
        """After a failure: leave nothing behind."""
        if self._media:
            self._media.close()
            self._media = None
        self._part.unlink(missing_ok=True)

    def _with_lines(self, image: np.ndarray, faces: FacesReading | None) -> np.ndarray:
        face = faces.main.probs if faces and faces.main else None
        voice = self._voice.probs if self._voice else None
        lines = [("voice", voice, VOICE_LABELS, self._voice.reason if self._voice else "no sound yet")]
        if self._mode == "hybrid" and (face is not None or voice is not None):
            fused = fuse(face, voice, voice_reliability=self._voice.reliability if self._voice else 1.0)
            lines.append(("together", fused.probs, FACE_LABELS, ""))
        height = max(14, int(image.shape[0] * LINE_SHARE))
        for i, (name, probs, labels, reason) in enumerate(lines):
            best = None if probs is None else int(np.argmax(probs))
            text = f"{name}: {reason}" if best is None else f"{name}: {labels[best]} {probs[best]:.0%}"
            bottom = image.shape[0] - i * (height + 2)
            scale = height / 32
            (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
            cv2.rectangle(image, (0, bottom - height), (width + 10, bottom), (40, 40, 40) if best is None else rgb(labels[best]), -1)
            cv2.putText(image, text, (5, bottom - height // 4), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)
        return image
