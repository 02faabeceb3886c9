"""What stages.plan expected of a training, beside what it took."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json
from pipeline_lib.core.settings import AUTO
from pipeline_lib.report.training_history import History

PLAN = "plan.json"  # in the folder of the figures, where a plan was written before the run


def read_plan(metrics: Path) -> dict[str, Any] | None:
    """Return the plan in the folder of the figures, None without one. Raises UserError where it is no plan."""
    path = metrics / PLAN
    if not path.exists():
        return None
    plan = read_json(path)
    try:
        figures = [plan["parameters"]["trained"], plan["parameters"]["share"], plan["memory"]["total_gb"]]
        figures += [plan["minutes"], plan["tokens"]["train"], plan["tokens"]["validation"], plan["settings"]["epochs"]]
        if all(isinstance(figure, int | float) for figure in figures):
            return dict(plan)
    except (KeyError, TypeError):
        pass
    raise UserError(f"{path} is not a plan: python -m stages.plan --out {path}, or remove it")


def beside_plan(
    plan: Mapping[str, Any], history: History, trained: int | None, settings: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return (name, text) of each planned figure with the actual one, and of settings that are others than planned.

    trained: weights that were. settings: those of the training, with the model. The minutes are those of the optimizer
    steps: what the plan has for validation is taken off, since the history has no time of it.
    """
    expected = plan["settings"]
    tokens, share = plan["tokens"], plan["parameters"]["share"]
    steps = (2 + share) * tokens["train"]  # passes of a step, in forward passes, as planning.duration counts them
    minutes = plan["minutes"] * steps / (steps + tokens["validation"])
    figures = [
        ("weights trained", plan["parameters"]["trained"], trained, "{:,}"),
        ("tokens of training", tokens["train"] * expected["epochs"], history.tokens, "{:,}"),
        ("peak memory", plan["memory"]["total_gb"], history.memory, "{:.1f} GB"),
        ("time of all steps", minutes, sum(history.seconds) / 60, "{:.1f} min"),
    ]
    lines = [
        (name, f"{form.format(planned)} planned, {form.format(actual)} actual")
        for name, planned, actual, form in figures
        if actual
    ]
    others = _other_settings(expected, settings)
    return lines + [("planned with another", ", ".join(others))] * bool(others)


def _other_settings(planned: Mapping[str, Any], actual: Mapping[str, Any]) -> list[str]:
    """Return the names of the settings that differ; prompt.max_tokens auto is a number after the training."""
    names = [name for name, value in planned.items() if name != "prompt" and actual.get(name, value) != value]
    prompt, shown = planned.get("prompt") or {}, actual.get("prompt") or {}
    return names + [
        f"prompt.{name}" for name, value in prompt.items() if value != AUTO and shown.get(name, value) != value
    ]
