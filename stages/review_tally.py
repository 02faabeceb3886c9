"""What people's judgements add up to. Not a stage of the pipeline: run it by hand when the reviews are in.

    python -m stages.review_tally --data data/split --untrained data/generations_base.jsonl --tuned data/generations.jsonl \\
        --reviews review_*.json review_*.csv --out metrics/review.json

DATA, BASE and TUNED are the files that the sheet was made from. Takes seconds. Writes OUT: wins, losses and equal of
the tuned model, its win rate (wins + equal / 2) / n with the 95% interval and the exact sign test, of each reviewer and
pooled (the choice made most often in each row), and how far reviewers agree. OUT holds the reviewers' names.
Refuses a review of another run, rows and choices it does not know, and a reviewer who is there twice.
"""

from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import read_jsonl, write_json
from pipeline_lib.evaluation.human_review import SHORT, make_sheet, read_review, tally
from pipeline_lib.evaluation.score_table import rounded
from pipeline_lib.params import read_params

PARAMS = ("seed",)


def main(argv: list[str] | None = None) -> None:
    """Read the command line, add up, write, print."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: test.jsonl")
    arguments.add_argument("--untrained", required=True, help="answers of the untrained model, JSONL")
    arguments.add_argument("--tuned", required=True, help="answers of the tuned model, JSONL")
    arguments.add_argument("--reviews", required=True, nargs="+", help="what the reviewers saved, JSON or CSV")
    arguments.add_argument("--out", required=True, help="JSON file for the figures")
    args = arguments.parse_args(argv)
    seed = read_params(args.params, PARAMS)["seed"]

    test_rows = read_jsonl(args.data / "test.jsonl")
    sheet = make_sheet(test_rows, read_jsonl(args.untrained), read_jsonl(args.tuned), seed)
    found = tally(sheet, [read_review(path, sheet) for path in args.reviews], seed)
    write_json(args.out, rounded(found))
    for line in _told(found):
        say(line)


def _told(found: dict[str, Any]) -> list[str]:
    lines = [
        f"run {found['run'][:SHORT]}: {found['rows']} test rows, {found['equal_answers']} of them with equal "
        "answers, which count as equal"
    ]
    lines += [f"{name}: {_figures(figures)}" for name, figures in found["reviewers"].items()]
    agreement, count = found["agreement"], len(found["reviewers"])
    if count > 1:
        lines.append(f"pooled, the choice of most of {count} reviewers: {_figures(found['pooled'])}")
        for one, others in agreement["pairs"].items():
            lines += [f"{one} and {other}: {_pair(pair)}" for other, pair in others.items()]
        if count > 2:
            lines.append(f"mean of pairs: same choice {_share(agreement['same'])}, kappa {_number(agreement['kappa'])}")
    return lines


def _figures(made: dict[str, Any]) -> str:
    ends = "no interval" if made["win_rate_low"] is None else f"{made['win_rate_low']:.3f}, {made['win_rate_high']:.3f}"
    return (
        f"win rate of tuned {made['win_rate']:.3f} [{ends}], {made['wins']} wins, {made['losses']} losses, "
        f"{made['equal']} equal, {made['missing']} missing; sign test p {made['p_text']}: {made['verdict']}; "
        f"A in {made['chose_a']} of {made['wins'] + made['losses']} choices"
    )


def _pair(pair: dict[str, Any]) -> str:
    return f"{pair['rows']} rows judged by both, same choice {_share(pair['same'])}, kappa {_number(pair['kappa'])}"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"in {value:.0%}"


def _number(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    run(main)
