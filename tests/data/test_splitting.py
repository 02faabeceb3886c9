"""Rows split into train, validation and test: exact counts, no group in two parts, and the remedy in every refusal."""

import random
import re
from collections import Counter
from itertools import combinations, pairwise
from typing import Any

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.splitting import Split, leaking_rows, split_groups, split_rows
from tests.helpers.stages import refused


# split_rows: a group is copies, and test takes one row of each.
def rows(sizes: list[int], strata: list[str] | None = None) -> list[dict]:
    """Return examples of one group for each of `sizes`, each group's rows with one source and targets of their own."""
    named, made = strata or ["ct", "mri", "us"], []
    for group, size in enumerate(sizes):
        common = {"group": f"g{group}", "stratum": named[group % len(named)], "source": f"source {group}"}
        made += [common | {"target": f"target {group} {copy}"} for copy in range(size)]
    return [{"id": str(number), **row} for number, row in enumerate(made, start=1)]


def by_row(examples, train, test, validation=0, duplicates="keep", seed=1, **more) -> Split:
    sizes = {"train": train, "validation": validation, "test": test}
    return split_rows(examples, **sizes, duplicates=duplicates, seed=seed, **more)


def ids(part) -> list[str]:
    return [row["id"] for row in part]


def check(found: Split, examples, train, test, validation):
    """Assert what holds for every split."""
    parts = (found.train, found.validation, found.test)
    assert (len(found.train), len(found.test)) == (train, test)
    assert len(found.validation) <= validation
    every = [row["id"] for part in parts for row in part]
    assert len(every) == len(set(every)), "a row is in two parts"
    assert set(every) <= set(ids(examples))
    check_groups(parts)
    assert len(groups_of(found.test)) == test, "test rows are distinct"
    assert found.left_out == len(examples) - len(every)


def check_groups(parts) -> None:
    """Assert that no group is in two parts."""
    for one, other in combinations(map(groups_of, parts), 2):
        assert not one & other


def groups_of(part: list[dict]) -> set[str]:
    return {row["group"] for row in part}


def test_any_structure_of_groups_is_split_or_refused():
    chance = random.Random(7)
    refusals = 0
    for trial in range(400):
        examples = rows([chance.choice([1, 1, 1, 2, 3, 10]) for _ in range(chance.randint(1, 40))])
        for row in examples:
            if chance.random() < 0.2:
                row["target"] = "same"
        chance.shuffle(examples)
        train, test = chance.randint(1, 40), chance.randint(1, 20)
        validation, duplicates = chance.randint(0, 10), chance.choice(["keep", "drop"])
        distinct = list({(row["group"], row["target"]): row for row in examples}.values())
        have = examples if duplicates == "keep" else distinct
        try:
            found = by_row(examples, train, test, validation, duplicates, trial)
        except UserError:
            refusals += 1
            # Rightly refused: even the best choice of test groups leaves too few rows.
            smallest = sorted(Counter(row["group"] for row in have).values())
            assert len(smallest) < test or sum(smallest[test:]) < train or len(have) < train + test
            continue
        check(found, examples, train, test, validation)
        assert found.duplicates == len(examples) - len(distinct)
        if duplicates == "drop":
            taken = [(row["group"], row["target"]) for part in (found.train, found.validation) for row in part]
            assert len(taken) == len(set(taken))
        assert found == by_row(examples, train, test, validation, duplicates, trial), "the seed fixes the split"
    assert 20 < refusals < 380


def test_the_seed_and_the_order_of_the_file():
    examples = rows([1] * 100)
    first, same, other = (by_row(examples, 60, 20, seed=seed) for seed in (1, 1, 2))
    assert first == same
    assert set(ids(first.test)) != set(ids(other.test))
    assert ids(first.train) != sorted(ids(first.train), key=int), "training rows are shuffled"
    kept = [row["group"] for row in by_row(rows([4] * 20), 40, 2).train]
    assert sum(one == other for one, other in pairwise(kept)) < 20, "rows of a group do not stand together"
    examples = grouped([5] * 20)
    first, second = by_group(examples, 20, 10, 10, seed=1), by_group(examples, 20, 10, 10, seed=2)
    assert groups_of(first.test) != groups_of(second.test)
    assert first.train != sorted(first.train, key=lambda row: row["id"]), "training rows are shuffled"
    # The part of a group does not depend on the order of the file.
    reverse_order = sorted(examples, key=lambda row: row["group"], reverse=True)
    assert groups_of(by_group(examples, 20, 10, 10).test) == groups_of(by_group(reverse_order, 20, 10, 10).test)


