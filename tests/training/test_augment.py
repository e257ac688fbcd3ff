"""What training does to examples: what each change promises."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.audio import FAST, mel_power, normalise, trim
from emotion.training.augment import (
    add_clicks,
    add_hiss,
    add_noise,
    augment_face,
    augment_voice,
    mask_features,
    mixup,
    narrow_band,
    pad_with_quiet,
    warp_bands,
)


@pytest.fixture
def power(speech) -> np.ndarray:
    return mel_power(speech)


@pytest.mark.parametrize("change", [add_hiss, add_clicks])
@pytest.mark.parametrize("snr_db", [0, 10, 20])
def test_noise_comes_at_the_ratio_asked_for(power, change, snr_db):
    added = change(power, np.random.default_rng(3), snr_db) - power
    assert 10 * np.log10(power.mean() / added.mean()) == pytest.approx(snr_db, abs=0.01)


def test_clicks_are_short_and_hiss_goes_on():
    quiet, rng = np.full((300, FAST.n_mels), 1e-6, np.float32), np.random.default_rng(0)
    loud_share = lambda noisy: (noisy.mean(axis=1) > 2 * quiet.mean()).mean()  # noqa: E731
    assert 0.02 < loud_share(add_clicks(quiet, rng, 0)) < 0.5 and loud_share(add_hiss(quiet, rng, -6)) > 0.95


def test_noise_is_repeated_to_fit(power):
    assert add_noise(power, power[:7], 10).shape == power.shape


def test_a_narrow_channel_keeps_the_middle_and_has_a_floor(power):
    changed = narrow_band(power, np.random.default_rng(1))
    middle = slice(FAST.n_mels // 4, FAST.n_mels // 2)
    db = lambda p: 10 * np.log10(p[:, middle] + 1e-3 * p[:, middle].mean()).ravel()  # noqa: E731
    assert np.corrcoef(db(power), db(changed))[0, 1] > 0.7
    assert changed[:, -1].mean() < 0.5 * power[:, -1].mean() and changed.min() > 0


def test_what_is_put_around_a_voice_is_quiet_and_trimmed_away_again(power):
    voice = trim(power)
    around = pad_with_quiet(voice, np.random.default_rng(0))
    assert len(voice) < len(around) <= len(voice) + 220 and abs(len(trim(around)) - len(voice)) <= 10
    noisy = add_hiss(around, np.random.default_rng(0), 10)
    assert len(trim(noisy)) == len(noisy), "with noise it stays, as it does in use"


def test_warping_by_one_changes_nothing(power):
    np.testing.assert_allclose(warp_bands(power, 1.0), power, rtol=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_any_voice_variant_can_be_judged(power, seed):
    rng = np.random.default_rng(seed)
    changed = augment_voice(power, rng, [power[::-1]], strength=1.0)
    mel, mask = normalise(changed)
    assert changed.dtype == np.float32 and np.isfinite(changed).all() and (changed >= 0).all()
    assert np.isfinite(mask_features(mel, rng)).all() and mask.sum() > 50


def test_a_seed_fixes_everything(power, astronaut):
    grey = astronaut[:48, :48, 0].copy()
    again = [
        (augment_voice(power, np.random.default_rng(5), [power]), augment_face(grey, np.random.default_rng(5)))
        for _ in range(2)
    ]
    np.testing.assert_array_equal(again[0][0], again[1][0])
    np.testing.assert_array_equal(again[0][1], again[1][1])


def test_strength_zero_leaves_a_voice_alone(power):
    np.testing.assert_array_equal(augment_voice(power, np.random.default_rng(0), [power], strength=0.0), power)


def test_mixup_leaves_some_batches_alone():
    x, y = np.arange(8, dtype=np.float32)[:, None], np.eye(8, dtype=np.float32)
    mixed = [
        not np.array_equal(mixup(x, y, np.random.default_rng(seed), alpha=1.0, chance=0.5)[0], x) for seed in range(100)
    ]
    assert 30 < sum(mixed) < 70
    for seed in range(5):
        a, b = mixup(x, y, np.random.default_rng(seed), alpha=1.0)
        np.testing.assert_allclose(b @ np.arange(8), a[:, 0], atol=1e-5)  # labels are mixed as faces are
        assert mixup(x, y, np.random.default_rng(seed), alpha=0.0)[0] is x
