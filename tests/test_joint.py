"""One judgement from readings: whom it is about, how much each counts, and what makes it hard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion import certainty, reliability
from emotion.face import Face
from emotion.fusion import learned_weights
from emotion.joint import RecentFaces, together, together_of
from emotion.judge import FaceReading, FacesReading, VoiceReading
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.reliability import FaceQuality, VoiceQuality
from emotion.speaker import Speaker


def says(word: str, share: float, labels=FACE_LABELS) -> np.ndarray:
    probs = np.full(len(labels), (1 - share) / (len(labels) - 1), np.float32)
    probs[labels.index(word)] = share
    return probs


def face(word: str, share: float, *, track: int = 1, quality: FaceQuality | None = None) -> FaceReading:
    found = Face((0, 0, 100, 100), np.zeros((6, 2), np.float32), 0.9)
    return FaceReading(0.0, track, found, says(word, share), quality=quality)


def voice(word: str, share: float, quality: VoiceQuality | None = None) -> VoiceReading:
    return VoiceReading(0.0, says(word, share, VOICE_LABELS), quality=quality)


FACTORS = {
    "exponent": {"face": {"blur": 1.0}, "voice": {"noise": 1.0}},
    "neutral": {"face": {"dark": 2.0}, "voice": {}},
}


@pytest.fixture(autouse=True)
def learned(monkeypatch):
    monkeypatch.setattr(certainty, "sure_above", lambda: dict.fromkeys(certainty.MODALITIES, 0.6))
    monkeypatch.setattr(reliability, "learned", lambda without=None: FACTORS)


def test_the_worse_input_counts_less():
    clean = together(face("happy", 0.7), voice("sad", 0.7))
    blurred = together(face("happy", 0.7, quality=FaceQuality(blur=2.0)), voice("sad", 0.7))
    assert blurred.label == "sad" and blurred.weights["face"] == pytest.approx(learned_weights()["face"] * np.exp(-2))
    assert blurred.weights["voice"] == clean.weights["voice"]


def test_an_unsure_answer_says_what_makes_it_hard_and_a_sure_one_does_not():
    noisy = VoiceQuality(noise=1.0)
    unsure = together(face("happy", 0.5), voice("sad", 0.5, noisy), note="#1 speaks")
    assert not unsure.sure and unsure.reason == "face says happy, voice says sad; much noise; #1 speaks"
    sure = together(face("sad", 0.9), voice("sad", 0.9, noisy))
    assert sure.sure and sure.reason == "face and voice agree"


def test_without_face_or_voice():
    assert together(None, None) is None
    assert together(replace(face("sad", 0.9), probs=None), None) is None
    assert together(face("sad", 0.9), None).weights["voice"] == 0
    assert together_of(None, None, None)[0] is None


def test_the_voice_joins_the_face_that_speaks():
    faces = FacesReading(0.0, (face("happy", 0.9, track=1), face("sad", 0.9, track=2)), main_track=1)
    one, whose = together_of(faces, voice("sad", 0.9), Speaker(0.0, 2))
    assert (one.label, whose.track) == ("sad", 2) and one.reason.endswith("#2 speaks")
    main, whose = together_of(faces, voice("sad", 0.5), Speaker(0.0, None, "several mouths move"))
    assert whose.track == 1 and "several mouths move: with the main face" in main.reason
    only = together_of(faces, voice("angry", 0.9), Speaker(0.0, 3))  # who has left the picture
    assert only[1].track == 1 and only[0].weights["voice"] == 0 and only[0].label == "happy"


def looked(*words: str, every_s: float = 0.5) -> RecentFaces:
    """The main face said these words one after the other, from 0 s on."""
    recent = RecentFaces()
    for i, word in enumerate(words):
        recent.see(FacesReading(i * every_s, (replace(face(word, 0.7), time_s=i * every_s),), main_track=1))
    return recent


def test_all_faces_of_a_stretch_of_speech_count_and_none_before_it():
    recent = looked("angry", "angry", "happy", "happy", "happy", "neutral")  # the last one at 2.5 s
    last = FacesReading(2.5, (face("neutral", 0.7),), main_track=1)
    said = replace(voice("happy", 0.4), time_s=2.5, stretch_s=1.6)  # from 0.9 s on
    assert together_of(last, said, None)[0].label == "neutral", "the newest face alone"
    one = together_of(last, said, None, recent)[0]
    assert one.label == "happy" and one.probs[FACE_LABELS.index("angry")] < one.probs[FACE_LABELS.index("neutral")]
    # live, the sound has a clock of its own
    assert together_of(last, replace(said, time_s=90.0), None, recent, voice_end_s=2.5)[0].label == "happy"


def test_without_a_voice_the_newest_face_counts():
    recent, last = looked("happy", "happy", "sad"), FacesReading(1.0, (face("sad", 0.7),), main_track=1)
    silent = replace(voice("happy", 0.9), probs=None, stretch_s=2.0)
    assert together_of(last, silent, None, recent)[0].label == "sad"


def test_recent_faces_forget_what_is_old_and_a_stream_before():
    recent = looked(*["happy"] * 40)
    assert len(recent._seen) <= 3 / 0.5 + 1
    recent.see(FacesReading(0.0, (face("sad", 0.7),), main_track=1))
    assert len(recent._seen) == 1
    assert recent.since(face("angry", 0.7, track=9), 0.0).probs.argmax() == FACE_LABELS.index("angry")


def test_neutral_counts_less_where_the_face_is_dark():
    light = together(face("neutral", 0.6), voice("happy", 0.45))
    dark = together(face("neutral", 0.6, quality=FaceQuality(dark=1.0)), voice("happy", 0.45))
    assert light.label == "neutral" and dark.label == "happy" and dark.weights == light.weights
    assert together(face("neutral", 0.6, quality=FaceQuality(dark=1.0)), None).label == "neutral", "nothing to pool"
