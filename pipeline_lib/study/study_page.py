"""A study as one HTML page that loads nothing and runs no script."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_lib.core.files import write_text
from pipeline_lib.report.charts import Axis, Mark, axis, short_label
from pipeline_lib.report.offline_page import FOLDER, offline_page
from pipeline_lib.report.score_tables import Cell, Head, Line, Table
from pipeline_lib.report.settings_table import CAPTION, settings_chart, settings_table
from pipeline_lib.report.templates import FILTERS
from pipeline_lib.report.verdict import HEADINGS, between, figure
from pipeline_lib.study.seeds_question import cell_label, cell_name, in_full
from pipeline_lib.study.settings_question import compared_settings
from pipeline_lib.study.study_figure import best_at_end
from pipeline_lib.study.study_text import (
    OTHER_SEEDS,
    no_question,
    rows_of,
    seeds_sentences,
    settings_sentences,
    sizes_sentences,
)

PAGE = Path(__file__).with_name("study_page.html")
# What the heading says below "Is it the seed?", by the verdict over seeds and rows.
SEED_ANSWERS = {
    "better": "No, it is better over the seeds", "worse": "No, it is worse over the seeds",
    "no clear difference": "It may be chance",
}  # fmt: skip
STYLES = (FOLDER / "report.css", Path(__file__).with_name("study_page.css"))


@dataclass(frozen=True)
class Section:
    """An answer: its question, of which runs, its verdict in a word, its sentences, a table and charts."""

    question: str
    of: str
    word: str
    verdict: str  # better | worse | no clear difference | "": its colour
    sentences: Sequence[str]
    table: Table
    caption: str
    forests: Sequence[tuple[str, Axis, list[Mark]]] = ()
    curve: "Curve | None" = None


@dataclass(frozen=True)
class Curve:
    """The learning curve: scales, the lines (kind, points) in percent, tuned's intervals (x, low, high), and a text."""

    across: list[tuple[float, str]]
    up: Axis
    lines: list[tuple[str, list[tuple[float, float]]]]
    ranges: list[tuple[float, float, float]]
    kinds: list[tuple[str, str]]  # (kind, what it is)
    text: str


def write_page(path: str | Path, study: Mapping[str, Any]) -> None:
    """Write a study as a page. Names and params of the user's are escaped."""
    full, rest = in_full(study["is_it_the_seed"])
    sections = [
        *([_settings(study, study["which_setting"])] if study["which_setting"] else []),
        *(_seeds(study, answer) for answer in full),
        *([_other_seeds(study, rest)] if rest else []),
        *(_sizes(study, curve) for curve in study["would_more_rows_help"]),
    ]
    values = {
        "study": study,
        "sections": sections,
        "rows": rows_of(study),
        "none": "" if sections else no_question(),
        "runs": _runs(study),
    }
    write_text(path, offline_page(PAGE, values, sheets=STYLES, filters=FILTERS))


def _after(word: str, sentences: Sequence[str]) -> list[str]:
    """Return the sentences without the word that stands above them."""
    rest = [one.removeprefix(word).lstrip(": ") for one in sentences]
    return [one[:1].upper() + one[1:] for one in rest]


def _size(size: Any) -> str:
    return f"{size:,} training rows" if isinstance(size, int) else ""


def _settings(study: Mapping[str, Any], settings: Mapping[str, Any]) -> Section:
    test, compared = settings["test"], compared_settings(study)
    forests = []
    if chart := settings_chart(compared):
        forests.append((compared.caption, *chart))
    if test:
        ends = [end for end in (test["difference"], test["low"], test["high"], 0.0) if end is not None]
        scale = axis(ends)
        marks = [_difference(scale, short_label(settings["chosen"]), "tuned", test)]
        forests.append((f"Chosen minus committed, {study['title']} of the test rows", scale, marks))
    word = "Nothing chosen" if settings["chosen"] is None else "Keep it" if not test else HEADINGS[test["verdict"]]
    return Section(
        "Which setting?", _size(settings["size"]), word, test["verdict"] if test else "",
        _after(word, settings_sentences(study)), settings_table(compared), CAPTION, forests,
    )  # fmt: skip


