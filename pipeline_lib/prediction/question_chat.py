"""Questions to a trained model: each is a row of its own, with columns that stay as they were set."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.tasks import load
from pipeline_lib.prediction.input_rows import rows_of_python
from pipeline_lib.prediction.language_model import LanguageModel


class QuestionChat:
    """What has been asked so far, `rows`, and the columns that every question has."""

    def __init__(self, model: LanguageModel) -> None:
        """Begin without any question."""
        self.model = model
        self.main: str = load(model.task, "new_rows").INPUT
        self.reset()

    def reset(self) -> None:
        """Forget the questions and the columns."""
        self.columns: dict[str, str] = {}
        self.rows: list[dict[str, str]] = []

    def set_column(self, name: str, text: str) -> None:
        """Give every question that follows the column `name`; an empty text takes it away."""
        self.columns.pop(name, None)
        if text:
            self.columns[name] = text

    def read_column(self, name: str, path: Path) -> None:
        """Do set_column with the text of a file. Raises UserError where it cannot be read."""
        try:
            self.set_column(name, path.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"cannot read {path} as UTF-8 text ({error}): name a text file") from error

    def pieces(self, text: str) -> Iterator[str]:
        """Yield the answer to a question in pieces. Raises UserError as LanguageModel.predict does."""
        cells = {**self.columns, self.main: text}
        [example] = rows_of_python(self.model.task, [cells], self.model.data).examples
        if self.model.labels is None:
            yield from self.model.stream(example)
            return
        [found] = self.model.answers([example])
        yield ", ".join(f"{label} {share:.1%}" for label, share in _by_share(found["probabilities"]))

    def keep(self, text: str, answer: str) -> None:
        """Add a question and its answer to `rows`."""
        self.rows.append({**self.columns, self.main: text, "answer": answer})


def _by_share(probabilities: dict[str, float]) -> list[tuple[str, Any]]:
    return sorted(probabilities.items(), key=lambda item: -item[1])
