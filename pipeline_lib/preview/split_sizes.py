"""Sizes of a split for a number of rows: enough test rows to show something, validation rows to choose by, the rest."""

from dataclasses import dataclass

LEAST_TEST = 30
MOST_TEST = {"answers": 300, "labels": 1000}  # an answer is written token by token, a label is read off at once
MOST_TRAIN = {"answers": 2000, "labels": 10_000}


@dataclass(frozen=True)
class Sizes:
    """Rows of each part, and why."""

    train: int
    validation: int
    test: int
    why: list[str]


def split_sizes(rows: int, groups: int, kind: str, asked: int = 1) -> Sizes:
    """Return the sizes for so many rows of so many groups; `kind` is answers or labels, what the model gives.

    `asked` is how many answers a test row takes: several of a dialogue.
    A fifth of the groups is for test, at least LEAST_TEST, and an eighth for validation; neither needs more than
    MOST_TEST. Training gets the rest, as a share of the rows, at most MOST_TRAIN.
    """
    most = MOST_TEST[kind] // asked
    test = max(1, min(max(LEAST_TEST, groups // 5), most, groups // 3))
    validation = max(1, min(groups // 8, most)) if groups >= 3 else 0
    left = max(1, rows * (groups - test - validation) // max(1, groups))
    train = min(left, MOST_TRAIN[kind])
    why = [
        f"{test} test rows, {test / groups:.0%} of {groups:,}: the more, the smaller a difference they show; "
        f"{validation} validation rows choose the epoch"
    ]
    if train < left:
        why.append(
            f"train is {train:,} of {left:,} rows, so that a first run on a CPU ends within the hour: raise "
            "split.train to use them all"
        )
    return Sizes(train, validation, test, why)
