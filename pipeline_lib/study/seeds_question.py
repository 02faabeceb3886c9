"""Is it the seed? How far apart runs are that differ in their seed alone, and the verdict over seeds and rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from pipeline_lib.evaluation.significance import against_all
from pipeline_lib.report.charts import short_label
from pipeline_lib.study.study_runs import Cell, Design, shown
from pipeline_lib.study.two_level import LEAST_SEEDS, difference, level


def seeds_question(design: Design, seed: int) -> list[dict[str, Any]]:
    """Return the answer for each setting and size with LEAST_SEEDS seeds or more, that of the committed run first."""
    cells = [cell for cell in design.cells if len(cell.runs) >= LEAST_SEEDS]
    cells.sort(key=lambda cell: (not cell.has_start, cell.label, cell.size if isinstance(cell.size, int) else 0))
    return [_answer(design, cell, seed) for cell in cells]


def in_full(answers: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the answers that are shown in full, and the rest that are a line each: of more than two all but one."""
    full = len(answers) if len(answers) <= 2 else 1
    return list(answers[:full]), list(answers[full:])


def cell_name(answer: Mapping[str, Any]) -> str:
    """Return which setting and size an answer is of: "lr 0.001, 300 training rows"."""
    return ", ".join(filter(None, [answer["setting"], _size(answer)]))


def cell_label(answer: Mapping[str, Any]) -> str:
    """Return the same as it fits over a chart: of a long setting the start, and the size."""
    return short_label(answer["setting"], _size(answer))


def _size(answer: Mapping[str, Any]) -> str:
    return f"{answer['size']:,} training rows" if isinstance(answer["size"], int) else ""


def _answer(design: Design, cell: Cell, seed: int) -> dict[str, Any]:
    """Return the spread of the tuned figure and of its gain between seeds, and the gain over each system.

    The best baseline is the one with the best mean over the seeds. The verdict is over every baseline and the untrained
    model (significance.against_all), each with the interval of two_level.difference.
    """
    metric, groups = design.metric, design.groups
    tuned = design.numbers(cell.runs, "tuned")

    def of_seeds(numbers: np.ndarray) -> np.ndarray:
        return np.array([float(metric.value(*one.sum(axis=0))) for one in numbers])

    figures = {name: design.numbers(cell.runs, name) for name in design.systems}
    by_seed = {name: of_seeds(numbers) for name, numbers in figures.items()}
    sign = 1.0 if metric.better == "higher" else -1.0
    baselines = [name for name in figures if name != "untrained"] or list(figures)
    best = max(baselines, key=lambda name: sign * by_seed[name].mean())
    own = of_seeds(tuned)
    each = {
        name: asdict(difference(tuned, numbers, metric.value, metric.better, groups, seed))
        for name, numbers in figures.items()
    }
    value, low, high = level(tuned, metric.value, groups, seed)
    return {
        "setting": cell.label,
        "params": {name: shown(value) for name, value in cell.setting},
        "size": cell.size,
        "committed": cell.has_start,
        "runs": [run.name for run in cell.runs],
        "seeds": cell.seeds,
        "tuned": {"value": value, "low": low, "high": high, **_spread(own)},
        "gain": _spread(own - by_seed[best]),
        "best_baseline": best,
        "each": each,
        "verdict": against_all({name: (over["verdict"], over["p"]) for name, over in each.items()}, best),
    }


def _spread(values: np.ndarray) -> dict[str, Any]:
    """Return the mean, the standard deviation between seeds, the smallest, the largest and all values."""
    return {
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)),
        "min": float(values.min()),
        "max": float(values.max()),
        "by_seed": [float(value) for value in values],
    }
