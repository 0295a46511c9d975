"""The bundled encoder as an ONNX graph: BERT with 8-bit multiplications, mean pooling, a vector of length 1.

The words' vectors come in from outside, so that the vocabulary's matrix is not stored again. Every row of a
multiplication's input is scaled by its own largest value, never by its neighbours', so a vector depends on
nothing but its text. Measured on statutes, one scale for a whole text instead loses most in the last
multiplication of a layer (cosine to the 4-bit engine 0.9974 against 0.9991).

Operators: ONNX opset 21 and onnxruntime's com.microsoft domain (docs/ContribOperators.md there).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from index.types import FloatArray
from index.weights import Weights

# AVX2 sums two products of 8 bits in 16 bits and saturates: 255 x 63 x 2 still fits, 255 x 127 x 2 would not
_WEIGHT_LIMIT = 63
_INPUT_LIMIT = 127
_TINY = 1e-30
_MICROSOFT = "com.microsoft"


def build(weights: Weights) -> bytes:
    """The serialised model: `words` (1, tokens, hidden) to `vector` (1, hidden)."""
    graph = _Graph()
    hidden = weights.sizes.hidden
    state = _embedded(graph, weights)
    for layer in range(weights.sizes.layers):
        state = _layer(graph, weights, f"l{layer}", state)
    mean = graph.add("ReduceMean", state, graph.constant(np.array([1])), keepdims=0)
    graph.add("LpNormalization", mean, axis=-1, p=2, output="vector")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "tokens", hidden])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, hidden])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=10,
    )
    return bytes(model.SerializeToString())


class _Graph:
    """Nodes and constants, named by their number."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", output: str = "", **attributes: Any) -> str:
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, domain=domain, **attributes))
        return name

    def split(self, value: str, parts: int) -> list[str]:
        names = [f"v{len(self.nodes)}_{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [value], names, names[0], axis=-1, num_outputs=parts))
        return names


def _embedded(graph: _Graph, weights: Weights) -> str:
    """Words, positions and the type of a single text."""
    places = graph.constant(weights.tensor("emb.pos") + weights.tensor("emb.type")[0])
    length = graph.add("Shape", "words", start=1, end=2)
    own = graph.add("Slice", places, graph.constant(np.array([0])), length)
    return _normalised(graph, weights, "emb.ln", graph.add("Add", "words", own))


def _layer(graph: _Graph, weights: Weights, layer: str, state: str) -> str:
    heads = weights.sizes.heads
    parts = graph.split(_linear(graph, weights, state, f"{layer}.q", f"{layer}.k", f"{layer}.v"), 3)
    attended = graph.add("MultiHeadAttention", *parts, domain=_MICROSOFT, num_heads=heads)
    state = _residual(graph, weights, f"{layer}.aln", state, _linear(graph, weights, attended, f"{layer}.ao"))
    inner = graph.add("Gelu", _linear(graph, weights, state, f"{layer}.fi"), domain=_MICROSOFT)
    return _residual(graph, weights, f"{layer}.oln", state, _linear(graph, weights, inner, f"{layer}.fo"))


def _residual(graph: _Graph, weights: Weights, name: str, state: str, change: str) -> str:
    return _normalised(graph, weights, name, graph.add("Add", state, change))


def _normalised(graph: _Graph, weights: Weights, name: str, value: str) -> str:
    scale, bias = (graph.constant(weights.tensor(f"{name}.{kind}")) for kind in "wb")
    return graph.add("LayerNormalization", value, scale, bias, epsilon=weights.sizes.epsilon, axis=-1)


def _linear(graph: _Graph, weights: Weights, value: str, *names: str) -> str:
    """value @ W.T + b in 8 bits; several matrices are put side by side."""
    matrix, scales = _in_8_bits(np.concatenate([weights.tensor(f"{name}.w") for name in names]))
    bias = np.concatenate([weights.tensor(f"{name}.b") for name in names])
    largest = graph.add("ReduceMax", graph.add("Abs", value), graph.constant(np.array([2])), keepdims=1)
    largest = graph.add("Max", largest, graph.constant(np.array(_TINY, np.float32)))
    step, zero = graph.constant(np.array(1 / _INPUT_LIMIT, np.float32)), graph.constant(np.array(128, np.uint8))
    small = graph.add("QuantizeLinear", graph.add("Div", value, largest), step, zero)
    factors = [small, graph.constant(matrix.T), step, graph.constant(scales), zero]
    product = graph.add("MatMulIntegerToFloat", *factors, domain=_MICROSOFT)
    return graph.add("Add", graph.add("Mul", product, largest), graph.constant(bias))


def _in_8_bits(matrix: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """(matrix, scale of each row): row = integers * scale."""
    scales = np.maximum(np.abs(matrix).max(axis=1), _TINY) / _WEIGHT_LIMIT
    return np.rint(matrix / scales[:, None]).astype(np.int8), scales.astype(np.float32)
