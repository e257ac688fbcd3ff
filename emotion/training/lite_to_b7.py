"""The weights of EfficientNet-Lite2 (efficientnet_lite) put into EfficientNetB7, to the same answers, and back.

Both have the same kernels, strides and resolutions; B7 is wider, has more blocks, and squeeze-and-excite.

- The smaller network's weights fill the first channels of each layer. They read nothing of the others.
- Squeeze-and-excite multiplies everything by the same constant, which the projection after it divides by.
- All further blocks start as the identity (networks.build_face_network).

The other channels keep their random start, so that EfficientNetB7 can be trained on as a whole. But they are small: in
a file with int8 numbers the largest value of a layer sets the steps of all.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from emotion.runner import ModelError
from emotion.training import efficientnet_lite

_GATE_BIAS = 4.0  # squeeze-and-excite's last bias: its gate is sigmoid(4)
_SMALL = 0.01  # gamma of the other channels
_GATE = 1 / (1 + np.exp(-_GATE_BIAS))  # what it multiplies by


def fill_from_lite(whole: keras.Model, network: keras.Model) -> None:
    """EfficientNetB7 `whole`, freshly built at the same size, so that it answers as the smaller `network` does."""
    for layer in _with_weights(network):
        larger = whole.get_layer(layer.name)
        ours, theirs = layer.get_weights(), [np.array(w) for w in larger.get_weights()]
        for small, large in zip(ours, theirs, strict=True):
            if small.ndim > 1 and not isinstance(layer, layers.DepthwiseConv2D):
                large[..., : small.shape[-1]] = 0  # what the smaller network's outputs read of other channels
            large[_corner(small)] = small
        if isinstance(layer, layers.BatchNormalization):
            theirs[0][len(ours[0]) :] = _SMALL
        theirs[0][_corner(ours[0])] *= _factor(whole, layer.name)
        larger.set_weights(theirs)
    for name, *_ in efficientnet_lite.blocks():
        gate = whole.get_layer(f"{name}_se_expand")
        gate.set_weights([np.zeros(gate.kernel.shape), np.full(gate.bias.shape, _GATE_BIAS)])


def fill_from_b7(network: keras.Model, whole: keras.Model) -> None:
    """The other direction: the smaller `network` so that it answers as an EfficientNetB7 that was filled from one.

    Raises ModelError where `whole` was not filled from one, or has been trained as a whole since.
    """
    for layer in _with_weights(network):
        small = []
        for own, large in zip(layer.get_weights(), whole.get_layer(layer.name).get_weights(), strict=True):
            small.append(large[_corner(own)])
            if own.ndim > 1 and not isinstance(layer, layers.DepthwiseConv2D):
                others = large[..., own.shape[-2] :, : own.shape[-1]]
                if others.size and np.abs(others).max() > 1e-3 * np.abs(small[-1]).max():
                    raise ModelError(
                        "this EfficientNetB7 was not filled from EfficientNet-Lite2, or was trained since: "
                        f"{layer.name} reads further channels"
                    )
        small[0] = small[0] / _factor(whole, layer.name)
        layer.set_weights(small)


def _with_weights(network: keras.Model) -> list[layers.Layer]:
    return [layer for layer in network.layers if layer.get_weights()]


def _corner(small: np.ndarray) -> tuple[slice, ...]:
    """Where a small array lies in a larger one: from the start of each axis on."""
    return tuple(slice(n) for n in small.shape)


def _factor(whole: keras.Model, layer: str) -> float:
    """What a kernel is multiplied by in EfficientNetB7."""
    if layer == "stem_conv":  # B7 has an own factor of the input
        own = next(x.scale for x in whole.layers if isinstance(x, layers.Rescaling) and x.name != "contrast_scale")
        return efficientnet_lite.SCALE / own
    return 1 / _GATE if layer.endswith("_project_conv") else 1.0
