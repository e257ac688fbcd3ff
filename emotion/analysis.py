"""A file -> its emotions over time. The same judges as the live page, on decoded pictures and sound."""
from __future__ import annotations

import math
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from emotion import audio
from emotion.face import ImageError
from emotion.fusion import MODES, fuse
from emotion.judge import FaceJudge, VoiceJudge
from emotion.labels import FACE_LABELS, VOICE_LABELS, valence_arousal

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
MAX_PIXELS = 60_000_000       # a picture above this would take gigabytes to decode
ROW_SECONDS = 0.5             # one row of the timeline


class AnalysisError(Exception):
    """A file that cannot be analysed; the message says why and what to do."""


@dataclass(frozen=True)
class Analysis:
    """What was found in a file."""

    path: str
    kind: str                            # image, audio, video
    mode: str                            # simple, hybrid
    timeline: Any                        # DataFrame: time_s, face_*, voice_*, together_* (label, confidence, one column per class)
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


def analyze(path, mode: str = "hybrid", *, face_model: str | None = None, max_faces: int = 4) -> Analysis:
    """Image, audio or video file -> Analysis with .timeline (pandas DataFrame) and .summary (dict).

    A row each ROW_SECONDS: the largest face and the voice of that moment, and in "hybrid" mode `together_*`. Columns
    hold NaN where there was nothing to judge, and `face_reason` / `voice_reason` say why. face_model: `accurate`, `fast`, or
    None for the one that did better on held-out faces. Raises AnalysisError.
    """
    path = Path(path)
    if mode not in MODES:
        raise ValueError(f"mode must be one of {MODES}, got {mode!r}")
    if not path.is_file():
        raise AnalysisError(f"{path} is not a file; check the name")
    if path.stat().st_size == 0:
        raise AnalysisError(f"{path} is empty (0 bytes); record or download it again")
    from emotion.predict import better_face_model

    with _loading:
        faces, voices = _face_model(face_model or better_face_model()), _voice_model()
    if path.suffix.lower() in IMAGE_SUFFIXES:
        kind, readings, sound = "image", _look_at_image(path, FaceJudge(faces, max_faces=max_faces, smoothing_s=0)), []
    else:
        kind, readings, sound = _watch(path, FaceJudge(faces, max_faces=max_faces), VoiceJudge(voices))
    timeline = _timeline(readings, sound, mode)
    return Analysis(str(path), kind, mode, timeline, _summary(timeline, kind, readings, sound, mode))


def read_image(source: Path | BinaryIO, *, name: str | None = None) -> np.ndarray:
    """A path or an open binary file -> uint8 (H, W, 3) RGB, turned as its EXIF data says. Raises ImageError on what is not a picture or far too large."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    name = name or str(source)
    try:
        with Image.open(source) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ImageError(f"{name} has {image.width} x {image.height} pixels; shrink it below {MAX_PIXELS // 1_000_000} megapixels")
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as e:
        raise ImageError(f"{name} cannot be read as a picture ({e}); save it again as JPEG or PNG") from e


def _look_at_image(path: Path, judge: FaceJudge) -> list:
    try:
        return [judge.look(read_image(path), 0.0)]
    except ImageError as e:
        raise AnalysisError(str(e)) from e


def _watch(path: Path, faces: FaceJudge, voices: VoiceJudge) -> tuple[str, list, list]:
    """(kind, FacesReading per picture looked at, VoiceReading per hop), decoding once, in bounded memory."""
    import av

    looks, sound = [], []
    try:
        with av.open(str(path)) as container:
            # a cover picture inside an MP3 is not a video
            videos = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
            streams = videos[:1] + list(container.streams.audio[:1])
            if not streams:
                raise AnalysisError(f"{path} holds neither picture nor sound; use an image, audio or video file")
            resampler = av.AudioResampler(format="flt", layout="mono", rate=audio.SAMPLE_RATE)
            next_look_s = 0.0
            for packet in container.demux(streams):
                for frame in _frames(packet):
                    if isinstance(frame, av.AudioFrame):
                        frame.pts = None
                        for piece in resampler.resample(frame):
                            sound += voices.hear(piece.to_ndarray()[0])
                    elif frame.time is not None and frame.time >= next_look_s:
                        looks.append(faces.look(_upright(frame), frame.time))
                        next_look_s = frame.time + ROW_SECONDS / 5
            if container.streams.audio:
                for piece in resampler.resample(None):
                    sound += voices.hear(piece.to_ndarray()[0])
                sound += voices.finish()
    except (av.error.FFmpegError, ValueError, IndexError) as e:
        raise AnalysisError(f"{path} cannot be decoded ({e}); convert it to MP4, WebM, WAV, FLAC or JPEG") from e
    if not looks and not sound:
        raise AnalysisError(f"{path} holds no picture and less than {0.1:.1f} s of sound; record it again")
    return ("video" if videos else "audio"), looks, sound


def _frames(packet) -> list:
    """A packet's frames; a damaged packet in the middle of a file is passed over."""
    import av

    try:
        return packet.decode()
    except av.error.InvalidDataError:
        return []