def _difference(scale: Axis, label: str, kind: str, over: Mapping[str, Any]) -> Mark:
    ends = between(over["low"], over["high"], sign=True)
    low, high = (None if over[end] is None else scale.place(over[end]) for end in ("low", "high"))
    text = figure(over["difference"], sign=True) + (f" ({ends})" if ends else "")
    return Mark(label, kind, text, scale.place(over["difference"]), low, high)


def _seeds(study: Mapping[str, Any], answer: Mapping[str, Any]) -> Section:
    each, best = answer["each"], answer["best_baseline"]
    kinds = {best: "best", "untrained": "untrained"}
    ends = [over[end] for over in each.values() for end in ("difference", "low", "high") if over[end] is not None]
    scale = axis([*ends, 0.0])
    names = study["names"]
    marks = [_difference(scale, names[name], kinds.get(name, "baseline"), over) for name, over in each.items()]
    by_seed = dict(zip(map(str, answer["seeds"]), answer["tuned"]["by_seed"], strict=True))
    baseline = answer["tuned"]["mean"] - answer["gain"]["mean"]
    own = axis([*by_seed.values(), baseline])
    seeds = [
        Mark(f"seed {name}", "tuned", figure(value), own.place(value), None, None) for name, value in by_seed.items()
    ]
    seeds.append(Mark(f"{names[best]} (best baseline)", "best", figure(baseline), own.place(baseline), None, None))
    table = Table(
        [Head("difference"), Head("p"), Head("verdict")],
        [
            Line(
                names[name], study["meanings"].get(name, ""), kinds.get(name, "baseline"),
                [
                    Cell(figure(over["difference"], sign=True), between(over["low"], over["high"], sign=True)),
                    Cell(over["p_text"]),
                    Cell(over["verdict"]),
                ],
                "best baseline" * (name == best),
            )
            for name, over in each.items()
        ],
    )  # fmt: skip
    return Section(
        "Is it the seed?", cell_name(answer), SEED_ANSWERS[answer["verdict"]], answer["verdict"],
        seeds_sentences(study, answer), table,
        f"Tuned minus each, {study['title']}, over {len(answer['seeds'])} seeds and {rows_of(study)}",
        [("Tuned minus each, over all seeds", scale, marks), (f"{study['title']} of each seed", own, seeds)],
    )  # fmt: skip


