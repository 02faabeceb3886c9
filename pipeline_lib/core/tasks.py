"""What each part of a task has to define, and the function that loads a part by name. No package imports a task."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Literal, Protocol, cast, overload

import pandas as pd

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.core.rows import Example

TASKS = Path(__file__).parents[1] / "tasks"


class TaskData(Protocol):
    """What `tasks/<task>/data.py` defines: how the user's file becomes rows.

    It may also define: faults(table) -> {kind: ids}, unusable rows to leave out; PARAMS, keys of the params file that
    `examples` takes as keyword arguments; FORMATS, the endings of its files if they are not those of tables;
    questions(rows, **those of PARAMS) -> rows, the rows to predict for some validation or test rows.
    """

    DISTINCT: bool  # True: a group is rows that repeat one another, test takes one of each. False: test takes several

    def read(self, path: str | Path, columns: dict[str, str], encoding: str = "auto") -> pd.DataFrame:
        """Return the user's file as a table with the task's own column names.

        Its attrs may have `schema`, the file's layout where the task knows several, and `notes`: lines for the log.
        """

    def documents(self, table: pd.DataFrame) -> list[str]:
        """Return the text of each distinct row, for the word branch."""

    def examples(self, table: pd.DataFrame) -> list[Example]:
        """Return one example a row; rows that must be in the same part of the split share `group`."""


class TaskPrompt(Protocol):
    """What `tasks/<task>/prompt.py` defines: what a model is shown of a row.

    It may also define: shorten(example, tokens, count) -> str | None, the example's source in at most `tokens` tokens
    as count(text) counts them, if more than its end may be cut (None: its end is cut); MAY_DECLINE, whether NO_ANSWER
    can be the right answer; BLANK, the row whose prompt says how prompts look: {names} for its texts.
    A task whose rows are dialogues defines TRANSCRIPT = True instead of all this: a model reads the transcript of
    `turns`.
    """

    # The last words of a prompt for a model without a chat template, or CUE(example) where they depend on the row.
    CUE: str | Callable[[Example], str]

    def prompt(self, example: Example) -> str:
        """Return the prompt of an example, without a chat template and without CUE."""


@overload
def load(task: str, part: Literal["data"]) -> TaskData: ...
@overload
def load(task: str, part: Literal["prompt"]) -> TaskPrompt: ...
@overload
def load(task: str, part: Literal["new_rows"]) -> ModuleType: ...
@overload
def load(task: str, part: Literal["scoring"]) -> ModuleType: ...
def load(task: str, part: str) -> object:
    """Return the module of a task's part. Raises UserError for an unknown task, with the most similar known one."""
    known = sorted(file.parent.name for file in TASKS.glob("*/data.py"))
    if task not in known:
        raise UserError(f"task must be one of {', '.join(known)}, not {task!r}{did_you_mean(task, known)}")
    return cast(object, importlib.import_module(f"pipeline_lib.tasks.{task}.{part}"))
