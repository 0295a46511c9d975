"""The bundled models as ONNX graphs: BERT with 8-bit multiplications, and what each reads off its last layer.

The words' vectors come in from outside, so that the vocabulary's matrix is not stored again. Every row of a
multiplication's input is scaled by its own largest value, never by its neighbours', so an output depends on
nothing but its text. Measured on statutes, one scale for a whole text instead loses most in the last
multiplication of a layer (cosine to the 4-bit engine 0.9974 against 0.9991).

Operators: ONNX opset 21 and onnxruntime's com.microsoft domain (docs/ContribOperators.md there).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from index.weights import Layers

_INPUT_LIMIT = 127
_TINY = 1e-30
_MICROSOFT = "com.microsoft"


def encoder_graph(layers: Layers) -> bytes:
    """The serialised model: `words` (1, tokens, hidden) to their mean `vector` (1, hidden), of length 1."""
    graph = _Graph()
    mean = graph.add("ReduceMean", _last_state(graph, layers), graph.constant(np.array([1])), keepdims=0)
    graph.add("LpNormalization", mean, axis=-1, p=2, output="vector")
    return _serialised(graph, layers, {"vector": [1, layers.sizes.hidden]})


def reader_graph(layers: Layers) -> bytes:
    """The serialised model: `words` (1, tokens, hidden) to `relevance` (1,), read off the first token, and `span`
    (tokens, 2), the logits of beginning and ending at each token."""
    graph = _Graph()
    tokens = graph.add("Squeeze", _last_state(graph, layers), graph.constant(np.array([0])))
    first = graph.add("Gather", tokens, graph.constant(np.array(0)), axis=0)
    _head(graph, layers, first, "relevance")
    _head(graph, layers, tokens, "span")
    return _serialised(graph, layers, {"relevance": [1], "span": ["tokens", 2]})


def verifier_graph(layers: Layers) -> bytes:
    """The serialised model: `words` (1, tokens, hidden) to `relevance` (1,), read off the first token."""
    graph = _Graph()
    tokens = graph.add("Squeeze", _last_state(graph, layers), graph.constant(np.array([0])))
    _head(graph, layers, graph.add("Gather", tokens, graph.constant(np.array(0)), axis=0), "relevance")
    return _serialised(graph, layers, {"relevance": [1]})


def _head(graph: _Graph, layers: Layers, value: str, name: str) -> None:
    """value @ W.T + b in single precision: a head is small."""
    product = graph.add("MatMul", value, graph.constant(layers.tensor(f"{name}.w").T))
    graph.add("Add", product, graph.constant(layers.tensor(f"{name}.b")), output=name)


def _serialised(graph: _Graph, layers: Layers, outputs: Mapping[str, list[int | str]]) -> bytes:
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "layers",
            [helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "tokens", layers.sizes.hidden])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=10,
    )
    return bytes(model.SerializeToString())


def _last_state(graph: _Graph, layers: Layers) -> str:
    state = _embedded(graph, layers)
    for layer in range(layers.sizes.layers):
        state = _layer(graph, layers, f"l{layer}", state)
    return state


class _Graph:
    """Nodes and constants, named by their number."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", output: str = "", **attributes: Any) -> str:
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, domain=domain, **attributes))
        return name

    def split(self, value: str, parts: int) -> list[str]:
        names = [f"v{len(self.nodes)}_{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [value], names, names[0], axis=-1, num_outputs=parts))
        return names


def _embedded(graph: _Graph, layers: Layers) -> str:
    """Words, positions and the type of a single text."""
    places = graph.constant(layers.tensor("emb.pos") + layers.tensor("emb.type")[0])
    length = graph.add("Shape", "words", start=1, end=2)
    own = graph.add("Slice", places, graph.constant(np.array([0])), length)
    return _normalised(graph, layers, "emb.ln", graph.add("Add", "words", own))


def _layer(graph: _Graph, layers: Layers, layer: str, state: str) -> str:
    heads = layers.sizes.heads
    parts = graph.split(_linear(graph, layers, state, f"{layer}.q", f"{layer}.k", f"{layer}.v"), 3)
    attended = graph.add("MultiHeadAttention", *parts, domain=_MICROSOFT, num_heads=heads)
    state = _residual(graph, layers, f"{layer}.aln", state, _linear(graph, layers, attended, f"{layer}.ao"))
    inner = graph.add("Gelu", _linear(graph, layers, state, f"{layer}.fi"), domain=_MICROSOFT)
    return _residual(graph, layers, f"{layer}.oln", state, _linear(graph, layers, inner, f"{layer}.fo"))


def _residual(graph: _Graph, layers: Layers, name: str, state: str, change: str) -> str:
    return _normalised(graph, layers, name, graph.add("Add", state, change))


def _normalised(graph: _Graph, layers: Layers, name: str, value: str) -> str:
    scale, bias = (graph.constant(layers.tensor(f"{name}.{kind}")) for kind in "wb")
    return graph.add("LayerNormalization", value, scale, bias, epsilon=layers.sizes.epsilon, axis=-1)


def _linear(graph: _Graph, layers: Layers, value: str, *names: str) -> str:
    """value @ W.T + b in 8 bits; several matrices are put side by side."""
    pairs = [layers.in_8_bits(f"{name}.w") for name in names]
    matrix, scales = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    bias = np.concatenate([layers.tensor(f"{name}.b") for name in names])
    largest = graph.add("ReduceMax", graph.add("Abs", value), graph.constant(np.array([2])), keepdims=1)
    largest = graph.add("Max", largest, graph.constant(np.array(_TINY, np.float32)))
    step, zero = graph.constant(np.array(1 / _INPUT_LIMIT, np.float32)), graph.constant(np.array(128, np.uint8))
    small = graph.add("QuantizeLinear", graph.add("Div", value, largest), step, zero)
    factors = [small, graph.constant(matrix.T), step, graph.constant(scales), zero]
    product = graph.add("MatMulIntegerToFloat", *factors, domain=_MICROSOFT)
    return graph.add("Add", graph.add("Mul", product, largest), graph.constant(bias))
