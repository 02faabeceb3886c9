"""The rows that a run will train on, in tokens where split and tokenizer are on this machine, else as long as set.

Nothing here loads or fetches weights: a tokenizer is that of the model, or of the params file's model in its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.run_files import labels_of, read_split_rows
from pipeline_lib.core.settings import AUTO
from pipeline_lib.core.tasks import TaskPrompt
from pipeline_lib.models.batching import epoch_batches, padded_width
from pipeline_lib.models.classifier import Labelled, encode_labelled
from pipeline_lib.models.length_limits import USUAL_ANSWER, USUAL_PROMPT, length_limits
from pipeline_lib.models.loading import Base, load_tokenizer
from pipeline_lib.models.prefix_sharing import share_prefixes
from pipeline_lib.models.prompt_encoder import row_encoder
from pipeline_lib.models.registry import CATALOG, kept_in
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.preview.tokenizer_only import locate_tokenizer


@dataclass(frozen=True)
class PlannedRows:
    """Training rows in tokens, the tokens of all validation rows, and the lengths that answers are written at."""

    train: Sequence[Any]  # Encoded, or Labelled of a classifier
    validation_tokens: int
    longest_prompt: int  # tokens of a prompt that is answered
    answer: int  # tokens of the longest answer; 0 where none is written
    origin: str  # where the lengths are from, in words

    def stand_ins(self, count: int) -> list[Encoded]:
        """Return as many rows with the longest prompt, of which one token is predicted."""
        return [Encoded("stand-in", [0] * (self.longest_prompt + 1), self.longest_prompt, 0)] * count


def tokenizer_of(names: Sequence[str], revision: str | None) -> Base | None:
    """Return the first of these models whose tokenizer is here or can be fetched without weights; None if none is."""
    for name in names:
        if name in CATALOG and not kept_in(name).is_dir():
            continue  # its package holds the weights too
        try:
            base = locate_tokenizer(name, revision)
            load_tokenizer(base)
        except (UserError, OSError):
            continue
        return base
    return None


def language_model_rows(
    data: Path,
    base: Base | None,
    task: TaskPrompt,
    prompt: Mapping[str, Any],
    max_new_tokens: int | str,
    rows: int,
    context: int | None,
) -> PlannedRows:
    """Return the rows of the split in `data` as finetune encodes them with the tokenizer of `base`.

    Without a split or a tokenizer they are `rows` stand-ins of the longest prompt and answer that the settings allow.
    `max_new_tokens` is 0 where no answer is written. Rows that are longer than the `context` are left out.
    """
    parts = _parts(data)
    if base is None or not parts.get("train"):
        longest = USUAL_PROMPT if prompt["max_tokens"] == AUTO else int(prompt["max_tokens"])
        answer = USUAL_ANSWER if max_new_tokens == AUTO else int(max_new_tokens)
        width = min(longest + max(answer, 1), context or longest + max(answer, 1))
        row = Encoded("stand-in", [0] * width, min(longest, width - 1), 0)
        count = len(parts.get("train", ())) or rows
        origin = f"{_missing(base, parts, data)}: rows of {width} tokens, prompt {row.start}"
        return PlannedRows([row] * count, len(parts.get("validation", ())) * width, row.start, answer, origin)
    encoder: Any = replace(row_encoder(base, False, task, prompt["date"]), context=context)  # type: ignore[type-var]
    train = parts["train"]
    limits = length_limits(encoder, train, prompt, max_new_tokens or AUTO)

    def encode(part: str) -> list[Encoded]:
        shown = encoder.encode(with_few_shot(parts.get(part, []), train, prompt["few_shot"]), limits.prompt)
        return [row for row in shown if not context or len(row.ids) <= context]

    encoded = encode("train")
    if prompt["share_prefix"] > 1 and len(encoded) == len(train):
        keys = [row.id if row.cut else one["source"] for one, row in zip(train, encoded, strict=True)]
        encoded = share_prefixes(encoded, keys, prompt["share_prefix"])
    validation, asked = encode("validation"), encode("test")
    prompts = [row.start for row in asked or validation or encoded]
    return PlannedRows(
        encoded,
        sum(len(row.ids) for row in validation),
        max(prompts),
        limits.answer if max_new_tokens else 0,
        f"{len(encoded)} training rows of {data}, in tokens of {base.name}",
    )


def classifier_rows(
    data: Path, base: Base | None, max_tokens: int, rows: int, context: int | None
) -> tuple[PlannedRows, int | None]:
    """Return the rows of the split in `data` as finetune_classifier encodes them, and the number of their labels.

    Stand-ins as those of language_model_rows; without a split the labels are None.
    """
    parts, most = _parts(data), min(max_tokens, context or max_tokens)
    if base is None or not parts.get("train"):
        count = len(parts.get("train", ())) or rows
        stand_in = Labelled("stand-in", [0] * most, 0, 0)
        origin = f"{_missing(base, parts, data)}: texts of {most} tokens"
        stood = PlannedRows([stand_in] * count, len(parts.get("validation", ())) * most, most, 0, origin)
        return stood, len(parts["train"][0].get("labels", ())) or None if parts.get("train") else None
    tokenizer, labels = load_tokenizer(base), labels_of(parts["train"][0], data / "train.jsonl")
    train, validation = (
        encode_labelled(parts.get(part, []), tokenizer, labels, most, most) for part in ("train", "validation")
    )
    longest = max(len(row.ids) for row in train)
    origin = f"{len(train)} training rows of {data}, in tokens of {base.name}"
    return PlannedRows(train, sum(len(row.ids) for row in validation), longest, 0, origin), len(labels)


@dataclass(frozen=True)
class MicroBatches:
    """The micro-batches that training will make of `rows`."""

    rows: Sequence[Any]
    batch_size: int
    seed: int
    epochs: int
    context: int | None

    def widest(self, size: int) -> list[Any]:
        """Return the rows of the micro-batch of `size` rows with the most padded tokens."""
        return max(self._made(size), key=lambda chunk: len(chunk) * self._width(chunk))

    def shapes(self, size: int, parts: int) -> int:
        """Return how many shapes, rows and width, the parts have in which micro-batches of `size` are computed."""
        by_length = (sorted(chunk, key=lambda row: len(row.ids)) for chunk in self._made(size))
        of_all = (chunk[part::parts] for chunk in by_length for part in range(min(parts, len(chunk))))
        return len({(len(rows), self._width(rows)) for rows in of_all})

    def _made(self, size: int) -> Iterator[list[Any]]:
        lengths = [len(row.ids) for row in self.rows]
        for epoch in range(self.epochs):
            for batch in epoch_batches(lengths, self.batch_size, self.seed, epoch):
                for at in range(0, len(batch), size):
                    yield [self.rows[row] for row in batch[at : at + size]]

    def _width(self, rows: Sequence[Any]) -> int:
        return padded_width(max(len(row.ids) for row in rows), self.context)


def _parts(data: Path) -> dict[str, list[dict[str, Any]]]:
    found = {part: data / f"{part}.jsonl" for part in ("train", "validation", "test")}
    return {part: read_split_rows(path) for part, path in found.items() if path.is_file()}


def _missing(base: Base | None, parts: Mapping[str, Any], data: Path) -> str:
    if not parts.get("train"):
        return f"there is no split in {data} yet (dvc repro split)"
    return "no tokenizer of the model is on this machine"
