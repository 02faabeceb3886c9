"""A study as one picture: a panel a question. The same study gives the same bytes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pipeline_lib.report.figures.label_systems import shortened, tidy
from pipeline_lib.report.figures.loss import BLUE, GREY, ORANGE, save
from pipeline_lib.report.figures.systems import frame, mark

_ROW = 0.34  # height of a row, inches
_LONGEST = 40  # characters of a name


def draw_study(path: str | Path, study: Mapping[str, Any]) -> None:
    """Draw the answers of a study as PNG; where it has none, the test figure of each run."""
    panels: list[tuple[float, Callable[..., None], Any]] = []
    if settings := study["which_setting"]:
        panels.append((1.1 + _ROW * len(settings["settings"]), _settings, settings))
    panels += [(1.1 + _ROW * len(answer["each"]), _seeds, answer) for answer in study["is_it_the_seed"]]
    panels += [(3.6, _curve, curve) for curve in study["would_more_rows_help"]]
    if not panels:
        panels.append((1.1 + _ROW * len(study["runs"]), _runs, study["runs"]))
    heights = [height for height, _, _ in panels]
    figure = Figure(figsize=(8, sum(heights)), dpi=130, layout="constrained")
    grid = figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)
    for (_, draw, answer), axes in zip(panels, grid[:, 0], strict=True):
        draw(axes, study, answer)
    save(figure, path)


def _settings(axes: Axes, study: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    rows = settings["settings"]
    for place, row in enumerate(rows):
        if row["validation"] is not None:
            mark(axes, place, row["validation"], None, None, BLUE if row["chosen"] else GREY)
    names = [
        f"{name}{' (chosen)' * row['chosen']}{' (committed)' * row['committed']}"
        for name, row in zip(shortened([row["setting"] for row in rows], _LONGEST), rows, strict=True)
    ]
    title = "Which setting?"
    if settings["chosen"] is not None:
        title += f" {study['title']} of {study['validation']:,} validation rows"
    frame(axes, names, title)


def _seeds(axes: Axes, study: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    for place, (name, over) in enumerate(answer["each"].items()):
        colour = "black" if name == answer["best_baseline"] else ORANGE if name == "untrained" else GREY
        mark(axes, place, over["difference"], over["low"], over["high"], colour, sign=True)
    axes.axvline(0, color="black", linewidth=0.8, zorder=0)
    names = [name + " (best baseline)" * (name == answer["best_baseline"]) for name in answer["each"]]
    size = f", {answer['size']:,} training rows" if isinstance(answer["size"], int) else ""
    frame(axes, names, f"Is it the seed? {study['title']}, tuned minus each, {len(answer['seeds'])} seeds{size}")
    axes.set_xlabel(shortened([answer["setting"]], 80)[0], fontsize=9, color=GREY, parse_math=False)


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
                    f"{point['value']:.3f}", (size, point["value"]), (7, 5), textcoords="offset points", fontsize=8
                )
    if any(name not in ("untrained", best) for name in curve["systems"]):
        axes.plot([], [], color=GREY, linewidth=1, alpha=0.55, label="other baselines")
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(sizes[0] / 1.12, sizes[-1] * 1.18)
    tidy(axes)
    axes.set_xlabel("training rows")
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
