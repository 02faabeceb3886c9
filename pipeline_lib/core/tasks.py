"""Tasks: what each part of a task has, and one function that loads a part by name. No other package imports a task."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Literal, Protocol, cast, overload

import pandas as pd

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.core.rows import Example

TASKS = Path(__file__).parents[1] / "tasks"


class TaskData(Protocol):
    """What `tasks/<task>/data.py` has: how the user's file becomes rows.

    It may also have: faults(table) -> {kind: ids}, rows that are of no use and are left out; PARAMS, keys of the
    params file that `examples` takes by name; FORMATS, the endings of its files, where they are not those of tables;
    questions(rows, **those of PARAMS) -> rows, what is asked of validation and test rows.
    """

    DISTINCT: bool  # whether test rows are one of each group, of rows that repeat one another, or whole groups

    def read(self, path: str | Path, columns: dict[str, str]) -> pd.DataFrame:
        """Return the user's file as a table with the task's own column names."""

    def documents(self, table: pd.DataFrame) -> list[str]:
        """Return the text of each distinct row, for the word branch."""

    def examples(self, table: pd.DataFrame) -> list[Example]:
        """Return one example a row; rows that may not straddle the split share `group`."""


class TaskPrompt(Protocol):
    """What `tasks/<task>/prompt.py` has: what a model is shown of a row.

    It may also have: shorten(example, tokens, count) -> str, its source in at most `tokens` tokens as count(text)
    counts them, where not just the end may go; MAY_DECLINE, whether NO_ANSWER may be right. A task of dialogues has
    TRANSCRIPT alone: its rows have `turns` and are read as transcripts.
    """

    CUE: str  # what a model without a chat template reads just before the answer

    def prompt(self, example: Example) -> str:
        """Return what the model is asked."""


@overload
def load(task: str, part: Literal["data"]) -> TaskData: ...
@overload
def load(task: str, part: Literal["prompt"]) -> TaskPrompt: ...
@overload
def load(task: str, part: Literal["scoring"]) -> ModuleType: ...
def load(task: str, part: str) -> object:
    """Return a part of a task, its module. Raises UserError for an unknown task, with the nearest known."""
    known = sorted(file.parent.name for file in TASKS.glob("*/data.py"))
    if task not in known:
        raise UserError(f"task must be one of {', '.join(known)}, not {task!r}{did_you_mean(task, known)}")
    return cast(object, importlib.import_module(f"pipeline_lib.tasks.{task}.{part}"))
