"""A row as the model reads it: its tokens as text, which of them it learns, and which are special."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_lib.models.tokenization import Encoded


@dataclass(frozen=True)
class Span:
    """A run of tokens of one kind; a special token is a span of its own."""

    text: str
    learnt: bool  # whether these tokens are predicted in training: they enter the loss
    special: bool


@dataclass(frozen=True)
class RowView:
    """A row in spans, and how many tokens are read and learnt."""

    id: str
    spans: tuple[Span, ...]
    read: int  # tokens in all
    learnt: int  # tokens that enter the loss, the one that ends the target included
    cut: int  # tokens of the input that did not fit
    few_shot_dropped: int = 0
    label: str = ""  # what a classifier learns in place of tokens


def view(row: Encoded, tokenizer: Any) -> RowView:
    """Return a row of a language model."""
    learnt = row.targets()
    return RowView(
        row.id, spans(row.ids, set(learnt), tokenizer), len(row.ids), len(learnt), row.cut, row.few_shot_dropped
    )


def spans(ids: Sequence[int], learnt: Collection[int], tokenizer: Any) -> tuple[Span, ...]:
    """Return tokens as text; `learnt` are the positions that are predicted.

    Tokens of one kind are decoded together, since a character may be made of several.
    """
    special = set(tokenizer.all_special_ids) | {
        number for number, token in tokenizer.added_tokens_decoder.items() if token.special
    }
    found: list[Span] = []
    start = 0
    for at in range(1, len(ids) + 1):
        same = at < len(ids) and (at in learnt) == (start in learnt)
        if same and ids[at] not in special and ids[start] not in special:
            continue
        alone = ids[start] in special or not start or ids[start - 1] in special
        before = [] if alone else ids[start - 1 : start]
        found.append(Span(_text(tokenizer, before, ids[start:at]), start in learnt, ids[start] in special))
        start = at
    return tuple(found)


def _text(tokenizer: Any, before: Sequence[int], ids: Sequence[int]) -> str:
    """Return the text of tokens that stand after others: many tokenizers leave out a space at the beginning."""
    options = {"skip_special_tokens": False, "clean_up_tokenization_spaces": False}
    head = tokenizer.decode(list(before), **options) if before else ""
    whole = tokenizer.decode([*before, *ids], **options)
    return whole[len(head) :] if whole.startswith(head) else tokenizer.decode(list(ids), **options)
