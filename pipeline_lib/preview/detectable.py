"""The smallest difference that the test rows of a split can show, told before any model is trained.

It is what evaluation/power.py finds: for a share of rows that of McNemar's exact test, else about 2.8 standard errors
of the difference. The rows of two systems are taken to correlate by r = 0.5, since nobody has measured it yet. Then a
difference has the standard error of the best baseline's own score s on the same rows, s * sqrt(2 - 2r).
Of drawing groups and drawing rows the larger error counts, since a baseline may do equally well on all groups where a
model does not. On the six pipelines of this project the estimate by standard errors was 0.7 to 1.4 times what the
trained model's rows then gave.
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline_lib.core.rows import Answer, Example
from pipeline_lib.evaluation.baselines import Score, answer_baseline
from pipeline_lib.evaluation.power import LEAST_WINS, losses_of_correlated, smallest_by_exact_test, smallest_by_normal
from pipeline_lib.evaluation.score_table import columns, row_table
from pipeline_lib.evaluation.scoring import Scoring
from pipeline_lib.evaluation.significance import rate_of_rows, standard_error

TRAIN_ROWS = 300  # training rows, at most, that the baselines are fitted to
LABELLED_ROWS = 3000  # of a task that gives labels: its baselines take less time
TEST_ROWS = 500  # test rows, at most, that they answer
_ROUNDING = 1e-9  # a smaller error is rounding: all rows score alike
NORMAL = (
    "2.8 standard errors, more of few rows (a two-sided test at 5% with 80% power: Bloom 1995), with the "
    "standard error of the best baseline's score on these rows: two systems that agree on rows with a correlation of "
    "0.5 differ with that error"
)
EXACT = (
    "McNemar's exact test at 5% with 80% power, against the best baseline's score on these rows; the rows that two "
    "systems have right are taken to correlate by 0.5"
)


@dataclass(frozen=True)
class Detectable:
    """What the test rows can show, in the headline metric."""

    metric: str  # its title
    better: str  # higher | lower
    baseline: str  # the one with the best score on these rows, as the score stage takes it
    meaning: str  # what it does, in words
    score: float  # its score on the test rows
    smallest: float | None  # the smallest difference to it that can be shown; None where that is not known, or none can
    formula: str  # how it was found: NORMAL | EXACT
    groups: int  # groups of the test rows
    least_wins: int | None  # groups that must be better, none being worse, before a test says better; None: too few
    fitted: int  # training rows that it was fitted to
    scored: int  # test rows that it answered


def detectable(
    parts: Mapping[str, Sequence[Example]], scoring: Scoring, settings: Mapping[str, Any], seed: int
) -> Detectable:
    """Return what the test rows of a split can show. Large parts are sampled by `seed`, and the error is scaled.

    `settings` are the scoring's own parameters.
    """
    train = parts["train"][: LABELLED_ROWS if "labels" in parts["train"][0] else TRAIN_ROWS]
    test, share = _sampled(parts["test"], TEST_ROWS, seed)
    fitted = scoring.fit(train)
    score = _remembered(partial(scoring.score, **fitted))
    baselines = {name: answer_baseline(name, train, test, score) for name in scoring.BASELINES}
    answers: dict[str, list[Answer]] = {
        name: [
            {"id": row["id"], "prediction": answer, "reference": row["target"]}
            for row, answer in zip(test, baseline.answers, strict=True)
        ]
        for name, baseline in baselines.items()
    }
    best = _best(answers, test, score)
    metric = scoring.metrics(test, **settings)[scoring.HEADLINE]
    table = row_table(test, [0.0] * len(test), {best: answers[best]}, scoring, {**settings, **fitted})
    numbers = columns(table, best, metric)
    groups = round(table["group"].nunique() / share)
    rate = rate_of_rows(numbers, metric.value, list(table["group"]))
    if groups < LEAST_WINS:
        smallest = None
    elif rate is not None:
        value, rows_apart = rate
        right = value if metric.better == "higher" else 1 - value
        smallest = smallest_by_exact_test(rows_apart / share, *losses_of_correlated(right))
    else:
        units = [list(table["group"]), list(table["id"])]
        error = max(standard_error(numbers, metric.value, unit, seed) or 0.0 for unit in units) * math.sqrt(share)
        smallest = smallest_by_normal(error, groups) if error > _ROUNDING else None
    return Detectable(
        metric=metric.title,
        better=metric.better,
        baseline=best,
        meaning=baselines[best].meaning,
        score=float(metric.value(*numbers.sum(axis=0))),
        smallest=smallest,
        formula=NORMAL if rate is None else EXACT,
        groups=groups,
        least_wins=LEAST_WINS if groups >= LEAST_WINS else None,
        fitted=len(train),
        scored=len(test),
    )


def _best(answers: Mapping[str, Sequence[Answer]], rows: Sequence[Example], score: Score) -> str:
    """Return the baseline with the highest score on `rows`; the first of equal ones."""
    totals = {
        name: sum(score(answer["prediction"], row) for row, answer in zip(rows, given, strict=True))
        for name, given in answers.items()
    }
    return max(totals, key=lambda name: totals[name])


def _remembered(score: Score) -> Score:
    """Return `score`, which computes the score of an answer to a row once: baselines often give the same one again."""
    known: dict[tuple[int, str], float] = {}

    def remembered(answer: str, row: Example) -> float:
        key = (id(row), answer)
        if key not in known:
            known[key] = score(answer, row)
        return known[key]

    return remembered


def _sampled(rows: Sequence[Example], most: int, seed: int) -> tuple[list[Example], float]:
    """Return the rows of some groups, about `most` in all where there are more, and the groups' share of all."""
    if len(rows) <= most:
        return list(rows), 1.0
    groups = list(dict.fromkeys(row["group"] for row in rows))
    kept = max(2, round(len(groups) * most / len(rows)))
    chosen = set(random.Random(seed).sample(groups, min(kept, len(groups))))
    return [row for row in rows if row["group"] in chosen], len(chosen) / len(groups)
