"""A run, told: did training help, by how much, on which rows, and what to do next.

    python -m stages.report --scores metrics/scores.json --definitions metrics/definitions.json \\
        --rows metrics/rows.csv --slices metrics/slices.csv --data data/split --split-figures metrics/split.json \\
        --untrained data/generations_base.jsonl --tuned data/generations.jsonl --baselines data/baselines/test \\
        --history models/history.csv --adapter models/adapter --pairs-figure plots/word_pairs.png \\
        --page plots/report.html --summary REPORT.md --card models/card

A pure function of files: no model is loaded, nothing is fetched. Takes a second.
Writes PAGE (one HTML file with every test row), SUMMARY (Markdown, no text of any row) and CARD (a folder with the
README.md of a model on the Hugging Face Hub). With --results also a classifier's search, mix-ups and kinds of error.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.params import load_params
from pipeline_lib.report.model_card import write_card
from pipeline_lib.report.page import write_page, write_summary
from pipeline_lib.report.results import read_run
from pipeline_lib.report.verdict import verdict

PARAMS = ()  # none by name: the settings that the page shows are the whole file


def main(argv: list[str] | None = None) -> None:
    """Read the command line, gather, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--scores", required=True, help="the figures, JSON")
    arguments.add_argument("--definitions", required=True, help="what the figures are, JSON")
    arguments.add_argument("--rows", required=True, help="the numbers of each test row, CSV")
    arguments.add_argument("--slices", required=True, help="the headline figure by kind of row, CSV")
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--split-figures", required=True, help="the figures of the split, JSON")
    arguments.add_argument("--untrained", required=True, help="answers of the untrained model, JSONL")
    arguments.add_argument("--tuned", required=True, help="answers of the tuned model, JSONL")
    arguments.add_argument(
        "--baselines", required=True, type=Path, nargs="+", help="folders of the baselines' answers to test rows"
    )
    arguments.add_argument("--history", required=True, help="the loss of each step, CSV")
    arguments.add_argument("--adapter", required=True, type=Path, help="folder of the adapter")
    arguments.add_argument("--abilities", help="what training did to the rest, JSON, for recipes that have it")
    arguments.add_argument("--results", help="all figures of a classifier, JSON, for recipes that have them")
    arguments.add_argument("--pairs-figure", help="the word pairs, PNG, for recipes that have them")
    arguments.add_argument("--page", required=True, help="HTML file to write")
    arguments.add_argument("--summary", required=True, help="Markdown file to write")
    arguments.add_argument("--card", required=True, type=Path, help="folder to write the model card to")
    arguments.add_argument("--reproducible", action="store_true", help="leave out speeds and builds of this machine")
    args = arguments.parse_args(argv)

    told = read_run(
        scores=args.scores,
        definitions=args.definitions,
        rows=args.rows,
        slices=args.slices,
        data=args.data,
        split_figures=args.split_figures,
        base=args.untrained,
        tuned=args.tuned,
        baselines=args.baselines,
        history=args.history,
        adapter=args.adapter,
        params=load_params(args.params),
        results=args.results,
        abilities=args.abilities,
    )
    figures = (args.scores, args.definitions, args.rows, args.slices, args.results, args.abilities)
    write_page(args.page, told, args.pairs_figure, args.reproducible)
    write_summary(args.summary, told, [file for file in figures if file])
    write_card(args.card, told)
    say(verdict(told.scores, told.definitions))
    say(f"open {args.page} in a browser")


if __name__ == "__main__":
    run(main)
