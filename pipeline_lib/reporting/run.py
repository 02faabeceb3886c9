"""What a finished run's files say, read once and held against each other: the plain values behind page and card."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline_lib.errors import UserError
from pipeline_lib.files import read_csv, read_json, read_jsonl
from pipeline_lib.metrics import METRICS

# Columns of the table of rows that are not the task's own words for a kind of row (facets). A metric's are others.
_FIXED = ("id", "group", "leaked", "similarity", "source_words", "target_words", "tokens", "bytes", "rows")
_SCORES = ("n", "groups", "headline", "base", "tuned", "floor", "best_floor", "lift")
_DEFINITIONS = ("held_out", "interval", "metrics", "floors")
_SLICES = ["slice", "value", "n", "base", "tuned", "floor", "difference", "low", "high", "verdict"]


@dataclass(frozen=True)
class Row:
    """A held-out row: its texts, and the headline score of each system ("base", "tuned", the best floor's name)."""

    id: str
    anchor: str  # what a link to the row ends in
    source: str
    reference: str
    answers: dict[str, str]
    scores: dict[str, float]
    gain: float  # tuned minus best floor, turned so that more is better
    similarity: float  # cosine to the nearest training row
    leaked: bool
    facets: dict[str, str]


@dataclass(frozen=True)
class Slice:
    """The headline score of one kind of row; `low` and `high` are None where it holds a single row."""

    slice: str
    value: str
    n: int
    base: float
    tuned: float
    floor: float
    difference: float
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True)
class History:
    """The loss in nats a target token as (step, loss): training by step, validation by epoch; and tokens a second."""

    train: list[tuple[int, float]]
    validation: list[tuple[int, float]]
    speeds: list[float]


@dataclass(frozen=True)
class Run:
    """Everything the page, the summary and the card tell of a run."""

    scores: dict[str, Any]
    definitions: dict[str, Any]
    rows: list[Row]  # the worst first: tuned furthest behind the best floor
    slices: list[Slice]
    history: History
    data: dict[str, Any]  # the split's figures
    base: dict[str, Any]  # name, revision, sha256, method
    params: dict[str, Any]


def read_run(
    *,
    scores: str | Path,
    definitions: str | Path,
    rows: str | Path,
    slices: str | Path,
    data: str | Path,
    split_figures: str | Path,
    base: str | Path,
    tuned: str | Path,
    floors: str | Path,
    history: str | Path,
    adapter: str | Path,
    params: dict[str, Any],
) -> Run:
    """Return the run that these files are of.

    `data` is the folder of split, `floors` the folder of the floors' answers to the held-out rows, `adapter` the
    folder with base.json. Raises UserError for a missing or broken file, and for files of different runs.
    """
    found = _keyed(scores, _SCORES)
    defined = _keyed(definitions, _DEFINITIONS)
    headline, best = found["headline"], found["best_floor"]["name"]
    if headline not in METRICS or headline not in defined["metrics"]:
        raise UserError(f"{scores} has the headline {headline!r}, which {definitions} does not define: run score again")
    lines = read_csv(rows, ["id", "similarity", "leaked"])
    if len(lines) != found["n"]:
        raise UserError(
            f"all files must be of the same run, {rows} has {len(lines)} rows and {scores} is of {found['n']}: run the "
            "pipeline again (dvc repro)"
        )
    answers = {"base": Path(base), "tuned": Path(tuned), best: Path(floors) / f"{best}.jsonl"}
    return Run(
        scores=found,
        definitions=defined,
        rows=_made_rows(lines, Path(rows), Path(data) / "eval.jsonl", answers, best, headline),
        slices=_read_slices(slices),
        history=read_history(history),
        data=read_json(split_figures),
        base=_keyed(Path(adapter) / "base.json", ("name", "revision", "sha256", "method")),
        params=params,
    )


