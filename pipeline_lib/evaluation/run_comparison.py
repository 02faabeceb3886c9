"""Comparison of two runs, row by row, from the metrics files that Git or DVC keep of both."""

import io
import json
import os
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.core.files import read_jsonl
from pipeline_lib.core.rows import row_key
from pipeline_lib.evaluation.metrics.classification import metrics_of
from pipeline_lib.evaluation.metrics.definitions import METRICS, Metric, definition
from pipeline_lib.evaluation.old_names import current_names
from pipeline_lib.evaluation.score_table import columns
from pipeline_lib.evaluation.significance import gain

WORKSPACE = "workspace"
FILES = ("scores.json", "definitions.json", "rows.csv")
DEFINING = ("columns", "better", "meaning")  # keys of a definition that must be equal; a title may be reworded
SOMETIMES = ("not_ended",)  # metrics of runs alone in which they are not 0
SIZES = ("tokens", "bytes", "rows")  # columns that all systems share, and that metrics are divided by


@dataclass(frozen=True)
class Run:
    """What the metrics folder of a run says of it, under today's names."""

    name: str  # the revision as the user wrote it
    commit: str | None  # None: the working tree
    headline: str
    test_rows: str  # hash of the test set
    metrics: dict[str, dict[str, Any]]  # definition of each metric
    baselines: dict[str, str]  # meaning of each baseline
    labels: list[str]  # of a classifier, else none
    rows: pd.DataFrame  # index: id
    scores: dict[str, Any] = field(default_factory=dict)  # all of scores.json


def local_names(split: Path) -> dict[str, str]:
    """Return the ids of the test rows by their keys in rows.csv, from the folder of split; {} where it is not there."""
    file = split / "test.jsonl"
    return {row_key(row): row["id"] for row in read_jsonl(file)} if file.is_file() else {}


def read_run(revision: str, folder: str) -> Run:
    """Return the run of a Git revision, a DVC experiment's name, or `workspace`, from its metrics `folder`.

    The folder is a path from here. Rows are called by their keys; with_names calls them by their ids. Files of a run
    from before names changed are read under today's names.

    Raises UserError for a revision that is not there, and for files that are missing or not what score writes.
    """
    commit, texts = read_files(revision, metrics_files(folder))
    return run_of(revision, commit, texts, folder)


def with_names(run: Run, names: Mapping[str, str]) -> Run:
    """Return the run with its rows called by their ids of local_names, by their keys where that has none."""
    return replace(run, rows=run.rows.rename(index=dict(names)))


def metrics_files(folder: str) -> list[str]:
    """Return the paths of the files of a metrics folder that a run is read from."""
    return [Path(folder, name).as_posix() for name in FILES]


def run_of(
    revision: str,
    commit: str | None,
    texts: Sequence[bytes],
    folder: str,
) -> Run:
    """Return the run whose files of metrics_files hold `texts`; UserError where they are not what score writes."""
    try:
        scores, definitions = (json.loads(text) for text in texts[:2])
        # As text, and nothing is "not available": NA, 007 and 1e5 are ids.
        types = {"id": str, "group": str}
        rows = pd.read_csv(io.BytesIO(texts[2]), dtype=types, keep_default_na=False, float_precision="round_trip")
        definitions, rows = current_names(definitions, rows)
        rows = rows.set_index("id")
        _check_rows(rows)
        return Run(
            name=revision,
            commit=commit,
            headline=scores["headline"],
            test_rows=definitions["test_rows"],
            metrics=definitions["metrics"],
            baselines=definitions["baselines"],
            labels=definitions.get("labels", []),
            rows=rows,
            scores=scores,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{folder} of {revision} is not what score writes ({type(error).__name__}: {error}): "
            "run the score stage again there"
        ) from error


def read_files(revision: str, paths: Sequence[str]) -> tuple[str | None, list[bytes]]:
    """Return the commit of a revision, None of `workspace`, and the content of its files, whose paths are from here.

    Raises UserError for a revision that is not there, and for a file that it lacks.
    """
    return _read_workspace(paths) if revision == WORKSPACE else _read_revision(revision, paths)


def _read_workspace(paths: Sequence[str]) -> tuple[None, list[bytes]]:
    try:
        return None, [Path(path).read_bytes() for path in paths]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{WORKSPACE} has no {error.filename}: run dvc repro, or name another --metrics-dir") from error


