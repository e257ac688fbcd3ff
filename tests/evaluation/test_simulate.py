"""What a channel does to sound: known answers."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.audio import SAMPLE_RATE
from emotion.evaluation.simulate import add_noise, babble, channels, hiss, keyboard, laptop, opus, room, telephone

T = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
TONE = (0.3 * np.sin(2 * np.pi * 1000 * T)).astype(np.float32)
RUMBLE = (0.3 * np.sin(2 * np.pi * 80 * T)).astype(np.float32)


def level_db(wave: np.ndarray) -> float:
    return 10 * np.log10(np.mean(wave**2) + 1e-20)


def test_noise_has_the_level_asked_for():
    rng = np.random.default_rng(0)
    for snr_db in (20, 5):
        noisy = add_noise(TONE, hiss(1000, rng), snr_db)
        assert level_db(TONE) - level_db(noisy - TONE) == pytest.approx(snr_db, abs=0.01)


def test_a_telephone_keeps_the_voice_band_alone():
    assert level_db(telephone(TONE)) == pytest.approx(level_db(TONE), abs=0.5)
    assert level_db(telephone(TONE + RUMBLE) - telephone(TONE)) < level_db(RUMBLE) - 20
    assert level_db(laptop(RUMBLE)) < level_db(RUMBLE) - 15


def test_opus_gives_nearly_the_same_back_in_step(speech):
    coded = opus(speech)
    assert len(coded) == len(speech)
    shifts = range(-80, 81)
    match = [np.corrcoef(np.roll(coded, s)[2000:-2000], speech[2000:-2000])[0, 1] for s in shifts]
    assert max(match) > 0.9 and abs(shifts[int(np.argmax(match))]) < 80
    assert not np.array_equal(coded, speech)


def test_a_room_adds_a_tail_after_the_sound():
    click = np.zeros(8000, np.float32)
    click[1000] = 1
    response = np.zeros(2000, np.float32)
    response[100], response[900] = 0.5, 0.25
    heard = room(click, response)
    assert (
        np.argmax(heard) == 1000
        and heard[1000] == pytest.approx(1, abs=1e-4)
        and heard[1800] == pytest.approx(0.5, abs=1e-4)
    )


def test_babble_is_many_voices_of_one_level():
    rng = np.random.default_rng(0)
    mixed = babble([TONE, 10 * RUMBLE], 8000, rng)
    assert len(mixed) == 8000 and np.mean(mixed**2) == pytest.approx(2, rel=0.1)


def test_keys_are_short_and_apart():
    typed = keyboard(4 * SAMPLE_RATE, np.random.default_rng(0))
    loud = np.abs(typed) > np.abs(typed).max() / 10
    assert 0.005 < loud.mean() < 0.3, "mostly silence between the keys"


def test_every_channel_keeps_the_length_and_is_seeded(speech):
    made = channels(
        {"keyboard": [hiss(500, np.random.default_rng(1))], "babble": [TONE, RUMBLE]},
        [np.eye(1, 50, dtype=np.float32)[0]],
    )
    assert {"clean", "telephone", "room", "keyboard, 10 dB", "babble, 5 dB"} <= set(made)
    for name, channel in made.items():
        one, two = (channel(speech, np.random.default_rng(7)) for _ in range(2))
        assert len(one) == len(speech) and one.dtype == np.float32 and np.isfinite(one).all(), name
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_the_served_voice_model_through_every_channel(data_folder, tmp_path):
    from emotion.evaluation.channels import evaluate_channels
    from emotion.evaluation.voices import fold_seeds
    from ui.plots.conditions import noise_points

    if not fold_seeds():
        pytest.skip("the five fold models are not there; train them: python -m emotion train voice --fold 0 … 4")
    found = evaluate_channels(data=data_folder, limit=8, out=tmp_path, progress=lambda *_: None)["voice-channels"]
    rows = {r["channel"]: r for r in found["channels"]}
    assert rows["clean"]["uar_lost"] == 0 and rows["clean"]["same_label"] == 1 and rows["clean"]["n"] == 8
    assert rows["20 dB quieter"]["same_label"] == rows["20 dB louder"]["same_label"] == 1, "loudness must not matter"
    assert {"room", "babble, 5 dB", "keyboard, 10 dB", "Opus 24 kbit/s"} <= set(rows)
    assert {"mute", "music", "rain"} <= {r["sound"] for r in found["no_voice"]}
    assert list(noise_points(found["channels"])) == ["hiss", "babble", "keyboard"]
