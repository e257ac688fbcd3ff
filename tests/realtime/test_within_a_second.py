"""What changes in front of camera or microphone is said within a second of the stream's time, with the reason."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.judge import FaceJudge, VoiceJudge
from emotion.labels import FACE_LABELS, VOICE_LABELS
from emotion.realtime.session import LOOK_SECONDS

RATE = 16_000


class Even:
    """A model for what does not depend on its answers."""

    card = {"sha256": "even"}

    def predict(self, given, rate=None):
        return np.full((len(given), 7), 1 / 7, np.float32) if rate is None else np.full(8, 1 / 8, np.float32)


assert (len(FACE_LABELS), len(VOICE_LABELS)) == (7, 8)


@pytest.mark.parametrize("after, reason", [("black", "muted"), ("wall", "no face"), ("dark", "too dark")])
def test_the_next_look_says_why_there_is_no_face(astronaut, after, reason):
    judge = FaceJudge(Even())
    assert judge.look(astronaut, 0.0).reason == ""
    wall = np.full_like(astronaut, 125)
    noise = np.random.default_rng(0).normal(0, 8, astronaut.shape)
    dim = (astronaut * 0.03 + 8 + noise).clip(0, 255).astype(np.uint8)
    then = judge.look({"black": np.zeros_like(wall), "wall": wall, "dark": dim}[after], LOOK_SECONDS)
    assert then.reason == reason and then.main is None


def test_a_second_face_is_there_at_the_next_look_and_the_main_one_stays(astronaut):
    judge, half = FaceJudge(Even()), np.ascontiguousarray(astronaut[::2, ::2])
    empty = np.full_like(half, 125)
    first = judge.look(np.concatenate([half, empty], axis=1), 0.0)
    both = judge.look(np.concatenate([half, half], axis=1), LOOK_SECONDS)
    assert len(first.faces) == 1 and len(both.faces) == 2 and both.main.track == first.main.track


def test_a_muted_microphone_is_said_within_a_second_whenever_it_happens(speech):
    for muted_s in (3.0, 3.1, 3.25, 3.4):
        heard = np.resize(speech, int(muted_s * RATE))
        readings = VoiceJudge(Even()).hear(np.concatenate([heard, np.zeros(2 * RATE, np.float32)]))
        first = next(r.time_s for r in readings if r.reason == "muted")
        assert muted_s < first <= muted_s + 1.0
