"""A study: the runs that were named, the questions that they can answer, and the answers as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.report.wording import chart_name
from pipeline_lib.study.experiments import Chosen, Experiment, choose
from pipeline_lib.study.ledger import read_ledger
from pipeline_lib.study.seeds_question import seeds_question
from pipeline_lib.study.settings_question import settings_question
from pipeline_lib.study.sizes_question import sizes_question
from pipeline_lib.study.study_runs import START, Design, StudyRun, check_study, design, listed, read_study_run, shown


def study(
    names: Sequence[str], revision: str | None, folder: str, seed: int
) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Return the answers of the experiments `names` (none: all) on `revision`, whose metrics lie in `folder`.

    The committed run at the start is one of the runs. Plain values, for JSON, page and picture; `notes` say what was
    left out. Beside them the committed run's flat params. Raises UserError for experiments that cannot be studied
    together, and where there are fewer than two runs.
    """
    chosen = choose(names, revision)
    notes = _unfinished(chosen)
    found: dict[str, StudyRun] = {}
    for one in (Experiment(START, chosen.start, ""), *chosen.finished):
        if one.commit not in found:
            try:
                found[one.commit] = read_study_run(one, folder)
            except UserError as error:  # such as an experiment that stopped before it was scored
                notes.append(f"{one.name} is left out: {str(error).replace(one.commit, one.name)}")
    start, every = _of_one_split(found, chosen.start, notes)
    _check_enough(every, start, chosen, notes)
    check_study(every)
    made = design(every, start)
    notes += [f"{name} has the same params as {kept}: left out" for name, kept in made.repeats]
    if len(made.runs) < 2:
        raise UserError(f"a study needs two runs with different params, all here have the same ones ({_told(notes)})")
    ledger = read_ledger(made.first.test_rows, len(made.first.rows), folder, [run.run for run in every])
    answers = {
        "start": chosen.start,
        "task": made.runs[0].params.get("task"),
        "headline": made.first.headline,
        "title": made.metric.title,
        "better": made.metric.better,
        "test_rows": made.first.test_rows,
        "n": len(made.first.rows),
        "groups": len(set(made.groups)),
        "validation": next((n for run in made.runs if (n := _validation_rows(run))), 0),
        "meanings": {name: made.first.baselines.get(name, "the untrained model") for name in made.systems},
        "names": {name: _called(made, name) for name in made.systems},
        "runs": _runs(made),
        "looks": {"results": len(ledger.results), "complete": ledger.complete},
        "which_setting": settings_question(made, ledger, seed),
        "is_it_the_seed": seeds_question(made, seed),
        "would_more_rows_help": sizes_question(made, seed),
        "notes": notes,
        "seed": seed,
    }
    return answers, start.params if start else {}


def _unfinished(chosen: Chosen) -> list[str]:
    """Return a line for each state of the experiments without a result: "a and b are queued: left out"."""
    by_state: dict[str, list[str]] = {}
    for one in chosen.unfinished:
        by_state.setdefault(one.state, []).append(one.name)
    found = []
    for state, names in by_state.items():
        verb = "" if state == "failed" else "is " if len(names) == 1 else "are "
        log = f", dvc queue logs {names[0]} says why" * (state == "failed")
        found.append(f"{listed(names)} {verb}{state}: left out{log}")
    return found


def _of_one_split(
    found: Mapping[str, StudyRun], committed: str, notes: list[str]
) -> tuple[StudyRun | None, list[StudyRun]]:
    """Return the committed run and all runs; without it where no experiment has its test rows, as a line then says.

    So it is where new data were committed and experiments started before a run of them was committed.
    """
    start, every = found.get(committed), list(found.values())
    others = [run for run in every if run is not start]
    if start is None or len(others) < 2 or start.run.test_rows in {run.run.test_rows for run in others}:
        return start, every
    notes.append(
        "the committed run is left out: no experiment has its test rows; to compare with it, dvc repro and commit the "
        "metrics before the experiments"
    )
    return None, others


def _check_enough(every: Sequence[StudyRun], start: StudyRun | None, chosen: Chosen, notes: Sequence[str]) -> None:
    if len(every) > 1:
        return
    queued = any(one.state == "queued" for one in chosen.unfinished)
    start_them = "dvc queue start" if queued else "dvc exp run --queue -S seed=1,2,3 and dvc queue start"
    what = "there is none" if not every else "there is one, the committed one" if start else "there is one"
    raise UserError(
        f"a study needs at least two finished runs, on {chosen.start[:7]} {what} ({_told(notes)}): run some with "
        f"{start_them}, or name them"
    )


def _told(notes: Sequence[str]) -> str:
    """Return the first notes in one line."""
    return "; ".join(notes[:3]) + (f"; and {len(notes) - 3} more" if len(notes) > 3 else "") or "nothing is queued"


def _called(made: Design, name: str) -> str:
    """Return what people call a system."""
    return chart_name({"labels": made.first.labels} if made.first.labels else {}, name)


def _validation_rows(run: StudyRun) -> int:
    return int((run.run.scores.get("validation") or {}).get("n") or 0)


def _runs(made: Design) -> list[dict[str, Any]]:
    """Return each run with the params that differ, and its figures."""
    return [
        {
            "name": run.name,
            "commit": run.commit,
            "setting": cell.label,
            "params": {name: shown(value) for name, value in cell.setting},
            "seed": run.params.get("seed"),
            "rows": cell.size,
            "validation": run.validation,
            "test": float(made.metric.value(*made.numbers([run], "tuned")[0].sum(axis=0))),
        }
        for cell in made.cells
        for run in cell.runs
    ]
