"""A judged photo as HTML: the picture with boxes, and beside it the bars of each face. For pages and the report."""

from __future__ import annotations

import base64

import cv2

from emotion.certainty import verdict
from emotion.judge import FaceReading
from emotion.labels import COLOURS, FACE_LABELS
from emotion.timeline.photo import Photo
from ui.colours import GREY
from ui.panels import readout
from ui.text import counted

JPEG_QUALITY = 85


def photo_html(photo: Photo) -> str:
    """The picture with a box around each face, numbered where there are several, and a readout of each face."""
    several = len(photo.faces) > 1
    boxes = "".join(_box(f, place, several=several) for f, place in zip(photo.faces, photo.boxes))
    readouts = "".join(_readout(f, several=several) for f in photo.faces)
    if not photo.faces:
        readouts = f'<p class="no-face">{_nothing(photo)}</p>'
    return (
        f'<div class="photo"><div class="photo-picture"><img src="{_data_address(photo)}" '
        f'alt="the photo, with {counted(len(photo.faces), "face")}">{boxes}</div>'
        f'<div class="photo-faces">{readouts}</div></div>'
    )


def _nothing(photo: Photo) -> str:
    if photo.reason in ("", "no face"):
        return "No face was found. Try a photo in which the face is larger, turned to the camera and well lit."
    return f"Nothing can be judged in this picture: {photo.reason}."


def _data_address(photo: Photo) -> str:
    """The picture inside an address, so that nothing has to be fetched."""
    ok, jpeg = cv2.imencode(".jpg", photo.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not ok:
        raise ValueError("the picture cannot be written as JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.tobytes()).decode()}"


def _box(face: FaceReading, place: tuple[float, float, float, float], *, several: bool) -> str:
    left, top, right, bottom = (100 * share for share in place)
    number = f"<span>{face.track}</span>" if several else ""
    return (
        f'<div class="box" style="left:{left:.2f}%;top:{top:.2f}%;width:{right - left:.2f}%;'
        f'height:{bottom - top:.2f}%;--box:{_colour(face)}">{number}</div>'
    )


def _colour(face: FaceReading) -> str:
    """Its word's colour; grey while it is unsure or not judged."""
    if face.answer is None:
        return GREY
    found = verdict(face.answer, face.labels, "face")
    return COLOURS[found.label] if found.sure else GREY


def _readout(face: FaceReading, *, several: bool) -> str:
    title = f"Face {face.track}" if several else "Face"
    if face.answer is None:
        return readout(title, None, FACE_LABELS, reason=face.reason, modality="face")
    return readout(title, face.answer, face.labels, reason=face.why_hard, modality="face")