def _read_revision(revision: str, paths: Sequence[str]) -> tuple[str, list[bytes]]:
    from dvc.fs.dvc import DVCFileSystem  # dvc takes a second to load, and only a revision needs it
    from dvc.repo import Repo
    from dvc.scm import RevError, SCMError

    # DVC takes an empty name for the working tree, and stumbles over a path in a commit (HEAD:metrics).
    if not revision.strip() or ":" in revision:
        raise _unknown_revision(revision)
    texts: list[bytes] = []
    try:
        with Repo.open(os.getcwd(), rev=revision, subrepos=True, uninitialized=True) as repo:
            files = DVCFileSystem(repo=repo, subrepos=True)
            for path in paths:
                inside = os.path.relpath(os.path.realpath(path), os.path.realpath(repo.scm.root_dir))
                texts.append(files.read_bytes("/" + Path(inside).as_posix()))
            return str(repo.get_rev()), texts
    except RevError as error:
        raise _unknown_revision(revision) from error
    except SCMError as error:
        raise UserError(
            f"this folder is not in a Git repository, so {revision} cannot be read: run it in the project, "
            f"or compare {WORKSPACE}"
        ) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(
            f"{revision} has no {paths[len(texts)]}: it is older than the score stage that writes it, or "
            "it was never committed or pulled; run its settings again with today's code (dvc exp run), "
            "or name another --metrics-dir"
        ) from error


def _unknown_revision(revision: str) -> UserError:
    return UserError(
        f"there is no revision {revision!r}: name a branch, tag, commit or experiment, or {WORKSPACE} "
        "(git log and dvc exp list show them; in CI, fetch it first)"
    )


def _check_rows(rows: pd.DataFrame) -> None:
    """Raise ValueError for no rows, an id that is there twice or a cell that is no number; KeyError for no column."""
    if rows[["group", "leaked"]].empty or not rows.index.is_unique:
        raise ValueError("rows.csv must have rows, and each id once")
    for name in rows.columns:
        if "." in name or name in SIZES:
            numbers = pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=float)
            good = np.isfinite(numbers) & ((numbers > 0) | (name not in SIZES))
            if not good.all():
                row = int(np.argmin(good))
                raise ValueError(f"{name} of row {rows.index[row]!r} is {rows[name].iloc[row]}")


def check_comparable(a: Run, b: Run, system: str) -> None:
    """Raise UserError unless both runs have the same test rows and the same definition of every metric."""
    missing = [[name for name in one.rows.index if name not in other.rows.index] for one, other in ((a, b), (b, a))]
    if any(missing):
        counts = "; ".join(
            f"{len(names)} only in {run.name}" + (f" ({', '.join(map(repr, names[:5]))})" if names else "")
            for run, names in zip((a, b), missing, strict=True)
        )
        raise UserError(f"both must have the same test rows, {counts}: compare runs of one split, or run one again")
    if a.test_rows != b.test_rows:
        raise UserError(
            f"both must have the same test rows, {a.name} and {b.name} have the same ids, but the input or the "
            "reference of some row differs: run one of them again on the other's data"
        )
    groups = [pd.factorize(run.rows["group"].reindex(a.rows.index))[0] for run in (a, b)]
    if (groups[0] != groups[1]).any():
        raise UserError(f"both must group the test rows alike, {a.name} and {b.name} do not: run one of them again")
    differing = _differing_definitions(a, b)
    baselines = [run.baselines.get(system) for run in (a, b)]
    if baselines[0] != baselines[1]:
        differing.append(f"{system} is {_short(baselines[0])} and {_short(baselines[1])}")
    if a.headline != b.headline:
        differing.append(f"the headline is {a.headline} and {b.headline}")
    if differing:
        raise UserError(
            f"a metric must mean the same in both, {a.name} and {b.name} differ: {'; '.join(differing)}: "
            "run score again at the older one with the newer code"
        )
    for run in (a, b):
        known = list(dict.fromkeys(name.split(".")[0] for name in run.rows.columns if "." in name))
        if system not in known:
            raise UserError(
                f"{run.name} has no system {system!r}{did_you_mean(system, known)}: it has {', '.join(known)}"
            )


def known_metrics(run: Run) -> dict[str, Metric]:
    """Return the metrics that this code can compute from a run's rows."""
    return METRICS | (metrics_of(run.labels) if run.labels else {})


