"""Random changes to sound: what they keep, and what they change."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.audio import CLIP_SAMPLES, SAMPLE_RATE
from emotion.training import augment_waves as aw

SECOND = np.sin(2 * np.pi * 220 * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
CLIP = np.concatenate([np.zeros(SAMPLE_RATE // 2, np.float32), SECOND, SECOND, np.zeros(SAMPLE_RATE, np.float32)])


@pytest.mark.parametrize("change", [aw.microphone, aw.narrow_band])
def test_lines_and_microphones_keep_the_length(change):
    rng = np.random.default_rng(0)
    for _ in range(4):
        out = change(CLIP, rng)
        assert out.shape == CLIP.shape and out.dtype == np.float32 and np.isfinite(out).all()


def test_speed_changes_length_and_pitch_together():
    rng = np.random.default_rng(0)
    for _ in range(4):
        out = aw.change_speed(SECOND, rng)
        hz = np.abs(np.fft.rfft(out)).argmax() * SAMPLE_RATE / len(out)
        assert hz == pytest.approx(220 * len(SECOND) / len(out), rel=0.02)
        assert 1 / aw.FASTEST - 0.01 < len(out) / len(SECOND) < 1 / aw.SLOWEST + 0.01


def test_a_room_begins_with_the_direct_sound_and_decays():
    rng = np.random.default_rng(0)
    for _ in range(4):
        response = aw.random_room(rng)
        assert np.abs(response).argmax() == 0 and response[0] == 1
        quarter = len(response) // 4
        assert np.square(response[-quarter:]).sum() < 0.01 * np.square(response[:quarter]).sum()


@pytest.mark.parametrize("noise", [aw.coloured_hiss, aw.clicks])
def test_noise_is_there_and_has_the_length(noise):
    for seed in range(4):
        out = noise(SAMPLE_RATE, np.random.default_rng(seed))
        assert out.shape == (SAMPLE_RATE,) and np.isfinite(out).all() and np.abs(out).max() > 0


def test_the_seed_decides_and_every_kind_of_change_occurs():
    change = lambda seed: aw.augment_wave(CLIP, np.random.default_rng(seed), noises=[SECOND], voices=[SECOND])  # noqa: E731
    np.testing.assert_array_equal(change(3), change(3))
    outs = [change(seed) for seed in range(60)]
    assert all(np.isfinite(o).all() for o in outs)
    lengths = {len(o) for o in outs}
    assert len(CLIP) in lengths and len(lengths) > 10, "some are played faster or slower, some are not"
    assert 0 < sum(len(o) == len(CLIP) and np.array_equal(o, CLIP) for o in outs) < 30, "some clips stay as they are"


def test_a_part_holds_some_of_the_voice():
    onset, rng = aw.voice_onset(CLIP), np.random.default_rng(0)
    assert onset == pytest.approx(SAMPLE_RATE // 2, abs=400)
    parts = [aw.random_part(CLIP, onset, rng) for _ in range(200)]
    assert max(map(len, parts)) <= CLIP_SAMPLES * aw.FASTEST
    voiced = np.array([np.count_nonzero(p) for p in parts]) / SAMPLE_RATE
    assert voiced.min() > 0.3 and (voiced < 1).any() and (voiced > 1.9).any()
    assert len(aw.random_part(SECOND[:100], 0, rng)) == 100, "a clip shorter than the shortest part stays whole"
