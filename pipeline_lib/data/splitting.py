"""Deal examples into train, validation and test so that no group straddles."""

import random
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Example


@dataclass(frozen=True)
class Split:
    """Three lists of examples, and what was left out: rows the numbers asked for had no place for."""

    train: list[Example]
    validation: list[Example]
    test: list[Example]
    left_out: int  # rows
    duplicates: int  # rows whose group and target both stood in an earlier row


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
    unlike: Collection[str] = (),
) -> Split:
    """Return exactly `train` and `test` examples, and at most `validation` of those left over, held-out ones distinct.

    Groups (rows that share `group`) are dealt whole, stratified by `stratum`, in an order fixed by `seed`. `merged`
    names for a group the one it is dealt with as one; its rows come back under that name.
    Eval and validation take groups of one row first; where those run out, the longest row of a larger group, and the
    rest of that group is left out. Repeated rows go to the training side; `duplicates="drop"` leaves out every
    row whose group and target stood in an earlier row. `unfit` are ids of rows that are not learnt from, `unlike`
    of rows that are not for test.

    Raises UserError where there are too few rows, with the number to lower. `origin` names the data in it.
    """
    seen: set[tuple[str, str]] = set()
    kept: list[Example] = []
    repeats: list[Example] = []
    for example in examples:
        key = (example["group"], " ".join(example["target"].casefold().split()))
        (repeats if key in seen else kept).append(example)
        seen.add(key)
    rows = kept if duplicates == "drop" else examples
    groups = _grouped(rows, merged)
    fit = {name: [row for row in group if row["id"] not in unfit] for name, group in groups.items()}

    order = _stratified([group[0] for group in groups.values()], seed)
    able = [name for name in order if _longest(groups[name])["id"] not in unlike]
    test_rows = sorted(able, key=lambda name: len(groups[name]))[:test]  # groups of one row first
    kept_back = set(test_rows)
    rest = [name for name in order if name not in kept_back]
    room = sum(len(fit[name]) for name in rest)
    if len(test_rows) < test or room < train:
        left = f" ({len(repeats)} of them duplicates{', left out' if duplicates == 'drop' else ''})" if repeats else ""
        fewer_eval = len(test_rows) < test or room == 0
        lower = f"split.test below {min(test, len(groups))}" if fewer_eval else f"split.train to {room}"
        raise UserError(
            f"split wants {train + test} rows ({train} train + {test} test), {origin} has {len(examples)}{left} in "
            f"{len(groups)} groups of {'equal or nearly equal' if merged else 'equal'} input: lower {lower} in the "
            "params file, or bring more rows"
        )

    learnt: list[Example] = []
    unused: list[str] = []
    for name in rest:
        if fit[name] and len(learnt) + len(fit[name]) <= train:
            learnt += fit[name]
        else:
            unused.append(name)
    for name in list(unused):  # only groups larger than the room are left: part of one fills the last places
        if len(learnt) < train and fit[name]:
            learnt += fit[name][: train - len(learnt)]
            unused.remove(name)
    tuned_on = [_longest(groups[name]) for name in unused[:validation]]
    used = len(learnt) + len(tuned_on) + len(test_rows)
    shuffler = random.Random(seed)
    shuffler.shuffle(learnt)
    return Split(
        train=learnt,
        validation=tuned_on,
        test=[_longest(groups[name]) for name in test_rows],
        left_out=len(examples) - used,
        duplicates=len(repeats),
    )


def _longest(rows: list[Example]) -> Example:
    """Return the row with the longest source, the first of equal ones: of phrases out of a sentence, the sentence."""
    return max(rows, key=lambda row: len(row["source"]))


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

    Groups are dealt whole in an order fixed by `seed`, to each part its share of the rows; of a part's rows as many as
    are asked for are drawn, so that a part is of many groups and not of the first few. `merged` and `unfit` as in deal.

    Raises UserError where there are too few rows or groups, with the number to lower. `origin` names the data in it.
    """
    groups = _grouped(examples, merged)
    shuffler = random.Random(seed)
    names = sorted(groups)
    shuffler.shuffle(names)
    asked = {"test": test, "validation": validation, "train": train}
    parts: dict[str, list[Example]] = {}
    for part, wanted in asked.items():
        share = len(examples) * wanted / sum(asked.values())
        pool: list[Example] = []
        while names and len(pool) < (len(examples) if part == "train" else max(wanted, share)) and wanted:
            pool += groups[names.pop()]
        if part == "train":
            pool = [row for row in pool if row["id"] not in unfit]
        if len(pool) < wanted:
            lower = max((name for name in asked if asked[name]), key=lambda name: asked[name])
            raise UserError(
                f"split wants {sum(asked.values())} rows ({train} train + {validation} validation + {test} test) from "
                f"groups of their own, {origin} has {len(examples)} in {len(groups)} groups, which leaves {len(pool)} "
                f"for {part}: lower split.{lower} in the params file, or bring more rows"
            )
        parts[part] = shuffler.sample(pool, wanted)
    return Split(**parts, left_out=len(examples) - sum(asked.values()), duplicates=0)


def _grouped(examples: list[Example], merged: dict[str, str] | None) -> dict[str, list[Example]]:
    """Return the rows of each group, under the name they are dealt by."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        group: str = example["group"]
        name = (merged or {}).get(group, group)
        groups[name].append({**example, "group": name})
    return groups


def leaking_rows(
    test_rows: list[Example], known: list[Example], pairs: list[tuple[str, str, float]]
) -> dict[str, tuple[str, float]]:
    """Return for each test row's id the nearest known row's and their similarity, where `pairs` has any.

    pairs: two groups of nearly equal input, and their similarity. Of several known rows in one group, any is as near.
    """
    ids = {example["group"]: example["id"] for example in known}
    near: dict[str, tuple[str, float]] = {}  # group -> nearest known row
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
