"""What a finished run's files say, read once and held against each other: the plain values behind page and card."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json
from pipeline_lib.report.row_details import Row, Slice, read_rows, read_slices
from pipeline_lib.report.training_history import History, read_history
from pipeline_lib.report.wording import Words, words

_SCORES = ("n", "groups", "headline", "untrained", "tuned", "baseline", "best_baseline", "gain")
_DEFINITIONS = ("test_rows", "interval", "metrics", "baselines")
_BASE = ("name", "revision", "sha256", "method", "settings")
_SETTINGS = ("task", "lr", "epochs")  # what the texts quote, beside lora of an adapter and max_tokens of a classifier
_RESULTS = ("scores", "confusion", "error_analysis")


@dataclass(frozen=True)
class Run:
    """Everything the page, the summary and the card tell of a run."""

    scores: dict[str, Any]
    definitions: dict[str, Any]
    rows: list[Row]  # the worst first: tuned furthest behind the best baseline, of equal ones the surest mistake
    slices: list[Slice]
    history: History
    data: dict[str, Any]  # the split's figures
    base: dict[str, Any]  # name, revision, sha256, method, settings: what it was trained with; a classifier's labels
    params: dict[str, Any]  # the whole params file
    abilities: dict[str, Any] | None  # an exam before and after, and refusals
    results: dict[str, Any] | None  # a classifier's search, confusion tables and error analysis

    @property
    def settings(self) -> dict[str, Any]:
        """What the adapter was trained with; where there was a search, the settings that were chosen."""
        return dict(self.base["settings"])

    @property
    def labels(self) -> list[str]:
        """What the answers are chosen from; none where they are free text."""
        return list(self.definitions.get("labels", ()))

    @property
    def words(self) -> Words:
        """What things are called."""
        return words(self.definitions, self.base)


def read_run(
    *,
    scores: str | Path,
    definitions: str | Path,
    rows: str | Path,
    slices: str | Path,
    data: str | Path,
    split_figures: str | Path,
    base: str | Path,
    tuned: str | Path,
    baselines: Sequence[str | Path],
    history: str | Path,
    adapter: str | Path,
    params: dict[str, Any],
    results: str | Path | None = None,
    abilities: str | Path | None = None,
) -> Run:
    """Return the run that these files are of.

    `data` is the folder of split, `baselines` the folders of the baselines' answers to the test rows, `adapter` the
    folder with base.json, `params` the whole params file, `results` the file of analyse, `abilities` that of abilities.
    Raises UserError for a missing or broken file, and for files of different runs.
    """
    found = _keyed(scores, _SCORES)
    defined = _keyed(definitions, _DEFINITIONS)
    headline, best = found["headline"], found["best_baseline"]["name"]
    if headline not in defined["metrics"]:
        raise UserError(f"{scores} has the headline {headline!r}, which {definitions} does not define: run score again")
    decisive = defined["metrics"][headline]
    if not _is_mean(decisive):
        raise UserError(
            f"the headline must be a mean over rows, with the columns [name, rows], {definitions} has {headline!r} of "
            f"{decisive['columns']}: name another HEADLINE in the task's scoring module"
        )
    files = [Path(folder) / f"{best}.jsonl" for folder in baselines]
    answers = {
        "untrained": Path(base),
        "tuned": Path(tuned),
        best: next((file for file in files if file.exists()), files[0]),
    }
    told = read_rows(Path(rows), Path(data) / "test.jsonl", answers, best, decisive, "labels" in defined)
    if len(told) != found["n"]:
        raise UserError(
            f"all files must be of the same run, {rows} has {len(told)} rows and {scores} is of {found['n']}: run the "
            "pipeline again (dvc repro)"
        )
    return Run(
        scores=found,
        definitions=defined,
        rows=told,
        slices=read_slices(slices),
        history=read_history(history),
        data=read_json(split_figures),
        base=_identity(Path(adapter) / "base.json"),
        params=params,
        abilities=None if abilities is None else _keyed(abilities, ("multiple_choice", "refusals")),
        results=None if results is None else _results(results, found, scores),
    )


def is_fault(definitions: dict[str, Any], name: str) -> bool:
    """Return whether a figure is the share of rows with a fault: a mean over rows that should be low."""
    made = definitions["metrics"].get(name)
    return made is not None and made["better"] == "lower" and _is_mean(made)


def title(definitions: dict[str, Any], name: str) -> str:
    """Return what people call a figure."""
    made = definitions["metrics"].get(name)
    return made["title"] if made else name.replace("_", " ") + " answers" * (name == "empty")


def _is_mean(metric: dict[str, Any]) -> bool:
    """Return whether a figure is a plain mean over rows, so that a row has a score of its own."""
    return len(metric["columns"]) == 2 and metric["columns"][1] == "rows"


def _keyed(path: str | Path, keys: Sequence[str]) -> dict[str, Any]:
    content = read_json(path)
    missing = [key for key in keys if not isinstance(content, dict) or key not in content]
    if missing:
        raise UserError(f"{path} has no {', '.join(missing)}: run the stage that makes it again (dvc repro)")
    return content


def _identity(path: Path) -> dict[str, Any]:
    """Return base.json; UserError unless it says what the adapter was trained with."""
    base = _keyed(path, _BASE)
    wanted = [*_SETTINGS, *["lora"] * (base["method"] == "lora"), *["max_tokens"] * ("labels" in base)]
    missing = [key for key in wanted if not isinstance(base["settings"], dict) or key not in base["settings"]]
    if missing:
        raise UserError(
            f"the settings in {path} must have {', '.join(missing)}, they have not: train again (dvc repro)"
        )
    return base


def _results(path: str | Path, scores: dict[str, Any], origin: str | Path) -> dict[str, Any]:
    results = _keyed(path, _RESULTS)
    if results["scores"] != scores:
        raise UserError(
            f"all files must be of the same run, {path} has other scores than {origin}: run the pipeline again (dvc "
            "repro)"
        )
    return results
