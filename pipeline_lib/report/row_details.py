"""The test rows of a run, each with what was said of it and its score, and the figures by kind of row."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, read_jsonl

PREDICTED = "predicted"  # the facet of a row that is the tuned model's label
# Columns of the table of rows that are not the task's own words for a kind of row (facets). A metric's are others.
_FIXED = ("id", "group", "leaked", "similarity", "source_words", "target_words", "tokens", "bytes", "rows")
_SLICES = ["slice", "value", "n", "untrained", "tuned", "baseline", "difference", "low", "high", "verdict"]


@dataclass(frozen=True)
class Row:
    """A test row: its texts, and the headline score of each system ("untrained", "tuned", the best baseline's name)."""

    id: str
    anchor: str  # what a link to the row ends in
    source: str
    question: str  # what was asked about the source; "" where a task asks one thing of all rows
    reference: str
    accepted: list[str]  # all right answers, the reference first
    answers: dict[str, str]
    sure: dict[str, float]  # the probability of the answer, of systems that choose among labels and say one
    scores: dict[str, float]
    gain: float  # tuned minus best baseline, turned so that more is better
    similarity: float  # cosine to the nearest training row
    leaked: bool
    facets: dict[str, str]

    @property
    def mistake(self) -> float:
        """How sure the tuned model was of a wrong label; of a right one the same below 0."""
        sure = self.sure.get("tuned", 0.0)
        return sure if self.answers["tuned"] != self.reference else -sure


@dataclass(frozen=True)
class Slice:
    """The headline score of one kind of row; `low` and `high` are None where it holds a single row."""

    slice: str
    value: str
    n: int
    untrained: float
    tuned: float
    baseline: float
    difference: float
    low: float | None
    high: float | None
    verdict: str


def read_rows(
    table: Path, test_rows: Path, answers: dict[str, Path], best: str, headline: dict[str, Any], labels: bool
) -> list[Row]:
    """Return the rows of the CSV `table`, the worst first; UserError unless all files hold the same ids.

    `test_rows` has the texts; `answers` are the files of "untrained", "tuned" and the best baseline, by its name `best`.
    `headline` is the definition of a mean over rows: a row's score is its number in the one column. `labels`: the
    answers are labels.
    """
    lines = read_csv(table, ["id", "similarity", "leaked"])
    column = headline["columns"][0]
    examples = {str(row["id"]): row for row in read_jsonl(test_rows)}
    said = {system: {str(row["id"]): row for row in read_jsonl(path)} for system, path in answers.items()}
    ids = [line["id"] for line in lines]
    for path, known in [(test_rows, examples), *((answers[system], said[system]) for system in answers)]:
        _check_ids(table, ids, path, list(known))
    facets = [name for name in (lines[0] if lines else ()) if "." not in name and name not in _FIXED]
    made = []
    for line in lines:
        name = line["id"]
        given = {system: rows[name] for system, rows in said.items()}
        scores = {system: _score(line, f"{system}.{column}", table) for system in answers}
        gain = (scores["tuned"] - scores[best]) * (1 if headline["better"] == "higher" else -1)
        kinds = {facet: line[facet] for facet in facets}
        example = examples[name]
        made.append(
            Row(
                id=name,
                anchor="row-" + quote(name, safe=""),
                source=example["source"],
                question=example.get("question", ""),
                reference=example["target"],
                accepted=list(dict.fromkeys([example["target"], *example.get("answers", ())])),
                answers={system: row["prediction"] for system, row in given.items()},
                sure={system: _sure(row, answers[system]) for system, row in given.items() if "probabilities" in row},
                scores=scores,
                gain=gain,
                similarity=_number(line["similarity"], table),
                leaked=line["leaked"] not in ("", "0"),
                facets=kinds | ({PREDICTED: given["tuned"]["prediction"]} if labels else {}),
            )
        )
    return sorted(made, key=lambda row: (row.gain, -row.mistake if labels else 0.0))  # stable: else the file's order


def _check_ids(table: Path, ids: list[str], path: Path, others: list[str]) -> None:
    both = set(ids) & set(others)
    apart = [name for name in (*ids, *others) if name not in both]
    if apart:
        more = f" and {len(apart) - 5} more" if len(apart) > 5 else ""
        raise UserError(
            f"all files must be of the same run, {table} and {path} do not share the rows {', '.join(apart[:5])}"
            f"{more}: run the pipeline again (dvc repro)"
        )


def _score(line: dict[str, str], column: str, table: Path) -> float:
    if column not in line:
        raise UserError(f"{table} has no column {column}: run the score stage again (dvc repro)")
    return _number(line[column], table)


def _sure(answer: dict[str, Any], path: Path) -> float:
    """Return the probability of the label that was chosen."""
    given = answer["probabilities"]
    sure = given.get(answer["prediction"]) if isinstance(given, dict) else None
    if not isinstance(sure, int | float) or not 0 <= sure <= 1:  # NaN is in no range
        raise UserError(
            f"the probability of a label must be 0 to 1, row {answer['id']} of {path} has {sure!r} for "
            f"{answer['prediction']!r}: run the stage that makes it again (dvc repro)"
        )
    return float(sure)


def read_slices(path: str | Path) -> list[Slice]:
    """Return the table of slices that score writes; UserError for a missing or broken one."""
    made = []
    for row in read_csv(path, _SLICES):
        means = {key: _number(row[key], path) for key in ("untrained", "tuned", "baseline", "difference")}
        ends = {key: _number(row[key], path) if row[key] else None for key in ("low", "high")}
        count = int(_number(row["n"], path))
        made.append(Slice(slice=row["slice"], value=row["value"], n=count, verdict=row["verdict"], **means, **ends))  # type: ignore[arg-type]
    return made


def _number(cell: str, path: str | Path) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(
            f"{path} must hold numbers, one of its cells is {cell!r}: run the score stage again (dvc repro)"
        )
    return number
