"""The figures of a split count what should not be: a group in two parts, test rows that nearly equal training rows."""

from types import SimpleNamespace
from typing import Any

from pipeline_lib.data.split_figures import split_figures


def row(group: str, leak: str = "") -> dict[str, Any]:
    return {"group": group, "leak": leak, "stratum": "", "source": "a b", "target": "c"}


def test_groups_in_two_parts_and_leaked_rows_are_counted():
    parts = {
        "train": [row("a"), row("a"), row("b", leak="7")], "validation": [row("b")],
        "test": [row("a"), row("c", leak="1"), row("d", leak="2")],
    }  # fmt: skip
    rows: Any = SimpleNamespace(count=7, faults={}, incomplete=0, unsupported=[], test=[], train=parts["train"])
    split: Any = SimpleNamespace(
        parts=parts, duplicates=0, groups=4, near_duplicates=0, merged_groups=0, not_trained_on={}, too_close=0,
        left_out=0, validation_needs={},
    )  # fmt: skip
    found = split_figures(rows, split, parts, "keep")
    assert (found["shared_groups"], found["leaked"]) == (2, 2)
    assert (found["train"], found["validation"], found["test"]) == (3, 1, 3)
