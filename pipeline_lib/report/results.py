"""What a finished run's files hold, read once and checked against each other: the plain values behind page and card."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, read_jsonl
from pipeline_lib.core.run_files import IDENTITY, read_identity, read_object, read_scores
from pipeline_lib.core.settings import AUTO
from pipeline_lib.report.planned import read_plan
from pipeline_lib.report.row_details import Row, Slice, read_rows, read_slices
from pipeline_lib.report.training_history import History, read_history
from pipeline_lib.report.wording import Wording, wording

# The figures that are read from the folder of metrics; the last two only where they are there.
FIGURES = ("scores.json", "definitions.json", "rows.csv", "slices.csv")
RESULTS, FORGETTING = "fine_tuning_results.json", "forgetting.json"
PROMPT, FEW_SHOT = "prompt.txt", "few_shot.jsonl"  # beside a trained model, written by models.usage
_BASELINES = ("baselines", "ngram_baselines", "prompted")  # folders of predictions
_SCORES = ("n", "groups", "seed", "headline", "untrained", "tuned", "baselines", "best_baseline", "gain")
_DEFINITIONS = ("test_rows", "interval", "metrics", "baselines")
# What the texts quote of the settings, with lora of an adapter and max_tokens of a classifier.
_SETTINGS = ("task", "lr", "epochs")
_SPLIT = ("rows", "train")
_CLASSIFICATION = ("scores", "confusion", "error_analysis")


@dataclass(frozen=True)
class Prompting:
    """How a language model is asked, by the files beside it."""

    prompt: str = ""  # of a row, with {names} for its texts; "" of an encoder, and of dialogues
    chat: bool = False  # whether the tokenizer has a chat template
    quoted_rows: int = 0  # training rows in few_shot.jsonl


@dataclass(frozen=True)
class Run:
    """What page, summary and card show of a run."""

    scores: dict[str, Any]
    definitions: dict[str, Any]
    rows: list[Row]  # the worst first: tuned furthest behind the best baseline, of equal ones the surest mistake
    slices: list[Slice]
    history: History
    unknown: float  # share (0-1) of the training tokens that the tokenizer does not know; 0 where it is small
    data: dict[str, Any]  # the split's figures
    base: dict[str, Any]  # the base model: name, revision, sha256, method, settings; a classifier's labels
    params: dict[str, Any]  # all of the params file
    forgetting: dict[str, Any] | None  # multiple-choice questions and refusals, before and after training
    results: dict[str, Any] | None  # model selection, confusion tables and error analysis of a run that gives labels
    lengths: dict[str, Any] = field(default_factory=dict)  # of prompts and answers, as parameters.json has them
    prompting: Prompting = field(default_factory=Prompting)
    metrics: Path = Path("metrics")  # the folder of the figures
    trained_weights: int | None = None  # how many weights were trained; None where it was not kept
    plan: dict[str, Any] | None = None  # of stages.plan, where it was written before the run

    @property
    def settings(self) -> dict[str, Any]:
        """The settings the model was trained with; where several were compared, those that were chosen."""
        return dict(self.base["settings"])

    @property
    def answer_limit(self) -> int | None:
        """The most tokens that an answer could have; None where answers are not generated, or it was not kept."""
        given = self.params.get("generate", {}).get("max_new_tokens", AUTO)
        return self.lengths.get("answer", {}).get("limit") if given == AUTO else given

    @property
    def labels(self) -> list[str]:
        """The labels that answers are chosen from; none where answers are free text."""
        return list(self.definitions.get("labels", ()))

    @property
    def wording(self) -> Wording:
        """The words that fit the run's model and its answers."""
        return wording(self.definitions, self.base)


