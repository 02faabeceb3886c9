"""Model selection: the validation metrics of several settings, and which setting to keep."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.metrics.classification import label_columns, metrics_of
from pipeline_lib.evaluation.significance import interval

BY = "f1_macro"  # the metric that decides
METRICS = (BY, "accuracy")


def validation_metrics(examples: Sequence[Example], answers: Sequence[Answer], seed: int) -> dict[str, float | None]:
    """Return macro F1 and accuracy of one setting on the validation rows, each with its _low and _high."""
    labels, groups = examples[0]["labels"], [row["group"] for row in examples]
    predicted = {row["id"]: row["prediction"] for row in answers}
    rows = [label_columns(row["target"], predicted[row["id"]], labels) | {"rows": 1.0} for row in examples]
    found: dict[str, float | None] = {}
    for name in METRICS:
        metric = metrics_of(labels)[name]
        table = np.array([[row[column] for column in metric.columns] for row in rows])  # (n, C)
        ends = interval(table, metric.value, groups, seed)
        found |= {name: ends.value, f"{name}_low": ends.low, f"{name}_high": ends.high}
    return found


def best_setting(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the name of the setting with the highest macro F1; of equal ones the first. UserError for none."""
    if not rows:
        raise UserError("there is no setting to choose from: name some under grid in the params file")
    return max(rows, key=lambda name: rows[name][BY])
