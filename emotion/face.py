"""Faces as arrays: detection (BlazeFace), the FER-2013 frame, and what the network is fed."""
from __future__ import annotations

import cv2
import numpy as np

FER_SIZE = 48  # side of a FER-2013 image; every crop passes through it, so live crops are as sharp as training ones


def to_grey(crops: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W) or (N, H, W, 3) RGB -> uint8 (N, H, W); a message that quotes the shape otherwise."""
    crops = np.asarray(crops)
    if crops.dtype != np.uint8:
        raise ValueError(f"face crops must be uint8 (0…255), got {crops.dtype}; convert with .astype('uint8')")
    if crops.ndim == 4 and crops.shape[-1] == 3:
        return np.stack([cv2.cvtColor(c, cv2.COLOR_RGB2GRAY) for c in crops]) if len(crops) else crops[..., 0]
    if crops.ndim != 3:
        raise ValueError(f"face crops must be (N, H, W) or (N, H, W, 3) RGB, got shape {crops.shape}")
    return crops


def resize_square(image: np.ndarray, side: int) -> np.ndarray:
    """(H, W[, 3]) -> (side, side[, 3]); averages when shrinking, interpolates when growing."""
    if image.shape[:2] == (side, side):
        return image
    shrinking = min(image.shape[:2]) > side
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC)


def prepare_crops(crops: np.ndarray, size: int) -> np.ndarray:
    """The one preprocessing of faces, for training, evaluation and live alike.

    crops: uint8 (N, H, W) or (N, H, W, 3) RGB, framed as FER-2013. Returns float32 (N, size, size, 1) in 0…255.
    """
    grey = to_grey(crops)
    if len(grey) == 0:
        return np.zeros((0, size, size, 1), np.float32)
    out = np.stack([resize_square(resize_square(g, FER_SIZE), size) for g in grey])
    return out[..., None].astype(np.float32)
