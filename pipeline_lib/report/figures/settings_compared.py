"""The settings that were compared, as a table and a figure. The same input gives the same bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import guarded, read_json, write_csv
from pipeline_lib.report.figures.label_systems import shortened, tidy
from pipeline_lib.report.figures.loss import BLUE, ORANGE, save

SETTING = ("lr", "epochs", "f1_macro", "f1_macro_low", "f1_macro_high", "accuracy", "loss")
HEADER = ["setting", "lr", "epochs", "f1_macro", "low", "high", "accuracy", "loss", "chosen"]


def read_model_selection(path: str | Path) -> dict[str, Any]:
    """Return the comparison of settings that select_setting writes; UserError where it lacks something."""
    selection = read_json(path)
    try:
        complete = selection["chosen"] in selection["settings"]
        complete &= all(name in row for row in selection["settings"].values() for name in SETTING)
    except (AttributeError, KeyError, TypeError):
        complete = False
    if not complete:
        raise UserError(
            f"{path} must hold settings with {', '.join(SETTING)}, one of them chosen: run select_setting again"
        )
    return selection


def write_settings_table(path: str | Path, selection: Mapping[str, Any]) -> None:
    """Write one row per setting for DVC, with figures of validation rows; "nan" for an unknown end of an interval."""
    rows = []
    for name, row in selection["settings"].items():
        numbers = ["nan" if row[key] is None else f"{row[key]:.6f}" for key in SETTING[2:]]
        chosen = "yes" if name == selection["chosen"] else "no"
        cells = [guarded(name), f"{row['lr']:g}", row["epochs"], *numbers, chosen]
        rows.append(dict(zip(HEADER, cells, strict=True)))
    write_csv(path, HEADER, rows)


def draw_settings(path: str | Path, selection: Mapping[str, Any]) -> None:
    """Draw the settings as PNG: macro F1 on validation rows with its 95% interval, and the validation loss."""
    settings = selection["settings"]
    names = shortened(list(settings))
    figure = Figure(figsize=(10, 1.7 + 0.65 * len(settings)), dpi=130, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
    for place, (name, row) in enumerate(settings.items()):
        chosen = name == selection["chosen"]
        colour, mark, size = (ORANGE, "*", 15) if chosen else (BLUE, "o", 7)
        if row["f1_macro_low"] is not None and row["f1_macro_high"] is not None:
            left.plot([row["f1_macro_low"], row["f1_macro_high"]], [place, place], color=colour, linewidth=2.2)
        for axes, key in ((left, "f1_macro"), (right, "loss")):
            axes.plot(row[key], place, mark, color=colour, markersize=size, markeredgecolor="white", zorder=3)
            note = " (chosen)" if chosen and key == "f1_macro" else ""
            axes.annotate(
                f"{row[key]:.3f}{note}", (row[key], place), (0, 8), textcoords="offset points", ha="center", fontsize=9
            )
    ticks = [
        f"{short}\nlr {row['lr']:g}, epochs {row['epochs']}"
        for short, row in zip(names, settings.values(), strict=True)
    ]
    left.set_yticks(range(len(settings)), ticks, parse_math=False)
    left.set_ylim(len(settings) - 0.5, -0.65)
    for axes in (left, right):
        axes.margins(x=0.12)
        tidy(axes, "x")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    rows = f"{selection['validation']} validation rows" if "validation" in selection else "validation rows"
    left.set_title(f"Settings on {rows}", loc="left", fontweight="bold")
    left.set_xlabel("macro F1 (95% interval)")
    right.set_xlabel("loss (nats per target label)")
    save(figure, path)
