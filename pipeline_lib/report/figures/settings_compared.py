"""The settings that were compared, as a table and a figure. The same input gives the same bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import guarded, read_json, write_csv
from pipeline_lib.report.figures.label_systems import shortened
from pipeline_lib.report.figures.palette import BASELINE, TUNED
from pipeline_lib.report.figures.picture import SMALL, head, picture, save, tidy

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
    """Write one row per setting for DVC, the best first; "nan" for an unknown end of an interval."""
    rows = []
    for name, row in _ranked(selection):
        numbers = ["nan" if row[key] is None else f"{row[key]:.6f}" for key in SETTING[2:]]
        chosen = "yes" if name == selection["chosen"] else "no"
        cells = [guarded(name), f"{row['lr']:g}", row["epochs"], *numbers, chosen]
        rows.append(dict(zip(HEADER, cells, strict=True)))
    write_csv(path, HEADER, rows)


def draw_settings(path: str | Path, selection: Mapping[str, Any]) -> None:
    """Draw the settings as PNG, the best macro F1 on top: on validation rows, with its 95% interval, and the loss."""
    settings = dict(_ranked(selection))
    names = shortened(list(settings))
    figure = picture(60 + 42 * len(settings))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
    for place, (name, row) in enumerate(settings.items()):
        chosen = name == selection["chosen"]
        colour, mark, size = (TUNED, "*", 15) if chosen else (BASELINE, "o", 7)
        if row["f1_macro_low"] is not None and row["f1_macro_high"] is not None:
            left.plot([row["f1_macro_low"], row["f1_macro_high"]], [place, place], color=colour, linewidth=2.4)
        for axes, key in ((left, "f1_macro"), (right, "loss")):
            axes.plot(row[key], place, mark, color=colour, markersize=size, markeredgecolor="white", zorder=3)
            note = " (chosen)" if chosen and key == "f1_macro" else ""
            axes.annotate(
                f"{row[key]:.3f}{note}", (row[key], place), (0, 8), textcoords="offset points", ha="center",
                fontsize=SMALL, fontweight="bold" if chosen else "normal",
            )  # fmt: skip
    ticks = [
        f"{short}\nlr {row['lr']:g}, epochs {row['epochs']}"
        for short, row in zip(names, settings.values(), strict=True)
    ]
    left.set_yticks(range(len(settings)), ticks, parse_math=False)
    left.set_ylim(len(settings) - 0.5, -0.65)
    for axes in (left, right):
        axes.margins(x=0.16)
        axes.locator_params(axis="x", nbins=5)
        tidy(axes, "x")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    rows = f"{selection['validation']:,} validation rows" if "validation" in selection else "validation rows"
    left.set_xlabel("macro F1 on validation rows\n(higher is better; line: 95% interval)")
    right.set_xlabel("loss on validation rows\n(nats per label, lower is better)")
    note = "The best macro F1 was chosen (star). No test row was read for it."
    head(figure, f"Which setting? {len(settings)} compared on {rows}", note)
    save(figure, path)


def _ranked(selection: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the settings by name, the best macro F1 first; of equal ones the one that was named first."""
    return sorted(selection["settings"].items(), key=lambda named: -named[1]["f1_macro"])
