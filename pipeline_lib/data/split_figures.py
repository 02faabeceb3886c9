"""What a split is made of, in numbers: the content of metrics/split.json, and the lines that say it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from pipeline_lib.core.rows import Example
from pipeline_lib.data.headers import listed
from pipeline_lib.data.split_table import TableSplit
from pipeline_lib.data.user_rows import UserRows

PERCENTILES = (5, 50, 95, 100)
FEW = 10  # training rows of a label; with fewer it can hardly be learnt


def split_figures(
    rows: UserRows, split: TableSplit, parts: Mapping[str, list[Example]], unsupported: str
) -> dict[str, Any]:
    """Return the figures of a split: counts of rows, groups and pairs, strata of each part, lengths in words.

    parts: the rows that are written, by name; validation and test rows of dialogues are turns to predict.
    unsupported: the setting, keep or drop. Counts of what the data or the settings rule out are left out.
    """
    dialogues = {name: len(part) for name, part in split.parts.items()} if parts is not split.parts else {}
    return {
        "rows": rows.count,
        **({"faults": rows.faults} if rows.faults else {}),
        "incomplete": rows.incomplete,
        **({"unsupported": {unsupported: rows.unsupported}} if rows.unsupported else {}),
        "duplicates": split.duplicates,
        "groups": split.groups,
        "near_duplicates": split.near_duplicates,
        "merged_groups": split.merged_groups,
        **({"not_trained_on": split.not_trained_on} if split.not_trained_on else {}),
        **({"too_close_to_test": split.too_close} if rows.test else {}),
        "leaked": sum(row["leak"] != "" for row in parts["test"]),
        **{name: len(part) for name, part in parts.items()},
        **({"dialogues": dialogues} if dialogues else {}),
        "left_out": split.left_out,
        **({"validation_needs": split.validation_needs} if split.validation_needs else {}),
        "shared_groups": _shared_groups(parts.values()),
        "strata": {name: _strata(part) for name, part in parts.items()},
        "words": {key: _percentiles([len(row[key].split()) for row in rows.train]) for key in ("source", "target")},
    }


def summary(figures: Mapping[str, Any]) -> list[str]:
    """Return the lines of the log that say how the rows were split and what was left out."""
    lines = [
        f"{figures['rows']} rows, {figures['duplicates']} of them duplicates: {figures['train']} train, "
        f"{figures['validation']} validation, {figures['test']} test; {figures['left_out']} left over, "
        f"{figures['incomplete']} incomplete; {figures['near_duplicates']} pairs of near-duplicates, "
        f"{figures['merged_groups']} groups merged, {figures['leaked']} test rows leaked"
    ]
    if "validation_needs" in figures:
        needs = figures["validation_needs"]
        fewer = f", or set split.train: {needs['train']}" if "train" in needs else ""
        lines.append(
            "no row is left for validation, so the last epoch is kept and nothing can be chosen: bring "
            f"{needs['rows']} rows{fewer}"
        )
    if "dialogues" in figures:
        counts = ", ".join(f"{count} {name}" for name, count in figures["dialogues"].items())
        lines.append(f"dialogues: {counts}; a row of validation or test is one turn to predict")
    for kind, ids in figures.get("faults", {}).items():
        lines.append(f"{len(ids)} rows left out as {kind.replace('_', ' ')}: {', '.join(ids)}")
    for setting, ids in figures.get("unsupported", {}).items():
        lines.append(f"{len(ids)} rows whose answer is not in their passage ({setting}): {', '.join(ids)}")
    if "not_trained_on" in figures:
        reasons = (f"{count} {reason.replace('_', ' ')}" for reason, count in figures["not_trained_on"].items())
        lines.append(f"not trained on: {', '.join(reasons)}")
    if "too_close_to_test" in figures:
        lines.append(f"left out because a test row repeats or contains them: {figures['too_close_to_test']}")
    return lines


def label_lines(parts: Mapping[str, list[Example]]) -> list[str]:
    """Return the lines of the log that count the labels, and name those of too few rows; [] where rows have none."""
    labels: list[str] = next((row["labels"] for part in parts.values() for row in part if "labels" in row), [])
    if not labels:
        return []
    train, test = (Counter(row["target"] for row in parts[name]) for name in ("train", "test"))
    lines = [f"training rows by label: {listed(f'{label} ({count:,})' for label, count in train.most_common())}"]
    few = [f"{label} ({train[label]})" for label in labels if train[label] < FEW]
    if few:
        lines.append(f"{len(few)} labels with fewer than {FEW} training rows can hardly be learnt: {listed(few)}")
    absent = [label for label in labels if not test[label]]
    if absent:
        lines.append(
            f"{len(absent)} labels without a test row, so that ROC-AUC is left out and their F1 counts as 0 in the "
            f"macro average: {listed(absent)}"
        )
    return lines


def _shared_groups(parts: Iterable[list[Example]]) -> int:
    """Return how many groups are in more than one part; anything but 0 is a bug in the split."""
    counts = Counter(group for part in parts for group in {row["group"] for row in part})
    return sum(count > 1 for count in counts.values())


def _strata(rows: list[Example]) -> dict[str, int]:
    return dict(sorted(Counter(row.get("stratum") or "none" for row in rows).items()))


def _percentiles(lengths: list[int]) -> dict[str, float]:
    values = np.percentile(lengths, PERCENTILES)
    return {f"p{percent}": float(value) for percent, value in zip(PERCENTILES, values, strict=True)}
