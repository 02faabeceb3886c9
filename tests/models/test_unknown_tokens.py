"""The share of unknown tokens, when it is said, and where it is kept."""

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline_lib.models.unknown_tokens import unknown_line, unknown_share
from pipeline_lib.training.job import TrainingJob


def tokenizer(unknown=1, **others):
    special = [number for number in (unknown, *others.values()) if number is not None]
    return SimpleNamespace(unk_token_id=unknown, unk_token="[UNK]", all_special_ids=special, **others)


@pytest.mark.parametrize(
    ("known", "texts", "share"),
    [
        (tokenizer(cls_token_id=2, sep_token_id=3), [[2, 1, 9, 3], [2, 8, 7, 3]], 0.25),
        (tokenizer(), [[], []], 0),
        (tokenizer(unknown=None, eos_token_id=2), [[5, 2]], 0),
        (tokenizer(unknown=2, eos_token_id=2), [[5, 2]], 0),  # GPT-2: what ends a text, too
    ],
)
def test_the_share_of_unknown_tokens(known, texts, share):
    assert unknown_share(known, texts) == share


def test_a_share_above_five_percent_is_said_and_kept():
    def job(unknown):
        nothing: Any = None
        base: Any = SimpleNamespace(name="mini")
        rows: Any = [SimpleNamespace(ids=[1] * unknown + [9] * (100 - unknown))]
        return TrainingJob(nothing, base, tokenizer(), None, rows, [], nothing, "row", {}, ["a"])

    assert (job(5).unknown_tokens(), job(6).unknown_tokens()) == ({}, {"unknown_tokens": 0.06})
    assert unknown_line(tokenizer(), "mini", [[1, 9, 9]], "the training rows") == (
        "warning: mini reads 33% of the tokens of the training rows as unknown ([UNK]), and cannot tell these apart: "
        "take a multilingual encoder, like intfloat/multilingual-e5-small"
    )
    assert unknown_line(tokenizer(), "mini", [[9]], "the training rows") is None