def read_run(*, metrics: Path, data: Path, predictions: Path, record: Path, tuned: Path, params: dict[str, Any]) -> Run:
    """Return the run whose files these folders hold.

    metrics: the figures of score and split. data: the rows of split. predictions: the answers of all systems.
    record: history.csv and parameters.json of finetune. tuned: the trained model with its base.json.
    params: all of the params file.
    Raises UserError for a missing or broken file, and for files of different runs.
    """
    scores = {**read_scores(metrics / FIGURES[0]), **read_object(metrics / FIGURES[0], _SCORES)}
    definitions = read_object(metrics / FIGURES[1], _DEFINITIONS)
    _check_mappings(metrics / FIGURES[0], scores, ("untrained", "tuned", "baselines", "gain"))
    _check_mappings(metrics / FIGURES[0], scores["gain"], ("baseline", "untrained", "each"))
    _check_mappings(metrics / FIGURES[1], definitions, ("metrics", "baselines"))
    headline, best = scores["headline"], scores["best_baseline"]["name"]
    if headline not in definitions["metrics"]:
        raise UserError(
            f"{metrics / FIGURES[0]} has the headline {headline!r}, which {metrics / FIGURES[1]} does not define: "
            "run score again"
        )
    if not _is_mean(definitions["metrics"][headline]):
        raise UserError(
            f"the headline must be a mean over rows, with the columns [name, rows], {metrics / FIGURES[1]} has "
            f"{headline!r} of {definitions['metrics'][headline]['columns']}: name another HEADLINE in the task's "
            "scoring module"
        )
    rows = read_rows(
        metrics / FIGURES[2],
        data / "test.jsonl",
        answer_files(predictions, best),
        best,
        definitions["metrics"][headline],
        "labels" in definitions,
    )
    if len(rows) != scores["n"]:
        raise UserError(
            f"all files must be of the same run, {metrics / FIGURES[2]} has {len(rows)} rows and "
            f"{metrics / FIGURES[0]} is of {scores['n']}: run the pipeline again (dvc repro)"
        )
    results, forgetting, counts = metrics / RESULTS, metrics / FORGETTING, record / "parameters.json"
    measured = read_json(counts) if counts.exists() else {}
    return Run(
        scores=scores,
        definitions=definitions,
        rows=rows,
        slices=read_slices(metrics / FIGURES[3]),
        history=read_history(record / "history.csv"),
        unknown=measured.get("unknown_tokens", 0.0),
        data=read_object(metrics / "split.json", _SPLIT),
        base=_read_base(tuned),
        params=params,
        forgetting=read_object(forgetting, ("multiple_choice", "refusals")) if forgetting.exists() else None,
        results=_read_results(results, scores, metrics / FIGURES[0]) if results.exists() else None,
        lengths=measured.get("lengths", {}),
        prompting=_read_prompting(tuned),
        metrics=metrics,
        trained_weights=measured.get("tuned", {}).get("trainable"),
        plan=read_plan(metrics),
    )


def answer_files(predictions: Path, best: str) -> dict[str, Path]:
    """Return the files of answers to the test rows, of "untrained", "tuned" and the best baseline, `best`."""
    baselines = [predictions / folder / "test" / f"{best}.jsonl" for folder in _BASELINES]
    return {
        "untrained": predictions / "untrained" / "test.jsonl",
        "tuned": predictions / "tuned" / "test.jsonl",
        best: next((path for path in baselines if path.exists()), baselines[0]),
    }


def is_fault(definitions: dict[str, Any], name: str) -> bool:
    """Return whether a figure is the share of rows with a fault: a mean over rows, of which lower is better."""
    metric = definitions["metrics"].get(name)
    return metric is not None and metric["better"] == "lower" and _is_mean(metric)


def title(definitions: dict[str, Any], name: str) -> str:
    """Return a figure's title, for example "ROUGE-L" for rougeL."""
    metric = definitions["metrics"].get(name)
    return metric["title"] if metric else name.replace("_", " ") + " answers" * (name == "empty")


def _check_mappings(path: Path, content: dict[str, Any], keys: Sequence[str]) -> None:
    for key in keys:
        if not isinstance(content.get(key), dict):
            raise UserError(f"{key} in {path} must be a mapping, it is {content.get(key)!r:.40}: run score again")


def _is_mean(metric: dict[str, Any]) -> bool:
    """Return whether a figure is a plain mean over rows, so that each row has a score of its own."""
    return len(metric["columns"]) == 2 and metric["columns"][1] == "rows"


def _read_base(folder: Path) -> dict[str, Any]:
    """Return base.json; UserError where it lacks settings that the texts quote."""
    base = read_identity(folder)
    wanted = [*_SETTINGS, *["lora"] * (base["method"] == "lora"), *["max_tokens"] * ("labels" in base)]
    missing = [key for key in wanted if key not in base["settings"]]
    if missing:
        raise UserError(f"the settings in {folder / IDENTITY} must have {', '.join(missing)}: train again (dvc repro)")
    return base


def _read_prompting(folder: Path) -> Prompting:
    prompt, few_shot, config = folder / PROMPT, folder / FEW_SHOT, folder / "tokenizer_config.json"
    return Prompting(
        prompt.read_bytes().decode(errors="replace") if prompt.is_file() else "",
        (folder / "chat_template.jinja").is_file() or (config.is_file() and "chat_template" in read_json(config)),
        len(read_jsonl(few_shot)) if few_shot.is_file() else 0,
    )


def _read_results(path: Path, scores: dict[str, Any], scores_file: Path) -> dict[str, Any]:
    results: dict[str, Any] = read_object(path, _CLASSIFICATION)
    if results["scores"] != scores:
        raise UserError(
            f"all files must be of the same run, {path} has other scores than {scores_file}: run the pipeline again "
            "(dvc repro)"
        )
    return results
