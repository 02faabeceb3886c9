"""The runs of a study: their figures and params, checked to be comparable, and grouped by the params that differ."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.metrics.definitions import Metric
from pipeline_lib.evaluation.run_comparison import (
    Run,
    check_comparable,
    known_metrics,
    metrics_files,
    read_files,
    run_of,
)
from pipeline_lib.evaluation.score_table import columns
from pipeline_lib.report.seeds_verdict import NOT_SEEN, flat_params
from pipeline_lib.study.experiments import Experiment

SEED, SIZE = "seed", "split.train"
PARAMS = "params.yaml"
START = "start"  # the name of the committed run
MOST_NAMED = 5  # runs in a line


@dataclass(frozen=True)
class StudyRun:
    """A scored run and the params it was made with, a flat mapping: {"lora.r": 16}."""

    name: str
    commit: str
    run: Run
    params: Mapping[str, Any]

    @property
    def validation(self) -> float | None:
        """The headline figure on the validation rows; None where there are none."""
        found = self.run.scores.get("validation") or {}
        value = found.get(self.run.headline)
        return None if value is None else float(value)


@dataclass(frozen=True)
class Cell:
    """The runs that differ in their seed alone, one a seed."""

    setting: tuple[tuple[str, Any], ...]  # the params that differ between the runs of the study, but seed and size
    size: Any  # split.train
    runs: tuple[StudyRun, ...]
    has_start: bool  # whether the committed run is one of them

    @property
    def seeds(self) -> list[Any]:
        """The seeds of the runs."""
        return [run.params.get(SEED) for run in self.runs]

    @property
    def label(self) -> str:
        """The setting in words, "lr 0.0003, epochs 5"; that of the committed run where nothing differs."""
        return ", ".join(f"{name} {shown(value)}" for name, value in self.setting) or "the committed setting"


@dataclass(frozen=True)
class Design:
    """All runs of a study by setting, size and seed, the start's cell first."""

    cells: tuple[Cell, ...]
    keys: tuple[str, ...]  # the params that make a setting
    repeats: tuple[tuple[str, str], ...]  # (name, the run it repeats), which is left out

    @property
    def runs(self) -> list[StudyRun]:
        """All runs."""
        return [run for cell in self.cells for run in cell.runs]

    @property
    def first(self) -> Run:
        """The run whose order of rows and definitions hold for all."""
        return self.runs[0].run

    @property
    def metric(self) -> Metric:
        """The headline metric."""
        return known_metrics(self.first)[self.first.headline]

    @property
    def groups(self) -> list[str]:
        """The group of each test row (n,)."""
        return list(self.first.rows["group"])

    @property
    def systems(self) -> list[str]:
        """The systems that training has to beat and that all runs have: each baseline, and the untrained model."""
        names = [*self.first.baselines, "untrained"]
        return [name for name in names if all(columns(run.run.rows, name, self.metric).shape[1] for run in self.runs)]

    def numbers(self, runs: Sequence[StudyRun], system: str) -> NDArray[np.float64]:
        """Return the headline metric's columns (S, n, C) of a system in some runs, all in one order of rows."""
        order = self.first.rows.index
        return np.stack([columns(run.run.rows.reindex(order), system, self.metric) for run in runs])


def shown(value: Any) -> str:
    """Return a value of the params file as text: 0.0003, none, ["a", "b"]."""
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def listed(names: Sequence[str]) -> str:
    """Return "a", "a and b", or of more than MOST_NAMED "a, b, c, d, e and 24 more"."""
    more = len(names) - MOST_NAMED
    parts = [*names[:MOST_NAMED], f"{more} more"] if more > 1 else list(names)
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def read_study_run(experiment: Experiment, folder: str) -> StudyRun:
    """Return a run with its params, from its metrics `folder` and the params file beside that; UserError if missing."""
    params = Path(folder).parent / PARAMS
    commit, texts = read_files(experiment.commit, [*metrics_files(folder), params.as_posix()])
    run = run_of(experiment.name, commit, texts, folder)
    try:
        content = YAML(typ="safe", pure=True).load(StringIO(texts[-1].decode("utf-8")))
    except (YAMLError, ValueError) as error:
        raise UserError(f"{params} of {experiment.name} is not YAML: correct it, and run it again") from error
    return StudyRun(experiment.name, experiment.commit, run, flat_params(content if isinstance(content, dict) else {}))


def check_study(runs: Sequence[StudyRun]) -> None:
    """Raise UserError unless all runs have one task, one headline metric and the same test rows, defined alike."""
    _check_alike("task", [(run.name, str(run.params.get("task"))) for run in runs], "study the runs of one task")
    _check_alike("headline metric", [(run.name, run.run.headline) for run in runs], "study runs of one headline metric")
    sets = [(run.name, f"{len(run.run.rows)} rows, {run.run.test_rows[:8]}") for run in runs]
    seeds = len({shown(run.params.get(SEED)) for run in runs if run.params.get("split.seed") is None}) > 1
    why = "; their seeds differ, and seed decides the split too where split.seed is null" if seeds else ""
    _check_alike("test rows", sets, f"name only runs of one split{why}")
    for run in runs[1:]:
        check_comparable(runs[0].run, run.run, "tuned")
    metric = known_metrics(runs[0].run)[runs[0].run.headline]
    for run in runs:
        if not columns(run.run.rows, "tuned", metric).shape[1]:
            raise UserError(f"{run.name} has no {runs[0].run.headline} of the tuned model: run score again there")
        order = runs[0].run.rows.index
        tokens = [one.run.rows["tokens"].reindex(order) for one in (runs[0], run) if "tokens" in one.run.rows]
        if "tokens" in metric.columns and len(tokens) == 2 and (tokens[0] != tokens[1]).any():
            raise UserError(f"{runs[0].run.headline} is per token, and {run.name} has another tokenizer: leave it out")


def _check_alike(what: str, values: Sequence[tuple[str, str]], remedy: str) -> None:
    """Raise UserError unless all `values`, (the run's name, its value), are equal; it names which runs have which."""
    by_value: dict[str, list[str]] = {}
    for name, value in values:
        by_value.setdefault(value, []).append(name)
    if len(by_value) > 1:
        told = "; ".join(f"{listed(names)}: {value}" for value, names in by_value.items())
        raise UserError(f"all runs of a study must have the same {what}, these differ ({told}): {remedy}")


def design(runs: Sequence[StudyRun], start: StudyRun | None) -> Design:
    """Return the runs grouped by the params that differ; `start` is the committed one of them, None where it is none.

    A run with the same params as one before it is left out.
    """
    names = dict.fromkeys(name for run in runs for name in run.params if name.split(".")[0] not in NOT_SEEN)
    differing = [name for name in names if len({shown(run.params.get(name)) for run in runs}) > 1]
    keys = tuple(name for name in differing if name not in (SEED, SIZE))
    cells: dict[tuple[str, ...], Cell] = {}
    repeats = []
    for run in runs:
        setting = tuple((name, run.params.get(name)) for name in keys)
        size = run.params.get(SIZE)
        at = (*(shown(value) for _, value in setting), shown(size))
        cell = cells.get(at, Cell(setting, size, (), False))
        same = next((one for one in cell.runs if shown(one.params.get(SEED)) == shown(run.params.get(SEED))), None)
        if same:
            repeats.append((run.name, same.name))
            continue
        cells[at] = replace(cell, runs=(*cell.runs, run), has_start=cell.has_start or run is start)
    return Design(tuple(cells.values()), keys, tuple(repeats))
