"""The voice judge and what is usual for a speaker: learned, asked for, told to the model, and forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from emotion import audio
from emotion.judge import HOP_SECONDS, NEUTRAL_SPEECH_SECONDS, VoiceJudge
from emotion.labels import VOICE_LABELS
from emotion.person import HALF_HEARD_S, SpeakerCentre
from emotion.protocols import VoiceAnswer

NEUTRAL, ANGRY, SAD = (VOICE_LABELS.index(label) for label in ("neutral", "angry", "sad"))
AS_IT_IS = np.full(8, 0.02, np.float32)
AS_IT_IS[ANGRY] = 0.86
OFFSETS = np.stack([np.full(8, 2.0), np.arange(8.0)], axis=1)  # (8, 2): of emotion k it is (2, k)


class Told:
    """A model that says angry, and sad as soon as it is told a centre."""

    card = {"speaker_centre": 2}

    def __init__(self):
        self.centres: list[np.ndarray | None] = []
        self.loudest: list[float] = []

    def predict(self, waveform, sample_rate):
        raise AssertionError("a model that takes a centre is asked for all it knows")

    def answer(self, waveform, sample_rate, centre=None):
        self.centres.append(centre)
        self.loudest.append(float(np.abs(waveform).max()))
        probs = AS_IT_IS if centre is None else np.roll(AS_IT_IS, SAD - ANGRY)
        return VoiceAnswer(probs, AS_IT_IS, AS_IT_IS, np.zeros(3), OFFSETS)


@pytest.fixture
def sentences(speech) -> np.ndarray:
    """Some ten seconds of talk."""
    return np.concatenate([speech] * 3)


def judged(readings):
    return [r for r in readings if r.probs is not None]


def test_without_adapting_a_voice_stays_as_it_is_and_what_was_learned_is_there_at_once(sentences):
    model = Told()
    judge = VoiceJudge(model, smoothing_s=0)
    readings = judged(judge.hear(sentences))
    assert all(r.as_it_is is None and r.centre is None and r.probs.argmax() == ANGRY for r in readings)
    assert set(model.centres) == {None}
    judge.adapt = True
    now = judged(judge.hear(sentences))[0]
    assert now.probs.argmax() == SAD and now.as_it_is.argmax() == ANGRY and now.centre.seconds > 3
    judge.adapt = False
    assert judged(judge.hear(sentences))[0].as_it_is is None


def test_the_centre_is_what_the_answers_do_not_let_expect(sentences):
    model = Told()
    judge = VoiceJudge(model, smoothing_s=0, adapt=True)
    readings = judged(judge.hear(sentences))
    assert model.centres[0] is None and readings[0].as_it_is is None  # nothing was heard before
    assert judge.centre.offset[0] == pytest.approx(2) and judge.centre.offset[1] < OFFSETS[:, 1].mean()
    seconds = [r.centre.seconds for r in readings[1:]]
    assert seconds == sorted(seconds) and seconds[-1] < len(readings) * HOP_SECONDS
    # the model is told less than that while little was heard
    shares = [c[0] / judge.centre.offset[0] for c in model.centres[1:]]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(seconds[-1] / (seconds[-1] + HALF_HEARD_S), rel=1e-5)


def test_silence_teaches_nothing(sentences):
    judge = VoiceJudge(Told(), smoothing_s=0, adapt=True)
    judge.hear(np.zeros(10 * audio.SAMPLE_RATE, np.float32))
    assert judge.centre is None
    judge.hear(sentences)
    before = judge.centre.seconds
    judge.hear(np.zeros(10 * audio.SAMPLE_RATE, np.float32))
    assert judge.centre.seconds < before + audio.CLIP_SECONDS


def test_a_plain_sentence_is_taken_for_neutral_and_what_was_before_is_forgotten(sentences):
    model = Told()
    judge = VoiceJudge(model, smoothing_s=0, adapt=True, start=SpeakerCentre(np.array([50.0, 50.0]), 100))
    judge.hear(sentences)
    judge.take_neutral()
    quiet = 0.1 * sentences
    left = [r.rest_left_s for r in judge.hear(quiet)]
    assert left[0] == NEUTRAL_SPEECH_SECONDS and left[-1] is None
    waiting = [s for s in left if s is not None]
    assert waiting == sorted(waiting, reverse=True) and min(waiting) > 0
    assert max(model.loudest[-3:]) < np.abs(sentences).max() / 5  # nothing of the sound before the button
    answers = VoiceJudge(Told(), adapt=True)
    answers.hear(quiet)
    assert answers.centre.offset[1] < judge.centre.offset[1] < 7.5  # neutral for a while, then the answers again


def test_another_model_and_another_stream_begin_anew(sentences):
    judge = VoiceJudge(Told(), smoothing_s=0, adapt=True)
    judge.hear(sentences)
    judge.model = other = Told()
    judge.hear(sentences)
    assert other.centres[0] is None and other.centres[1] is not None


def test_a_correction_of_the_same_network_keeps_what_was_learned(sentences):
    judge = VoiceJudge(Told(), smoothing_s=0, adapt=True)
    judge.model.card = judge.model.card | {"sha256": "x"}
    judge.hear(sentences)
    corrected, before = Told(), judge.centre.seconds
    corrected.card = judge.model.card
    judge.model = corrected
    judge.hear(sentences)
    assert corrected.centres[0] is not None and judge.centre.seconds > before


def test_another_model_ends_the_wait_for_a_plain_sentence(sentences):
    judge = VoiceJudge(Told(), smoothing_s=0, adapt=True)
    judge.take_neutral()
    assert judge.hear(np.zeros(audio.SAMPLE_RATE, np.float32))[-1].rest_left_s == NEUTRAL_SPEECH_SECONDS
    judge.model = Told()
    assert judge.centre is None and judge.hear(sentences)[-1].rest_left_s is None
    judge.take_neutral()
    judge.stop_taking_neutral()
    assert judge.hear(sentences)[0].rest_left_s is None


def test_what_is_known_before_is_told_from_the_first_word(sentences):
    model, start = Told(), SpeakerCentre(np.array([3.0, 1.0]), HALF_HEARD_S)
    readings = judged(VoiceJudge(model, smoothing_s=0, adapt=True, start=start).hear(sentences))
    np.testing.assert_allclose(model.centres[0], [1.5, 0.5])
    assert readings[0].centre is not None and readings[0].probs.argmax() == SAD


def test_a_model_that_takes_no_centre_is_only_asked_for_its_answer(sentences):
    class Plain:
        card: dict = {}

        def predict(self, waveform, sample_rate):
            return AS_IT_IS

    judge = VoiceJudge(Plain(), smoothing_s=0, adapt=True)
    judge.take_neutral()
    readings = judged(judge.hear(sentences))
    assert readings and all(r.as_it_is is None and r.centre is None and r.rest_left_s is None for r in readings)
