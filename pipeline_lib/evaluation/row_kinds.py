"""Whether the test rows are of the same kinds as the training rows."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline_lib.core.rows import Example

LEAST = 0.15  # difference between two shares (0-1) that is told
SURE = 3.29  # standard errors: p = 0.001, since a test set has many kinds


def unlike_training(
    train: Sequence[Example], test: Sequence[Example], slices: Callable[[Example], Mapping[str, str]]
) -> list[dict[str, Any]]:
    """Return {slice, value, train, test} of each kind of row whose share differs, the largest difference first.

    train and test are its shares (0-1) of those rows. They differ by LEAST or more, and by more than SURE standard
    errors of a difference of two shares, where the rows of a group count as one. [] where training rows lack a field of
    test rows, as dialogues do that are tested by turns.
    """
    if not test[0].keys() <= train[0].keys():
        return []
    kinds = [Counter(pair for row in rows for pair in slices(row).items()) for rows in (train, test)]
    groups = [len({row["group"] for row in rows}) for rows in (train, test)]
    found = []
    for name, value in sorted(set().union(*kinds)):
        ours, theirs = (count[name, value] / len(rows) for count, rows in zip(kinds, (train, test), strict=True))
        pooled = (ours * groups[0] + theirs * groups[1]) / sum(groups)
        error = math.sqrt(pooled * (1 - pooled) * sum(1 / count for count in groups))
        if abs(ours - theirs) >= LEAST and abs(ours - theirs) > SURE * error:
            found.append({"slice": name, "value": value, "train": ours, "test": theirs})
    return sorted(found, key=lambda one: -abs(one["train"] - one["test"]))
