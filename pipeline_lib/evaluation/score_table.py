"""A table of per-row numbers made from answers; and metrics, gains and slices made from that table."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline_lib.core.files import guarded
from pipeline_lib.core.rows import Answer, Example, row_key
from pipeline_lib.evaluation.metrics.definitions import Metric
from pipeline_lib.evaluation.scoring import Scoring
from pipeline_lib.evaluation.significance import DRAWS, gain, interval

DIGITS = 6  # decimals of every number that is written: more than so few rows can tell, and stable in Git
INTERVAL = (
    "95%: Wilson's of shares of rows and Tango's of their differences, DeLong's of ROC-AUC, of other means a "
    f"studentized bootstrap over groups, {DRAWS:,} draws (docs/intervals.md); p by paired permutation"
)


def row_table(
    examples: Sequence[Example],
    similarity: Sequence[float],
    answers: Mapping[str, Sequence[Answer]],
    scoring: Scoring,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """Return one row for each test row: ids, sizes, slices, and `<system>.<column>` for each system's numbers.

    `similarity` (n,) is the cosine to the nearest training row, `settings` are what scoring.row_metrics takes by name.
    Ids, numbers and fixed words only: never a row's text.
    """
    rows = []
    by_id = {system: {row["id"]: row for row in given} for system, given in answers.items()}
    sizes = {row["id"]: row for given in answers.values() for row in given if "logp" in row}  # of the reference
    cut = any_cut(answers)
    for example, near in zip(examples, similarity, strict=True):
        row: dict[str, Any] = {
            "id": example["id"],
            "group": example["group"],
            "leaked": int(bool(example.get("leak"))),
            "similarity": round(float(near), DIGITS),
            "source_words": len(example["source"].split()),
            "target_words": len(example["target"].split()),
            **{name: sizes[example["id"]][name] for name in ("tokens", "bytes") if example["id"] in sizes},
            "rows": 1,
            **scoring.slices(example),
        }
        for system, given in by_id.items():
            answer = given[example["id"]]
            numbers = scoring.row_metrics(example, answer, **settings)
            if cut and "ended" in answer:
                numbers["not_ended"] = float(not answer["ended"])
            row |= {f"{system}.{name}": round(number, DIGITS) for name, number in numbers.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def without_names(table: pd.DataFrame, examples: Sequence[Example]) -> pd.DataFrame:
    """Return the table with each row's key as its id, the key of a group's first row as the group, and guarded cells.

    For Git: ids and groups come from the user's file, where they may be a patient's number or the title of an article.
    """
    keys = [row_key(example) for example in examples]
    firsts: dict[str, str] = {}
    groups = [firsts.setdefault(example["group"], key) for example, key in zip(examples, keys, strict=True)]
    safe = {name: table[name].map(guarded) for name in table if table[name].dtype.kind not in "biuf"}
    return table.assign(**(safe | {"id": keys, "group": groups}))


def any_cut(answers: Mapping[str, Sequence[Answer]]) -> bool:
    """Return whether an answer of any system was cut, so that there is a share of such answers to tell."""
    return any(row.get("ended") is False for given in answers.values() for row in given)


def columns(table: pd.DataFrame, system: str, metric: Metric) -> NDArray[np.float64]:
    """Return the (n, C) numbers that `metric` sums for `system`; C = 0 where the system has none."""
    found = []
    for name in metric.columns:
        column = f"{system}.{name}" if f"{system}.{name}" in table else name
        if column not in table:
            return np.empty((len(table), 0))
        found.append(table[column].to_numpy(dtype=float))
    return np.stack(found, axis=1)


def system_metrics(
    table: pd.DataFrame, system: str, metrics: Mapping[str, Metric], seed: int
) -> dict[str, float | int | None]:
    """Return the metrics of one system, each with its _low and _high, and how many of its answers were empty."""
    found: dict[str, float | int | None] = {}
    for name, metric in metrics.items():
        numbers = columns(table, system, metric)
        if numbers.shape[1]:
            ends = interval(numbers, metric.value, list(table["group"]), seed)
            found |= {name: ends.value, f"{name}_low": ends.low, f"{name}_high": ends.high}
    if f"{system}.empty" in table:
        found["empty"] = int(table[f"{system}.empty"].sum())
    return found


def gain_over(table: pd.DataFrame, other: str, name: str, metric: Metric, seed: int) -> dict[str, Any]:
    """Return the gain of the tuned model over the system `other` in one metric: see significance.Gain."""
    found = gain(
        columns(table, "tuned", metric),
        columns(table, other, metric),
        metric.value,
        metric.better,
        list(table["group"]),
        seed,
    )
    return {"against": other, "metric": name, **asdict(found)}


def slice_scores(
    table: pd.DataFrame,
    slices: Sequence[str],
    best_baseline: str,
    name: str,
    metric: Metric,
    seed: int,
    constant: bool = False,
) -> list[dict[str, Any]]:
    """Return one row for each slice: untrained, tuned and best baseline in `metric`, called `name`, and tuned's gain.

    `slices` are columns of the table, left out where all rows have one value; then come thirds of the input's length
    and of the similarity to the nearest training row. The gain is over the best baseline. Slices of the same rows are
    one, with all their names. structural: 1 for a slice on which the best baseline, which gives all rows one answer
    (`constant`), has one score for all rows, such as always being right; else 0.
    """
    kinds = {kind: table[kind].astype("category") for kind in slices if table[kind].nunique() > 1}
    kinds["input length"] = _thirds(table["source_words"], ("short", "middling", "long"), "{:.0f} words")
    kinds["similarity"] = _thirds(table["similarity"], ("far from training", "middling", "near to training"), "{:.2f}")
    found: list[dict[str, Any]] = []
    known: dict[tuple[Any, ...], dict[str, Any]] = {}
    for kind, values in kinds.items():
        for value in values.cat.categories:
            part = table[values == value]
            same = known.get(tuple(part.index))
            if same is not None:
                same["value"] += f"; {kind}: {value}"
                continue
            row: dict[str, Any] = {"slice": kind, "value": value, "n": len(part)}
            for label, system in (("untrained", "untrained"), ("tuned", "tuned"), ("baseline", best_baseline)):
                row[label] = float(metric.value(*columns(part, system, metric).sum(axis=0)))
            over = gain_over(part, best_baseline, name, metric, seed)
            row |= {key: over[key] for key in ("difference", "low", "high", "verdict")}
            same_score = len(np.unique(columns(part, best_baseline, metric), axis=0)) == 1
            found.append(row | {"structural": int(constant and len(part) > 1 and same_score)})
            known[tuple(part.index)] = found[-1]
    return found


def _thirds(numbers: pd.Series, names: tuple[str, str, str], unit: str) -> pd.Series:
    """Return which third each number falls in, as an ordered category; equal numbers fall in the same."""
    edges = np.quantile(numbers, [1 / 3, 2 / 3])
    place = np.searchsorted(edges, numbers, side="left")
    found = {third: numbers[place == third] for third in range(3) if (place == third).any()}
    label = {
        third: f"{names[third]} ({unit.format(inside.min()).split()[0]} to {unit.format(inside.max())})"
        for third, inside in found.items()
    }
    return pd.Series(pd.Categorical([label[third] for third in place], list(label.values())), index=numbers.index)


def hash_rows(examples: Sequence[Example]) -> str:
    """Return the SHA-256 of the rows' ids, inputs and targets: runs compare where that of the test rows is equal."""
    text = json.dumps(sorted((row["id"], row["source"], row["target"]) for row in examples), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def rounded(value: Any) -> Any:
    """Return nested figures with DIGITS decimals; what would become 0, such as a small p, keeps three digits."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if not isinstance(value, float):
        return value
    return round(value, DIGITS) or float(f"{value:.2e}")
