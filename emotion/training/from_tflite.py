"""A served LiteRT file -> weights that can be trained on: for a fresh clone, which has no run folder.

The converter folds every batch normalization into the convolution before it. To train on, the two are separated again:
the statistics are measured on real examples, and the convolution gets kernels of the size of new ones, so that the
optimizer's steps have the right size for them.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import layers

from emotion.runner import ModelError, operator_kind
from emotion.training.keras_internals import layer_before

_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def load_tflite_weights(model: Path, network: keras.Model, examples: np.ndarray | list[np.ndarray]) -> None:
    """Fill `network` so that it computes what the served file `model` does.

    examples: inputs of the network, float32 (N, …), N some hundreds, or a list of such arrays where it has several
    inputs. Raises ModelError when the file is of another network.
    """
    served = _served_weights(model)
    own = [
        layer for layer in network.layers if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense))
    ]
    norms = {layer_before(norm.input): norm for norm in network.layers if isinstance(norm, layers.BatchNormalization)}
    # layers of one shape follow each other in the graph, so their order is the same in both files;
    # the order of layers of different shapes need not be
    for layer in own:
        shape = tuple(layer.kernel.shape)
        if not served.get(shape):
            raise ModelError(
                f"{model} holds no more weights of shape {shape}; it is of another network than {network.name}"
            )
        kernel, bias = served[shape].pop(0)
        if layer is own[0] and any(la.name == "contrast" for la in network.layers):
            kernel = kernel / _scale_before(network, layer, examples)
        if layer in norms:
            layer.kernel.assign(kernel)
            ones = np.ones(len(bias), np.float32)
            gamma, beta, mean, variance = ones, bias, 0 * ones, ones * (1 - norms[layer].epsilon)
            norms[layer].set_weights([gamma, beta, mean, variance])
        else:
            layer.set_weights([kernel, bias])
    if any(served.values()):
        raise ModelError(f"{model} holds weights that {network.name} has no place for")
    for layer in network.layers:
        if isinstance(layer, layers.Bidirectional):
            layer.set_weights(
                [
                    w
                    for direction in ("forward", "backward")
                    for w in _lstm_weights(model, direction, layer.forward_layer.units)
                ]
            )
    for norm, (mean, variance) in _statistics(network, list(norms.values()), examples).items():
        layer, bias = layer_before(norm.input), np.array(norm.beta)
        kernel = np.array(layer.kernel)
        outputs = (2, 3) if isinstance(layer, layers.DepthwiseConv2D) else (3,)
        within = tuple(a for a in range(4) if a not in outputs)
        fan_in = np.prod([kernel.shape[a] for a in within])
        scale = np.sqrt(2 / fan_in) / (np.sqrt((kernel**2).mean(axis=within, keepdims=True)) + 1e-6)
        layer.kernel.assign(kernel * scale)
        scale = scale.reshape(-1)
        norm.set_weights(
            [np.sqrt(scale**2 * variance + norm.epsilon) / scale, bias + mean, scale * mean, scale**2 * variance]
        )


def _scale_before(network: keras.Model, first: layers.Layer, examples: np.ndarray | list[np.ndarray]) -> float:
    """The factor of the rescaling layers between contrast normalization and the first convolution.

    In the served file it is a part of the first kernel.
    """
    inner = keras.Model(network.input, [network.get_layer("contrast").output, first.input])
    before, after = (
        float(np.abs(keras.ops.convert_to_numpy(keras.ops.cast(x, "float32"))).max()) for x in inner(examples[:8])
    )
    return after / before


def _statistics(network: keras.Model, norms: list, examples: np.ndarray | list[np.ndarray]) -> dict:
    """Mean and variance for each channel of each batch normalization's input: norm -> (mean, variance)."""
    inner = keras.Model(network.inputs, [norm.input for norm in norms])
    sums = {norm: np.zeros((2, norm.input.shape[-1])) for norm in norms}
    count, inputs = 0, examples if isinstance(examples, list) else [examples]
    for start in range(0, len(inputs[0]), 64):
        block = [x[start : start + 64] for x in inputs]
        for norm, x in zip(norms, inner(block, training=False), strict=True):
            x = keras.ops.convert_to_numpy(keras.ops.cast(x, "float32")).astype(np.float64)
            sums[norm] += len(block[0]) * np.stack([x.mean(axis=(0, 1, 2)), (x**2).mean(axis=(0, 1, 2))])
        count += len(block[0])
    return {norm: (s[0] / count, np.maximum(s[1] / count - (s[0] / count) ** 2, 0)) for norm, s in sums.items()}


