"""The values that page, summary and card share."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipeline_lib.report.advice import advice
from pipeline_lib.report.classifier_section import (
    confusion_tables,
    error_analysis,
    mcnemar_sentences,
    model_selection_table,
)
from pipeline_lib.report.forgetting_section import multiple_choice_sentences, multiple_choice_table, refusal_table
from pipeline_lib.report.results import Run, title
from pipeline_lib.report.score_tables import label_table, left_out, system_table
from pipeline_lib.report.templates import flat
from pipeline_lib.report.verdict import caveats, gain_over_untrained, rows_in_words, verdict

PACKAGES = ("torch", "transformers", "peft", "accelerate")


def template_values(run: Run) -> dict[str, Any]:
    """Return the values that page, summary and card share, by the names the templates use."""
    best = run.scores["best_baseline"]["name"]
    figures, faults, by_label = system_table(run, False), system_table(run, True), label_table(run)
    return {
        "run": run,
        "task": run.settings["task"],
        "wording": run.wording,
        "verdict": verdict(run.scores, run.definitions),
        "outcome": run.scores["gain"]["baseline"]["verdict"],
        "gain_over_untrained": gain_over_untrained(run.scores, run.definitions, run.wording.untrained_model),
        "caveats": caveats(run.scores, run.definitions),
        "headline": title(run.definitions, run.scores["headline"]),
        "best": best,
        "best_meaning": run.definitions["baselines"].get(best, best),
        "test_rows": rows_in_words(run.scores),
        "figures": figures,
        "faults": faults,
        "by_label": by_label,
        "left_out": left_out(run),
        "meanings": [*figures.heads, *faults.heads, *(by_label.heads if by_label else ())],
        "mcnemar": mcnemar_sentences(run),
        "confusion": confusion_tables(run),
        "model_selection": model_selection_table(run),
        "errors": error_analysis(run),
        "multiple_choice": multiple_choice_table(run),
        "multiple_choice_sentences": multiple_choice_sentences(run),
        "refusals": refusal_table(run),
        "advice": advice(run),
        "settings": flat(run.params),
        # What model selection chose: the params file has no such line.
        "chosen": flat({name: value for name, value in run.settings.items() if run.params.get(name) != value}),
        "data": flat(run.data),
    }


def versions() -> list[tuple[str, str]]:
    """Return the installed versions of PACKAGES, without the build ("+cpu"), which differs between machines."""
    found = []
    for name in PACKAGES:
        try:
            found.append((name, version(name).split("+")[0]))
        except PackageNotFoundError:  # pragma: no cover (a report of another environment's run)
            found.append((name, "not installed"))
    return found
