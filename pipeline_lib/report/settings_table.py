"""Settings that were compared on validation rows, of a grid or of a study: one table, one chart and one sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline_lib.report.charts import Axis, Mark, axis, short_label
from pipeline_lib.report.results import title
from pipeline_lib.report.score_tables import Cell, Head, Line, Table
from pipeline_lib.report.verdict import between, figure

CAPTION = "Settings by their figures on validation rows, the best first"
_ALWAYS = ("lr", "epochs")  # named of each row of a grid, also where all rows have one value


@dataclass(frozen=True)
class Setting:
    """A setting and its figures on the validation rows, the mean over its runs where it has several."""

    name: str
    params: str  # in words, "lr 0.001, epochs 4"; "" where the name says them
    value: float | None  # the figure that chooses; None where there is none
    low: float | None  # the ends of its 95% interval; None where it has none
    high: float | None
    others: Mapping[str, float] = field(default_factory=dict)  # further figures by their titles
    loss: float | None = None
    epoch: int | None = None  # the one that was kept
    runs: int = 1
    chosen: bool = False
    committed: bool = False

    @property
    def tag(self) -> str:
        """What is special about it: "chosen", "chosen, committed"."""
        return ", ".join(["chosen"] * self.chosen + ["committed"] * self.committed)


@dataclass(frozen=True)
class Compared:
    """Some settings, the best first where one is chosen, by a figure of validation rows."""

    title: str  # of the figure
    better: str  # higher | lower
    rows: int  # validation rows; 0 where they are not known
    settings: Sequence[Setting]

    @property
    def figure(self) -> str:
        """What chooses: "Accuracy of 291 validation rows"."""
        rows = f"{self.rows:,} " if self.rows else ""
        return f"{self.title[:1].upper()}{self.title[1:]} of {rows}validation rows"

    @property
    def intervals(self) -> str:
        """Which intervals there are, "" for none: the mean over several runs has none."""
        if all(one.low is None for one in self.settings):
            return ""
        return "with 95% intervals" + " of single runs" * any(one.runs != 1 for one in self.settings)

    @property
    def caption(self) -> str:
        """What a chart of the settings shows."""
        return ", ".join(filter(None, [self.figure, self.intervals]))


def compared_grid(selection: Mapping[str, Any], definitions: Mapping[str, Any]) -> Compared:
    """Return the rows of a grid; `selection` is model_selection.json, `definitions` has the titles of its figures."""
    settings, by = selection["settings"], selection["by"]
    keys = [
        key
        for key in selection["grid_keys"]
        if any(key in row for row in settings.values())
        and (key in _ALWAYS or len({row.get(key) for row in settings.values()}) > 1)
    ]
    others = [name for name in definitions["metrics"] if name != by and name != "loss"]
    return Compared(
        title(dict(definitions), by),
        definitions["metrics"].get(by, {}).get("better", "higher"),
        selection.get("validation", 0),
        [
            Setting(
                name,
                ", ".join(f"{key} {'none' if row[key] is None else f'{row[key]:g}'}" for key in keys if key in row),
                row[by],
                row.get(f"{by}_low"),
                row.get(f"{by}_high"),
                {title(dict(definitions), other): row[other] for other in others if row.get(other) is not None},
                row["loss"],
                row["best_epoch"],
                chosen=name == selection["chosen"],
            )
            for name, row in settings.items()
        ],
    )


def settings_table(compared: Compared) -> Table:
    """Return a row a setting; a column that no setting has a figure for is left out."""
    settings = compared.settings
    others = list(dict.fromkeys(name for one in settings for name in one.others))
    own = [Cell(figure(one.value), between(one.low, one.high)) for one in settings]
    columns = [(Head(compared.title, compared.better), own)]
    columns += [(Head(name), [Cell(figure(one.others.get(name))) for one in settings]) for name in others]
    columns.append((Head("validation loss", "lower"), [Cell(figure(one.loss)) for one in settings]))
    columns.append((Head("epoch kept"), [Cell("" if one.epoch is None else f"{one.epoch}") for one in settings]))
    if any(one.runs != 1 for one in settings):
        columns.append((Head("seeds"), [Cell(f"{one.runs}") for one in settings]))
    shown = [(head, cells) for head, cells in columns if any(cell.value for cell in cells)]
    return Table(
        [head for head, _ in shown],
        [
            Line(one.name, one.params, "tuned" if one.chosen else "", [cells[at] for _, cells in shown], one.tag)
            for at, one in enumerate(settings)
        ],
    )


def settings_chart(compared: Compared) -> tuple[Axis, list[Mark]] | None:
    """Return the scale and the mark of each setting with its interval; None where no setting has the figure."""
    known = [(one, one.value) for one in compared.settings if one.value is not None]
    if not known:
        return None
    scale = axis([end for one, value in known for end in (value, one.low, one.high) if end is not None])
    marks = []
    for one, value in known:
        low, high = (None if end is None else scale.place(end) for end in (one.low, one.high))
        ends = between(one.low, one.high)
        text = figure(value) + (f" ({ends})" if ends else "")
        label = short_label(one.name, one.tag)
        marks.append(Mark(label, "tuned" if one.chosen else "baseline", text, scale.place(value), low, high))
    return scale, marks


def choice_sentences(compared: Compared) -> list[str]:
    """Return which setting the validation rows choose, and what decided between equal ones; [] where none is chosen."""
    chosen = next((one for one in compared.settings if one.chosen), None)
    if chosen is None or chosen.value is None:
        return []
    runs = sorted({one.runs for one in compared.settings})
    counts = " to ".join(map(str, dict.fromkeys([runs[0], runs[-1]])))
    seeds = "" if runs == [1] else f", the mean over {counts} seeds of each setting,"
    found = [f"{compared.figure}{seeds} chooses {chosen.name}."]
    equal = [one.name for one in compared.settings if one is not chosen and figure(one.value) == figure(chosen.value)]
    if equal:
        rule = "of equal settings the one with the lower validation loss is chosen, then the one named first"
        found.append(f"{' and '.join(equal)} {'has' if len(equal) == 1 else 'have'} the same: {rule}.")
    return found
