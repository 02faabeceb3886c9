"""Rows that are longer with their answers than the model reads: named all at once, or left out of training."""

from collections.abc import Mapping, Sequence

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.models.prompt_encoder import RowEncoder
from pipeline_lib.models.tokenization import Encoded

TEST = "test"  # the part whose rows are never left out: each has to be answered
_NAMED = 5  # rows that a message names


def rows_that_fit(
    encoder: RowEncoder, parts: Mapping[str, Sequence[Example]], too_long: str
) -> tuple[dict[str, list[Example]], list[str]]:
    """Return the rows of each part that fit with their answers once the prompt is cut, and the ids of the others.

    Raises UserError for those others where `too_long` is "fail", and always for those of the part TEST.
    """
    context = encoder.context
    if not context:
        return {name: list(rows) for name, rows in parts.items()}, []
    kept: dict[str, list[Example]] = {}
    over: dict[str, dict[str, int]] = {}
    for name, rows in parts.items():
        least = {str(row["id"]): length.least for row, length in zip(rows, encoder.lengths(rows), strict=True)}
        over[name] = {row: count for row, count in least.items() if count > context}
        kept[name] = [row for row in rows if str(row["id"]) not in over[name]]
    found = {row: count for part in over.values() for row, count in part.items()}
    refused = found if too_long == "fail" else over.get(TEST, {})
    if refused:
        drop = "" if over.get(TEST) else ", or set prompt.too_long: drop"
        raise UserError(
            f"{_are(refused, context)}, however short the prompt is cut: {_named(refused)}: take "
            f"{'it' if len(refused) == 1 else 'them'} out of the data, or choose a model that reads more{drop}"
        )
    return kept, list(found)


def encoded_that_fit(
    parts: Sequence[Sequence[Encoded]], context: int | None, too_long: str
) -> tuple[list[list[Encoded]], list[str]]:
    """Return the rows of each part of at most `context` tokens, and the ids of the others.

    A shorter prompt would make those others fit. Raises UserError for them where `too_long` is "fail", or where the
    first part, the training rows, would be empty.
    """
    over = [row for part in parts for row in part if context and len(row.ids) > context]
    kept = [[row for row in part if not context or len(row.ids) <= context] for part in parts]
    if context and over and (too_long == "fail" or not kept[0]):
        drop = ", or prompt.too_long: drop" if kept[0] else ""
        raise UserError(f"{_shorter_prompt(over, context)}{drop}")
    return kept, [row.id for row in over]


def check_answers_fit(
    encoder: RowEncoder, examples: Sequence[Example], rows: Sequence[Encoded], max_new_tokens: int
) -> None:
    """Raise UserError where a prompt with its reference, or with the longest answer, is more than the model reads."""
    context = encoder.context
    over = [row for row in rows if context and len(row.ids) > context]
    if not context or not rows:
        return
    if over:
        ids = {row.id for row in over}
        rows_that_fit(encoder, {TEST: [row for row in examples if str(row["id"]) in ids]}, "fail")
        raise UserError(_shorter_prompt(over, context))
    longest = max(row.start for row in rows)
    if longest + max_new_tokens > context:
        raise UserError(
            f"a prompt and its answer may take {longest + max_new_tokens} tokens, the model reads {context}: set "
            f"generate.max_new_tokens to {context - longest} or lower"
        )


def left_out_line(ids: Sequence[str]) -> str:
    """Return the line of the log that says which rows are neither trained on nor validated with."""
    rows = "1 row" if len(ids) == 1 else f"{len(ids)} rows"
    return f"{rows} left out, longer with the answer than the model reads (prompt.too_long: drop): {', '.join(ids)}"


def _shorter_prompt(over: Sequence[Encoded], context: int) -> str:
    lengths = {row.id: len(row.ids) for row in over}
    room = context - max(len(row.ids) - row.start for row in over)
    return f"{_are(lengths, context)}: {_named(lengths)}: set prompt.max_tokens to {room} or lower"


def _are(lengths: Mapping[str, int], context: int) -> str:
    rows = "1 row is" if len(lengths) == 1 else f"{len(lengths)} rows are"
    return f"{rows} longer with the answer than the model reads, {context} tokens"


def _named(lengths: Mapping[str, int]) -> str:
    first = ", ".join(f"{row} ({count} tokens)" for row, count in list(lengths.items())[:_NAMED])
    return first + (f" and {len(lengths) - _NAMED} more" if len(lengths) > _NAMED else "")
