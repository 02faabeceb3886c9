"""From answers to a table of per-row numbers, and from that table to figures, gains and slices."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics.definitions import Metric
from pipeline_lib.evaluation.scoring import Scoring
from pipeline_lib.evaluation.significance import DRAWS, gain, interval

DIGITS = 6  # of every number that is written: what rows can tell, and stable in Git
INTERVAL = f"95%, percentile bootstrap over groups, {DRAWS:,} draws; p by paired permutation"


def row_table(
    examples: Sequence[Example],
    similarity: Sequence[float],
    answers: Mapping[str, Sequence[Answer]],
    scoring: Scoring,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """Return one row a held-out example: ids, sizes, facets, and `<system>.<column>` for each system's numbers.

    `similarity` (n,) is the cosine to the nearest training row, `settings` are the scoring's own parameters. Ids,
    numbers and fixed words only: never a row's text.
    """
    rows = []
    by_id = {system: {row["id"]: row for row in given} for system, given in answers.items()}
    sizes = {row["id"]: row for given in answers.values() for row in given if "logp" in row}
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
            **scoring.facets(example),
        }
        for system, given in by_id.items():
            numbers = scoring.measure(example, given[example["id"]], **settings)
            row |= {f"{system}.{name}": round(number, DIGITS) for name, number in numbers.items()}
        rows.append(row)
    return pd.DataFrame(rows)


def columns(table: pd.DataFrame, system: str, metric: Metric) -> NDArray[np.float64]:
    """Return the (n, C) numbers that `metric` sums up for `system`; C = 0 where the system has none."""
    picked = []
    for name in metric.columns:
        column = f"{system}.{name}" if f"{system}.{name}" in table else name
        if column not in table:
            return np.empty((len(table), 0))
        picked.append(table[column].to_numpy(dtype=float))
    return np.stack(picked, axis=1)


def system_metrics(
    table: pd.DataFrame, system: str, metrics: Mapping[str, Metric], seed: int
) -> dict[str, float | int | None]:
    """Return the metrics of one system, each with its _low and _high, and how many of its answers were empty."""
    found: dict[str, float | int | None] = {}
    for name, metric in metrics.items():
        numbers = columns(table, system, metric)
        if numbers.shape[1]:
            made = interval(numbers, metric.value, list(table["group"]), seed)
            found |= {name: made.value, f"{name}_low": made.low, f"{name}_high": made.high}
    if f"{system}.empty" in table:
        found["empty"] = int(table[f"{system}.empty"].sum())
    return found


def gain_over(table: pd.DataFrame, other: str, name: str, metric: Metric, seed: int) -> dict[str, Any]:
    """Return what the tuned model has over the system `other` in one metric: see significance.Gain."""
    made = gain(
        columns(table, "tuned", metric),
        columns(table, other, metric),
        metric.value,
        metric.better,
        list(table["group"]),
        seed,
    )
    return {"against": other, "metric": name, **asdict(made)}


def slices(
    table: pd.DataFrame, facets: Sequence[str], best_baseline: str, name: str, metric: Metric, seed: int
) -> list[dict[str, Any]]:
    """Return one row a slice: base, tuned and best baseline in `metric`, called `name`, and tuned's lead over that baseline.

    By each facet that not all rows share, and by thirds of the input's length and of the similarity to the nearest
    training row.
    """
    cut = {facet: table[facet].astype("category") for facet in facets if table[facet].nunique() > 1}
    cut["input length"] = _thirds(table["source_words"], ("short", "middling", "long"), "{:.0f} words")
    cut["similarity"] = _thirds(table["similarity"], ("far from training", "middling", "near to training"), "{:.2f}")
    made = []
    for facet, values in cut.items():
        for value in values.cat.categories:
            part = table[values == value]
            row: dict[str, Any] = {"slice": facet, "value": value, "n": len(part)}
            for label, system in (("untrained", "untrained"), ("tuned", "tuned"), ("baseline", best_baseline)):
                row[label] = float(metric.value(*columns(part, system, metric).sum(axis=0)))
            found = gain_over(part, best_baseline, name, metric, seed)
            made.append(row | {key: found[key] for key in ("difference", "low", "high", "verdict")})
    return made


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


def test_set_hash(examples: Sequence[Example]) -> str:
    """Return the SHA-256 of the test rows' ids, inputs and targets: two runs compare only where it is equal."""
    text = json.dumps(sorted((row["id"], row["source"], row["target"]) for row in examples), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def rounded(value: Any) -> Any:
    """Return nested figures with DIGITS decimals; what these would make 0, as a small p, with three digits."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if not isinstance(value, float):
        return value
    return round(value, DIGITS) or float(f"{value:.2e}")
