"""The user's rows as train, validation and test: which rows stay together, which are left out, which leak.

Rows with equal input form a group. Groups whose inputs are nearly equal, or contain one another, are merged where the
settings ask for it. A group is never in two parts.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example
from pipeline_lib.core.tasks import TaskData
from pipeline_lib.data.containment import contained_in, containment_groups, rows_to_train_on
from pipeline_lib.data.near_duplicates import connected, near_duplicates
from pipeline_lib.data.splitting import Split, leaking_rows, split_groups, split_rows
from pipeline_lib.data.user_rows import UserRows

PARTS = ("train", "validation", "test")
SHORTEST = 10  # percent of the test rows: validation rows are no shorter than all but these

GroupPair = tuple[str, str, float]  # two groups of nearly equal input, and their similarity


@dataclass(frozen=True)
class TableSplit:
    """The three parts, and how many rows, groups and pairs led to them."""

    parts: dict[str, list[Example]]  # by PARTS; each row with `leak`, the training row it nearly equals, or ""
    groups: int  # of equal input, in the training file or the only one
    near_duplicates: int  # pairs of nearly equal input in different groups
    merged_groups: int
    duplicates: int  # rows whose group and target both stood in an earlier row
    not_trained_on: dict[str, int]  # reason -> rows that min_words keeps out of training; {} where it is 0
    too_close: int  # training rows left out because a row of the test file repeats or contains them
    left_out: int  # rows for which the sizes had no place, and those of `too_close`
    validation_needs: dict[str, int]  # as Split has them


def split_table(rows: UserRows, distinct: bool, settings: Mapping[str, Any], seed: int) -> TableSplit:
    """Return the rows as train, validation and test; test rows are those of the test file where there is one.

    distinct: the task's DISTINCT; settings: the group `split` of the params file; seed: where that group has none.
    Raises UserError for too few rows, and for near-duplicates in two parts where near_duplicates is "fail".
    """
    # Of rows that repeat one another one input is enough; where whole groups are split, each input counts.
    compared = list({row["group"]: row for row in rows.train}.values()) if distinct else rows.train
    inputs = _distinct_inputs(compared)
    mode = settings["near_duplicates"]
    near = _near_pairs(inputs)
    merged = _merged_groups(inputs, near if mode == "group" else [], settings["contained"] == "group")
    not_trained_on, unfit = _unfit(rows.train, settings["min_words"])
    too_close = _too_close(rows.train, rows.test, settings)
    options: dict[str, Any] = {"seed": seed if settings["seed"] is None else settings["seed"]}
    options |= {"origin": rows.origin, "merged": merged, "unfit": unfit}
    if distinct:
        options["duplicates"] = settings["duplicates"]
    splitter: Callable[..., Split] = partial(split_rows if distinct else split_groups, **options)
    sizes = {part: settings[part] for part in PARTS}
    if rows.test:
        split = _split_beside_test_file(rows, too_close, sizes, splitter, merged if distinct else None)
    else:
        split = splitter(rows.train, **sizes)
    if mode == "group":
        leaks = []  # near-duplicates are in one part
    elif mode == "allow" and rows.test:
        leaks = _near_pairs(_distinct_inputs([*compared, *rows.test]))
    else:
        leaks = near
    return TableSplit(
        parts=_with_leaks(split, leaks, mode == "fail", rows.origin),
        groups=len({row["group"] for row in compared}),
        near_duplicates=len(near),
        merged_groups=len(merged),
        duplicates=split.duplicates,
        not_trained_on=not_trained_on,
        too_close=len(too_close),
        left_out=split.left_out,
        validation_needs=split.validation_needs,
    )


def written_parts(
    task: TaskData, split: TableSplit, task_params: Mapping[str, Any], origin: str
) -> dict[str, list[Example]]:
    """Return the parts as they are written: of dialogues, validation and test are the turns to predict.

    Raises UserError where no test dialogue has such a turn.
    """
    if not hasattr(task, "questions"):
        return split.parts
    parts = {
        name: task.questions(part, **task_params) if name != "train" else part for name, part in split.parts.items()
    }
    if not parts["test"]:
        raise UserError(f"no test dialogue of {origin} has a turn to predict: choose another dialogue.train_on")
    return parts


def _distinct_inputs(rows: Iterable[Example]) -> list[tuple[str, str]]:
    """Return each (group, input) once, in order."""
    return list(dict.fromkeys((row["group"], row["source"]) for row in rows))


def _near_pairs(inputs: list[tuple[str, str]]) -> list[GroupPair]:
    """Return the pairs of nearly equal inputs that are in different groups."""
    pairs = near_duplicates([text for _, text in inputs])
    named = [(inputs[left][0], inputs[right][0], similarity) for left, right, similarity in pairs]
    return [pair for pair in named if pair[0] != pair[1]]


def _merged_groups(inputs: list[tuple[str, str]], near: list[GroupPair], contained: bool) -> dict[str, str]:
    """Return for each group that is linked to an earlier one, directly or through others, the first of these.

    `near` links groups; so do inputs that contain one another, if `contained`.
    """
    names = list(dict.fromkeys(group for group, _ in inputs))
    place = {name: at for at, name in enumerate(names)}
    links = [(place[left], place[right], similarity) for left, right, similarity in near]
    if contained:
        first_texts = containment_groups([text for _, text in inputs])
        links += [
            (place[inputs[first][0]], place[group], 1.0) for first, (group, _) in zip(first_texts, inputs, strict=True)
        ]
    firsts = connected(links, len(names))
    return {name: names[first] for name, first in zip(names, firsts, strict=True) if names[first] != name}


def _unfit(rows: list[Example], min_words: int) -> tuple[dict[str, int], set[str]]:
    """Return how many rows are not to be trained on, by reason, and their ids; nothing where `min_words` is 0."""
    if min_words == 0:
        return {}, set()
    found = rows_to_train_on([row["source"] for row in rows], [row["target"] for row in rows], min_words)
    return found.dropped, {row["id"] for row in rows} - {rows[place]["id"] for place in found.kept}


def _too_close(train: list[Example], test: list[Example], settings: Mapping[str, Any]) -> set[str]:
    """Return the ids of training rows that a row of the test file repeats, contains or nearly equals.

    Equal inputs are always too close; settings["contained"] and settings["near_duplicates"] allow the rest.
    """
    if not test:
        return set()
    texts, test_texts = [row["source"] for row in train], [row["source"] for row in test]
    least = {} if settings["contained"] == "group" else {"min_words": sys.maxsize}  # no phrase is that long
    places = set(contained_in(texts, test_texts, **least))
    if settings["near_duplicates"] != "allow":
        distinct = {text: place for place, text in enumerate(dict.fromkeys(texts + test_texts))}
        in_test = set(test_texts)
        from_test = [text in in_test for text in distinct]
        pairs = near_duplicates(list(distinct))
        near = {place for left, right, _ in pairs if from_test[left] != from_test[right] for place in (left, right)}
        places |= {at for at, text in enumerate(texts) if text in in_test or distinct[text] in near}
    return {train[place]["id"] for place in places}


def _split_beside_test_file(
    rows: UserRows,
    too_close: set[str],
    sizes: dict[str, int],
    splitter: Callable[..., Split],
    merged: dict[str, str] | None,
) -> Split:
    """Return train and validation rows of the training file, and the first rows of the test file.

    merged: of a task whose test rows are one of each group; its validation rows are then no shorter than all but the
    SHORTEST test rows, since rows that choose a setting should be like those that are scored. None: of other tasks.
    """
    train = [row for row in rows.train if row["id"] not in too_close]
    if sizes["test"] > len(rows.test):
        raise UserError(
            f"split.test must be at most the number of rows in the test file, {len(rows.test)} in {rows.origin}, not "
            f"{sizes['test']}: lower it"
        )
    if not train:
        raise UserError(
            f"at least one training row must differ from all test rows, all {len(rows.train)} of {rows.origin} repeat "
            "one or are contained in one: bring other training rows"
        )
    if merged is None:
        split = splitter(train, train=sizes["train"], validation=sizes["validation"], test=0)
        validation = split.validation
    else:
        least = np.percentile([len(row["source"].split()) for row in rows.test], SHORTEST)
        short = {row["id"] for row in train if len(row["source"].split()) < least}
        groups = {merged.get(row["group"], row["group"]) for row in train if row["id"] not in short}
        count = min(sizes["validation"], max(0, len(groups) - 1))
        # As test rows, so that they are distinct and of groups of their own.
        split = splitter(
            train, train=sizes["train"], validation=0, test=count, not_for_test=short, held_out="validation"
        )
        validation = split.test
    test = rows.test[: sizes["test"]]
    left_out = split.left_out + len(too_close) + len(rows.test) - len(test)
    return Split(split.train, validation, test, left_out, split.duplicates)


def _with_leaks(split: Split, pairs: list[GroupPair], fail: bool, origin: str) -> dict[str, list[Example]]:
    """Return the parts, each row with `leak`; UserError, if `fail`, where two parts have rows of one pair."""
    leaked = leaking_rows(split.test + split.validation, split.train, pairs)
    in_two_parts = leaked | leaking_rows(split.test, split.validation, pairs)
    if in_two_parts and fail:
        row, (other, similarity) = next(iter(in_two_parts.items()))
        raise UserError(
            "no row of test or validation may have a near-duplicate in another part (split.near_duplicates: fail), "
            f"{origin} has {len(in_two_parts)} that do, the first is row {row}, with a similarity of {similarity:.3f} "
            f"to row {other}: set split.near_duplicates in the params file to group (they stay in one part) or allow "
            "(they are marked), or remove one row of each pair from the data"
        )
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    return {name: [{**row, "leak": leaked.get(row["id"], ("",))[0]} for row in rows] for name, rows in parts.items()}
