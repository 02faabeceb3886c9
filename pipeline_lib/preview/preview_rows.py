"""The rows of a split before training: what the preview shows and counts, told here from their text alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

from pipeline_lib.core.dialogues import turn_line
from pipeline_lib.core.retrieval import with_few_shot
from pipeline_lib.core.rows import Example
from pipeline_lib.core.tasks import TaskPrompt
from pipeline_lib.models.tokenization import PromptTemplate
from pipeline_lib.preview.row_view import RowView, Span

_WORDS = SimpleNamespace(chat_template=None)  # in place of a tokenizer, for a prompt without a chat template

Parts = Mapping[str, Sequence[Example]]


@dataclass(frozen=True)
class PreviewRows:
    """Some training rows in full, and the lengths of the rows of all parts."""

    shown: list[RowView]
    unit: str  # tokens | words
    prompts: list[int]  # the length of each row's prompt, or of a classifier's text
    targets: list[int]  # of each row's target; [] where a label is no text
    windows: list[int]  # of each window of the training dialogues, whose prompts and targets are in no list above
    cut: int  # rows whose input was cut
    limit: int | None  # the longest prompt
    answer_limit: int | None = None  # the longest answer, where answers are written
    lines: Sequence[str] = ()  # how the limits follow from the rows, where they are auto
    target_cut: int = 0  # rows that lost their target when their input was cut
    fewer: int = 0  # rows that show fewer few-shot examples than wanted, to stay within the limit
    unknown: str | None = None  # a warning where the tokenizer does not know much of the text
    faults: tuple[str, ...] = ()  # why training would stop, in one line each


def text_rows(parts: Parts, task: TaskPrompt | None, few_shot: int, shown: int) -> PreviewRows:
    """Return the rows without any tokenizer: prompts as text, lengths in words. No `task` is for an encoder."""
    train = with_few_shot(parts["train"][:shown], parts["train"], few_shot)
    whole = getattr(task, "TRANSCRIPT", False)
    every = [row for name, part in parts.items() for row in part if not (whole and name == "train")]
    return PreviewRows(
        shown=[_text_view(row, task) for row in train],
        unit="words",
        prompts=[len(row["source"].split()) for row in every],
        targets=[len(row["target"].split()) for row in every] if task else [],
        windows=[len(row["source"].split()) for row in parts["train"]] if whole else [],
        cut=0,
        limit=None,
    )


def _text_view(row: Example, task: TaskPrompt | None) -> RowView:
    label = ""
    if task is None:
        spans, label = [Span(row["source"], False, False)], row["target"]
    elif getattr(task, "TRANSCRIPT", False):
        spans = [Span(f"{turn_line(turn)}\n", turn["learnt"], False) for turn in row["turns"]]
    else:
        template = PromptTemplate(_WORDS, task.prompt, task.CUE)
        spans = [Span(template.prompt_text(row), False, False), Span(f" {row['target']}", True, False)]
    learnt = sum(len(span.text.split()) for span in spans if span.learnt)
    return RowView(row["id"], tuple(spans), sum(len(span.text.split()) for span in spans), learnt, 0, label=label)
