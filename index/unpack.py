"""The bundled weights as a folder that sentence-transformers loads."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.types import FloatArray
from index.weights import Layers, Weights, read_weights

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


def unpack(weights_path: Path, folder: Path, trained: Callable[[Weights], Layers] | None = None) -> None:
    """Write the weights as a sentence-transformers model: BERT, mean pooling, normalised, e5's prompts.

    `trained` gives other layers than those of the weights.
    """
    from safetensors.numpy import save_file

    weights = read_weights(weights_path)
    layers = trained(weights) if trained else weights
    folder.mkdir(parents=True, exist_ok=True)
    save_file({hf_name(name): layers.tensor(name) for name in weights.directory}, folder / "model.safetensors")
    hf_tokenizer(weights).save(str(folder / "tokenizer.json"))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    for name, content in _configs(weights).items():
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def load_state(path: Path) -> dict[str, FloatArray]:
    """The tensors of a .safetensors file, by name."""
    from safetensors.numpy import load_file

    found: dict[str, FloatArray] = load_file(path)
    return found


def hf_name(name: str) -> str:
    """What transformers' BertModel calls this tensor."""
    if name in _HF_NAMES:
        return _HF_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_HF_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def hf_tokenizer(weights: Weights) -> Any:
    """XLM-RoBERTa's: NFKC with the file's exceptions, runs of blanks as one, metaspace, Unigram."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces = list(zip(weights.pieces(), weights.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=weights.special["unk"], byte_fallback=False))
    characters = {chr(code): to for code, to in weights.normalisation.items()}
    exceptions = {c: to for c, to in characters.items() if unicodedata.normalize("NFKC", c) != to}
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(c, to) for c, to in exceptions.items()]
        + [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    bos, eos = (pieces[weights.special[s]][0] for s in ("bos", "eos"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, weights.special["bos"]), (eos, weights.special["eos"])],
    )
    return tokenizer


def _configs(weights: Weights) -> dict[str, Any]:
    sizes, pieces = weights.sizes, weights.pieces()
    names = {key: pieces[at] for key, at in weights.special.items()}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": sizes.vocabulary,
            "hidden_size": sizes.hidden,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "intermediate_size": sizes.intermediate,
            "hidden_act": "gelu",
            "max_position_embeddings": sizes.positions,
            "type_vocab_size": sizes.types,
            "layer_norm_eps": sizes.epsilon,
            "pad_token_id": weights.special["pad"],
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes.positions,
            **{f"{key}_token": name for key, name in names.items()},
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": sizes.hidden, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": sizes.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "similarity_fn_name": "cosine",
        },
    }
