"""Write docs/settings.md and docs/metrics.md: every setting of a params file, and every metric of scores.json.

    python -m tools.reference

Made from the schema of the settings and the definitions of the metrics. A test fails when a page is not up to date.
"""

import json
from typing import Any

from pipeline_lib.core.files import write_text
from pipeline_lib.core.tasks import TASKS
from pipeline_lib.evaluation.metrics.classification import metrics_of
from pipeline_lib.evaluation.metrics.definitions import METRICS, CorpusMetric, Metric
from pipeline_lib.evaluation.scoring import load_scoring
from tools.params_schema import PATH, schema

DOCS = PATH.parent
BOUNDS = {"minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "to {}", "exclusiveMaximum": "below {}"}


def settings_page() -> str:
    """Return docs/settings.md: a table of the settings that stand alone, then one for each group."""
    made = schema()
    groups = {
        name: made["$defs"][entry["$ref"].rsplit("/", 1)[1]]
        for name, entry in made["properties"].items()
        if "$ref" in entry
    }
    alone = {name: entry for name, entry in made["properties"].items() if name not in groups}
    parts = [
        "# Settings",
        "Every key of a params file; a key left out of a group has its default. Made from "
        "[params.schema.json](params.schema.json), by which editors complete and check the file.",
        _settings_table(alone),
    ]
    for name, group in groups.items():
        parts += [f"## {name}", group.get("description", ""), _settings_table(group["properties"])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _settings_table(settings: dict[str, dict[str, Any]]) -> str:
    lines = ["| key | what it is | values | default |", "|---|---|---|---|"]
    for name, entry in settings.items():
        default = f"`{_yaml(entry['default'])}`" if "default" in entry else ""
        lines.append(f"| `{name}` | {_cell(entry.get('description', ''))} | {_cell(_values(entry))} | {default} |")
    return "\n".join(lines)


def _values(entry: dict[str, Any]) -> str:
    """Return what a setting may be, in words: its choices, or its type with its bounds."""
    if "anyOf" in entry:
        return ", or ".join(_values(one) for one in entry["anyOf"])
    if "$ref" in entry:
        return "a group"
    if "enum" in entry:
        return ", ".join(f"`{_yaml(value)}`" for value in entry["enum"])
    if "const" in entry:
        return f"`{_yaml(entry['const'])}`"
    bounds = [words.format(entry[key]) for key, words in BOUNDS.items() if key in entry]
    kind = {"null": "`null`", "integer": "whole number", "string": "text", "array": "list", "object": "keys and values"}
    return " ".join([kind.get(entry.get("type", ""), entry.get("type", "any")), *bounds])


def _yaml(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def metrics_page() -> str:
    """Return docs/metrics.md: the metrics in a table."""
    lines = [
        "# Metrics",
        "",
        "Each with `_low` and `_high`, the ends of its 95% interval, in metrics/scores.json; a run has those of its",
        "task, with the name of a label for LABEL. metrics/definitions.json says which columns of rows.csv each is",
        "made of. How to read them: [figures](figures.md).",
        "",
        "| name | title | better | what it is |",
        "|---|---|---|---|",
    ]
    metrics: dict[str, Metric | CorpusMetric] = {**METRICS, **metrics_of(["LABEL", "OTHER"])}
    for task in sorted(path.parent.name for path in TASKS.glob("*/scoring.py")):
        metrics |= load_scoring(task).CORPUS_METRICS
    lines += [
        f"| `{name}` | {_cell(one.title)} | {one.better} | {_cell(one.meaning)} |"
        for name, one in metrics.items()
        if not name.endswith("_OTHER")
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES = {"settings.md": settings_page, "metrics.md": metrics_page}


if __name__ == "__main__":
    for name, page in PAGES.items():
        write_text(DOCS / name, page())
