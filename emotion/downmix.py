"""Many channels mixed into one without one channel cancelling another.

A stereo recording may carry the voice with opposite signs, from a cable that is wired the wrong way round or a balanced
microphone on two channels. Added up, nothing of it is left. Such a channel is turned round (times -1) before the mix.
"""

from __future__ import annotations

import math

import numpy as np

# a decision this often, as a frame of AAC at 44.1 or 48 kHz; a channel is turned round gradually within one block
BLOCK_SECONDS = 0.025
MEMORY_SECONDS = 0.2  # time constant over which powers and correlations are averaged
# the plain mix has less than so much of the power of its strongest channel: the others cancel it; 2 in stereo where
# both channels carry the same sound, at least 1 where the correlation is not negative
CANCELLED = 0.3
RECOVERED = 0.6  # with so much again the plain mix is taken again
RELATED = 0.2  # below this correlation a channel keeps its sign


class ChannelSigns:
    """Turns channels round that would cancel the others in a mix, whatever pieces the stream comes in."""

    def __init__(self, weights: np.ndarray, sample_rate: float):
        """weights: float (channels,), what each channel counts in the mix. sample_rate: of the stream, in Hz."""
        self._weights, self._rate = np.asarray(weights, np.float64), sample_rate
        self._block = max(1, round(BLOCK_SECONDS * sample_rate))
        self._products = np.zeros((len(weights), len(weights)))
        self._signs = np.ones(len(weights))
        self._heard = False

    def turned(self, samples: np.ndarray) -> np.ndarray:
        """float (channels, T) -> the same array where nothing is to be turned round, else a copy."""
        out = samples
        for start in range(0, samples.shape[1], self._block):
            block = slice(start, min(start + self._block, samples.shape[1]))
            before, after = self._decide(samples[:, block])
            if min(*before, *after) > 0:
                continue
            if out is samples:
                out = samples.copy()
            share = np.arange(1, block.stop - start + 1) / (block.stop - start)  # (T,) of the way from before to after
            out[:, block] *= before[:, None] + (after - before)[:, None] * share
        return out

    def _decide(self, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The signs (channels,) at the beginning and at the end of a block."""
        # einsum, as the last digits of a matrix product depend on the processor
        before, products = self._signs, np.einsum("it,jt->ij", block, block, dtype=np.float64)
        if math.isfinite(products.sum()):
            kept = math.exp(-block.shape[1] / (MEMORY_SECONDS * self._rate))
            self._products = kept * self._products + products
            self._signs = signs_of(self._products, self._weights, before)
            if not self._heard and products.any():  # nothing was heard that could be bent
                self._heard, before = True, self._signs
        return before, self._signs


def signs_of(products: np.ndarray, weights: np.ndarray, before: np.ndarray) -> np.ndarray:
    """+1 or -1 for each channel (channels,): -1 where it has to be turned round so as not to cancel the others.

    products: (channels, channels), sums of products of the samples of two channels; weights, before: (channels,), what
    each counts in the mix, and the signs until now. All +1 where the plain mix keeps the power of its
    strongest channel.
    """
    powers = weights**2 * products.diagonal()
    strongest = int(powers.argmax())
    if powers[strongest] <= 0:
        return before
    plain = weights @ products @ weights
    if plain >= (CANCELLED if min(before) > 0 else RECOVERED) * powers[strongest]:
        return np.ones_like(before)
    loudness = np.sqrt(np.diag(products) * products[strongest, strongest])
    correlation = products[strongest] / np.maximum(loudness, np.finfo(float).tiny)
    signs = np.where(np.abs(correlation) > RELATED, np.sign(correlation), before * before[strongest])
    return -signs if (signs * before * powers).sum() < 0 else signs  # the sign of the whole mix does not matter
