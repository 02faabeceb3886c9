"""The reviewers' choices counted. Not a stage of the pipeline: run it by hand when all reviews have come back.

    python -m stages.review_tally review_ann.json review_bob.csv --data data/split --predictions predictions \\
        --out metrics/review.json

DATA and PREDICTIONS are the folders that the sheet was made from. Takes seconds. Writes OUT: wins, losses and equal of
the tuned model, its win rate (wins + equal / 2) / n with the 95% interval and the exact sign test, of each reviewer and
pooled (the choice made most often in each row), and the reviewers' agreement. OUT has the reviewers' names.
Refuses a review of another run, unknown rows and choices, and a reviewer who is there twice.
"""

from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import write_json
from pipeline_lib.core.run_files import read_split_rows
from pipeline_lib.evaluation.human_review import SHORT, make_sheet, read_review, tally
from pipeline_lib.evaluation.predictions import MODELS, read_model
from pipeline_lib.evaluation.score_table import rounded
from pipeline_lib.params import read_params

PARAMS = ("seed",)


def main(argv: list[str] | None = None) -> None:
    """Read the command line, count, write, print."""
    arguments = parser(__doc__)
    arguments.add_argument("reviews", metavar="REVIEW", nargs="+", help="what the reviewers saved, JSON or CSV")
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: test .jsonl")
    arguments.add_argument("--predictions", required=True, type=Path, help="folder of answers, a folder a system")
    arguments.add_argument("--out", required=True, help="JSON file for the figures")
    args = arguments.parse_args(argv)
    seed = read_params(args.params, PARAMS)["seed"]

    test_rows = read_split_rows(args.data / "test.jsonl")
    untrained, tuned = (read_model(args.predictions, model, "test", test_rows) for model in MODELS)
    sheet = make_sheet(test_rows, untrained, tuned, seed)
    found = tally(sheet, [read_review(path, sheet) for path in args.reviews], seed)
    write_json(args.out, rounded(found))
    for line in _lines(found):
        say(line)


def _lines(found: dict[str, Any]) -> list[str]:
    """Return the figures in words, one line for each reviewer, the pool and each pair of reviewers."""
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


def _figures(figures: dict[str, Any]) -> str:
    ends = (
        "no interval"
        if figures["win_rate_low"] is None
        else f"{figures['win_rate_low']:.3f}, {figures['win_rate_high']:.3f}"
    )
    return (
        f"win rate of tuned {figures['win_rate']:.3f} [{ends}], {figures['wins']} wins, {figures['losses']} losses, "
        f"{figures['equal']} equal, {figures['missing']} missing; sign test p {figures['p_text']}: "
        f"{figures['verdict']}; A in {figures['chose_a']} of {figures['wins'] + figures['losses']} choices"
    )


def _pair(pair: dict[str, Any]) -> str:
    return f"{pair['rows']} rows judged by both, same choice {_share(pair['same'])}, kappa {_number(pair['kappa'])}"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"in {value:.0%}"


def _number(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    run(main)
