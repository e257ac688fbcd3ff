"""One judgement from readings of faces and of the voice: whom it is about, and how much each counts just then."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from emotion.audio import CLIP_SECONDS
from emotion.fusion import Fused, fuse
from emotion.judge import FaceReading, FacesReading, VoiceReading
from emotion.speaker import Joined, Speaker, joined


def together(
    face: FaceReading | None, voice: VoiceReading | None, *, note: str = "", more_words: bool = False
) -> Fused | None:
    """One judgement of a face and a voice, each counting as its input is good; None where neither is judged.

    Of an unsure one the reason also says what makes it hard. note: what else the reason says. more_words: also name
    contempt and calm.
    """
    face = face if face is not None and face.probs is not None else None
    voice = voice if voice is not None and voice.probs is not None else None
    if face is None and voice is None:
        return None
    found = fuse(
        face.probs if face else None,
        voice.probs if voice else None,
        face_reliability=face.reliability if face else 1.0,
        voice_reliability=voice.reliability if voice else 1.0,
        face_neutral_offset=face.neutral_offset if face else 0.0,
        voice_neutral_offset=voice.neutral_offset if voice else 0.0,
        more_words=more_words,
        contempt=face.contempt or 0.0 if face else 0.0,
    )
    hard = [] if found.sure else [reading.why_hard for reading in (face, voice) if reading]
    return replace(found, reason="; ".join(filter(None, [found.reason, *hard, note])))


class RecentFaces:
    """The faces of the last CLIP_SECONDS, which is as long as a voice is heard."""

    def __init__(self) -> None:
        self._seen: deque[FacesReading] = deque()

    def see(self, reading: FacesReading) -> None:
        """A picture was judged. Times grow; where they do not, another stream has begun."""
        if self._seen and reading.time_s < self._seen[-1].time_s:
            self._seen.clear()
        self._seen.append(reading)
        while reading.time_s - self._seen[0].time_s > CLIP_SECONDS:
            self._seen.popleft()

    def since(self, face: FaceReading, began_s: float) -> FaceReading:
        """This face with the mean of its answers since began_s."""
        answers = [f.probs for r in self._seen if r.time_s >= began_s for f in r.faces if f.track == face.track]
        judged = [probs for probs in answers if probs is not None]
        return replace(face, probs=np.mean(judged, axis=0)) if judged else face


def together_of(
    faces: FacesReading | None,
    voice: VoiceReading | None,
    speaker: Speaker | None,
    recent: RecentFaces | None = None,
    *,
    voice_end_s: float | None = None,
    more_words: bool = False,
) -> tuple[Fused | None, Joined]:
    """The judgement of one moment, and whom it is about: who speaks, else the main face.

    recent: of this face, all answers since the stretch of speech began count, and not the newest alone. voice_end_s:
    when the voice's window ended by the clock of the pictures; None: at voice.time_s.
    """
    judged = {f.track: f for f in faces.faces if f.probs is not None} if faces else {}
    main = faces.main.track if faces and faces.main else None
    whose = joined(speaker, judged, main, faces.pinned if faces else None)
    face = judged[whose.track] if whose.track is not None else None
    heard = voice if whose.voice_too else None
    if face is not None and heard is not None and heard.probs is not None and recent is not None:
        end_s = heard.time_s if voice_end_s is None else voice_end_s
        face = recent.since(face, end_s - heard.stretch_s)
    return together(face, heard, note=whose.note, more_words=more_words), whose
