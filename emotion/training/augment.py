"""Random changes to examples in training: what a camera, a microphone, a room or a person's movement do to them.

Each function takes a numpy Generator, so a seed fixes everything.
"""

from __future__ import annotations

import cv2
import numpy as np


def augment_face(image: np.ndarray, rng: np.random.Generator, *, strength: float = 1.0) -> np.ndarray:
    """One random variant of a grey face. image: uint8 (H, W); returns uint8 (H, W).

    Geometry (flip, rotation, scale, shift) always; light, blur, JPEG, noise and occlusion each sometimes. Not colour:
    the networks see grey.
    strength: 0 (nothing but flips) … 1.
    """
    h, w = image.shape
    angle = rng.uniform(-14, 14) * strength
    scale = 1.0 + rng.uniform(-0.18, 0.2) * strength
    dx, dy = rng.uniform(-0.09, 0.09, 2) * (w, h) * strength
    matrix = cv2.getRotationMatrix2D((w / 2 - 0.5, h / 2 - 0.5), angle, scale)
    # a slight turn of the head looks like a horizontal squeeze
    matrix[0] *= 1.0 - rng.uniform(0, 0.10) * strength
    matrix[:, 2] += (dx, dy)
    if rng.random() < 0.5:
        matrix[0] *= -1
        matrix[0, 2] += w - 1
    border = cv2.BORDER_REPLICATE if rng.random() < 0.7 else cv2.BORDER_CONSTANT
    image = cv2.warpAffine(image, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=border)
    if rng.random() < 0.5 * strength:  # light and exposure
        gamma = np.exp(rng.uniform(-0.5, 0.5))
        gain = rng.uniform(0.5, 1.3)
        table = np.clip(255.0 * gain * (np.arange(256) / 255.0) ** gamma, 0, 255).astype(np.uint8)
        image = table[image]
    if rng.random() < 0.15 * strength:  # light from one side
        ramp = np.linspace(rng.uniform(0.4, 1), rng.uniform(0.7, 1.2), w, dtype=np.float32)
        image = np.clip(image * (ramp if rng.random() < 0.7 else ramp[:, None]), 0, 255).astype(np.uint8)
    change = rng.random()
    if change < 0.20 * strength:  # out of focus, or a far face scaled up
        small = int(rng.integers(w // 2, w))
        image = cv2.resize(cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA), (w, h))
    elif change < 0.28 * strength:  # motion
        k = int(rng.integers(2, 6))
        kernel = np.zeros((k, k), np.float32)
        kernel[k // 2] = 1 / k
        if rng.random() < 0.3:
            kernel = kernel.T.copy()
        image = cv2.filter2D(image, -1, kernel)
    elif change < 0.40 * strength:  # compression
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 60))])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
    elif change < 0.50 * strength:  # sensor noise in low light
        image = np.clip(image + rng.normal(0, rng.uniform(3, 14), image.shape), 0, 255).astype(np.uint8)
    if rng.random() < 0.35 * strength:  # hand, hair, microphone, mask
        eh, ew = (rng.uniform(0.1, 0.4, 2) * (h, w)).astype(int) + 1
        y, x = rng.integers(0, h - eh), rng.integers(0, w - ew)
        image = image.copy()
        image[y : y + eh, x : x + ew] = rng.integers(0, 256)
    return image


