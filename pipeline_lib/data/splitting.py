"""Examples split into train, validation and test so that no group is in two parts."""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example

# Of the rows that are split by whole groups. Fixed, so that test and validation rows do not change with split.train.
TEST_SHARE = 0.2
VALIDATION_SHARE = 0.1


@dataclass(frozen=True)
class Split:
    """Three lists of examples, and how many rows are in none of them."""

    train: list[Example]
    validation: list[Example]
    test: list[Example]
    left_out: int  # rows
    duplicates: int  # rows whose group and target both stood in an earlier row
    # Where validation rows were wanted and none is left: {rows: of the data, train: split.train}, each enough for them.
    validation_needs: dict[str, int] = field(default_factory=dict)


def split_rows(
    examples: list[Example],
    *,
    train: int,
    validation: int,
    test: int,
    duplicates: str,
    seed: int,
    origin: str = "the data",
    merged: dict[str, str] | None = None,
    unfit: Collection[str] = (),
    not_for_test: Collection[str] = (),
    held_out: str = "test",
) -> Split:
    """Return exactly `train` and `test` examples, and at most `validation`; test and validation rows are distinct.

    Groups (rows that share `group`) are split as units, stratified by `stratum`, in an order fixed by `seed`. `merged`
    maps a group to the one that it is merged into; its rows come back under that name.
    Test takes groups of one row first; of a larger group it takes the longest row, and the rest of that group is left
    out. Validation takes one row of each of the last groups, as many as train leaves. Train takes one row of each other
    group in their order, then a second one of each, and so on: a few large groups, the normal reports of a hospital,
    would fill a small `train` whose rows are to be as different as the test rows are. So a smaller `train` is a part of
    a larger one, with the same test and validation rows.
    `duplicates="drop"` leaves out every row whose group and target stood in an earlier row. `unfit` are ids of rows
    that are not trained on, `not_for_test` of rows that are not test rows.

    Raises UserError where there are too few rows, with the numbers to lower. `origin` names the data in it, `held_out`
    the setting that `test` has.
    """
    distinct, repeats = _without_repeats(examples)
    groups = _grouped(distinct if duplicates == "drop" else examples, merged)
    fit = {name: [row for row in group if row["id"] not in unfit] for name, group in groups.items()}

    order = _stratified([group[0] for group in groups.values()], seed)
    candidates = [name for name in order if _longest(groups[name])["id"] not in not_for_test]
    test_groups = sorted(candidates, key=lambda name: len(groups[name]))[:test]  # groups of one row first
    taken = set(test_groups)
    rest = [name for name in order if name not in taken]
    room = sum(len(fit[name]) for name in rest)
    if len(test_groups) < test or room < train:
        dropped = ", left out" if duplicates == "drop" else ""
        repeated = f" ({repeats} of them duplicates{dropped})" if repeats else ""
        repeated += f" ({len(unfit)} of them not for training by split.min_words)" if unfit else ""
        sizes = {name: len(rows) for name, rows in fit.items()}
        remedy = _lower(sizes, sorted(candidates, key=lambda name: len(groups[name])), train, test, held_out)
        remedy = f"lower split.min_words, or {remedy}" if unfit else remedy
        raise UserError(
            f"split wants {train + test} rows ({train} train + {test} {held_out}), {origin} has {len(examples)}"
            f"{repeated} in {len(groups)} groups of {'equal or nearly equal' if merged else 'equal'} input: {remedy}"
        )
    validation_groups = _last(rest, fit, validation, room - train)
    numbered = [pair for name in rest if name not in validation_groups for pair in enumerate(fit[name])]
    train_rows = [row for _, row in sorted(numbered, key=itemgetter(0))][:train]
    random.Random(seed).shuffle(train_rows)
    validation_rows = [_longest(groups[name]) for name in validation_groups]
    needs = {}
    if validation and not validation_rows:
        needs["rows"] = len(examples) + validation
        # Groups that together have that many rows all fit, in order: those after them are left over.
        if fewer := sum(len(fit[name]) for name in rest[:-validation]):
            needs["train"] = fewer
    return Split(
        train=train_rows,
        validation=validation_rows,
        test=[_longest(groups[name]) for name in test_groups],
        left_out=len(examples) - len(train_rows) - len(validation_rows) - len(test_groups),
        duplicates=repeats,
        validation_needs=needs,
    )


