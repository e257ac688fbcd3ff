"""One judgement from readings of faces and of the voice: whom it is about, and how much each counts just then."""

from __future__ import annotations

from dataclasses import replace

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
        more_words=more_words,
        contempt=face.contempt or 0.0 if face else 0.0,
    )
    hard = [] if found.sure else [reading.why_hard for reading in (face, voice) if reading]
    return replace(found, reason="; ".join(filter(None, [found.reason, *hard, note])))


def together_of(
    faces: FacesReading | None, voice: VoiceReading | None, speaker: Speaker | None, *, more_words: bool = False
) -> tuple[Fused | None, Joined]:
    """The judgement of one moment, and whom it is about: who speaks, else the main face."""
    judged = {f.track: f for f in faces.faces if f.probs is not None} if faces else {}
    main = faces.main.track if faces and faces.main else None
    whose = joined(speaker, judged, main, faces.pinned if faces else None)
    face = judged[whose.track] if whose.track is not None else None
    return together(face, voice if whose.voice_too else None, note=whose.note, more_words=more_words), whose