def test_strata_have_their_share_in_each_part():
    strata = ["ct"] * 6 + ["mri"] * 3 + ["us"]
    examples = rows([1] * 400, strata)
    for seed in range(5):
        found = by_row(examples, 300, 30, 30, seed=seed)
        for part, size in ((found.train, 300), (found.validation, 30), (found.test, 30)):
            counts = Counter(row["stratum"] for row in part)
            for stratum, share in (("ct", 0.6), ("mri", 0.3), ("us", 0.1)):
                assert abs(counts[stratum] - share * size) <= 2, (seed, size, counts)


def test_places_that_a_group_does_not_fill_exactly():
    examples = rows([1] * 100)
    assert [len(by_row(examples, 60, 20, count).validation) for count in (0, 5, 20, 50)] == [0, 5, 20, 20]
    assert [by_row(examples, 60, 20, count).left_out for count in (0, 5, 20, 50)] == [20, 15, 0, 0]
    assert by_row(rows([1] * 80), 60, 20, 30).validation == []
    # A group too large for the last places fills them with a part.
    found = by_row(rows([4, 4, 4, 1]), 10, 1)
    check(found, rows([4, 4, 4, 1]), 10, 1, 0)
    assert found.left_out == 2
    # Test takes rows without copies first.
    found = by_row(rows([2] * 20 + [1] * 10), 40, 10)
    assert {row["group"] for row in found.test} == {f"g{group}" for group in range(20, 30)}
    assert found.left_out == 0


def test_large_groups_do_not_fill_a_small_train():
    # Open-i: 11 groups of 20 to 69 normal reports. Whole groups made 22 of 300 training rows abnormal, beside 148 of
    # 300 test rows; a row of each group makes it 120.
    examples = rows([50] * 4 + [2] * 20 + [1] * 76)
    for seed in range(5):
        found = by_row(examples, 60, 20, 20, seed=seed)
        assert len(groups_of(found.train)) == 60, "a row of each"
        found = by_row(examples, 80, 20, 20, seed=seed)
        rows_of = Counter(Counter(row["group"] for row in found.train).values())
        assert rows_of[1] + rows_of[2] + rows_of[3] == 60, "then a second row of each, and so on"
        check(found, examples, 80, 20, 20)


@pytest.mark.parametrize("splitter", ["rows", "groups"])
def test_fewer_training_rows_are_a_part_of_more_beside_the_same_test_and_validation_rows(splitter):
    # So runs with other split.train are scored on the same rows, and a curve over them shows what more rows give.
    chance = random.Random(11)
    for seed in range(20):
        sizes = [chance.choice([1, 1, 2, 5, 20]) for _ in range(60)]
        examples, split = (rows(sizes), by_row) if splitter == "rows" else (grouped(sizes), by_group)
        if splitter == "rows":
            test, validation, most = 8, 6, len(examples) - sum(sorted(sizes)[-14:])
        else:
            test, validation, most = 12, 6, len(examples) // 2
        runs = [split(examples, train=count, test=test, validation=validation, seed=seed) for count in (most, 40, 10)]
        for larger, smaller in pairwise(runs):
            assert set(ids(smaller.train)) < set(ids(larger.train))
            assert smaller.test == larger.test
            assert smaller.validation == larger.validation
            assert len(smaller.validation) == validation


@pytest.mark.parametrize(
    ("sizes", "train", "test", "validation", "needs"),
    [
        ([1] * 330, 300, 30, 30, {"rows": 360, "train": 270}),
        ([2] * 46 + [1] * 238, 300, 30, 30, {"rows": 360, "train": 260}),
        ([1] * 80, 60, 20, 0, {}),  # none wanted
        ([1] * 81, 60, 20, 30, {}),  # one is left
        ([1] * 80, 60, 20, 60, {"rows": 140}),
    ],
)
def test_without_validation_rows_it_says_what_would_give_some(sizes, train, test, validation, needs):
    examples = rows(sizes)
    found = by_row(examples, train, test, validation)
    if "train" in needs:
        assert len(by_row(examples, needs["train"], test, validation).validation) == validation
        needs["train"] = found.validation_needs["train"]  # which groups are left depends on the order
    assert found.validation_needs == needs


