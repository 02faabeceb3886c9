"""The test rows of a run with the answers of each system and their scores, and the figures by kind of row."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline_lib.core.dialogues import turn_line
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, read_jsonl
from pipeline_lib.core.rows import NO_ANSWER, row_key
from pipeline_lib.core.text import normalised

PREDICTED = "predicted"  # the facet of a row that is the tuned model's label
# Columns of rows.csv that are no facets: facets are the kinds of row that a task names. Metrics have a dot in the name.
_FIXED = ("id", "group", "leaked", "similarity", "source_words", "target_words", "tokens", "bytes", "rows")
_SLICES = ["slice", "value", "n", "untrained", "tuned", "baseline", "difference", "low", "high", "verdict"]


@dataclass(frozen=True)
class Row:
    """A test row: its texts, and what each system answered. Systems: "untrained", "tuned", the best baseline's name."""

    id: str
    anchor: str  # the end of a link to the row
    source: str
    question: str  # what was asked about the source; "" where a task asks the same of all rows
    reference: str
    accepted: list[str]  # all right answers, the reference first
    answers: dict[str, str]
    confidence: dict[str, float]  # the probability of the answer, of systems that give one
    scores: dict[str, float]  # in the headline figure
    gain: float  # tuned minus best baseline, with the sign that makes more better
    similarity: float  # cosine to the nearest training row
    leaked: bool
    facets: dict[str, str]
    tokens: int = 0  # of the reference, with the one that ends it; 0 where no language model read it
    known: bool = False  # whether a training row has the same target, but for case, space and punctuation
    numbers: dict[str, float] = field(default_factory=dict)  # the tuned model's columns of rows.csv

    @property
    def mistake(self) -> float:
        """The tuned model's confidence in a wrong label; minus its confidence in a right one."""
        confidence = self.confidence.get("tuned", 0.0)
        return confidence if self.answers["tuned"] != self.reference else -confidence


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
    structural: bool = False  # the best baseline gives all rows one answer, and is right, or wrong, on all of these


def read_rows(
    table: Path, test_rows: Path, files: dict[str, Path], best: str, headline: dict[str, Any], labels: bool
) -> list[Row]:
    """Return the rows of the CSV `table`, the worst first; UserError unless all files hold the same ids.

    `test_rows` has the texts; `files` are the answers of "untrained", "tuned" and the best baseline, named `best`.
    `headline` is the definition of a mean over rows: a row's score is its number in the one column. `labels`: the
    answers are labels.
    """
    lines = read_csv(table, ["id", "similarity", "leaked"])
    column = headline["columns"][0]
    examples = _by_id(test_rows)
    answers = {system: _by_id(path) for system, path in files.items()}
    names = {row_key(example): name for name, example in examples.items()}
    for line in lines:
        line["id"] = names.get(line["id"], line["id"])  # one that no row has is reported below
    ids = [line["id"] for line in lines]
    for path, known in [(test_rows, examples), *((files[system], answers[system]) for system in files)]:
        _check_ids(table, ids, path, list(known))
    facets = [name for name in (lines[0] if lines else ()) if "." not in name and name not in _FIXED]
    seen = set() if labels else _training_targets(test_rows.with_name("train.jsonl"))
    rows = []
    for line in lines:
        name = line["id"]
        given = {system: by_id[name] for system, by_id in answers.items()}
        scores = {system: _score(line, f"{system}.{column}", table) for system in files}
        kinds = {facet: line[facet] for facet in facets}
        example = examples[name]
        rows.append(
            Row(
                id=name,
                anchor="row-" + quote(name, safe=""),
                source=example["source"],
                question=example.get("question", ""),
                reference=example["target"],
                accepted=list(dict.fromkeys([example["target"], *example.get("answers", ())])),
                answers={system: answer["prediction"] for system, answer in given.items()},
                confidence={
                    system: _confidence(answer, files[system])
                    for system, answer in given.items()
                    if "probabilities" in answer
                },
                scores=scores,
                gain=(scores["tuned"] - scores[best]) * (1 if headline["better"] == "higher" else -1),
                similarity=_number(line["similarity"], table),
                leaked=line["leaked"] not in ("", "0"),
                facets=kinds | ({PREDICTED: given["tuned"]["prediction"]} if labels else {}),
                tokens=int(_number(line.get("tokens") or "0", table)),
                known=normalised(example["target"]) in seen,
                numbers={
                    name.removeprefix("tuned."): _number(cell, table)
                    for name, cell in line.items()
                    if name.startswith("tuned.") and cell
                },
            )
        )
    # The sort is stable: rows that are equal keep the file's order.
    return sorted(rows, key=lambda row: (row.gain, -row.mistake if labels else 0.0))


def read_slices(path: Path) -> list[Slice]:
    """Return the table of slices that score writes; UserError for a missing or broken one."""
    slices = []
    for row in read_csv(path, _SLICES):
        means = {key: _number(row[key], path) for key in ("untrained", "tuned", "baseline", "difference")}
        ends = {key: _number(row[key], path) if row[key] else None for key in ("low", "high")}
        count = int(_number(row["n"], path))
        structural = row.get("structural") == "1"
        slices.append(
            Slice(row["slice"], row["value"], count, **means, **ends, verdict=row["verdict"], structural=structural)  # type: ignore[arg-type]
        )
    return slices


def _by_id(path: Path) -> dict[str, dict[str, Any]]:
    return {str(row["id"]): row for row in read_jsonl(path)}


def _training_targets(path: Path) -> set[str]:
    """Return the targets of the training rows as score compares them; none where the rows are not there."""
    train = read_jsonl(path) if path.is_file() else []
    targets = [turn_line(turn) for row in train for turn in row.get("turns", ())] + [row["target"] for row in train]
    return {normalised(target) for target in targets} - {normalised(NO_ANSWER), ""}


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


def _confidence(answer: dict[str, Any], path: Path) -> float:
    """Return the probability of the label that was chosen."""
    given = answer["probabilities"]
    confidence = given.get(answer["prediction"]) if isinstance(given, dict) else None
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:  # NaN is in no range
        raise UserError(
            f"the probability of a label must be 0 to 1, row {answer['id']} of {path} has {confidence!r} for "
            f"{answer['prediction']!r}: run the stage that makes it again (dvc repro)"
        )
    return float(confidence)


def _number(cell: str, path: Path) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(
            f"{path} must hold numbers, one of its cells is {cell!r}: run the score stage again (dvc repro)"
        )
    return number
