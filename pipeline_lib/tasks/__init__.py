"""Tasks: what a row is, how it is asked for, what is asked. One module each, plain functions, no classes."""

import importlib
import re
import unicodedata
from pathlib import Path
from typing import Protocol, cast

import pandas as pd

from pipeline_lib.errors import UserError, nearest
from pipeline_lib.records import Example


class Task(Protocol):
    """The functions a task module has. A new task is a new module beside this file."""

    CUE: str  # what a model without a chat template reads just before the answer
    DISTINCT: bool  # whether held-out rows are one of each group, of rows that repeat one another, or whole groups

    def read(self, path: str | Path, columns: dict[str, str]) -> pd.DataFrame:
        """Return the user's file as a table with the task's own column names."""

    def documents(self, table: pd.DataFrame) -> list[str]:
        """Return the text of each distinct row, for the word branch."""

    def examples(self, table: pd.DataFrame) -> list[Example]:
        """Return one example a row; rows that may not straddle the split share `group`."""

    def prompt(self, example: Example) -> str:
        """Return what the model is asked."""

    # A task may also have: faults(table) -> {kind: ids}, rows that are of no use and are left out; shorten(example,
    # tokens, count) -> str, its source in at most `tokens` tokens as count(text) counts them, where not just the end
    # may go; MAY_DECLINE, whether NO_ANSWER may be right; PARAMS, keys of the params file that `examples` takes by
    # name; FORMATS, the endings of its files, where they are not those of tables. A task of dialogues has no prompt and
    # no CUE, its rows have `turns`; and questions(rows, **those of PARAMS) -> rows, what is asked of the held-out ones.


def normalised(text: str) -> str:
    """Return the words and numbers of `text` alone: case, accents' encoding, space and punctuation folded."""
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))


def load_task(name: str) -> Task:
    """Return the task module `name`; an unknown one raises UserError with the nearest known."""
    known = sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem != "__init__")
    if name not in known:
        raise UserError(f"task must be one of {', '.join(known)}, not {name!r}{nearest(name, known)}")
    return cast(Task, importlib.import_module(f"pipeline_lib.tasks.{name}"))
