"""Hints for the dense network: it also learns the teacher's maps (FitNets, Romero et al. 2015, arXiv:1412.6550).

ResNet14 at 48 px and the dense network at 80 or 96 px halve their maps at the same places, so each stage can be
compared with one of ResNet14.
"""

from __future__ import annotations

import keras
from keras import layers

# a layer of the dense network -> channels of ResNet14 at the same stage
_HINTS = {"block2c_add": 64, "block3c_add": 128, "block5b_add": 256}


def with_hints(network: keras.Model) -> keras.Model:
    """The same network with three more outputs: from the maps of a stage, a linear prediction of the teacher's maps."""
    heads = [
        layers.Conv2D(channels, 1, name=f"hint_{name}")(network.get_layer(name).output)
        for name, channels in _HINTS.items()
    ]
    return keras.Model(network.input, [network.output, *heads])


def teacher_with_maps(teacher: keras.Model, network: keras.Model) -> keras.Model:
    """ResNet14 with its maps as more outputs, which are the targets of with_hints(network).

    The maps have mean 0 and deviation 1 for each face, at the size of the network's.
    """
    adds = [layer for layer in teacher.layers if isinstance(layer, layers.Add)]
    outputs = []
    for name, add in zip(_HINTS, adds[1::2], strict=True):
        side = network.get_layer(name).output.shape[1]
        maps = layers.Resizing(side, side)(layers.Activation("relu")(add.output))
        outputs.append(layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False)(maps))
    return keras.Model(teacher.input, [teacher.output, *outputs])
