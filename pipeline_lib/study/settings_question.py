"""Which setting? The validation rows choose it, and the test rows are asked about the chosen one alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from pipeline_lib.evaluation.model_selection import ranked
from pipeline_lib.evaluation.run_comparison import known_metrics
from pipeline_lib.evaluation.significance import p_text
from pipeline_lib.evaluation.validation_figures import LIKELIHOOD
from pipeline_lib.report.settings_table import Compared, Setting
from pipeline_lib.study.ledger import Ledger, holm, look_sentence
from pipeline_lib.study.study_runs import Cell, Design, StudyRun, listed, shown
from pipeline_lib.study.two_level import Difference, difference


def settings_question(design: Design, ledger: Ledger, seed: int) -> dict[str, Any] | None:
    """Return the settings by their validation figure, the best first, and the test of the chosen one; None for one.

    Where sizes differ too, settings are compared at one size: that of the committed run, else the largest at which
    there are several. Of equal settings model_selection.ranked chooses, for which the committed one is named first.
    `chosen` is None where a setting lacks its validation figure: then `why` says so.
    """
    cells = _of_one_size(design.cells)
    if len(cells) < 2:
        return None
    lacking = [run.name for cell in cells for run in cell.runs if run.validation is None]
    rows = [_row(design, cell) for cell in cells]
    found: dict[str, Any] = {"size": cells[0].size, "settings": rows, "chosen": None, "test": None, "why": None}
    if lacking:
        none = len(lacking) == sum(len(cell.runs) for cell in cells)
        who = "no run has a" if none else f"{listed(lacking)} {'have' if len(lacking) > 1 else 'has'} no"
        found["why"] = (
            f"Nothing can be chosen: {who} figure of validation rows. Set split.validation above 0 and run again; to "
            "choose by the test rows would use them up."
        )
        return found
    counts = sorted(
        {int((run.run.scores.get("validation") or {}).get("n") or 0) for cell in cells for run in cell.runs}
    )
    if len(counts) > 1:
        found["why"] = (
            "Nothing can be chosen: the runs have different numbers of validation rows "
            f"({' and '.join(map(str, counts))}). Run them with one split.validation."
        )
        return found
    order = ranked([(row["validation"], row["validation_loss"]) for row in rows], design.metric.better)
    found["settings"] = [rows[at] for at in order]
    chosen = cells[order[0]]
    found["settings"][0]["chosen"] = True
    found["chosen"] = rows[order[0]]["setting"]
    if chosen.has_start:
        found["why"] = "The committed setting is the best on the validation rows: keep it. Nothing is tested."
        return found
    start = next((cell for cell in design.cells if cell.has_start), None)
    if start is None:
        found["why"] = "The start has no figures to compare with: run it, commit its metrics, and study again."
        return found
    found["test"] = _test(design, chosen, start, ledger, seed)
    return found


def _of_one_size(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells of the committed run's size, or where it has one setting, of the largest that has several."""
    own = next((shown(cell.size) for cell in cells if cell.has_start), None)
    by_size: dict[str, list[Cell]] = {}
    for cell in cells:
        by_size.setdefault(shown(cell.size), []).append(cell)
    several = [part for part in by_size.values() if len(part) > 1]
    if own in by_size and len(by_size[own]) > 1:
        return by_size[own]
    return max(several, key=lambda part: float(part[0].size) if _is_number(part[0].size) else 0.0, default=[])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _row(design: Design, cell: Cell) -> dict[str, Any]:
    """Return a setting's figures on validation rows, the mean over its runs; an interval where it has one run."""
    headline, known = design.first.headline, known_metrics(design.first)
    figures = [run.run.scores.get("validation") or {} for run in cell.runs]

    def mean(name: str) -> float | None:
        values = [float(one[name]) for one in figures if one.get(name) is not None]
        return float(np.mean(values)) if len(values) == len(figures) else None

    others = [name for name in figures[0] if name in known and name not in (headline, *LIKELIHOOD)]
    low, high = (figures[0].get(f"{headline}_{end}") if len(figures) == 1 else None for end in ("low", "high"))
    return {
        "setting": cell.label,
        "params": {name: shown(value) for name, value in cell.setting},
        "runs": [run.name for run in cell.runs],
        "seeds": cell.seeds,
        "validation": mean(headline),
        "validation_low": low,
        "validation_high": high,
        "validation_others": {known[name].title: value for name in others if (value := mean(name)) is not None},
        "validation_loss": mean("loss"),
        "committed": cell.has_start,
        "chosen": False,
    }


