"""The rows of a split as a model would read them, told from its tokenizer alone."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.settings import AUTO
from pipeline_lib.core.tasks import TaskPrompt
from pipeline_lib.models.classifier import Labelled, check_trained_labels, encode_labelled
from pipeline_lib.models.length_limits import length_limits
from pipeline_lib.models.loading import Base, load_tokenizer
from pipeline_lib.models.prompt_encoder import RowEncoder, row_encoder
from pipeline_lib.models.text_encoder import context_length
from pipeline_lib.models.tokenization import Encoded, check_targets
from pipeline_lib.models.too_long import check_answers_fit, encoded_that_fit, rows_that_fit
from pipeline_lib.models.unknown_tokens import unknown_line
from pipeline_lib.preview.preview_rows import Parts, PreviewRows
from pipeline_lib.preview.row_view import RowView, spans, view

ROWS = 300  # rows of a part, at most, that are encoded
LIMIT_ROWS = 1000  # training rows, at most, that tell the limits that are auto
TRAINED = ("train", "validation")  # parts whose rows finetune reads


def language_model_rows(
    parts: Parts,
    base: Base,
    trust_remote_code: bool,
    task: TaskPrompt,
    prompt: Mapping[str, Any],
    max_new_tokens: int | str | None,
    shown: int,
) -> PreviewRows:
    """Return the rows as finetune and generate encode them for a language model.

    `prompt` are its settings; `max_new_tokens` is that of generate, None where nothing is written but labels chosen.
    """
    encoder = row_encoder(base, trust_remote_code, task, prompt["date"])
    limits = length_limits(encoder, parts["train"][:LIMIT_ROWS], prompt, max_new_tokens or AUTO)
    some = {name: part[:ROWS] for name, part in parts.items()}
    together = [row for part in some.values() for row in part]
    shots = iter(with_few_shot(together, parts["train"], prompt["few_shot"]))  # one search takes less than three
    rows = {name: encoder.encode(list(islice(shots, len(part))), limits.prompt) for name, part in some.items()}
    every = [row for part in rows.values() for row in part]
    whole = getattr(task, "TRANSCRIPT", False)  # a training row is a whole dialogue, not one answer
    asked = rows["validation"] + rows["test"] if whole else every
    checks = [
        lambda: check_targets(rows["train"] + rows["validation"], encoder.eos_id),
        lambda: _check_training(encoder, parts, rows["train"] + rows["validation"], prompt["too_long"]),
        lambda: check_answers_fit(encoder, parts["test"], rows["test"], limits.answer if max_new_tokens else 0),
    ]
    return PreviewRows(
        shown=[view(row, encoder.tokenizer) for row in _selected(rows["train"], shown)],
        unit="tokens",
        prompts=[row.start for row in asked],
        targets=[len(row.targets()) for row in asked],
        windows=[len(row.ids) for row in rows["train"]] if whole else [],
        cut=sum(row.cut > 0 for row in asked),
        limit=limits.prompt,
        answer_limit=limits.answer if max_new_tokens else None,
        lines=[line for name, line in limits.lines.items() if max_new_tokens or name == "prompt"],
        target_cut=sum(row.target_cut for row in every),
        fewer=sum(row.few_shot_dropped > 0 for row in every),
        unknown=unknown_line(encoder.tokenizer, base.name, [row.ids for row in every], "the rows", "language model"),
        faults=_faults(checks),
    )


def classifier_rows(parts: Parts, base: Base, trust_remote_code: bool, max_tokens: int, shown: int) -> PreviewRows:
    """Return the rows as finetune_classifier and classify encode them for an encoder."""
    tokenizer = load_tokenizer(base, trust_remote_code)
    labels = parts["train"][0]["labels"]
    config = AutoConfig.from_pretrained(base.folder, trust_remote_code=trust_remote_code)
    with torch.device("meta"):  # shapes alone: no weights are read
        model = AutoModelForSequenceClassification.from_config(config, trust_remote_code=trust_remote_code)
    context = context_length(model, tokenizer)
    rows = {name: encode_labelled(part[:ROWS], tokenizer, labels, max_tokens, context) for name, part in parts.items()}
    every = [row for part in rows.values() for row in part]
    return PreviewRows(
        shown=[labelled_view(row, tokenizer, labels) for row in _selected(rows["train"], shown)],
        unit="tokens",
        prompts=[len(row.ids) for row in every],
        targets=[],
        windows=[],
        cut=sum(row.cut > 0 for row in every),
        limit=max_tokens,
        unknown=unknown_line(tokenizer, base.name, [row.ids for row in every], "the texts"),
        faults=_faults([lambda: check_trained_labels(parts["train"], labels)]),
    )


def labelled_view(row: Labelled, tokenizer: Any, labels: Sequence[str]) -> RowView:
    """Return a row of a classifier: it learns the label from all of the text, and predicts none of its tokens."""
    return RowView(row.id, spans(row.ids, (), tokenizer), len(row.ids), 0, row.cut, label=labels[row.label])


def _selected(rows: Sequence[Any], count: int) -> list[Any]:
    """Return the first rows, in place of the last of them the row that lost most where another was cut."""
    first = list(rows[:count])
    worst = max(rows, key=lambda row: row.cut, default=None)
    if worst is not None and first and worst.cut and worst not in first:
        first[-1] = worst
    return first


def _check_training(encoder: RowEncoder, parts: Parts, rows: Sequence[Encoded], too_long: str) -> None:
    """Raise UserError as finetune does, where rows are longer with their answers than the model reads."""
    over = {row.id for row in rows if encoder.context and len(row.ids) > encoder.context}
    rows_that_fit(encoder, {name: [row for row in parts[name] if str(row["id"]) in over] for name in TRAINED}, too_long)
    encoded_that_fit([rows], encoder.context, too_long)


def _faults(checks: Sequence[Callable[[], object]]) -> tuple[str, ...]:
    """Return the errors of those checks that fail."""
    found = []
    for check in checks:
        try:
            check()
        except UserError as error:
            found.append(str(error))
    return tuple(found)
