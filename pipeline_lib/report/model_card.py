"""The model card: what the Hub reads of a trained model, with the figures of the baselines for comparison."""

import re
from dataclasses import replace
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
SIMILAR = "{target of a similar row}"  # where a prompt has the target of a training row (models.usage)
MERGED_CARD = "README.merged.md"  # of the model that export makes of an adapter; publishing.model_files picks one
# The models of the Hub that those of the registry are made of, and the Hub's names of their licences.
ORIGINALS = {
    "smollm2-135m-instruct": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "gemma-3-270m": "google/gemma-3-270m",
    "minilm-l6-v2": "sentence-transformers/all-MiniLM-L6-v2",
}
DIALOGUE = {"turns": [{"speaker": "Ann", "text": "a text"}, {"speaker": "Ben", "text": "another"}]}
LICENCES = {"Apache-2.0": "apache-2.0", "Gemma terms": "gemma"}


def write_card(folder: str | Path, run: Run) -> None:
    """Write `folder` with the card as README.md, ready to be put beside the model on the Hub. Nothing is fetched.

    An adapter has a second one, for the complete model that stages.export makes of it.
    """
    with written(folder, mark=CARD) as draft:
        draft.mkdir()
        write_text(draft / CARD, card(run))
        if run.base["method"] == "lora":
            write_text(draft / MERGED_CARD, card(replace(run, base=run.base | {"method": "merged"})))


def card(run: Run) -> str:
    """Return the card: the Hub's YAML, then Markdown."""
    known, classifier = CATALOG.get(run.base["name"]), _classifier(run)
    prompt = run.prompting.prompt
    names = list(dict.fromkeys(re.findall(r"\{(\w+)\}", prompt)))
    row = {name: f"the {name} of a row" for name in names}
    text = environment().get_template(TEMPLATE).render(
        template_values(run),
        adapter=run.base["method"] == "lora",
        hub_id=hub_id(run.base),
        known=known,
        original=ORIGINALS.get(run.base["name"]),
        converted=known is not None and known.members[0].endswith(".gguf"),
        versions=versions(),
        trained=flat(run.settings),  # not the params file, which names paths of the user's machine
        classifier=classifier,
        prompt=prompt,
        fence=fence(prompt),
        names=names,
        row=row,
        example=row or ("a text" if classifier else DIALOGUE),
        shown=run.settings.get("prompt", {}).get("few_shot", 0) if SIMILAR in prompt else 0,
        answer_tokens=run.base.get("answer_tokens", 256),
        auto="AutoModelForSequenceClassification" if classifier else "AutoModelForCausalLM",
        labels=repr(run.base.get("labels")),
        head=", **head" if classifier else "",
    )  # fmt: skip
    return f"---\n{metadata(run).to_yaml(line_break=chr(10)).rstrip()}\n---\n\n{text}"


def fence(text: str) -> str:
    """Return the backticks around a block of Markdown with this text in it: more than stand in a row there."""
    return "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))


def metadata(run: Run) -> ModelCardData:
    """Return the card's YAML: the tuned model's own figures on the test rows, none of them verified by the Hub."""
    adapter, task = run.base["method"] == "lora", run.settings["task"]
    known = CATALOG.get(run.base["name"])
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
        library_name="peft" if adapter else "transformers",
        license=LICENCES.get(known.licence) if known else None,
        pipeline_tag=kind,
        tags=["tare", task, *(["lora"] if adapter else [])],
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
