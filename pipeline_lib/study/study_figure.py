"""A study as one picture: a panel a question. The same study gives the same bytes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import SubFigure
from matplotlib.ticker import NullLocator

from pipeline_lib.report.figures.interval_rows import frame, mark
from pipeline_lib.report.figures.palette import BASELINE, SYSTEMS, TUNED
from pipeline_lib.report.figures.picture import EDGE, PLAIN, SMALL, TITLE, WIDTH, picture, plain_legend, save, tidy
from pipeline_lib.report.figures.settings_compared import draw_settings, settings_height
from pipeline_lib.report.figures.text_size import fitted, wrapped
from pipeline_lib.report.settings_table import Compared
from pipeline_lib.report.verdict import figure
from pipeline_lib.study.seeds_question import cell_label, cell_name, in_full
from pipeline_lib.study.settings_question import compared_settings

_ROW = 27.0  # points: height of a row
_NAMES = 200.0  # points: the longest name of a row


def draw_study(path: str | Path, study: Mapping[str, Any]) -> None:
    """Draw the answers of a study as PNG; where it has none, the test figure of each run."""
    panels: list[tuple[float, Callable[..., None], Any]] = []
    if study["which_setting"]:
        compared = compared_settings(study)
        panels.append((105 + settings_height(compared), _settings, compared))
    full, rest = in_full(study["is_it_the_seed"])
    panels += [(105 + _ROW * len(answer["each"]), _seeds, answer) for answer in full]
    if rest:
        panels.append((105 + _ROW * len(rest), _other_seeds, rest))
    panels += [(300.0, _curve, curve) for curve in study["would_more_rows_help"]]
    if not panels:
        panels.append((105 + _ROW * len(study["runs"]), _runs, study["runs"]))
    heights = [height for height, _, _ in panels]
    drawn = picture(sum(heights))
    for (_, draw, answer), part in zip(
        panels, drawn.subfigures(len(panels), 1, False, height_ratios=heights), strict=True
    ):
        draw(part[0], study, answer)
    save(drawn, path)


def _settings(part: SubFigure, study: Mapping[str, Any], compared: Compared) -> None:
    draw_settings(part.subplots(), compared)
    chosen = any(one.chosen for one in compared.settings)
    choice = "The validation rows choose, no test row is read for it" if chosen else "None is chosen, the page says why"
    _title(part, f"Which setting? {choice}")


def _seeds(part: SubFigure, study: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    axes = part.subplots()
    for place, (name, over) in enumerate(answer["each"].items()):
        kind = "untrained" if name == "untrained" else "baseline"
        if name == answer["best_baseline"]:
            kind = "best baseline"
        mark(axes, place, over["difference"], over["low"], over["high"], SYSTEMS[kind], sign=True)
    axes.axvline(0, color=SYSTEMS["best baseline"], linewidth=1, zorder=0)
    names = [study["names"][name] + " (best baseline)" * (name == answer["best_baseline"]) for name in answer["each"]]
    frame(axes, _fitted(names), f"difference in {study['title']} ({study['better']} is better; line: 95% interval)")
    _title(
        part, f"Is it the seed? The tuned model minus each other system, over {len(answer['seeds'])} seeds",
        f"{cell_name(answer)}, {study['n']:,} test rows",
    )  # fmt: skip


def _other_seeds(part: SubFigure, study: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> None:
    axes = part.subplots()
    for place, answer in enumerate(answers):
        over = answer["each"][answer["best_baseline"]]
        mark(axes, place, over["difference"], over["low"], over["high"], TUNED, sign=True)
    axes.axvline(0, color=SYSTEMS["best baseline"], linewidth=1, zorder=0)
    what = f"difference in {study['title']} ({study['better']} is better; line: 95% interval)"
    frame(axes, _fitted([cell_label(answer) for answer in answers]), what)
    _title(part, "Other settings and sizes: the tuned model minus the best baseline", f"{study['n']:,} test rows")


def _curve(part: SubFigure, study: Mapping[str, Any], curve: Mapping[str, Any]) -> None:
    axes, sizes = part.subplots(), [point["rows"] for point in curve["points"]]
    best = best_at_end(study, curve)
    for name in (*curve["systems"], "tuned"):
        points = [point["systems"][name] for point in curve["points"]]
        kind = "best baseline" if name == best else name if name in ("tuned", "untrained") else "baseline"
        label = None
        if kind != "baseline":
            label = "Tuned model" if name == "tuned" else study["names"][name] + " (best baseline)" * (name == best)
        width, dash = (1.0, "-o") if kind == "baseline" else (2.2, "--o" if kind == "untrained" else "-o")
        values = [point["value"] for point in points]
        axes.plot(sizes, values, dash, color=SYSTEMS[kind], markersize=4, label=label, linewidth=width)
        if name == "tuned":
            for size, point in zip(sizes, points, strict=True):
                if point["low"] is not None:
                    axes.plot([size, size], [point["low"], point["high"]], color=TUNED, linewidth=2)
                axes.annotate(
                    figure(point["value"]), (size, point["value"]), (7, 5), textcoords="offset points", fontsize=SMALL,
                    color=TUNED, fontweight="bold",
                    bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
                )  # fmt: skip
    if any(name not in ("untrained", best) for name in curve["systems"]):
        axes.plot([], [], color=BASELINE, linewidth=1, label="Other baselines")
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(sizes[0] / 1.12, sizes[-1] * 1.18)
    tidy(axes)
    axes.set_xlabel("training rows")
    axes.set_ylabel(study["title"], parse_math=False)
    what = f"{study['title']} of {study['n']:,} test rows, {study['better']} is better"
    _title(part, "Would more training rows help?", f"{curve['setting']}; {what}, bar: 95% interval")
    plain_legend(axes.legend(ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.18)))


def best_at_end(study: Mapping[str, Any], curve: Mapping[str, Any]) -> str | None:
    """Return the baseline with the best figure of the largest size, None where there is none."""
    sign = 1.0 if study["better"] == "higher" else -1.0
    last = curve["points"][-1]["systems"]
    names = [name for name in curve["systems"] if name != "untrained"]
    return max(names, key=lambda name: sign * float(last[name]["value"]), default=None)


def _runs(part: SubFigure, study: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> None:
    axes = part.subplots()
    for place, run in enumerate(runs):
        mark(axes, place, run["test"], None, None, TUNED)
    frame(
        axes,
        _fitted([run["name"] for run in runs]),
        f"{study['title']} of {study['n']:,} test rows ({study['better']} is better)",
    )
    _title(part, "The tuned model of each run")


def _fitted(names: Sequence[str]) -> list[str]:
    return [fitted(name, _NAMES, SMALL) for name in names]


def _title(part: SubFigure, title: str, note: str = "") -> None:
    """Write the question of a panel, and a note on the axes below it."""
    lines = wrapped(title, WIDTH - 2 * EDGE, TITLE, bold=True)
    text = part.suptitle("\n".join(lines), x=EDGE / WIDTH, ha="left", fontsize=TITLE, fontweight="bold")
    text.set_parse_math(False)
    if note:
        axes = part.axes[0]
        note = "\n".join(wrapped(note, WIDTH - 2 * EDGE - _NAMES, PLAIN, most=2))
        axes.set_title(note, fontweight="normal", parse_math=False)
