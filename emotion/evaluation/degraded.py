"""Faces and voices made worse in steps, and what the app makes of them: for the reliability and its measurement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from emotion import audio, vad
from emotion.evaluation.simulate import add_noise, hiss, music, telephone
from emotion.face import crop_face, crop_problem, detect_faces
from emotion.protocols import FacePredictor, VoicePredictor
from emotion.reliability import FaceQuality, VoiceQuality, face_quality, voice_quality

FRAME_PX = 144  # side of the face's frame in the pictures that are made
MARGIN_PX = 36  # of black around it; the detector finds most faces so
SPEECH_MARGIN_S = 0.1  # kept before the first speech where a clip is cut short


@dataclass(frozen=True)
class Seen:
    """One answer to a made input."""

    probs: np.ndarray | None  # (n_labels,); None: not judged
    quality: FaceQuality | VoiceQuality | None


# --- faces: uint8 (48, 48) grey -> a picture uint8 (H, W, 3) ---------------------------------------

FaceChange = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def picture_of(face: np.ndarray, *, frame_px: int = FRAME_PX) -> np.ndarray:
    """A picture with this face in it, its frame frame_px wide. face: uint8 (48, 48); returns uint8 (H, W, 3)."""
    large = cv2.resize(face, (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_CUBIC)
    large = cv2.copyMakeBorder(large, *(MARGIN_PX,) * 4, cv2.BORDER_CONSTANT)
    side = round(len(large) * frame_px / FRAME_PX)
    small = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)
    return np.repeat(small[..., None], 3, axis=2)


def _dark(share: float) -> FaceChange:
    def change(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        noisy = picture_of(face).astype(np.float32) * share
        noise = rng.normal(0, 4, noisy.shape[:2])[..., None]  # a camera in little light
        return np.clip(noisy + noise, 0, 255).astype(np.uint8)

    return change


def _blurred(sigma_px: float) -> FaceChange:
    """sigma_px: in pixels of the face's own 48."""
    return lambda face, _: cv2.GaussianBlur(picture_of(face), (0, 0), sigma_px * FRAME_PX / 48)


def _small(frame_px: int) -> FaceChange:
    return lambda face, _: picture_of(face, frame_px=frame_px)


def _turned(share: float) -> FaceChange:
    """One side of the face is nearer: sheared and narrowed towards the other side by this share."""

    def change(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        picture = picture_of(face)
        h, w = picture.shape[:2]
        corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
        to = np.array([[share * w, 0], [w, share * h / 2], [w, h - share * h / 2], [share * w, h]], np.float32)
        if rng.random() < 0.5:
            to[:, 0] = w - to[[1, 0, 3, 2], 0]
            to[:, 1] = to[[1, 0, 3, 2], 1]
        matrix = cv2.getPerspectiveTransform(corners, to)
        return cv2.warpPerspective(picture, matrix, (w, h), borderMode=cv2.BORDER_REPLICATE)

    return change


FACE_CHANGES: dict[str, FaceChange] = {
    "as it is": lambda face, _: picture_of(face),
    "half the light": _dark(0.5),
    "a quarter of the light": _dark(0.25),
    "blurred, 1 px": _blurred(1.0),
    "blurred, 2 px": _blurred(2.0),
    "36 px wide": _small(36),
    "26 px wide": _small(26),
    "turned": _turned(0.25),
}


def see(model: FacePredictor, picture: np.ndarray) -> Seen:
    """The largest face of a picture, as the app judges it."""
    faces = detect_faces(picture)
    if not faces:
        return Seen(None, None)
    crop = crop_face(picture, faces[0])
    if crop_problem(crop, faces[0]):
        return Seen(None, None)
    return Seen(model.predict(crop[None])[0], face_quality(crop, faces[0]))


# --- voices: float32 (T,) at audio.SAMPLE_RATE -> the same -----------------------------------------

VoiceChange = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def _hiss(snr_db: float) -> VoiceChange:
    return lambda wave, rng: add_noise(wave, hiss(len(wave), rng), snr_db)


def _music(snr_db: float) -> VoiceChange:
    return lambda wave, rng: add_noise(wave, music(len(wave), rng), snr_db)


def _first(seconds: float) -> VoiceChange:
    """Only so much of the clip from its first speech on; silence before it."""

    def change(wave: np.ndarray, _: np.random.Generator) -> np.ndarray:
        spoken = np.flatnonzero(np.asarray(vad.VoiceActivity().push(wave)) >= vad.SPEECH_THRESHOLD)
        start = max(0.0, (spoken[0] if len(spoken) else 0) * vad.CHUNK_SECONDS - SPEECH_MARGIN_S)
        first = int(start * audio.SAMPLE_RATE)
        cut = wave[first : first + int((seconds + SPEECH_MARGIN_S) * audio.SAMPLE_RATE)]
        return np.pad(cut, (max(0, audio.CLIP_SAMPLES - len(cut)), 0))

    return change


VOICE_CHANGES: dict[str, VoiceChange] = {
    "as it is": lambda wave, _: wave,
    "hiss, 10 dB": _hiss(10),
    "hiss, 0 dB": _hiss(0),
    "music, 5 dB": _music(5),
    "telephone": lambda wave, _: telephone(wave),
    "25 dB quieter": lambda wave, _: wave * 0.056,
    "1 s of speech": _first(1.0),
    "half a second of speech": _first(0.5),
}


def hear(model: VoicePredictor, wave: np.ndarray) -> Seen:
    """The last window of a clip, as the app judges it."""
    window = wave[-audio.CLIP_SAMPLES :]
    speech = vad.VoiceActivity().push(window)
    if vad.voice_problem(window, speech):
        return Seen(None, None)
    quality = voice_quality(
        window, speech, voiced_seconds=vad.voiced_seconds(speech), level_dbfs=vad.level_dbfs(window)
    )
    return Seen(model.predict(window, audio.SAMPLE_RATE), quality)