def mixup(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, *, alpha: float, chance: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Convex mixes of pairs within a batch (Zhang et al. 2018, arXiv:1710.09412).

    Of all batches, the share `chance` is mixed; the others are unchanged, and all are for alpha <= 0.
    """
    if alpha <= 0 or (chance < 1 and rng.random() >= chance):
        return x, y
    share = rng.beta(alpha, alpha, size=len(x)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(x))
    across = share.reshape((-1,) + (1,) * (x.ndim - 1))
    return x * across + x[other] * (1 - across), y * share[:, None] + y[other] * (1 - share[:, None])


# --- voices: on mel power, so that features are computed once --------------------------------------


def add_noise(power: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """Power of the sum of two unrelated sounds; both (T, n_mels), noise is repeated to fit."""
    repeats = -(-len(power) // max(1, len(noise)))
    noise = np.tile(noise, (repeats, 1))[: len(power)]
    scale = power.mean() / max(float(noise.mean()), 1e-20) * 10 ** (-snr_db / 10)
    return power + noise * scale


def reverberate(power: np.ndarray, t60_seconds: float, *, wet: float, hop_seconds: float = 0.01) -> np.ndarray:
    """Smear energy along time as a room with reverberation time T60 does (exponential decay, Polack's model)."""
    decay = 10 ** (-6 * hop_seconds / t60_seconds)
    tail = np.empty_like(power)
    level = np.zeros(power.shape[1], np.float32)
    for t in range(len(power)):
        tail[t] = level
        level = (level + power[t]) * decay
    return power + wet * tail * (1 - decay)


def warp_bands(power: np.ndarray, factor: float) -> np.ndarray:
    """Stretch the mel axis, as a longer or shorter vocal tract does (VTLP, Jaitly & Hinton 2013)."""
    bands = power.shape[1]
    at = np.clip(np.arange(bands) * factor, 0, bands - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, bands - 1)
    part = (at - low).astype(np.float32)
    return power[:, low] * (1 - part) + power[:, high] * part


def pad_with_quiet(power: np.ndarray, rng: np.random.Generator, *, most_frames: int = 110) -> np.ndarray:
    """Add up to `most_frames` frames at the recording's lowest level before and after it."""
    quiet = np.quantile(power, 0.02, axis=0).astype(np.float32)
    around = [
        quiet * rng.exponential(1.0, (int(n), len(quiet))).astype(np.float32) for n in rng.integers(0, most_frames, 2)
    ]
    return np.concatenate([around[0], power, around[1]])


def add_clicks(power: np.ndarray, rng: np.random.Generator, snr_db: float) -> np.ndarray:
    """Short bursts, a few a second: keys, mouse, dishes, a loose cable."""
    frames, bands = power.shape
    colour = np.exp(np.interp(np.linspace(0, 3, bands), np.arange(4), rng.normal((-3, 0, 1, 0.5), 1.0)))
    level = np.zeros(frames, np.float32)
    for start in rng.integers(0, frames, 1 + rng.poisson(frames * rng.uniform(0.02, 0.12))):
        decay = rng.uniform(0.2, 0.7) ** np.arange(min(6, frames - start))
        level[start : start + len(decay)] += (rng.uniform(0.1, 1.0) * decay).astype(np.float32)
    return add_noise(power, (level[:, None] * colour * rng.exponential(1.0, power.shape)).astype(np.float32), snr_db)


def add_hiss(power: np.ndarray, rng: np.random.Generator, snr_db: float) -> np.ndarray:
    """Steady noise. Its power in decibels falls or rises evenly over the bands: from low to high noise."""
    bands = power.shape[1]
    slope = np.exp(np.linspace(0, rng.uniform(-4, 4), bands)).astype(np.float32)
    return add_noise(power, slope * rng.exponential(1.0, power.shape).astype(np.float32), snr_db)


def narrow_band(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a telephone or a low-rate codec leaves: no high bands, often no low ones, and quantization noise."""
    bands = power.shape[1]
    power = power.copy()
    power[:, int(rng.integers(bands * 55 // 100, bands)) :] *= 1e-5
    power[:, : int(rng.integers(0, bands * 20 // 100))] *= 1e-4
    return add_hiss(power, rng, rng.uniform(20, 45))


def augment_voice(
    power: np.ndarray, rng: np.random.Generator, noises: list[np.ndarray], *, strength: float = 1.0
) -> np.ndarray:
    """One random variant of a recording's mel power. power: float32 (T, n_mels); returns (T', n_mels).

    strength: 0…1 scales how often each change is made.
    """
    bands = power.shape[1]
    if rng.random() < 0.5 * strength:  # speed
        length = max(8, int(len(power) * rng.uniform(0.82, 1.2)))
        power = cv2.resize(power, (bands, length), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.5 * strength:  # speaker
        power = warp_bands(power, rng.uniform(0.88, 1.12))
    if rng.random() < 0.3 * strength:  # room
        power = reverberate(power, rng.uniform(0.15, 0.8), wet=rng.uniform(0.2, 1.0))
    kind = rng.random()  # at most one noise, so that clean speech stays common
    if kind < 0.35 * strength and noises:
        noise = noises[rng.integers(len(noises))]
        noise = np.roll(noise, int(rng.integers(len(noise))), axis=0)
        power = add_noise(power, noise, rng.uniform(2, 30))
    elif kind < 0.55 * strength:
        power = add_hiss(power, rng, rng.uniform(2, 30))
    elif kind < 0.7 * strength:
        power = add_clicks(power, rng, rng.uniform(0, 25))
    if rng.random() < 0.3 * strength:  # microphone: a smooth frequency response, the floor comes after it
        knots = rng.normal(0, 6, 6)
        response = np.interp(np.linspace(0, 5, bands), np.arange(6), knots)
        power = power * (10 ** (response / 10)).astype(np.float32)
    if rng.random() < 0.3 * strength:
        power = narrow_band(power, rng)
    return power.astype(np.float32)


def mask_features(mel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """SpecAugment (Park et al. 2019, arXiv:1904.08779): bands and stretches of time set to 0, the mean."""
    mel = mel.copy()
    for _ in range(rng.integers(0, 3)):
        width = int(rng.integers(1, 10))
        start = int(rng.integers(0, mel.shape[1] - width))
        mel[:, start : start + width] = 0
    for _ in range(rng.integers(0, 3)):
        width = int(rng.integers(1, 25))
        start = int(rng.integers(0, mel.shape[0] - width))
        mel[start : start + width] = 0
    return mel
