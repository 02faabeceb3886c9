"""A study in sentences and as tables of text, no line longer than a terminal is wide."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline_lib.report.settings_table import choice_sentences, settings_table
from pipeline_lib.report.verdict import HEADINGS, between, figure
from pipeline_lib.study.seeds_question import in_full
from pipeline_lib.study.settings_question import compared_settings
from pipeline_lib.study.text_table import aligned, shortened, text_width

OTHER_SEEDS = [
    "A gain is over the best baseline, a verdict over every one. The intervals count seeds and rows. One such verdict "
    "among many can be chance."
]
COLUMNS = 100  # of the terminal
NAMED = 44  # characters of a setting's or a run's name in a table


def lines(study: Mapping[str, Any]) -> list[str]:
    """Return the study for a terminal. The lines hold names and params of the user's: who prints them escapes them."""
    found = [f"{study['title']} ({study['better']} is better), {rows_of(study)}, start {study['start'][:7]}"]
    settings, seeds, sizes = (study[key] for key in ("which_setting", "is_it_the_seed", "would_more_rows_help"))
    if settings:
        found += ["", *_settings_table(study, settings)]
        found += _wrapped(settings_sentences(study))
    full, rest = in_full(seeds)
    for answer in full:
        title = f"Is it the seed? {answer['setting']}{_at(answer['size'])}"
        found += ["", *_wrapped([title]), *_seeds_table(study, answer)]
        found += _wrapped(seeds_sentences(study, answer))
    if rest:
        found += ["", "Is it the seed? The other settings and sizes", *_other_seeds_table(rest), *_wrapped(OTHER_SEEDS)]
    for curve in sizes:
        found += ["", *_wrapped([f"Would more rows help? {curve['setting']}"]), *_curve_table(study, curve)]
        found += _wrapped(sizes_sentences(study, curve))
    if not (settings or seeds or sizes):
        found += ["", *_runs_table(study), *_wrapped([no_question()])]
    if study["notes"]:
        found += ["", *_wrapped([f"{note}." for note in study["notes"]])]
    return [line.rstrip() for line in found]


def rows_of(study: Mapping[str, Any]) -> str:
    """Return "30 test rows", "60 test rows in 12 groups"."""
    rows = f"{study['n']:,} test rows"
    return rows if study["groups"] == study["n"] else f"{rows} in {study['groups']:,} groups"


def no_question() -> str:
    """Return what the runs lack to answer a question."""
    return (
        "These runs answer none of the questions: it takes another setting at one split.train, three runs that differ "
        "in seed alone, or another split.train."
    )


def settings_sentences(study: Mapping[str, Any]) -> list[str]:
    """Return what was chosen and by what, and what the test rows say of it."""
    settings = study["which_setting"]
    if settings["chosen"] is None:
        return [settings["why"]]
    chosen = choice_sentences(compared_settings(study))
    if settings["test"] is None:
        return [*chosen, settings["why"]]
    return [*chosen, *test_sentences(study, settings["test"])]


def test_sentences(study: Mapping[str, Any], test: Mapping[str, Any]) -> list[str]:
    """Return the chosen setting against the start on the test rows, and how many looks these rows have had."""
    ends = between(test["low"], test["high"], sign=True)
    interval = f", 95% interval {ends}" if ends else ", no interval"
    found = [
        f"{HEADINGS[test['verdict']]}: on {rows_of(study)} it has {figure(test['chosen'])}, the committed setting "
        f"{figure(test['start'])} ({figure(test['difference'], sign=True)}{interval}, {_p(test['p_text'])})."
    ]
    found.append(test["look"])
    if test["family"] > 1:
        found.append(
            f"Each other run was a chance of a false find, so p counts {test['family']} times (Holm): "
            f"{test['p_adjusted_text']}."
        )
    if test["by"] == "rows":
        found.append("The interval is of the rows alone: another seed may give another result.")
    return found


