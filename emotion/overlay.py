"""Boxes, track numbers and labels drawn on a picture."""

from __future__ import annotations

import cv2
import numpy as np

from emotion.certainty import Verdict, verdict
from emotion.judge import FaceReading
from emotion.labels import COLOURS

UNKNOWN_COLOUR = (150, 150, 150)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def rgb(label: str) -> tuple[int, int, int]:
    """A label's colour as (red, green, blue) in 0…255."""
    value = COLOURS[label].lstrip("#")
    return int(value[0:2], 16), int(value[2:4], 16), int(value[4:6], 16)


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance, 0…1, of (red, green, blue) in 0…255 (WCAG 2.2)."""
    shares = (c / 255 for c in colour)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
    """Of two colours, 1…21; text needs 4.5 (WCAG 2.2, AA)."""
    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black or white, whichever can be read better on it."""
    return max(BLACK, WHITE, key=lambda ink: contrast(ink, colour))


def in_the_picture(found: Verdict) -> str:
    """An answer as it is written into a picture, where there are no letters but ASCII."""
    return f"{found.label} {found.confidence:.0%}" if found.sure else found.words.replace("–", "-")


def colour_of(found: Verdict) -> tuple[int, int, int]:
    """Its word's colour; grey while it is unsure."""
    return rgb(found.label) if found.sure else UNKNOWN_COLOUR


def draw_faces(image: np.ndarray, faces: tuple[FaceReading, ...], *, speaker: int | None = None) -> np.ndarray:
    """A copy of uint8 (H, W, 3) RGB with each face's box, number and label (or why there is none).

    speaker: the track of the face that speaks; its box is thicker and its label says so.
    """
    out = image.copy()
    scale = max(0.45, image.shape[0] / 900)
    for reading in faces:
        x0, y0, x1, y1 = (int(round(v)) for v in reading.face.box)
        if reading.answer is None:
            text, colour = f"#{reading.track} {reading.reason}", UNKNOWN_COLOUR
        else:
            found = verdict(reading.answer, reading.labels, "face", shown=reading.shown)
            text, colour = f"#{reading.track} {in_the_picture(found)}", colour_of(found)
        speaks = reading.track == speaker
        text += ", speaks" if speaks else ""
        cv2.rectangle(out, (x0, y0), (x1, y1), colour, 4 if speaks else 2, cv2.LINE_AA)
        (width, height), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
        left = min(max(x0, 0), max(0, out.shape[1] - width - 8))
        top = y0 - height - base - 6 if y0 - height - base - 6 >= 0 else min(y1, out.shape[0] - height - base - 6)
        cv2.rectangle(out, (left, top), (left + width + 8, top + height + base + 6), colour, -1)
        cv2.putText(
            out,
            text,
            (left + 4, top + height + 3),
            cv2.FONT_HERSHEY_SIMPLEX,
            scale,
            ink_on(colour),
            1,
            cv2.LINE_AA,
        )
    return out