def _served_weights(model: Path) -> dict[tuple, list[tuple[np.ndarray, np.ndarray]]]:
    """Kernel and bias of each layer of a LiteRT file, in its order, by the kernel's shape in Keras."""
    from ai_edge_litert import schema_py_generated as schema

    graph = schema.ModelT.InitFromPackedBuf(model.read_bytes(), 0)
    main = graph.subgraphs[0]
    stored_as = {
        op.outputs[0]: op.inputs[0] for op in main.operators if operator_kind(graph, op) == "DEQUANTIZE"
    }  # float16 weights

    def values(index: int) -> np.ndarray:
        tensor = main.tensors[stored_as.get(index, index)]
        dtype = {
            schema.TensorType.FLOAT32: np.float32,
            schema.TensorType.FLOAT16: np.float16,
            schema.TensorType.INT8: np.int8,
        }[tensor.type]
        array = np.frombuffer(bytes(graph.buffers[tensor.buffer].data), dtype).reshape(tensor.shape).astype(np.float32)
        if dtype == np.int8:  # one scale per channel, or one for all
            along = [1] * array.ndim
            along[tensor.quantization.quantizedDimension] = -1
            array = array * np.asarray(tensor.quantization.scale, np.float32).reshape(along)
        return array

    found: dict[tuple, list[tuple[np.ndarray, np.ndarray]]] = {}
    for op in main.operators:
        kind = operator_kind(graph, op)
        if kind in _CONVOLUTIONS:
            kernel = values(op.inputs[1])
            # (out, h, w, in) -> (h, w, in, out); depthwise (1, h, w, channels) -> (h, w, channels, 1);
            # dense (out, in) -> (in, out)
            kernel = np.moveaxis(kernel, 0, -1) if kernel.ndim == 4 else kernel.T
            has_bias = len(op.inputs) > 2 and op.inputs[2] >= 0
            channels = kernel.shape[2] if kind == "DEPTHWISE_CONV_2D" else kernel.shape[-1]
            bias = values(op.inputs[2]) if has_bias else np.zeros(channels, np.float32)
            found.setdefault(kernel.shape, []).append((kernel, bias))
    return found


def _lstm_weights(model: Path, direction: str, units: int) -> list[np.ndarray]:
    """Kernel (D, 4 units), recurrent kernel (units, 4 units) and bias (4 units,) of one direction of the LSTM.

    The converter makes a loop of it, a subgraph of its own.
    """
    from ai_edge_litert import schema_py_generated as schema

    graph = schema.ModelT.InitFromPackedBuf(model.read_bytes(), 0)
    found = []
    for loop in graph.subgraphs[1:]:
        data = {i: graph.buffers[t.buffer].data for i, t in enumerate(loop.tensors)}
        named = any(direction.encode() in (t.name or b"") for t in loop.tensors)
        used = [
            (operator_kind(graph, op), i) for op in loop.operators for i in op.inputs if i >= 0 and data[i] is not None
        ]
        constant = {
            i: np.frombuffer(bytes(data[i]), np.float32).reshape(loop.tensors[i].shape)
            for _, i in used
            if loop.tensors[i].type == schema.TensorType.FLOAT32
        }
        kernels = [
            constant[i] for kind, i in used if kind == "FULLY_CONNECTED" and i in constant and constant[i].ndim == 2
        ]
        biases = [constant[i] for kind, i in used if i in constant and constant[i].shape == (4 * units,)]
        recurrent, other = ([k for k in kernels if (k.shape == (4 * units, units)) == own] for own in (True, False))
        if named and len(recurrent) == len(other) == len(biases) == 1:
            found.append([other[0].T, recurrent[0].T, biases[0]])
    if len(found) != 1:
        raise ModelError(f"{model} holds {len(found)} LSTM loops going {direction}, not one; it is of another network")
    return found[0]
