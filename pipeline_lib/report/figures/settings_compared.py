"""The settings that were compared on validation rows, as a table for DVC and a figure. Same input, same bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import guarded, read_json, write_csv
from pipeline_lib.report.figures.interval_rows import frame, mark
from pipeline_lib.report.figures.label_systems import shortened
from pipeline_lib.report.figures.palette import BASELINE, TUNED
from pipeline_lib.report.figures.picture import SMALL, head, picture, save
from pipeline_lib.report.figures.text_size import wrapped
from pipeline_lib.report.settings_table import Compared

NEEDED = ("lr", "epochs", "loss", "best_epoch")  # of each setting, beside the figure that chooses
_ROW, _LINE = 30.0, 13.0  # points: height of a setting, and of each further line of its name
_LONGEST, _NAMES = 80, 200.0  # characters of a name, and the width of its lines in points


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
    """Return the height of draw_settings' axes without title and ticks, in points."""
    return sum(_ROW + _LINE * name.count("\n") for name in _names(compared))


def draw_settings(axes: Axes, compared: Compared) -> None:
    """Draw each setting's figure on the validation rows with its 95% interval, the chosen one in colour."""
    for place, one in enumerate(compared.settings):
        if one.value is not None:
            mark(axes, place, one.value, one.low, one.high, TUNED if one.chosen else BASELINE)
    line = "; line: its 95% interval" if compared.intervals else ""
    frame(axes, _names(compared), f"{compared.figure} ({compared.better} is better{line})")


def _names(compared: Compared) -> list[str]:
    """Return each setting's name, what is special about it and its params, in lines."""
    found = []
    for short, one in zip(shortened([one.name for one in compared.settings], _LONGEST), compared.settings, strict=True):
        named = short + f" ({one.tag})" * bool(one.tag)
        found.append("\n".join(line for text in (named, one.params) for line in wrapped(text, _NAMES, SMALL, most=3)))
    return found


def save_settings(path: str | Path, compared: Compared) -> None:
    """Write draw_settings as a PNG of its own."""
    figure = picture(60 + settings_height(compared))
    draw_settings(figure.subplots(), compared)
    head(figure, f"Which setting? {len(compared.settings)} compared", "No test row was read for it.")
    save(figure, path)
