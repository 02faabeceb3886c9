"""What a study found over several seeds of the committed setting, kept beside the metrics, and the sentence of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline_lib.core.run_files import read_object
from pipeline_lib.report.results import title
from pipeline_lib.report.verdict import HEADINGS, between, figure
from pipeline_lib.report.wording import system_name

SEEDS = "seeds.json"  # in the folder of metrics; written by stages.study --verdict
KEYS = ("test_rows", "setting", "headline", "seeds", "mean", "sd", "against", "difference", "low", "high", "verdict")
NOT_SEEN = ("words", "embed", "pairs")  # keys of the params file that the trained model does not depend on
# Settings of memory and time: the result is the same but for the rounding of sums, as it is on another machine.
ROUNDING = frozenset({"micro_batch_size", "memory.gradient_checkpointing", "launch.processes", "launch.config"})


def flat_params(content: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return nested params as one mapping, {"lora.r": 16}; a list stays one value."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        name = f"{before}{key}"
        found |= flat_params(value, f"{name}.") if isinstance(value, dict) and value else {name: value}
    return found


def setting_of(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flat params that make a setting: all but the seed and those of NOT_SEEN; plain values for JSON."""
    return {
        name: value if isinstance(value, str | int | float | list | dict | None) else str(value)
        for name, value in flat_params(params).items()
        if name.split(".")[0] not in ("seed", *NOT_SEEN)
    }


def seeds_lines(
    metrics: Path, scores: Mapping[str, Any], definitions: Mapping[str, Any], params: Mapping[str, Any]
) -> list[str]:
    """Return the lines that say of how many training runs a verdict is, from SEEDS in `metrics` where it is there.

    It counts only where its rows, headline metric and setting are those of the run; else a line says why not.
    """
    alone = f"This is one training run (seed {scores['seed']}): another seed may give another result."
    if not (metrics / SEEDS).is_file():
        return [alone]
    found = read_object(metrics / SEEDS, KEYS, "run python -m stages.study --verdict again, or remove it")
    why = ""
    if found["test_rows"] != definitions["test_rows"]:
        why = "it is of other test rows"
    elif found.get("train_rows") != definitions.get("train_rows"):
        why = "it is of other training rows"
    elif found["headline"] != scores["headline"]:
        why = f"its headline metric is {found['headline']}"
    else:
        own, theirs = setting_of(params), found["setting"]
        names = [name for name in dict.fromkeys([*own, *theirs]) if name not in ROUNDING]
        differing = [name for name in names if own.get(name) != theirs.get(name)]
        why = f"it is of another setting ({', '.join(differing[:3])})" if differing else ""
    if why:
        return [alone, f"{SEEDS} is ignored, for {why}: run python -m stages.study --verdict again."]
    ends = between(found["low"], found["high"], sign=True)
    return [
        f"{len(found['seeds'])} training runs (seeds {', '.join(map(str, found['seeds']))}): "
        f"{HEADINGS[found['verdict']].lower()} over seeds and rows. {title(dict(definitions), found['headline'])} is "
        f"{figure(found['mean'])} on average, with a standard deviation of {figure(found['sd'])} between seeds, "
        f"{figure(found['difference'], sign=True)} over the best baseline, {system_name(definitions, found['against'])}"
        f"{f' (95% interval {ends})' if ends else ''}."
    ]
