"""FFmpeg's audio frames as arrays of channels and back, and what each channel counts where FFmpeg mixes them."""

from __future__ import annotations

from functools import lru_cache

import av
import numpy as np

PLANES = 8  # PyAV 18 reads beyond the end of a planar frame with so many channels; such frames are made packed first
LARGEST_LAYOUT = 8  # 7.1; of larger ones FFmpeg leaves out those above and below
INTEGERS = {"u8": (128.0, 128.0), "s16": (0.0, 32_768.0), "s32": (0.0, 2_147_483_648.0)}  # middle, full scale


class Channels:
    """av.AudioFrame of one form -> float (channels, T) in -1…1, to the last digit as FFmpeg makes float of it."""

    def __init__(self, frame: av.AudioFrame):
        """frame: any of this form."""
        self.count, self.layout = frame.layout.nb_channels, frame.layout.name
        name = frame.format.name.removesuffix("p")
        readable = name in (*INTEGERS, "flt", "dbl") and not (frame.format.is_planar and self.count >= PLANES)
        self._pack = None if readable else av.AudioResampler(format="flt", layout=self.layout, rate=frame.sample_rate)

    def of(self, frame: av.AudioFrame) -> np.ndarray:
        """The samples of a frame; float64 where they are doubles, else float32."""
        if self._pack is not None:
            frame.pts = None
            pieces = [self._array(piece) for piece in self._pack.resample(frame)]
            return np.concatenate(pieces, axis=1) if pieces else np.zeros((self.count, 0), np.float32)
        return self._array(frame)

    def _array(self, frame: av.AudioFrame) -> np.ndarray:
        samples = frame.to_ndarray()
        if not frame.format.is_planar:
            samples = samples.reshape(-1, self.count).T
        name = frame.format.name.removesuffix("p")
        if name not in INTEGERS:
            return samples
        middle, full_scale = INTEGERS[name]
        return (samples.astype(np.float32) - np.float32(middle)) / np.float32(full_scale)


def frame_of(samples: np.ndarray, layout: str, sample_rate: int) -> av.AudioFrame:
    """float (channels, T) -> a packed frame."""
    packed = np.ascontiguousarray(samples.T.reshape(1, -1))
    frame = av.AudioFrame.from_ndarray(packed, format="dbl" if packed.dtype == np.float64 else "flt", layout=layout)
    frame.sample_rate = sample_rate
    return frame


@lru_cache(maxsize=32)
def mix_weights(layout: str, count: int) -> tuple[float, ...] | None:
    """What each channel counts where FFmpeg mixes this layout into one.

    None where FFmpeg would have to guess which channel is which, or leaves channels out that may hold a voice.
    """
    known = av.AudioLayout(layout)
    if count > LARGEST_LAYOUT or (count > 2 and all(c.name == "NONE" for c in known.channels)):
        return None
    apart = 4  # samples between two impulses
    impulses = np.zeros((count, count * apart), np.float32)
    impulses[np.arange(count), np.arange(count) * apart] = 1
    rate = 16_000
    mixer = av.AudioResampler(format="flt", layout="mono", rate=rate)
    mixed = [piece.to_ndarray()[0] for piece in mixer.resample(frame_of(impulses, layout, rate))]
    weights = np.concatenate([*mixed, np.zeros(impulses.shape[1], np.float32)])[: impulses.shape[1] : apart]
    return tuple(map(float, weights)) if weights.any() else None
