"""The values that page, summary and card share."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipeline_lib.core.settings import AUTO
from pipeline_lib.report.advice import advice
from pipeline_lib.report.classifier_section import confusion_tables, error_analysis, mcnemar_sentences
from pipeline_lib.report.forgetting_section import multiple_choice_sentences, multiple_choice_table, refusal_table
from pipeline_lib.report.results import Run, title
from pipeline_lib.report.score_tables import label_table, left_out, system_table
from pipeline_lib.report.seeds_verdict import seeds_lines
from pipeline_lib.report.settings_table import (
    CAPTION,
    choice_sentences,
    compared_grid,
    settings_chart,
    settings_table,
)
from pipeline_lib.report.templates import flat
from pipeline_lib.report.training_advice import no_validation
from pipeline_lib.report.verdict import caveats, gain_over_untrained, rows_in_words, verdict
from pipeline_lib.report.wording import beside_name, system_name

ONE_LOOK = "Only the chosen setting was scored on the test rows, so the whole grid counts as one look at them."
_COUNTS = {  # what figures of the split count
    "incomplete": "incomplete rows",
    "duplicates": "repeated rows",
    "groups": "groups of rows",
    "near_duplicates": "pairs of near-duplicates",
    "merged_groups": "groups merged for these",
    "leaked": "test rows that nearly equal a training row",
    "left_out": "rows left over",
    "shared_groups": "groups in several parts",
}
PACKAGES = ("torch", "transformers", "peft", "accelerate")


def template_values(run: Run) -> dict[str, Any]:
    """Return the values that page, summary and card share, by the names the templates use."""
    best = run.scores["best_baseline"]["name"]
    called = system_name(run.definitions, best)
    beside = beside_name(called, run.definitions["baselines"].get(best, ""))
    figures, faults, by_label = system_table(run, False), system_table(run, True), label_table(run)
    return {
        "run": run,
        "task": run.settings["task"],
        "wording": run.wording,
        "verdict": verdict(run.scores, run.definitions),
        "outcome": run.scores["gain"]["baseline"]["verdict"],
        "gain_over_untrained": gain_over_untrained(run.scores, run.definitions, run.wording.untrained_model),
        "caveats": [
            *filter(None, [no_validation(run)]),
            *seeds_lines(run.metrics, run.scores, run.definitions, run.params),
            *caveats(run.scores, run.definitions),
        ],
        "headline": title(run.definitions, run.scores["headline"]),
        "best": called,
        "best_meaning": beside.replace(" (", ", ").replace(")", ""),  # it stands in brackets
        "test_rows": rows_in_words(run.scores),
        "figures": figures,
        "faults": faults,
        "by_label": by_label,
        "left_out": left_out(run),
        "meanings": [*figures.heads, *faults.heads, *(by_label.heads if by_label else ())],
        "mcnemar": mcnemar_sentences(run),
        "confusion": confusion_tables(run),
        "model_selection": _model_selection(run),
        "errors": error_analysis(run),
        "multiple_choice": multiple_choice_table(run),
        "multiple_choice_sentences": multiple_choice_sentences(run),
        "refusals": refusal_table(run),
        "advice": advice(run),
        "settings": _settings(run),
        "chosen": _chosen(run),
        "data": _data(run),
    }


def _model_selection(run: Run) -> dict[str, Any] | None:
    """Return what the section on the rows of the grid shows; None where none were compared."""
    selection = (run.results or {}).get("model_selection")
    if selection is None:
        return None
    compared = compared_grid(selection, run.definitions)
    return {
        "sentences": [*choice_sentences(compared), ONE_LOOK],
        "chart": (compared.caption, settings_chart(compared)),
        "table": settings_table(compared),
        "caption": CAPTION,
    }


def _settings(run: Run) -> list[tuple[str, str]]:
    """Return the params file, with the number that auto stood for."""
    used = {
        "prompt.max_tokens": run.settings.get("prompt", {}).get("max_tokens"),
        "generate.max_new_tokens": run.answer_limit,
    }
    return [
        (name, f"auto: {used[name]}" if text == AUTO and used.get(name) else text) for name, text in flat(run.params)
    ]


def _data(run: Run) -> list[tuple[str, str]]:
    """Return the figures of the split, with names that say what they count, and its percentiles in words."""
    lines = flat({key: value for key, value in run.data.items() if key != "words"})
    named = [(_COUNTS.get(name, name.replace("_", " ").replace(".", ", ")), text) for name, text in lines]
    for name, part in (("source", "an input"), ("target", "a target")):
        if found := run.data.get("words", {}).get(name):
            low, median, high, most = (f"{found[key]:g}" for key in ("p5", "p50", "p95", "p100"))
            named.append((f"words of {part}", f"median {median}, 90% have {low} to {high}, at most {most}"))
    return named


def _chosen(run: Run) -> list[tuple[str, str]]:
    """Return the settings that model selection chose: the params file has another value at the top, or none."""
    given = dict(flat(run.params))
    return [
        (name, text)
        for name, text in flat(run.settings)
        if text != given.get(name) and given.get(name) != AUTO and (name in given or "." not in name)
    ]


def versions() -> list[tuple[str, str]]:
    """Return the installed versions of PACKAGES, without the build ("+cpu"), which differs between machines."""
    found = []
    for name in PACKAGES:
        try:
            found.append((name, version(name).split("+")[0]))
        except PackageNotFoundError:  # pragma: no cover (a report of another environment's run)
            found.append((name, "not installed"))
    return found