def _lower(sizes: Mapping[str, int], candidates: list[str], train: int, test: int, held_out: str) -> str:
    """Return the remedy for too few rows: the numbers that lead to a split, where there are such.

    `sizes` are the rows to train on of each group, `candidates` the groups that test rows can be of, in their order.
    """
    least = 1 if held_out == "test" else 0  # there must be test rows
    for count in range(min(test, len(candidates)), least - 1, -1):
        room = sum(sizes.values()) - sum(sizes[name] for name in candidates[:count])
        if room:
            numbers = [f"split.{held_out} to {count}"] if count < test else []
            numbers += [f"split.train to {room}"] if room < train else []
            return f"lower {' and '.join(numbers)} in the params file, or bring more rows"
    return "bring more rows, of other inputs"


def split_groups(
    examples: list[Example],
    *,
    train: int,
    validation: int,
    test: int,
    seed: int,
    origin: str = "the data",
    merged: dict[str, str] | None = None,
    unfit: Collection[str] = (),
) -> Split:
    """Return exactly `train`, `validation` and `test` examples, each part drawn from groups of its own.

    Groups are split as units in an order fixed by `seed`: test gets those of TEST_SHARE of all rows, validation those
    of VALIDATION_SHARE, or as many as it wants, and train the others. Of these rows the number wanted is drawn, so that
    a part has rows of many groups and not of the first few, and that a smaller `train` is a part of a larger one, with
    the same test and validation rows. Only where train needs more groups than that leaves, each part has its share by
    the numbers wanted. `merged` and `unfit` as in split_rows.

    Raises UserError where there are too few rows or groups, with the number to lower. `origin` names the data in it.
    """
    groups = _grouped(examples, merged)
    sizes = {"test": test, "validation": validation, "train": train}
    names = sorted(groups)
    random.Random(seed).shuffle(names)
    pools = _pools(names, groups, sizes, unfit)
    short = next((part for part, wanted in sizes.items() if len(pools[part]) < wanted), None)
    if short:
        raise UserError(
            f"split wants {sum(sizes.values())} rows ({train} train + {validation} validation + {test} test) from "
            f"groups of their own, {origin} has {len(examples)} in {len(groups)} groups, which leaves "
            f"{len(pools[short])} for {short}: {_lower_parts(names, groups, sizes, unfit)}"
        )
    for part, pool in pools.items():
        random.Random(f"{part} {seed}").shuffle(pool)  # each of its own, so that one part's size moves no other's rows
    return Split(
        train=pools["train"][:train],
        validation=pools["validation"][:validation],
        test=pools["test"][:test],
        left_out=len(examples) - sum(sizes.values()),
        duplicates=0,
    )


def _pools(
    names: list[str], groups: Mapping[str, list[Example]], sizes: Mapping[str, int], unfit: Collection[str]
) -> dict[str, list[Example]]:
    """Return the rows that each part can have: those of its share of the groups, in the order of `names`."""
    total = sum(sizes.values())
    by_numbers = {part: wanted / total for part, wanted in sizes.items()}
    for shares in ({"test": TEST_SHARE, "validation": VALIDATION_SHARE}, by_numbers):
        pools = _pools_of(names, groups, sizes, shares, unfit)
        if len(pools["train"]) >= sizes["train"]:
            break
    return pools


def _pools_of(
    names: list[str],
    groups: Mapping[str, list[Example]],
    sizes: Mapping[str, int],
    shares: Mapping[str, float],
    unfit: Collection[str],
) -> dict[str, list[Example]]:
    """Return the rows of each part's groups: test's and validation's share or the number wanted, and all others."""
    rows = sum(map(len, groups.values()))
    left = list(names)
    pools: dict[str, list[Example]] = {}
    for part in ("test", "validation"):
        pools[part] = []
        while left and sizes[part] and len(pools[part]) < max(sizes[part], rows * shares[part]):
            pools[part] += groups[left.pop()]
    return pools | {"train": [row for name in reversed(left) for row in groups[name] if row["id"] not in unfit]}


