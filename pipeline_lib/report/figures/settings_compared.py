"""The settings that were compared on validation rows, as a table for DVC and a figure. Same input, same bytes."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import guarded, read_json, write_csv
from pipeline_lib.report.figures.label_systems import shortened
from pipeline_lib.report.figures.loss import BLUE, GREY, save
from pipeline_lib.report.figures.systems import frame, mark
from pipeline_lib.report.settings_table import Compared

NEEDED = ("lr", "epochs", "loss", "best_epoch")  # of each setting, beside the figure that chooses
_ROW, _LINE = 0.34, 0.16  # height of a setting, and of each further line of its name, inches
_LONGEST, _WIDE = 80, 30  # characters of a name, and of a line of it


def read_model_selection(path: str | Path) -> dict[str, Any]:
    """Return the comparison of settings that select_setting writes; UserError where it lacks something."""
    selection = read_json(path)
    try:
        by = selection["by"]
        needed = (*NEEDED, by, f"{by}_low", f"{by}_high")
        complete = selection["chosen"] in selection["settings"] and "grid_keys" in selection
        complete &= all(name in row for row in selection["settings"].values() for name in needed)
    except (AttributeError, KeyError, TypeError):
        complete = False
    if not complete:
        raise UserError(
            f"{path} must hold settings with {', '.join(NEEDED)} and the figure that chooses, one of them chosen: run "
            "select_setting again"
        )
    return selection


def write_settings_table(path: str | Path, selection: Mapping[str, Any]) -> None:
    """Write one row per setting for DVC, with figures of validation rows; "nan" for an unknown end of an interval."""
    settings, by = selection["settings"], selection["by"]
    figures = [by, f"{by}_low", f"{by}_high"]
    others = [name for name in settings[selection["chosen"]] if f"{name}_low" in settings[selection["chosen"]]]
    names = [*figures, *(name for name in others if name not in (by, "loss")), "loss"]
    header = ["setting", "lr", "epochs", by, "low", "high", *names[3:], "chosen"]
    rows = []
    for name, row in settings.items():
        numbers = ["nan" if row.get(key) is None else f"{row[key]:.6f}" for key in names]
        chosen = "yes" if name == selection["chosen"] else "no"
        cells = [guarded(name), f"{row['lr']:g}", row["epochs"], *numbers, chosen]
        rows.append(dict(zip(header, cells, strict=True)))
    write_csv(path, header, rows)


def settings_height(compared: Compared) -> float:
    """Return the height of draw_settings' axes without title and ticks, in inches."""
    return sum(_ROW + _LINE * name.count("\n") for name in _names(compared))


def draw_settings(axes: Axes, compared: Compared, question: str = "") -> None:
    """Draw each setting's figure on the validation rows with its 95% interval, the chosen one in colour.

    `question` stands before the title.
    """
    for place, one in enumerate(compared.settings):
        if one.value is not None:
            mark(axes, place, one.value, one.low, one.high, BLUE if one.chosen else GREY)
    frame(axes, _names(compared), question + compared.figure)
    axes.set_xlabel(compared.intervals, fontsize=9, color=GREY)


def _names(compared: Compared) -> list[str]:
    """Return each setting's name, what is special about it and its params, in lines of _WIDE characters."""
    found = []
    for short, one in zip(shortened([one.name for one in compared.settings], _LONGEST), compared.settings, strict=True):
        named = short + f" ({one.tag})" * bool(one.tag)
        lines = [line for text in (named, one.params) for line in wrap(text, _WIDE, break_on_hyphens=False)]
        found.append("\n".join(lines))
    return found


def save_settings(path: str | Path, compared: Compared) -> None:
    """Write draw_settings as a PNG of its own."""
    figure = Figure(figsize=(8, 1.2 + settings_height(compared)), dpi=130, layout="constrained")
    draw_settings(figure.add_subplot(), compared)
    save(figure, path)
