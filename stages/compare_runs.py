"""Comparison of run B with run A on the same test rows. Not a stage of the pipeline: run it by hand, or in CI.

    python -m stages.compare_runs main workspace
    python -m stages.compare_runs HEAD gentle-newt --rows 5
    python -m stages.compare_runs origin/main HEAD --fail-if-worse       # in CI: exit code 1 stops the merge
    python -m stages.compare_runs HEAD~1 HEAD --metrics-dir recipes/qa/metrics --json

A and B are Git revisions, names of DVC experiments, or "workspace", the working tree. Prints each metric of both, the
difference B - A with its 95% interval, p, and B's verdict: better, worse or no clear difference. Then the rows that
gained and lost most in the headline metric, by their ids where the split is there, else by the hashes of rows.csv.
Reads scores.json, definitions.json and rows.csv of the metrics folder, from before metrics were renamed too; writes
nothing, loads no model. Refuses runs with different test rows, or whose metrics are defined differently.
Exit code 0; 1 for what it refuses, and with --fail-if-worse where the headline metric's verdict is "worse".
"""

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import count, parser, printable, run, say
from pipeline_lib.evaluation.run_comparison import compare, local_names, read_run, with_names
from pipeline_lib.study.ledger import ledger_of, look_sentence
from pipeline_lib.study.text_table import aligned, shortened

PARAMS = ()
COLUMNS = 100  # of the terminal


def main(argv: list[str] | None = None) -> None:
    """Read the command line, compare, print."""
    arguments = parser(__doc__)
    arguments.add_argument("a", metavar="REV_A", help="the run to compare with")
    arguments.add_argument("b", metavar="REV_B", help="the run that is judged")
    arguments.add_argument("--metrics-dir", default="metrics", help="the folder to read (default: %(default)s)")
    arguments.add_argument("--data", help="folder of split, whose ids name the rows (default: data/split beside it)")
    arguments.add_argument("--system", default="tuned", help="tuned, untrained or a baseline's name (%(default)s)")
    arguments.add_argument("--rows", type=count, default=10, help="rows to list each way (default: %(default)s)")
    arguments.add_argument("--seed", type=count, default=0, help="seed of the resampling (default: %(default)s)")
    arguments.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    arguments.add_argument("--fail-if-worse", action="store_true", help="exit with 1 if the headline metric is worse")
    args = arguments.parse_args(argv)

    names = local_names(Path(args.data) if args.data else Path(args.metrics_dir).parent / "data" / "split")
    a, b = (read_run(revision, args.metrics_dir) for revision in (args.a, args.b))
    found = compare(with_names(a, names), with_names(b, names), args.system, args.seed, args.rows)
    looks = ledger_of(b, args.metrics_dir)
    found["look"] = {"b": looks.place(b), "of": len(looks.results), "complete": looks.complete}
    if args.json:
        say(json.dumps(found, allow_nan=False))
    else:
        notes = [*_notes(found), *textwrap.wrap(look_sentence(looks, looks.place(b), "B"), COLUMNS)]
        for line in [*_title_lines(found), "", *_metric_lines(found), "", *notes, *_changed_lines(found)]:
            say(line.rstrip())
    headline = found["metrics"][found["headline"]]
    if args.fail_if_worse and headline["verdict"] == "worse":
        sys.exit(
            f"worse: {found['headline']} of {args.b} is {_figure(headline['b'])}, of {args.a} {_figure(headline['a'])}"
            f", p {headline['p_text']}"
        )


def _title_lines(found: dict[str, Any]) -> list[str]:
    lines = []
    for side in ("a", "b"):
        revision, commit = found[side]["revision"], found[side]["commit"]
        lines.append(f"{side.upper()}: {_shown(revision, 60)}" + (f" ({commit[:7]})" if commit else ""))
    return [*lines, f"{found['system']}, {found['n']} test rows in {found['groups']} groups"]


def _metric_lines(found: dict[str, Any]) -> list[str]:
    table = [["metric", "A", "B", "B - A", "95% interval", "p", "verdict", "+/-"]]
    for name, made in found["metrics"].items():
        ends = "-" if made["low"] is None else f"{_figure(made['low'], '+')} to {_figure(made['high'], '+')}"
        table.append(
            [
                name + ("*" if name == found["headline"] else ""),
                *(_figure(made["a"]), _figure(made["b"]), _figure(made["difference"], "+")),
                *(ends, made["p_text"], made["verdict"], f"{made['rows_better']}/{made['rows_worse']}"),
            ]
        )
    return aligned(table, left=(0, 6))


def _notes(found: dict[str, Any]) -> list[str]:
    headline, metrics = found["headline"], found["metrics"]
    notes = [
        "B - A and its interval are paired by row; +/-: rows in which B is better / worse.",
        "They hold for these rows and these two trainings: each side is one run with one seed.",
    ]
    if len(metrics) > 1:
        notes.append(f"* {headline} decides: p is not corrected for there being {len(metrics)} metrics.")
    lists = {
        "Lower is better:": [name for name, made in metrics.items() if made["better"] == "lower"],
        f"{found['system']} has no": found["absent"],
        "Not compared, for they are no sums over rows:": found["corpus_metrics"],
        "Not compared, as A's and B's models count tokens differently:": found["other_tokens"],
    }
    notes += [f"{start} {', '.join(names)}." for start, names in lists.items() if names]
    detectable, least = (metrics[headline][key] for key in ("smallest_detectable", "least_wins"))
    if found["groups"] == 1:
        notes.append("All rows are one group: there is no interval, and any difference could be chance.")
    elif least is None:
        notes.append(f"{found['groups']} groups of rows are too few for any difference to be clear.")
    elif detectable is None:
        unit = "rows" if found["groups"] == found["n"] else "groups of rows"
        notes.append(
            f"Before a difference in {headline} is clear, {least} {unit} at least must have it, and none the reverse."
        )
    else:
        notes.append(f"A difference of {_figure(detectable)} in {headline} would be found four times in five.")
    if warning := metrics[headline]["warning"]:
        notes.append(f"Be careful: {warning}.")
    notes += [
        f"{count} of the rows are close to rows that {side.upper()} trained on."
        for side, count in found["leaked"].items()
        if count
    ]
    return [line for note in notes for line in textwrap.wrap(note, COLUMNS)]


def _changed_lines(found: dict[str, Any]) -> list[str]:
    lines = []
    for key in ("gained", "lost"):
        if found[key]:
            table = [[f"{key} most in {found['headline']}", "A", "B", "B - A"]]
            table += [
                [_shown(row["id"], 60), _figure(row["a"]), _figure(row["b"]), _figure(row["difference"], "+")]
                for row in found[key]
            ]
            lines += ["", *aligned(table, left=(0,))]
    return lines


def _figure(value: float, sign: str = "") -> str:
    """Return a number with four decimals, fewer for larger ones: six characters up to 999999, and the sign."""
    digits = 4 if abs(value) < 10 else 3 if abs(value) < 100 else 2 if abs(value) < 1000 else 0
    return f"{value:{sign}.{digits}f}" if abs(value) < 1_000_000 else f"{value:{sign}.1e}"


def _shown(text: str, most: int) -> str:
    """Return a user's text safe for one line of a terminal, and no wider than `most`."""
    return shortened(printable(text), most)


if __name__ == "__main__":
    run(main)