def compared_settings(study: Mapping[str, Any]) -> Compared:
    """Return the settings of a study that has several, as table, chart and picture take them."""
    return Compared(
        study["title"],
        study["better"],
        study["validation"] if study["which_setting"]["chosen"] is not None else 0,
        [
            Setting(
                row["setting"],
                "",
                row["validation"],
                row["validation_low"],
                row["validation_high"],
                row["validation_others"],
                row["validation_loss"],
                runs=len(row["runs"]),
                chosen=row["chosen"],
                committed=row["committed"],
            )
            for row in study["which_setting"]["settings"]
        ],
    )


def common_seeds(ours: Cell, theirs: Cell) -> tuple[list[StudyRun], list[StudyRun]]:
    """Return the runs of both cells that have the same seeds, in one order; one mean of all where none is common."""
    by_seed = {shown(run.params.get("seed")): run for run in theirs.runs}
    pairs = [(run, by_seed[key]) for run in ours.runs if (key := shown(run.params.get("seed"))) in by_seed]
    return ([one for one, _ in pairs], [other for _, other in pairs]) if pairs else ([], [])


def paired_numbers(design: Design, ours: Cell, theirs: Cell) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    """Return the tuned model's columns (S, n, C) in both cells by seed, and those seeds.

    Where no seed is common, S is 1 and the columns are the mean over each side's seeds, and there are no seeds.
    """
    one, other = common_seeds(ours, theirs)
    if one:
        return design.numbers(one, "tuned"), design.numbers(other, "tuned"), [run.params.get("seed") for run in one]
    return (
        design.numbers(ours.runs, "tuned").mean(axis=0, keepdims=True),
        design.numbers(theirs.runs, "tuned").mean(axis=0, keepdims=True),
        [],
    )


def _test(design: Design, chosen: Cell, start: Cell, ledger: Ledger, seed: int) -> dict[str, Any]:
    """Return the chosen setting's difference from the start on the test rows, its p adjusted for the looks there were.

    The verdict is "better" or "worse" only where the adjusted p is below 0.05 as well.
    """
    metric = design.metric
    ours, theirs, seeds = paired_numbers(design, chosen, start)
    found = difference(ours, theirs, metric.value, metric.better, design.groups, seed)
    family = max(1, len(ledger.results) - 1)  # the start is a look, but no comparison with itself
    adjusted = holm([found.p], family)[0]
    verdict = found.verdict if adjusted < 0.05 else "no clear difference"
    place = max(ledger.place(run.run) for run in chosen.runs)
    means = [float(metric.value(*side.mean(axis=0).sum(axis=0))) for side in (ours, theirs)]
    return {
        "chosen": means[0],
        "start": means[1],
        **asdict(found),
        "seeds": seeds,
        "verdict": verdict,
        "verdict_unadjusted": found.verdict,
        "p_adjusted": adjusted,
        "p_adjusted_text": _adjusted_text(adjusted, found),
        "family": family,
        "looks": len(ledger.results),
        "look": look_sentence(
            ledger, place, "The chosen run" if len(chosen.runs) == 1 else "The last run of the chosen setting"
        ),
    }


def _adjusted_text(adjusted: float, found: Difference) -> str:
    """Return the adjusted p as text, "<= ..." where p itself is the smallest that its test can have."""
    return f"<= {p_text(adjusted)}" if found.p_text.startswith("<") else p_text(adjusted)
