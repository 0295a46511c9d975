"""The verifier's recipe: a cross-encoder that says whether words marked in a text answer a question.

It goes on from the reader, which already knows what a text says of a question; what it learns anew is to refuse words
that stand where the answer would, of another action, part, person or kind (near misses).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoTokenizer, BertModel

from index.training.examples import Claim
from index.training.reader import CrossEncoder, encoded, without_dropout
from index.training.recipes import VerifierRecipe
from index.training.trainers import one_pass, saved, with_threads


class Verifier(nn.Module):
    """BERT with one output on the first token: how likely the marked words answer, a logit."""

    def __init__(self, reader: CrossEncoder) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, input_ids: Tensor, attention_mask: Tensor, right: Tensor, weight: Tensor) -> dict[str, Tensor]:
        """Loss and logits (texts,); `right` is 1 where the marked words answer, `weight` what a claim counts."""
        first = self.reader.states(input_ids, attention_mask)[:, 0]
        with torch.autocast(first.device.type, enabled=False):
            logits = self.reader.relevance(first.float()).squeeze(-1)
        loss = functional.binary_cross_entropy_with_logits(logits, right, weight)
        return {"loss": loss, "logits": logits}


class Collator:
    """Claims to tensors."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __call__(self, claims: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        rows = [encoded(self._tokenizer, claim["question"], claim["text"]).ids for claim in claims]
        longest = max(map(len, rows))
        ids = torch.full((len(rows), longest), self._tokenizer.pad_token_id)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row)
            mask[at, : len(row)] = 1
        return {
            "input_ids": ids,
            "attention_mask": mask,
            "right": torch.tensor([float(claim["right"]) for claim in claims]),
            "weight": torch.tensor([claim["weight"] for claim in claims]),
        }


def train_verifier(start: Path, reader: Path, claims: Iterable[Claim], out: Path, recipe: VerifierRecipe) -> Path:
    """The weights as `out`/model.safetensors, after one pass; goes on from the last checkpoint.

    `start` is the encoder's folder, with the tokenizer; `reader` the weights it begins with, the reader's or
    those of an earlier pass.
    """
    from safetensors.torch import load_model

    file = out / "model.safetensors"
    if file.is_file():
        return file
    with_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    tokenizer = AutoTokenizer.from_pretrained(str(start))
    encoder = CrossEncoder(BertModel.from_pretrained(str(start), add_pooling_layer=False, attn_implementation="eager"))
    load_model(encoder, str(reader))
    without_dropout(encoder.bert, recipe.frozen)
    encoder.span.requires_grad_(False)
    rows = [
        {
            "question": c.question,
            "text": c.text,
            "right": c.right,
            "weight": c.weight,
            "length": len(c.question) + len(c.text),
        }
        for c in claims
    ]
    one_pass(Verifier(encoder), rows, Collator(tokenizer), out, recipe)
    return saved(encoder, file)