def _upright(frame) -> np.ndarray:
    """The frame as uint8 RGB (H, W, 3), turned by the rotation a phone wrote into the file."""
    image = frame.to_ndarray(format="rgb24")
    quarter_turns = round((getattr(frame, "rotation", 0) or 0) / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image


def _timeline(looks: list, sound: list, mode: str):
    """One row per ROW_SECONDS from whatever was read within it (the latest of each)."""
    import pandas as pd

    seen, heard = defaultdict(list), defaultdict(list)
    for r in looks:
        seen[int(r.time_s / ROW_SECONDS)].append(r)
    for r in sound:  # a reading speaks of the sound before it
        heard[max(0, math.ceil(r.time_s / ROW_SECONDS - 1e-6) - 1)].append(r)
    last = max([*seen, *heard], default=0)
    return pd.DataFrame([_row(i * ROW_SECONDS, seen[i], heard[i], mode) for i in range(last + 1)])


def _row(start_s: float, seen: list, heard: list, mode: str) -> dict:
    row: dict[str, Any] = {"time_s": start_s}
    usable = [r.main for r in seen if r.main]
    face = np.mean([m.probs for m in usable], axis=0) if usable else None
    voice = heard[-1] if heard else None
    row["faces"] = max((len(r.faces) for r in seen), default=0)
    row["face_reason"] = "" if usable else (seen[-1].reason if seen else "no picture")
    row["voice_reason"] = voice.reason if voice else "no sound"
    row |= _columns("face", face, FACE_LABELS)
    row |= _columns("voice", voice.probs if voice else None, VOICE_LABELS)
    if mode == "hybrid":
        voice_probs = voice.probs if voice else None
        fused = (fuse(face, voice_probs, voice_reliability=voice.reliability if voice else 1.0)
                 if face is not None or voice_probs is not None else None)
        row |= _columns("together", fused.probs if fused else None, FACE_LABELS)
        row["together_reason"] = fused.reason if fused else ""
        row["valence"], row["arousal"] = valence_arousal(fused.probs, FACE_LABELS) if fused else (np.nan, np.nan)
    return row


def _columns(name: str, probs: np.ndarray | None, labels: tuple[str, ...]) -> dict:
    best = None if probs is None else int(np.argmax(probs))
    return {f"{name}_label": None if best is None else labels[best],
            f"{name}_confidence": np.nan if best is None else float(probs[best]),
            **{f"{name}_{label}": np.nan if probs is None else float(probs[i]) for i, label in enumerate(labels)}}


def _summary(timeline, kind: str, looks: list, sound: list, mode: str) -> dict:
    """Plain figures of the whole file: per modality the mean distribution, its label, and the share of rows judged."""
    out: dict[str, Any] = {"kind": kind, "mode": mode, "pictures": len(looks), "voice_windows": len(sound),
                           "faces_at_most": int(timeline["faces"].max()),
                           "tracks": len({f.track for r in looks for f in r.faces})}
    for name, labels in (("face", FACE_LABELS), ("voice", VOICE_LABELS), ("together", FACE_LABELS)):
        if f"{name}_label" not in timeline:
            continue
        judged = timeline[timeline[f"{name}_label"].notna()]
        if len(judged):
            mean = judged[[f"{name}_{label}" for label in labels]].mean().to_numpy()
            best = int(mean.argmax())
            out[name] = {"label": labels[best], "confidence": float(mean[best]), "judged_share": len(judged) / len(timeline),
                         "probs": {label: float(p) for label, p in zip(labels, mean)}}
        else:
            reasons = timeline.get(f"{name}_reason")
            out[name] = {"label": None, "reason": str(reasons.mode().iat[0]) if reasons is not None and len(reasons) else ""}
    return out
