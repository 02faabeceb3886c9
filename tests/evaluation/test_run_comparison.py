"""A comparison of two runs in memory: over groups, by the seed, row by row, and what is left out of it."""

import numpy as np
import pandas as pd
import pytest

from pipeline_lib.evaluation.metrics.definitions import METRICS, definition
from pipeline_lib.evaluation.run_comparison import Run, compare
from pipeline_lib.evaluation.significance import gain
from tests.helpers.stages import refused

NAMES = ("rougeL", "perplexity")
GROUPS = [f"group-{number // 2}" for number in range(24)]


def run(name: str, scores: list[float], tokens: list[int] | None = None, order: list[int] | None = None) -> Run:
    """Return a run with these scores; its rows stand in `order`."""
    table = {"id": [f"row-{number}" for number in range(24)], "group": GROUPS, "leaked": 0, "rows": 1}
    table |= {"tokens": tokens or [10] * 24, "tuned.nats": [5.0] * 24, "tuned.rougeL": scores}
    rows = pd.DataFrame(table).set_index("id")
    metrics = {metric: definition(METRICS[metric]) for metric in NAMES}
    return Run(name, None, "rougeL", "hash", metrics, {}, [], rows.iloc[order] if order else rows)


def scores(seed: int, level: float = 0.4) -> list[float]:
    """Return scores of which those of a group are alike, and few groups are far above the others."""
    random = np.random.default_rng(seed)
    of_group = [0.1 * random.exponential() for _ in range(12)]
    return [level + random.uniform(-0.02, 0.02) + of_group[number // 2] for number in range(24)]


A, B = run("a", scores(1)), run("b", scores(2, 0.45), order=[*range(12, 24), *range(12)])


@pytest.mark.parametrize("seed", [0, 7])
def test_a_gain_is_bs_over_a_by_group_and_seed(seed):
    found = compare(A, B, "tuned", seed, 3)["metrics"]["rougeL"]
    ours, theirs = ([[one, 1.0] for one in given] for given in (scores(2, 0.45), scores(1)))
    over = vars(gain(np.array(ours), np.array(theirs), METRICS["rougeL"].value, "higher", GROUPS, seed))
    assert {key: found[key] for key in over} == pytest.approx(over)


def test_another_seed_draws_others():
    first, second = (compare(A, B, "tuned", seed, 3)["metrics"]["rougeL"] for seed in (0, 7))
    assert [first[key] for key in ("low", "high")] != [second[key] for key in ("low", "high")], (
        "else the test above could not see that the seed is ignored"
    )


def test_figures_a_token_are_compared_only_where_every_row_has_the_same_tokens():
    other = run("b", scores(2), tokens=[11, *[10] * 23])
    assert compare(A, other, "tuned", 0, 3)["other_tokens"] == ["perplexity"]
    assert compare(A, B, "tuned", 0, 3)["other_tokens"] == []


def test_rows_that_gained_and_lost_most_come_first():
    changed = [0.4] * 24
    for number, step in enumerate((0.1, -0.2, 0.3, -0.05, 0.0)):
        changed[number] += step
    found = compare(run("a", [0.4] * 24), run("b", changed), "tuned", 0, 1)
    assert [row["id"] for row in found["gained"]] == ["row-2"]
    assert [row["id"] for row in found["lost"]] == ["row-1"]
    every = compare(run("a", [0.4] * 24), run("b", changed), "tuned", 0, 9)
    assert [row["id"] for row in every["gained"]] == ["row-2", "row-0"]
    assert [row["id"] for row in every["lost"]] == ["row-1", "row-3"], "a row that changed nothing is in neither"


def test_other_groups_are_refused():
    other = run("b", scores(2))
    other.rows["group"] = [f"group-{number // 3}" for number in range(24)]
    refused("both must group the test rows alike, a and b do not", compare, A, other, "tuned", 0, 3)