@pytest.mark.parametrize(
    ("sizes", "train", "test", "remedy"),
    [
        ([1] * 10, 10, 2, "lower split.train to 8 "),
        ([3] * 4, 3, 5, "lower split.test "),
        ([1] * 5, 1, 5, "lower split.test "),  # split.train to 0 would be no remedy
        ([2] * 5, 9, 1, "lower split.train to 8 "),
    ],
)
def test_too_few_rows_name_the_number_to_lower(sizes, train, test, remedy):
    refused(f"has {sum(sizes)} .*{remedy}", by_row, rows(sizes), train, test)


@pytest.mark.parametrize("splitter", ["rows", "groups"])
def test_the_remedy_of_a_refusal_works(splitter):
    # What the message says leads to a split; it names no number where there are too few groups for any.
    chance, few = random.Random(3), []
    for trial in range(300):
        sizes = [chance.choice([1, 2, 5]) for _ in range(chance.randint(1, 8))]
        ask: dict[str, Any] = {"train": chance.randint(1, 40), "test": chance.randint(1, 15)}
        ask |= {"validation": chance.randint(0, 3), "seed": trial}
        examples, split = (rows(sizes), by_row) if splitter == "rows" else (grouped(sizes), by_group)
        try:
            split(examples, **ask)
            continue
        except UserError as error:
            less = re.findall(r"split\.(train|validation|test) to (\d+)", str(error))
        if less:
            assert all(int(number) <= ask[name] for name, number in less)
            split(examples, **ask | {name: int(number) for name, number in less})
        else:
            few.append(len(sizes))
    assert set(few) <= {1, 2}
    assert 1 in few


def test_merged_groups_are_split_as_one_under_its_name():
    merged = {"g1": "g0", "g5": "g0", "g3": "g2"}
    examples = rows([1, 2, 1, 1, 1, 1, 1, 1])  # g0: 4 rows, g2: 2 rows, g4, g6 and g7 one each
    for seed in range(10):
        found = by_row(examples, 5, 3, 1, seed=seed, merged=merged)
        assert groups_of(found.test) == {"g4", "g6", "g7"}
        assert Counter(row["group"] for row in found.train)["g0"] >= 3
        assert found == by_row(examples, 5, 3, 1, seed=seed, merged=merged)
    assert "g5" in groups_of(examples), "the input is not changed"
    message = r"in 5 groups of equal or nearly equal input: lower split\.train to 7 "
    refused(message, by_row, examples, 8, 2, merged=merged)
    # Rows of merged groups are not duplicates.
    examples = rows([1] * 6)
    for row in examples[:4]:
        row["target"] = "normal"
    found = by_row(examples, 5, 1, duplicates="drop", merged={"g1": "g0"})
    assert (found.duplicates, found.left_out) == (0, 0)


def test_rows_that_are_not_for_test_are_trained_on():
    examples = rows([1] * 30)
    excluded = {row["id"] for row in examples[:20]}
    for seed in range(3):
        found = by_row(examples, 20, 8, 2, seed=seed, not_for_test=excluded)
        check(found, examples, 20, 8, 2)
        assert excluded.isdisjoint(ids(found.test))
        assert not excluded.isdisjoint(ids(found.train))
    message = r"lower split\.test to 10 in the params file"
    refused(message, by_row, examples, 5, 11, not_for_test=excluded)


def test_unfit_rows_are_tested_and_never_trained_on():
    examples = rows([1] * 12)
    unfit = {"2", "3", "5", "7"}
    tested = set()
    for seed in range(6):
        found = by_row(examples, 6, 2, seed=seed, unfit=unfit)
        assert unfit.isdisjoint(ids(found.train))
        tested |= unfit & set(ids(found.test))
    assert tested


def test_a_leak_is_found_on_either_side_of_a_pair():
    known = [{"id": "1", "group": "a"}, {"id": "2", "group": "b"}]
    new = [{"id": "8", "group": "x"}, {"id": "9", "group": "y"}, {"id": "10", "group": "z"}]
    pairs = [("a", "x", 0.9), ("x", "b", 0.85), ("y", "a", 0.8), ("y", "b", 0.95), ("z", "y", 1.0)]
    assert leaking_rows(new, known, pairs) == {"8": ("1", 0.9), "9": ("2", 0.95)}