def _lower_parts(
    names: list[str], groups: Mapping[str, list[Example]], sizes: Mapping[str, int], unfit: Collection[str]
) -> str:
    """Return the remedy for too few rows: numbers that lead to a split, of the largest part alone if that is enough."""
    largest = sorted(sizes, key=lambda part: -sizes[part])
    for lowered in ([largest[0]], [largest[1]], [largest[2]], largest):
        asked = dict(sizes)
        while any(asked[part] > (part != "validation") for part in lowered):
            asked |= {part: max(int(part != "validation"), asked[part] * 9 // 10) for part in lowered}
            pools = _pools(names, groups, asked, unfit)
            if all(len(pools[part]) >= wanted for part, wanted in asked.items()):
                numbers = [f"split.{part} to {asked[part]}" for part in lowered if asked[part] < sizes[part]]
                return f"lower {' and '.join(numbers)} in the params file, or bring more rows"
    return "bring rows of more groups"


def _without_repeats(examples: list[Example]) -> tuple[list[Example], int]:
    """Return the examples whose group and target stood in no earlier one, and the number of the others.

    Two answers of a conversation, which are of one group, do not repeat each other: they have another `turn`, or none.
    """
    distinct: dict[tuple[str, int, str], Example] = {}
    for example in examples:
        key = (example["group"], example.get("turn", 0), " ".join(example["target"].casefold().split()))
        distinct.setdefault(key, example)
    return list(distinct.values()), len(examples) - len(distinct)


def _longest(rows: list[Example]) -> Example:
    """Return the row with the longest source, the first of equal ones: of phrases out of a sentence, the sentence."""
    return max(rows, key=lambda row: len(row["source"]))


def _last(order: list[str], groups: Mapping[str, list[Example]], count: int, spare: int) -> list[str]:
    """Return at most `count` groups from the end of the order that have no more than `spare` rows together."""
    chosen: list[str] = []
    for name in reversed(order):
        if len(chosen) < count and len(groups[name]) <= spare:
            chosen.append(name)
            spare -= len(groups[name])
    return chosen


def _grouped(examples: list[Example], merged: dict[str, str] | None) -> dict[str, list[Example]]:
    """Return the rows of each group, under the name of the group that it is merged into."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        group: str = example["group"]
        name = (merged or {}).get(group, group)
        groups[name].append({**example, "group": name})
    return groups


def leaking_rows(
    test_rows: list[Example], known: list[Example], pairs: list[tuple[str, str, float]]
) -> dict[str, tuple[str, float]]:
    """Return for the id of each test row that a known row nearly equals (id of the most similar one, similarity).

    pairs: two groups of nearly equal input, and their similarity. Of several known rows in one group, any will do.
    """
    ids = {example["group"]: example["id"] for example in known}
    near: dict[str, tuple[str, float]] = {}  # group -> the most similar known row
    for left, right, similarity in pairs:
        for group, other in ((left, right), (right, left)):
            if other in ids and similarity > near.get(group, ("", 0.0))[1]:
                near[group] = (ids[other], similarity)
    return {example["id"]: near[example["group"]] for example in test_rows if example["group"] in near}


def _stratified(firsts: list[Example], seed: int) -> list[str]:
    """Return the groups' names in a shuffled order of which every prefix holds each stratum by its share."""
    strata: dict[str, list[str]] = defaultdict(list)
    for example in firsts:
        strata[example.get("stratum", "")].append(example["group"])
    shuffler = random.Random(seed)
    placed = []
    for stratum in sorted(strata):
        names = strata[stratum]
        shuffler.shuffle(names)
        start = shuffler.random()
        placed += [((place + start) / len(names), name) for place, name in enumerate(names)]
    return [name for _, name in sorted(placed)]
