"""The model card: what the Hub reads of a trained model, with the figures of the baselines for comparison."""

from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from pipeline_lib.core.files import write_text, written
from pipeline_lib.models.registry import CATALOG
from pipeline_lib.report.results import Run, title
from pipeline_lib.report.template_values import template_values, versions
from pipeline_lib.report.templates import environment, flat
from pipeline_lib.report.verdict import rows_in_words

CARD, TEMPLATE = "README.md", "model_card.md"


def write_card(folder: str | Path, run: Run) -> None:
    """Write `folder` with the card as README.md, ready to be put beside the model on the Hub. Nothing is fetched."""
    with written(folder, mark=CARD) as draft:
        draft.mkdir()
        write_text(draft / CARD, card(run))


def card(run: Run) -> str:
    """Return the card: the Hub's YAML, then Markdown."""
    known, classifier = CATALOG.get(run.base["name"]), _classifier(run)
    text = environment(html=False).get_template(TEMPLATE).render(
        template_values(run),
        hub_id=hub_id(run.base),
        known=known,
        converted=known is not None and known.members[0].endswith(".gguf"),
        versions=versions(),
        trained=flat(run.settings),  # not the params file, which names paths of the user's machine
        classifier=classifier,
        auto="AutoModelForSequenceClassification" if classifier else "AutoModelForCausalLM",
        labels=repr(run.base.get("labels")),
        head=", **head" if classifier else "",
    )  # fmt: skip
    return f"---\n{metadata(run).to_yaml(line_break=chr(10)).rstrip()}\n---\n\n{text}"


def metadata(run: Run) -> ModelCardData:
    """Return the card's YAML: the tuned model's own figures on the test rows, none of them verified by the Hub."""
    full, task = run.base["method"] == "full", run.settings["task"]
    kind = "text-classification" if _classifier(run) else "text-generation"
    results = [
        EvalResult(
            task_type=kind,
            task_name=task,
            dataset_type="test-rows",  # no data set of the Hub: the hash identifies the rows
            dataset_name=rows_in_words(run.scores),
            dataset_split="test",
            dataset_args={"sha256": run.definitions["test_rows"]},
            metric_type=key,
            metric_name=title(run.definitions, key),
            metric_value=run.scores["tuned"][key],
        )
        for key in run.definitions["metrics"]
        if run.scores["tuned"].get(key) is not None
    ]
    return ModelCardData(
        model_name=f"{run.base['name']} for {task}",
        base_model=hub_id(run.base),
        library_name="transformers" if full else "peft",
        pipeline_tag=kind,
        tags=["tare", task, *([] if full else ["lora"])],
        metrics=[result.metric_type for result in results],
        eval_results=results,
    )


def hub_id(base: dict[str, Any]) -> str | None:
    """Return the base model's id on the Hub; None for a folder, and for a model of the registry.

    The registry's are converted from 4-bit files: close to a model of the Hub, and not that model. Only a model from
    the Hub has a revision.
    """
    return base["name"] if base["revision"] and "/" in base["name"] else None


def _classifier(run: Run) -> bool:
    return "labels" in run.base
