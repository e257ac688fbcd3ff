"""Sound through a real browser and back, in step."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.audio import SAMPLE_RATE
from emotion.evaluation.browser import SETTINGS, chromium_path, delay, evaluate_browser, joined
from emotion.evaluation.voices import fold_seeds


def test_recordings_stand_one_after_the_other_and_equally_loud():
    rng = np.random.default_rng(0)
    waves = [(level * rng.normal(0, 1, n)).astype(np.float32) for level, n in ((0.01, 9000), (0.2, 16000))]
    tape, starts = joined(waves)
    rms = [float(np.sqrt(np.mean(tape[s : s + len(w)] ** 2))) for s, w in zip(starts, waves)]
    assert rms == pytest.approx([0.05, 0.05], rel=0.02) and not tape[: starts[0]].any()


def test_a_lag_is_found_again(speech):
    tape, _ = joined([speech, speech[::-1].copy()])
    for lag in (0, 1600, len(tape) - 8000):
        found = delay(np.roll(tape, lag) * 0.3, tape)
        assert min(abs(found - lag), len(tape) - abs(found - lag)) <= SAMPLE_RATE // 50


@pytest.mark.skipif(chromium_path() is None, reason="no Chromium")
def test_clips_come_back_from_a_real_browser(data_folder, tmp_path):
    if not fold_seeds():
        pytest.skip("the five fold models are not there; train them: python -m emotion train voice --fold 0 … 4")
    found = evaluate_browser(data=data_folder, clips=2, out=tmp_path)["voice-browser"]
    assert {r["setting"] for r in found["settings"]} == {"not through a browser", *SETTINGS} and found["n"] == 2
    assert (tmp_path / "voice-browser.json").is_file()