def _other_seeds(study: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> Section:
    """Return the settings and sizes that are not shown in full, a line each."""
    overs = [answer["each"][answer["best_baseline"]] for answer in answers]
    scale = axis(
        [0.0, *(over[end] for over in overs for end in ("difference", "low", "high") if over[end] is not None)]
    )
    marks = [_difference(scale, cell_label(one), "tuned", over) for one, over in zip(answers, overs, strict=True)]
    better = sum(answer["verdict"] == "better" for answer in answers)
    table = Table(
        [Head("seeds"), Head("tuned"), Head("gain"), Head("verdict")],
        [
            Line(
                cell_name(answer), f"over: {study['names'][answer['best_baseline']]}", "",
                [
                    Cell(str(len(answer["seeds"]))),
                    Cell(figure(answer["tuned"]["mean"]), f"sd {figure(answer['tuned']['sd'])}"),
                    Cell(figure(over["difference"], sign=True), between(over["low"], over["high"], sign=True)),
                    Cell(answer["verdict"]),
                ],
            )
            for answer, over in zip(answers, overs, strict=True)
        ],
    )  # fmt: skip
    return Section(
        "Is it the seed?", "the other settings and sizes", f"{better} of {len(answers)} better", "", OTHER_SEEDS, table,
        f"Gain over the best baseline, {study['title']}, over the seeds and {rows_of(study)}",
        [("Tuned minus the best baseline, over all seeds", scale, marks)],
    )  # fmt: skip


def _sizes(study: Mapping[str, Any], curve: Mapping[str, Any]) -> Section:
    points, step = curve["points"], curve["last_step"]
    best = best_at_end(study, curve)
    names = ["tuned", *curve["systems"]]
    kinds = {"tuned": "tuned", "untrained": "untrained", best: "best"}
    heads = [Head("tuned"), *(Head(study["names"][name]) for name in curve["systems"])]

    def cell(figures: Mapping[str, Any]) -> Cell:
        return Cell(figure(figures["value"]), between(figures["low"], figures["high"]))

    table = Table(
        heads,
        [
            Line(
                f"{point['rows']:,}", f"{len(point['seeds'])} seeds" if len(point["seeds"]) > 1 else "", "",
                [cell(point["systems"][name]) for name in names],
            )
            for point in points
        ],
    )  # fmt: skip
    words = {"better": "It helped", "worse": "It got worse", "no clear difference": "Not shown"}
    return Section(
        "Would more rows help?", curve["setting"], words[step["verdict"]], step["verdict"],
        sizes_sentences(study, curve), table,
        f"{study['title']} of {rows_of(study)}, by training rows", (), _drawn(study, curve, kinds, best),
    )  # fmt: skip


def _drawn(study: Mapping[str, Any], curve: Mapping[str, Any], kinds: Mapping[Any, str], best: str | None) -> Curve:
    """Return the curve in percent of the chart; equal factors of rows are equal distances."""
    points = curve["points"]
    logs = [math.log2(point["rows"]) for point in points]
    across = [round(100 * (one - logs[0]) / (logs[-1] - logs[0]), 2) for one in logs]
    names = sorted(
        (*curve["systems"], "tuned"),
        key=lambda name: ("baseline", "untrained", "best", "tuned").index(kinds.get(name, "baseline")),
    )
    ends = [point["systems"][name]["value"] for point in points for name in names]
    ends += [end for point in points for key in ("low", "high") if (end := point["systems"]["tuned"][key]) is not None]
    up = axis(ends, wanted=4)

    def height(value: float) -> float:
        return round(100 - up.place(value), 2)

    tuned = [point["systems"]["tuned"] for point in points]
    shown = [
        ("tuned", "tuned, with 95% intervals"),
        *([("best", f"{study['names'][best]} (best baseline)")] if best else []),
    ]
    shown += [(kind, study["names"][name]) for name, kind in kinds.items() if kind == "untrained" and name in names]
    if len(names) > len(shown):
        shown.append(("baseline", "other baselines"))
    return Curve(
        [(at, f"{point['rows']:,}") for at, point in zip(across, points, strict=True)],
        up,
        [
            (kinds.get(name, "baseline"),
             [(at, height(point["systems"][name]["value"])) for at, point in zip(across, points, strict=True)])
            for name in names
        ],
        [
            (at, height(one["low"]), height(one["high"]))
            for at, one in zip(across, tuned, strict=True) if one["low"] is not None
        ],
        shown,
        f"{study['title']} of the tuned model by training rows: "
        + ", ".join(f"{point['rows']:,}: {figure(one['value'])}" for point, one in zip(points, tuned, strict=True)),
    )  # fmt: skip


def _runs(study: Mapping[str, Any]) -> Table:
    """Return the runs; their test figures where no setting is chosen by looking at them."""
    return Table(
        [Head("seed"), Head("training rows"), Head("validation")],
        [
            Line(
                run["name"], run["setting"] if run["params"] else "", "",
                [Cell(_known(run["seed"])), Cell(_known(run["rows"])), Cell(figure(run["validation"]))],
            )
            for run in study["runs"]
        ],
    )  # fmt: skip


def _known(value: Any) -> str:
    return "" if value is None else str(value)
