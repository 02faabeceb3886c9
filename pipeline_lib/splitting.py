"""Deal examples into train, validation and eval so that no group straddles and eval rows are distinct."""

import random
from collections import defaultdict
from dataclasses import dataclass

from pipeline_lib.errors import UserError
from pipeline_lib.records import Example


@dataclass(frozen=True)
class Split:
    """Three lists of examples, and what was left out: rows the numbers asked for had no place for."""

    train: list[Example]
    validation: list[Example]
    eval: list[Example]
    left_out: int  # rows
    duplicates: int  # rows whose group and target both stood in an earlier row


def deal(
    examples: list[Example],
    *,
    train: int,
    validation: int,
    eval: int,
    duplicates: str,
    seed: int,
    origin: str = "the data",
    merged: dict[str, str] | None = None,
) -> Split:
    """Return exactly `train` and `eval` examples, and at most `validation` of those left over.

    Groups (rows that share `group`) are dealt whole, stratified by `stratum`, in an order fixed by `seed`. `merged`
    names for a group the one it is dealt with as one; its rows come back under that name.
    Eval and validation take groups of one row first; where those run out, one row of a larger group, and the
    rest of that group is left out. Repeated rows go to the training side; `duplicates="drop"` leaves out every
    row whose group and target stood in an earlier row.

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
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in rows:
        group: str = example["group"]
        name = (merged or {}).get(group, group)
        groups[name].append({**example, "group": name})

    order = _stratified([group[0] for group in groups.values()], seed)
    held_out = sorted(order, key=lambda name: len(groups[name]))[:eval]  # groups of one row first
    rest = [name for name in order if name not in set(held_out)]
    room = sum(len(groups[name]) for name in rest)
    if len(held_out) < eval or room < train:
        left = f" ({len(repeats)} of them duplicates{', left out' if duplicates == 'drop' else ''})" if repeats else ""
        fewer_eval = len(held_out) < eval or room == 0
        lower = f"split.eval below {min(eval, len(groups))}" if fewer_eval else f"split.train to {room}"
        raise UserError(
            f"split wants {train + eval} rows ({train} train + {eval} eval), {origin} has {len(examples)}{left} in "
            f"{len(groups)} groups of {'equal or nearly equal' if merged else 'equal'} input: lower {lower} in the "
            "params file, or bring more rows"
        )

    learnt: list[Example] = []
    unused: list[str] = []
    for name in rest:
        if len(learnt) + len(groups[name]) <= train:
            learnt += groups[name]
        else:
            unused.append(name)
    for name in list(unused):  # only groups larger than the room are left: part of one fills the last places
        if len(learnt) < train:
            learnt += groups[name][: train - len(learnt)]
            unused.remove(name)
    tuned_on = [groups[name][0] for name in unused[:validation]]
    used = len(learnt) + len(tuned_on) + len(held_out)
    shuffler = random.Random(seed)
    shuffler.shuffle(learnt)
    return Split(
        train=learnt,
        validation=tuned_on,
        eval=[groups[name][0] for name in held_out],
        left_out=len(examples) - used,
        duplicates=len(repeats),
    )


def leaks(
    held_out: list[Example], known: list[Example], pairs: list[tuple[str, str, float]]
) -> dict[str, tuple[str, float]]:
    """Return for each held-out row's id the nearest known row's and their similarity, where `pairs` has any.

    pairs: two groups of nearly equal input, and their similarity. Of several known rows in one group, any is as near.
    """
    ids = {example["group"]: example["id"] for example in known}
    near: dict[str, tuple[str, float]] = {}  # group -> nearest known row
    for left, right, similarity in pairs:
        for group, other in ((left, right), (right, left)):
            if other in ids and similarity > near.get(group, ("", 0.0))[1]:
                near[group] = (ids[other], similarity)
    return {example["id"]: near[example["group"]] for example in held_out if example["group"] in near}


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