def read_history(path: str | Path) -> History:
    """Read the losses and speeds that finetune writes; UserError for a missing or broken file."""
    losses: dict[str, list[tuple[int, float]]] = {"train": [], "validation": []}
    speeds = []
    for row in read_csv(path, ["step", "split", "loss", "tokens_per_second"]):
        try:
            losses[row["split"]].append((int(row["step"]), float(row["loss"])))
            if row["tokens_per_second"]:
                speeds.append(float(row["tokens_per_second"]))
        except (ValueError, KeyError) as error:
            raise UserError(f"{path} has a cell that is none of ours ({error}): run finetune again") from error
    return History(losses["train"], losses["validation"], speeds)


def is_fault(definitions: dict[str, Any], name: str) -> bool:
    """Return whether a figure is the share of rows with a fault: a mean over rows that should be low."""
    made = definitions["metrics"].get(name)
    return made is not None and made["better"] == "lower" and made["columns"][-1] == "rows"


def title(definitions: dict[str, Any], name: str) -> str:
    """Return what people call a figure."""
    made = definitions["metrics"].get(name)
    return made["title"] if made else name.replace("_", " ") + " answers" * (name == "empty")


def _keyed(path: str | Path, keys: Sequence[str]) -> dict[str, Any]:
    content = read_json(path)
    missing = [key for key in keys if not isinstance(content, dict) or key not in content]
    if missing:
        raise UserError(f"{path} has no {', '.join(missing)}: run the stage that makes it again (dvc repro)")
    return content


def _made_rows(
    lines: list[dict[str, str]], table: Path, held_out: Path, answers: dict[str, Path], best: str, headline: str
) -> list[Row]:
    """Return the rows, the worst first; UserError unless all files hold the same ids."""
    metric = METRICS[headline]
    examples = {str(row["id"]): row for row in read_jsonl(held_out)}
    said = {system: {str(row["id"]): row for row in read_jsonl(path)} for system, path in answers.items()}
    ids = [line["id"] for line in lines]
    for path, known in [(held_out, examples), *((answers[system], said[system]) for system in answers)]:
        _check_ids(table, ids, path, list(known))
    facets = [name for name in (lines[0] if lines else ()) if "." not in name and name not in _FIXED]
    made = []
    for line in lines:
        name = line["id"]
        scores = {system: _score(line, system, headline, table) for system in answers}
        gain = (scores["tuned"] - scores[best]) * (1 if metric.better == "higher" else -1)
        made.append(
            Row(
                id=name,
                anchor="row-" + quote(name, safe=""),
                source=examples[name]["source"],
                reference=examples[name]["target"],
                answers={system: rows[name]["prediction"] for system, rows in said.items()},
                scores=scores,
                gain=gain,
                similarity=_number(line["similarity"], table),
                leaked=line["leaked"] not in ("", "0"),
                facets={facet: line[facet] for facet in facets},
            )
        )
    return sorted(made, key=lambda row: row.gain)  # stable: equal ones keep the file's order


def _check_ids(table: Path, ids: list[str], path: Path, others: list[str]) -> None:
    both = set(ids) & set(others)
    apart = [name for name in (*ids, *others) if name not in both]
    if apart:
        more = f" and {len(apart) - 5} more" if len(apart) > 5 else ""
        raise UserError(
            f"all files must be of the same run, {table} and {path} do not share the rows {', '.join(apart[:5])}"
            f"{more}: run the pipeline again (dvc repro)"
        )


def _score(line: dict[str, str], system: str, headline: str, table: Path) -> float:
    """Return a metric of a single row: its `value` of the row's own numbers."""
    numbers = []
    for column in METRICS[headline].columns:
        cell = line.get(f"{system}.{column}", line.get(column))
        if cell is None:
            raise UserError(f"{table} has no column {system}.{column}: run the score stage again (dvc repro)")
        numbers.append(_number(cell, table))
    return float(METRICS[headline].value(*numbers))


def _read_slices(path: str | Path) -> list[Slice]:
    made = []
    for row in read_csv(path, _SLICES):
        means = {key: _number(row[key], path) for key in ("base", "tuned", "floor", "difference")}
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