def seeds_sentences(study: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Return the verdict over seeds and rows against every baseline, and how far the seeds are apart."""
    best = answer["each"][answer["best_baseline"]]
    ends = between(best["low"], best["high"], sign=True)
    tuned, gain = answer["tuned"], answer["gain"]
    seeds = f"{len(answer['seeds'])} seeds"
    found = [
        f"{HEADINGS[answer['verdict']]} over {seeds} and {rows_of(study)}: {figure(tuned['mean'])} against "
        f"{figure(tuned['mean'] - gain['mean'])} of the best baseline, {study['names'][answer['best_baseline']]} "
        f"({figure(best['difference'], sign=True)}{f', 95% interval {ends}' if ends else ''}, {_p(best['p_text'])})."
    ]
    unclear = [study["names"][name] for name, over in answer["each"].items() if over["verdict"] != "better"]
    if answer["verdict"] != "better" and best["verdict"] == "better" and unclear:
        found.append(f"Not clearly better than {', '.join(unclear)}.")
    found.append(
        f"Between seeds {study['title']} has a standard deviation of {figure(tuned['sd'])} (lowest "
        f"{figure(tuned['min'])}, highest {figure(tuned['max'])}), its gain one of {figure(gain['sd'])} (lowest "
        f"{figure(gain['min'], sign=True)}, highest {figure(gain['max'], sign=True)})."
    )
    return found


def sizes_sentences(study: Mapping[str, Any], curve: Mapping[str, Any]) -> list[str]:
    """Return whether the last step to more rows helped."""
    step = curve["last_step"]
    ends = between(step["low"], step["high"], sign=True)
    change = f"{study['title']} {figure(step['difference'], sign=True)}{f', 95% interval {ends}' if ends else ''}"
    which = "The last doubling" if step["to"] == 2 * step["from"] else "The last step"
    start = f"{which}, from {step['from']:,} to {step['to']:,} training rows, "
    if step["verdict"] == "better":
        end = "helped", "The curve still rises there, so more rows may help."
    elif step["verdict"] == "worse":
        end = "made it worse", "More rows of this kind are not what is missing."
    else:
        end = "made no clear difference", "That more rows would help is not shown, nor that they would not."
    by = "" if step["by"] == "seeds and rows" else " The interval is of the rows alone: another seed may differ."
    return [f"{start}{end[0]}: {change}, {_p(step['p_text'])}. {end[1]}{by}"]


def _at(size: Any) -> str:
    return "" if size is None else f" ({size:,} training rows)" if isinstance(size, int) else f" ({size})"


def _runs_table(study: Mapping[str, Any]) -> list[str]:
    table = [["run", "setting", "seed", "rows", "validation", "test"]]
    for run in study["runs"]:
        seed = "-" if run["seed"] is None else str(run["seed"])
        figures = [figure(run["validation"]) or "-", figure(run["test"])]
        table.append([run["name"], run["setting"], seed, str(run["rows"]), *figures])
    return _table(table, (0, 1))


def _settings_table(study: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Return the page's table of settings; an interval has a column of its own, further figures only where they fit."""
    compared = compared_settings(study)
    known = any(one.value is not None for one in compared.settings)
    title = f"Which setting?{f' {compared.caption}' * known}{_at(settings['size'])}"
    for shown in (compared, replace(compared, settings=[replace(one, others={}) for one in compared.settings])):
        content = settings_table(shown)
        columns = [["setting", *(row.name for row in content.rows)]]
        for place, head in enumerate(content.heads):
            cells = [row.cells[place] for row in content.rows]
            columns.append([head.title, *(cell.value or "-" for cell in cells)])
            if any(cell.interval for cell in cells):
                columns.append(["95% interval", *(cell.interval or "-" for cell in cells)])
        columns.append(["", *(row.tag for row in content.rows)])
        if _room(columns) >= min(NAMED, max(map(text_width, columns[0]))):
            break
    return [*_wrapped([title]), *_fitted(columns, (0, len(columns) - 1))]


def _room(columns: Sequence[Sequence[str]]) -> int:
    """Return how wide the first column of a table can be in a terminal."""
    return COLUMNS - sum(2 + max(map(text_width, column)) for column in columns[1:])


def _fitted(columns: Sequence[Sequence[str]], left: Sequence[int]) -> list[str]:
    """Return the lines of a table, the cells of the first column shortened to the room there is."""
    names = [shortened(name, _room(columns)) for name in columns[0]]
    return aligned(list(zip(names, *columns[1:], strict=True)), left)


def _seeds_table(study: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    table = [["run", "seed", "tuned", f"over {study['names'][answer['best_baseline']]}"]]
    rows = zip(answer["runs"], answer["seeds"], answer["tuned"]["by_seed"], answer["gain"]["by_seed"], strict=True)
    table += [[name, str(seed), figure(one), figure(gain, sign=True)] for name, seed, one, gain in rows]
    found = [*_table(table, (0,)), ""]
    table = [["tuned over", "difference", "95% interval", "p", "verdict"]]
    for name, over in answer["each"].items():
        ends = between(over["low"], over["high"], sign=True) or "-"
        table.append(
            [study["names"][name], figure(over["difference"], sign=True), ends, over["p_text"], over["verdict"]]
        )
    return [*found, *_table(table, (0, 4))]


def _other_seeds_table(answers: Sequence[Mapping[str, Any]]) -> list[str]:
    table = [["setting", "rows", "seeds", "tuned", "gain", "95% interval", "verdict"]]
    for answer in answers:
        over, size = answer["each"][answer["best_baseline"]], answer["size"]
        ends = between(over["low"], over["high"], sign=True) or "-"
        rows = f"{size:,}" if isinstance(size, int) else "-"
        figures = [figure(answer["tuned"]["mean"]), figure(over["difference"], sign=True), ends, answer["verdict"]]
        table.append([answer["setting"], rows, str(len(answer["seeds"])), *figures])
    return _fitted(list(zip(*table, strict=True)), (0, 6))


def _curve_table(study: Mapping[str, Any], curve: Mapping[str, Any]) -> list[str]:
    """Return a row a size: tuned with its interval, the best baseline there, and the untrained model."""
    table = [["training rows", "seeds", "tuned", "95% interval", *(study["names"][name] for name in curve["systems"])]]
    for point in curve["points"]:
        tuned = point["systems"]["tuned"]
        others = [figure(point["systems"][name]["value"]) for name in curve["systems"]]
        ends = between(tuned["low"], tuned["high"]) or "-"
        table.append([f"{point['rows']:,}", str(len(point["seeds"])), figure(tuned["value"]), ends, *others])
    shown = _table(table, ())
    if max(map(len, shown)) <= COLUMNS:
        return shown
    # Many baselines do not fit beside one another: a line each, below the tuned model's.
    found = _table([row[:4] for row in table], ())
    wide = [["", *(row[0] for row in table[1:])]]
    wide += [[name, *(row[4 + at] for row in table[1:])] for at, name in enumerate(table[0][4:])]
    return [*found, "", *_table(wide, (0,))]


def _wrapped(sentences: Sequence[str]) -> list[str]:
    return [line for sentence in sentences for line in textwrap.wrap(sentence, COLUMNS)]


def _table(table: Sequence[Sequence[str]], left: Sequence[int]) -> list[str]:
    """Return the lines of a table; the cells of `left`, which are names, are shortened."""
    return aligned(
        [[shortened(cell, NAMED) if at in left else cell for at, cell in enumerate(row)] for row in table], left
    )


def _p(text: str) -> str:
    """Return "p = 0.012" or "p <= 1e-4"."""
    return f"p {text}" if text.startswith("<") else f"p = {text}"