def test_of_a_test_group_the_longest_row_is_taken():
    # Of phrases cut out of a sentence that is the sentence.
    examples = rows([3] * 12)
    for row in examples:
        row["source"] = "word " * int(row["id"][-1])
    longest = {row["group"]: row["id"] for row in sorted(examples, key=lambda row: len(row["source"]))}
    for seed in range(3):
        found = by_row(examples, 15, 4, 3, seed=seed)
        check(found, examples, 15, 4, 3)
        assert len(found.validation) == 3
        assert {row["id"] for row in found.test + found.validation} <= set(longest.values())


def grouped(sizes: list[int]) -> list[dict]:
    return [
        {"id": f"{group}-{number}", "group": f"g{group:02}", "target": "x"}
        for group, size in enumerate(sizes)
        for number in range(size)
    ]


def by_group(examples: list[dict], train: int, validation: int, test: int, seed: int = 1, **more) -> Split:
    return split_groups(examples, train=train, validation=validation, test=test, seed=seed, **more)


def test_any_structure_of_groups_is_split_by_group_or_refused():
    chance, refusals = random.Random(5), 0
    for trial in range(300):
        examples = grouped([chance.choice([1, 3, 8, 20]) for _ in range(chance.randint(1, 30))])
        sizes = chance.randint(1, 40), chance.randint(0, 12), chance.randint(1, 20)
        before = [dict(row) for row in examples]
        try:
            found = by_group(examples, *sizes, seed=trial)
        except UserError:
            refusals += 1
            continue
        parts = (found.train, found.validation, found.test)
        assert tuple(map(len, parts)) == sizes
        every = [row["id"] for part in parts for row in part]
        assert len(set(every)) == len(every) == len(examples) - found.left_out
        check_groups(parts)
        assert found.duplicates == 0
        assert examples == before, "the input is not changed"
        assert found == by_group(examples, *sizes, seed=trial), "the seed fixes the split"
    assert 20 < refusals < 200


def test_a_part_has_rows_of_many_groups():
    examples = grouped([50] * 30)  # as SQuAD: few articles, many questions each
    for seed in range(5):
        found = by_group(examples, 300, 50, 100, seed)
        # Of 1,500 rows a part has the groups of its share: a fifth for test, a tenth for validation.
        assert [len(groups_of(part)) for part in (found.test, found.validation, found.train)] == [6, 3, 21]
        counts = Counter(row["group"] for row in found.test)
        assert max(counts.values()) < 30, counts


def test_merged_groups_go_to_one_part_and_unfit_rows_are_not_trained_on():
    examples = grouped([4] * 12)
    unfit = {row["id"] for row in examples if row["id"].endswith("-0")}
    merged = {f"g{group:02}": f"g{group - 1:02}" for group in range(1, 12, 2)}
    test_rows = 0
    for seed in range(6):
        found = by_group(examples, 12, 4, 4, seed, merged=merged, unfit=unfit)
        parts = (found.train, found.validation, found.test)
        numbers = [{int(row["id"].split("-")[0]) // 2 for row in part} for part in parts]
        assert not numbers[0] & numbers[1] | numbers[0] & numbers[2] | numbers[1] & numbers[2]
        assert all(row["group"] in {f"g{group:02}" for group in range(0, 12, 2)} for part in parts for row in part)
        assert unfit.isdisjoint(row["id"] for row in found.train)
        test_rows += sum(row["id"] in unfit for row in found.test)
    assert test_rows > 0


@pytest.mark.parametrize(("sizes", "train", "validation", "test", "message"), [
    ([5] * 4, 18, 2, 5, r"18 train \+ 2 validation \+ 5 test\).* has 20 in 4 groups, .*: lower split\.train to 10 in"),
    ([20], 6, 0, 5, r"which leaves 0 for train: bring rows of more groups$"),
    ([3, 3], 1, 1, 10, r"which leaves 6 for test: lower split\.test"),
    ([], 1, 0, 1, r"has 0 in 0 groups, which leaves 0 for test"),
])  # fmt: skip
def test_too_few_rows_or_groups_are_refused(sizes, train, validation, test, message):
    refused(message, by_group, grouped(sizes), train, validation, test, origin="squad.json")
