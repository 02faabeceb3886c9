"""A study as one picture: a panel a question. The same study gives the same bytes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import NullLocator

from pipeline_lib.report.figures.label_systems import shortened, tidy
from pipeline_lib.report.figures.loss import BLUE, GREY, ORANGE, save
from pipeline_lib.report.figures.settings_compared import draw_settings, settings_height
from pipeline_lib.report.figures.systems import frame, mark
from pipeline_lib.report.settings_table import Compared
from pipeline_lib.study.seeds_question import cell_label, cell_name, in_full
from pipeline_lib.study.settings_question import compared_settings

_ROW = 0.34  # height of a row, inches
_LONGEST = 40  # characters of a name


def draw_study(path: str | Path, study: Mapping[str, Any]) -> None:
    """Draw the answers of a study as PNG; where it has none, the test figure of each run."""
    panels: list[tuple[float, Callable[..., None], Any]] = []
    if study["which_setting"]:
        compared = compared_settings(study)
        panels.append((1.1 + settings_height(compared), _settings, compared))
    full, rest = in_full(study["is_it_the_seed"])
    panels += [(1.1 + _ROW * len(answer["each"]), _seeds, answer) for answer in full]
    if rest:
        panels.append((1.1 + _ROW * len(rest), _other_seeds, rest))
    panels += [(3.6, _curve, curve) for curve in study["would_more_rows_help"]]
    if not panels:
        panels.append((1.1 + _ROW * len(study["runs"]), _runs, study["runs"]))
    heights = [height for height, _, _ in panels]
    figure = Figure(figsize=(8, sum(heights)), dpi=130, layout=ConstrainedLayoutEngine(h_pad=0.1))
    grid = figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)
    for (_, draw, answer), axes in zip(panels, grid[:, 0], strict=True):
        draw(axes, study, answer)
    save(figure, path)


def _settings(axes: Axes, study: Mapping[str, Any], compared: Compared) -> None:
    draw_settings(axes, compared, "Which setting? ")


def _seeds(axes: Axes, study: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    for place, (name, over) in enumerate(answer["each"].items()):
        colour = "black" if name == answer["best_baseline"] else ORANGE if name == "untrained" else GREY
        mark(axes, place, over["difference"], over["low"], over["high"], colour, sign=True)
    axes.axvline(0, color="black", linewidth=0.8, zorder=0)
    names = [name + " (best baseline)" * (name == answer["best_baseline"]) for name in answer["each"]]
    frame(axes, names, f"Is it the seed? {study['title']}, tuned minus each, {len(answer['seeds'])} seeds")
    axes.set_xlabel(shortened([cell_name(answer)], 80)[0], fontsize=9, color=GREY, parse_math=False)


def _other_seeds(axes: Axes, study: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> None:
    for place, answer in enumerate(answers):
        over = answer["each"][answer["best_baseline"]]
        mark(axes, place, over["difference"], over["low"], over["high"], BLUE, sign=True)
    axes.axvline(0, color="black", linewidth=0.8, zorder=0)
    frame(
        axes,
        [cell_label(answer) for answer in answers],
        "Other settings and sizes: tuned minus the best baseline",
    )


def _curve(axes: Axes, study: Mapping[str, Any], curve: Mapping[str, Any]) -> None:
    sizes = [point["rows"] for point in curve["points"]]
    best = best_at_end(study, curve)
    for name in (*curve["systems"], "tuned"):
        points = [point["systems"][name] for point in curve["points"]]
        colour = {"tuned": BLUE, "untrained": ORANGE, best: "black"}.get(name, GREY)
        faint = name not in ("tuned", "untrained", best)
        width, alpha = (1.0, 0.55) if faint else (2.2, 1.0)
        label = f"{name} (best baseline)" if name == best else None if faint else name
        axes.plot(
            sizes,
            [point["value"] for point in points],
            "-o",
            color=colour,
            markersize=4,
            label=label,
            linewidth=width,
            alpha=alpha,
        )
        if name == "tuned":
            for size, point in zip(sizes, points, strict=True):
                if point["low"] is not None:
                    axes.plot([size, size], [point["low"], point["high"]], color=colour, linewidth=2)
                axes.annotate(
                    f"{point['value']:.3f}", (size, point["value"]), (7, 5), textcoords="offset points", fontsize=8,
                    bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
                )  # fmt: skip
    if any(name not in ("untrained", best) for name in curve["systems"]):
        axes.plot([], [], color=GREY, linewidth=1, alpha=0.55, label="other baselines")
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(sizes[0] / 1.12, sizes[-1] * 1.18)
    tidy(axes)
    several = len(study["would_more_rows_help"]) > 1
    axes.set_xlabel("training rows" + f", {curve['setting']}" * several, parse_math=False)
    axes.set_title(
        f"Would more rows help? {study['title']} of {study['n']:,} test rows", loc="left", fontweight="bold",
        fontsize=11, parse_math=False,
    )  # fmt: skip
    axes.legend(frameon=False, fontsize=8, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.16))


def best_at_end(study: Mapping[str, Any], curve: Mapping[str, Any]) -> str | None:
    """Return the baseline with the best figure of the largest size, None where there is none."""
    sign = 1.0 if study["better"] == "higher" else -1.0
    last = curve["points"][-1]["systems"]
    names = [name for name in curve["systems"] if name != "untrained"]
    return max(names, key=lambda name: sign * float(last[name]["value"]), default=None)


def _runs(axes: Axes, study: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> None:
    for place, run in enumerate(runs):
        mark(axes, place, run["test"], None, None, BLUE)
    names = shortened([run["name"] for run in runs], _LONGEST)
    frame(axes, names, f"{study['title']} of {study['n']:,} test rows")
