"""Would more rows help? The tuned model and the baselines by the number of training rows, and the last step tested."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pipeline_lib.study.settings_question import paired_numbers
from pipeline_lib.study.study_runs import Cell, Design
from pipeline_lib.study.two_level import difference, level


def sizes_question(design: Design, seed: int) -> list[dict[str, Any]]:
    """Return the learning curve of each setting that was trained on several numbers of rows; [] where none was."""
    by_setting: dict[str, list[Cell]] = {}
    for cell in design.cells:
        if isinstance(cell.size, int):
            by_setting.setdefault(cell.label, []).append(cell)
    return [_curve(design, cells, seed) for cells in by_setting.values() if len(cells) > 1]


def _curve(design: Design, cells: Sequence[Cell], seed: int) -> dict[str, Any]:
    """Return the points of a curve, the fewest rows first, each the mean over its seeds with its interval."""
    cells = sorted(cells, key=lambda cell: cell.size)
    metric, groups = design.metric, design.groups
    points = []
    for cell in cells:
        systems = {}
        for name in ("tuned", *design.systems):
            value, low, high = level(design.numbers(cell.runs, name), metric.value, groups, seed)
            systems[name] = {"value": value, "low": low, "high": high}
        points.append(
            {"rows": cell.size, "seeds": cell.seeds, "runs": [run.name for run in cell.runs], "systems": systems}
        )
    smaller, larger = cells[-2], cells[-1]
    ours, theirs, seeds = paired_numbers(design, larger, smaller)
    step = difference(ours, theirs, metric.value, metric.better, groups, seed)
    return {
        "setting": cells[0].label,
        "systems": list(design.systems),
        "points": points,
        "last_step": {"from": smaller.size, "to": larger.size, "seeds": seeds, **asdict(step)},
    }
