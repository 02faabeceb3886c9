"""Kinds of rows whose share of the training rows is another than that of the test rows."""

import pytest

from pipeline_lib.evaluation.row_kinds import unlike_training


def rows(normal: int, abnormal: int, groups: int = 10_000) -> list[dict]:
    kinds = ["normal"] * normal + ["abnormal"] * abnormal
    return [{"id": str(place), "group": str(place % groups), "kind": kind} for place, kind in enumerate(kinds)]


def found(train: list[dict], test: list[dict]) -> list[dict]:
    return unlike_training(train, test, lambda row: {"finding": row["kind"]})


def test_a_kind_that_is_rare_among_training_rows_is_found():
    # Open-i before train took a row of each group.
    assert found(rows(278, 22), rows(152, 148)) == [
        {"slice": "finding", "value": "abnormal", "train": pytest.approx(22 / 300), "test": pytest.approx(148 / 300)},
        {"slice": "finding", "value": "normal", "train": pytest.approx(278 / 300), "test": pytest.approx(152 / 300)},
    ]
    # Of many kinds the one that differs most comes first; one that training rows lack counts.
    test = rows(150, 60) + [{"id": "x", "group": f"x{place}", "kind": "other"} for place in range(90)]
    assert [(one["value"], one["train"]) for one in found(rows(300, 0), test)] == [
        ("normal", 1.0), ("other", 0.0), ("abnormal", 0.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (rows(6000, 4000), rows(5100, 4900)),  # 0.09 apart, and surely so
        (rows(180, 120), rows(12, 18)),  # 0.2 apart, and 30 rows may be so by chance
        (rows(278, 22, groups=9), rows(152, 148, groups=9)),  # rows of a few groups
    ],
)
def test_what_is_small_or_may_be_chance_is_not(train, test):
    assert found(train, test) == []


def test_dialogues_are_not_compared_with_turns():
    assert found([{"group": "1", "turns": []}] * 300, rows(152, 148)) == []