def _differing_definitions(a: Run, b: Run) -> list[str]:
    """Return which metrics are not defined alike in both runs and in this code, one text a difference."""
    here = {name: definition(metric) for name, metric in known_metrics(a).items()}
    ours, theirs = a.metrics, b.metrics
    found = []
    for name in dict.fromkeys([*ours, *theirs]):
        if name not in ours or name not in theirs:
            if name in SOMETIMES:
                continue
            found.append(f"{name} is only in {a.name if name in ours else b.name}")
            continue
        # A metric of all rows at once is not compared, so that its text may be reworded.
        keys = DEFINING if ours[name].get("columns") or theirs[name].get("columns") else ("better",)
        found += [
            f"{key} of {name} is {_short(ours[name].get(key))} and {_short(theirs[name].get(key))}"
            for key in keys
            if ours[name].get(key) != theirs[name].get(key)
        ]
        if ours[name].get("columns") and any(
            ours[name].get(key) != here.get(name, {}).get(key) for key in ("columns", "better")
        ):
            found.append(f"{name} is another metric in this code")
    return found


def _short(value: object) -> str:
    return textwrap.shorten(repr(value), 70, placeholder="...")


def compare(a: Run, b: Run, system: str, seed: int, count: int) -> dict[str, Any]:
    """Return the gain of `b` over `a` in every metric of `system`, with the `count` rows that gained and lost most.

    Plain values, None for a number that does not exist. Differences are b - a, in the metric's own unit; `gained` and
    `lost` take into account whether higher or lower is better. Not compared are: `absent`, metrics that `system` does
    not have; `other_tokens`, metrics per token where the two runs have different tokenizers; `corpus_metrics`, metrics
    of all rows at once that are not sums over rows. Raises UserError as check_comparable does.
    """
    check_comparable(a, b, system)
    rows_a, rows_b = a.rows, b.rows.reindex(a.rows.index)  # b's rows in a's order
    groups = list(rows_a["group"])
    known = known_metrics(a)
    corpus_metrics = [name for name, made in a.metrics.items() if not made["columns"]]
    metrics, absent, other_tokens = {}, [], []
    for name in (name for name in a.metrics if name not in corpus_metrics):
        metric = known[name]
        before, after = columns(rows_a, system, metric), columns(rows_b, system, metric)
        if not before.shape[1] or not after.shape[1]:
            absent.append(name)
        elif "tokens" in metric.columns and (rows_a["tokens"] != rows_b["tokens"]).any():
            other_tokens.append(name)
        else:
            over = gain(after, before, metric.value, metric.better, groups, seed)
            figures = {side: float(metric.value(*part.sum(axis=0))) for side, part in (("a", before), ("b", after))}
            metrics[name] = {"better": metric.better, **figures, **asdict(over)}
    if a.headline not in metrics:
        why = "their tokens differ" if a.headline in other_tokens else f"{system} does not have it"
        raise UserError(f"the headline metric {a.headline} cannot be compared, {why}: name another --system, or model")
    gained, lost = _changed_rows(rows_a, rows_b, system, known[a.headline], count)
    return {
        "a": {"revision": a.name, "commit": a.commit},
        "b": {"revision": b.name, "commit": b.commit},
        "system": system,
        "seed": seed,
        "n": len(rows_a),
        "groups": len(set(groups)),
        "headline": a.headline,
        "metrics": metrics,
        "absent": absent,
        "other_tokens": other_tokens,
        "corpus_metrics": corpus_metrics,
        "leaked": {side: int(run.rows["leaked"].sum()) for side, run in (("a", a), ("b", b))},
        "gained": gained,
        "lost": lost,
    }


def _changed_rows(
    rows_a: pd.DataFrame, rows_b: pd.DataFrame, system: str, metric: Metric, count: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the `count` rows that gained most and lost most in `metric`; a row that changed nothing is in neither."""
    before, after = (metric.value(*columns(rows, system, metric).T) for rows in (rows_a, rows_b))
    changes = [
        {"id": name, "a": float(one), "b": float(other), "difference": float(other - one)}
        for name, one, other in zip(rows_a.index, before, after, strict=True)
    ]
    sign = 1 if metric.better == "higher" else -1
    up, down = (
        sorted((row for row in changes if way * row["difference"] > 0), key=lambda row: -abs(row["difference"]))[:count]
        for way in (sign, -sign)
    )
    return up, down
