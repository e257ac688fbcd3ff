"""Runs one LiteRT network; and the error for a model file that cannot be used."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from emotion.paths import RESTORE_MODELS

INPUTS = ("face", "mel", "hidden", "mask", "centre")  # names of the networks' inputs, in the order of their calls


class ModelError(Exception):
    """A model file is missing, altered or unreadable; the message says how to get it back."""


class LiteRunner:
    """One LiteRT network with fixed batch 1. Calls from several threads take turns."""

    def __init__(self, model: Path | bytes, *, threads: int = 1, outputs: int = 1):
        """outputs: how many to give, in the order of the network that was exported."""
        from ai_edge_litert.interpreter import Interpreter

        source = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
        try:
            self._interpreter = Interpreter(num_threads=threads, **source)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as e:
            raise ModelError(
                f"{model if isinstance(model, Path) else 'this model'} cannot be loaded ({e}); {RESTORE_MODELS}"
            ) from e
        inputs, given = self._in_order()
        self._inputs, self._outputs = inputs, [d["index"] for d in given[:outputs]]
        self._lock = threading.Lock()

    def _in_order(self) -> tuple[list[dict], list[dict]]:
        """Inputs and outputs as the exported network had them: the converter reorders them, the signature tells.

        Files without a signature have one input, or mel and mask, of which mel has one axis more.
        """
        if not self._interpreter.get_signature_list():
            inputs = sorted(self._interpreter.get_input_details(), key=lambda d: -len(d["shape"]))
            return inputs, self._interpreter.get_output_details()
        signature = self._interpreter.get_signature_runner()
        inputs, outputs = signature.get_input_details(), signature.get_output_details()
        return (
            [inputs[name] for name in sorted(inputs, key=INPUTS.index)],
            [outputs[name] for name in sorted(outputs, key=lambda name: int(name.rsplit("_", 1)[1]))],
        )

    def __call__(self, *inputs: np.ndarray) -> np.ndarray:
        """Inputs with batch axis 1 -> the first output without it, float32 (C,)."""
        return self.all_outputs(*inputs)[0]

    def all_outputs(self, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
        """Inputs with batch axis 1 -> every output without it."""
        with self._lock:
            for detail, value in zip(self._inputs, inputs, strict=True):
                self._interpreter.set_tensor(detail["index"], np.ascontiguousarray(value, np.float32))
            self._interpreter.invoke()
            return tuple(self._interpreter.get_tensor(i)[0].copy() for i in self._outputs)


def operator_kind(graph: Any, operator: Any) -> str:
    """What an operator of a LiteRT file is, in the schema's words: CONV_2D, FULLY_CONNECTED, …"""
    from ai_edge_litert import schema_py_generated as schema

    code = graph.operatorCodes[operator.opcodeIndex]  # old converters write the one field, new ones the other
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    return next(name for name, value in vars(schema.BuiltinOperator).items() if value == number)


def with_embeddings(model: Path) -> tuple[bytes, int]:
    """A classifier's file, changed in memory to give its embeddings too: (file, number of outputs).

    The first output stays. After it come the inputs of the last layers, one for each network in the file.
    Raises ModelError where no last layer is found.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    graph: Any = schema.ModelT.InitFromPackedBuf(model.read_bytes(), 0)
    main = graph.subgraphs[0]
    last = lambda tensor: list(main.tensors[tensor].shape)[-1:]  # noqa: E731
    dense = [
        o
        for o in main.operators
        if last(o.outputs[0]) == last(main.outputs[0]) and operator_kind(graph, o) == "FULLY_CONNECTED"
    ]
    if not dense:
        raise ModelError(f"{model} has no last layer that could be found; {RESTORE_MODELS}")
    main.outputs = [main.outputs[0], *(o.inputs[0] for o in dense)]
    graph.signatureDefs = []  # they name the outputs as they were
    builder = flatbuffers.Builder(model.stat().st_size)
    builder.Finish(graph.Pack(builder), b"TFL3")
    return bytes(builder.Output()), len(main.outputs)
