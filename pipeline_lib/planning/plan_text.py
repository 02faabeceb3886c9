"""The plan as lines for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

GB = 1e9


def gigabytes(parts: Mapping[str, int]) -> dict[str, float]:
    """Return bytes of parts in GB (10^9), with their total."""
    return {name: round(size / GB, 3) for name, size in parts.items()} | {
        "total_gb": round(sum(parts.values()) / GB, 3)
    }


def plan_lines(plan: Mapping[str, Any]) -> list[str]:
    """Return the lines of a plan, an object of stages.plan --json."""
    numbers = plan["parameters"]
    lines = [
        f"{plan['model']}: {plan['architecture']}, {numbers['total']:,} parameters, {numbers['trained']:,} of them "
        f"trained ({plan['method']}, {plan['precision']} on {plan['device']})",
        f"lengths: {plan['origin']}; the widest micro-batch has {plan['widest']['rows']} x {plan['widest']['tokens']} "
        "tokens",
        "",
        *_parts(f"memory of training on {plan['device']}, GB", plan["memory"]),
        *_parts("memory of generation, GB", plan["generation"]),
        *_parts("disk, GB", plan["disk"]),
        f"minutes of training: {plan['minutes']:.1f} ({plan['minutes_from']})",
        "",
        f"{'machine':28} {'has':>6} {'needs':>6}  fits",
    ]
    for machine in plan["machines"]:
        answer = "yes" if machine["fits"] else f"no: {machine['change']}"
        lines.append(f"{machine['name']:28} {machine['has_gb']:6.1f} {machine['needs_gb']:6.1f}  {answer}")
    if "actual" in plan:
        actual = plan["actual"]
        lines += [
            "",
            f"the steps that were run: {actual['memory_gb']:.2f} GB, {actual['seconds_a_step']:.1f} s a step, loss "
            f"{actual['loss']:.4f} at the end",
        ]
    return lines


def change_text(now: Any, found: tuple[Any, int] | None) -> str:
    """Return what to change in the params file, from the settings of now to those that fit."""
    if found is None:
        return "nor with any of these settings: lower prompt.max_tokens or lora.r, or choose a smaller model"
    settings, size = found
    changes = []
    if settings.micro_batch_size != now.micro_batch_size:
        changes.append(f"micro_batch_size: {settings.micro_batch_size}")
    if settings.gradient_checkpointing != now.gradient_checkpointing:
        changes.append("memory.gradient_checkpointing: true")
    if settings.quantization != now.quantization:
        changes.append(f"memory.quantization: {settings.quantization}")
    return f"with {', '.join(changes)} it needs {size / GB:.1f}"


def _parts(title: str, parts: Mapping[str, float]) -> Sequence[str]:
    if not parts:  # nothing is generated: labels are chosen
        return []
    rows = [f"  {name:22} {size:8.2f}" for name, size in parts.items() if name != "total_gb"]
    return [title, *rows, f"  {'total':22} {parts['total_gb']:8.2f}", ""]
