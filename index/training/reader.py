"""The reader's recipe: one cross-encoder that says whether a text answers a question, and where.

Question and text are one sequence; relevance is read from the first token, start and end of the answer from every
token, and the first token stands for no answer (Devlin et al. 2019, arXiv:1810.04805). Relevance is learned among the
texts of a group (softmax), and a little by each text alone, so that scores of different questions can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoTokenizer, BertModel

from index.reader import PAIR_LIMIT, QUESTION_LIMIT
from index.training.examples import Group
from index.training.recipes import ReaderRecipe
from index.training.trainers import one_pass, saved, with_threads

_ABSOLUTE = 0.2
_NOWHERE = -100
_AT_ONCE = 8


class CrossEncoder(nn.Module):
    """BERT with a relevance output on the first token and a span output on all."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert
        self.relevance = nn.Linear(bert.config.hidden_size, 1)
        self.span = nn.Linear(bert.config.hidden_size, 2)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        readable: Tensor,
        group: Tensor,
        right: Tensor,
        starts: Tensor,
        ends: Tensor,
    ) -> dict[str, Tensor]:
        """Loss, relevance (texts,) and span logits (texts, tokens, 2). `readable` marks the tokens of the text and the
        first one; `group` numbers the question of each text, `right` marks those that answer; `starts` and `ends` are
        tokens, 0 for no answer, -100 for not known."""
        states = self.states(input_ids, attention_mask)
        with torch.autocast(states.device.type, enabled=False):  # in 16 bits neighbouring tokens would score the same
            relevance = self.relevance(states[:, 0].float()).squeeze(-1)
            span = self.span(states.float()).masked_fill(~readable.unsqueeze(-1), -1e4)
        known = (starts >= 0).any()
        loss = _relevance_loss(relevance, group, right)
        if known:
            loss = (
                loss
                + (functional.cross_entropy(span[..., 0], starts) + functional.cross_entropy(span[..., 1], ends)) / 2
            )
        return {"loss": loss, "relevance": relevance, "span": span}

    def states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(texts, tokens, hidden), a few texts of like length at a time: on a processor a whole batch leaves the caches
        and is padded to its longest, which takes more than twice the time."""
        lengths = mask.sum(1)
        order = lengths.argsort()
        parts = []
        for some in order.split(_AT_ONCE):  # type: ignore[no-untyped-call]
            longest = int(lengths[some].max())
            found = self.bert(input_ids=ids[some, :longest], attention_mask=mask[some, :longest]).last_hidden_state
            parts.append(functional.pad(found, (0, 0, 0, ids.shape[1] - longest)))
        return torch.cat(parts)[order.argsort()]


def _relevance_loss(relevance: Tensor, group: Tensor, right: Tensor) -> Tensor:
    same = group.unsqueeze(0) == group.unsqueeze(1)
    among = relevance.unsqueeze(0).expand_as(same).masked_fill(~same, -1e4)
    at = (right & (same.sum(1) > 1)).nonzero().squeeze(-1)
    loss = functional.binary_cross_entropy_with_logits(relevance, right.float()) * _ABSOLUTE
    if len(at):
        loss = loss + functional.cross_entropy(among[at], at)
    return loss


class Collator:
    """Groups to tensors. Raises ValueError for none."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __call__(self, groups: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        texts = [
            (at, g["question"], text, span, g["answered"] and not number)
            for at, g in enumerate(groups)
            for number, (text, span) in enumerate(zip(g["texts"], g["spans"], strict=True))
        ]
        rows = [encoded(self._tokenizer, question, text) for _, question, text, *_ in texts]
        longest = max(len(row.ids) for row in rows)
        ids = torch.full((len(rows), longest), self._tokenizer.pad_token_id)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        readable = torch.zeros((len(rows), longest), dtype=torch.bool)
        where = [row.tokens_of(span) for row, (_, _, _, span, _) in zip(rows, texts, strict=True)]
        for at, row in enumerate(rows):
            ids[at, : len(row.ids)] = torch.tensor(row.ids)
            mask[at, : len(row.ids)] = 1
            readable[at, 0] = True
            readable[at, row.first : row.first + len(row.offsets)] = True
        return {
            "input_ids": ids,
            "attention_mask": mask,
            "readable": readable,
            "group": torch.tensor([at for at, *_ in texts]),
            "right": torch.tensor([is_right for *_, is_right in texts]),
            "starts": torch.tensor([start for start, _ in where]),
            "ends": torch.tensor([end for _, end in where]),
        }


@dataclass(frozen=True, slots=True)
class Encoded:
    """<s> question </s></s> text </s>; the text's tokens begin at `first` and cover `offsets` of its characters."""

    ids: list[int]
    first: int
    offsets: list[tuple[int, int]]

    def tokens_of(self, span: Sequence[int] | None) -> tuple[int, int]:
        """First and last token of a stretch of the text; (0, 0) where there is none or it was cut off."""
        if span is None:
            return _NOWHERE, _NOWHERE
        start, end = span
        inside = [at for at, (a, b) in enumerate(self.offsets, self.first) if a < end and start < b]
        if start == end or not inside or self.offsets[-1][1] < end:
            return 0, 0
        return inside[0], inside[-1]


def encoded(tokenizer: Any, question: str, text: str) -> Encoded:
    asked = tokenizer(question, add_special_tokens=False, truncation=True, max_length=QUESTION_LIMIT)["input_ids"]
    first = len(asked) + 3
    found = tokenizer(
        text, add_special_tokens=False, truncation=True, max_length=PAIR_LIMIT - first - 1, return_offsets_mapping=True
    )
    begin, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    return Encoded([begin, *asked, end, end, *found["input_ids"], end], first, found["offset_mapping"])


def train_reader(
    start: Path, groups: Sequence[Group], out: Path, recipe: ReaderRecipe, before: Path | None = None
) -> Path:
    """The weights as `out`/model.safetensors, after one pass; goes on from the last checkpoint.

    `start` is the encoder's folder, with the tokenizer. It begins with its weights, or with those of `before`.
    """
    from safetensors.torch import load_model

    file = out / "model.safetensors"
    if file.is_file():
        return file
    with_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    tokenizer = AutoTokenizer.from_pretrained(str(start))
    model = CrossEncoder(BertModel.from_pretrained(str(start), add_pooling_layer=False, attn_implementation="eager"))
    if before:
        load_model(model, str(before))
    without_dropout(model.bert, recipe.frozen)
    rows = [
        {
            "question": g.question,
            "texts": g.texts,
            "spans": g.spans,
            "answered": g.answered,
            "length": _length(g),
        }
        for g in groups
    ]
    one_pass(model, rows, Collator(tokenizer), out, recipe)
    return saved(model, file)


def _length(group: Group) -> int:
    return len(group.question) + max(map(len, group.texts))


def without_dropout(bert: BertModel, frozen: int) -> None:
    """Embeddings and the lowest layers stay. No dropout: it takes a third of the time, and the passes are few."""
    bert.embeddings.requires_grad_(False)
    for layer in bert.encoder.layer[:frozen]:
        layer.requires_grad_(False)
    for module in bert.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
