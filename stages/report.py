"""The report of a run: did training help, by how much, on which rows, and what to do next.

    python -m stages.report --metrics metrics --data data/split --predictions predictions --record models/training \\
        --tuned models/tuned --pairs-figure plots/word_pairs.png \\
        --page pages/report.html --summary REPORT.md --card models/card

Reads files only: no model is loaded, nothing is fetched. Takes a second.
Writes PAGE (one HTML file with every test row), SUMMARY (Markdown, no text of any row) and CARD (a folder with the
README.md of a model on the Hugging Face Hub). Where METRICS holds fine_tuning_results.json, the error analysis of a run
that gives labels is part of all three; where it holds forgetting.json, what training changed beyond its task.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.params import load_params
from pipeline_lib.report.model_card import write_card
from pipeline_lib.report.page import WORDS, write_page
from pipeline_lib.report.results import FIGURES, FORGETTING, RESULTS, read_run
from pipeline_lib.report.summary import write_summary
from pipeline_lib.report.verdict import verdict

PARAMS = ()  # none by name: the page shows all of the params file


def main(argv: list[str] | None = None) -> None:
    """Read the command line and the run, write the report."""
    arguments = parser(__doc__)
    arguments.add_argument("--metrics", required=True, type=Path, help="folder of the figures")
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--predictions", required=True, type=Path, help="folder of the answers of all systems")
    arguments.add_argument("--record", required=True, type=Path, help="folder of the training history")
    arguments.add_argument("--tuned", required=True, type=Path, help="folder of the trained model")
    arguments.add_argument("--pairs-figure", help="the word pairs, PNG, for pipelines that have them")
    arguments.add_argument(
        "--words-page", default=WORDS, help="the page of the words beside PAGE, linked to (default: %(default)s)"
    )
    arguments.add_argument("--page", required=True, help="HTML file to write")
    arguments.add_argument("--summary", required=True, help="Markdown file to write")
    arguments.add_argument("--card", required=True, type=Path, help="folder to write the model card to")
    arguments.add_argument("--reproducible", action="store_true", help="leave out speeds and versions of this machine")
    args = arguments.parse_args(argv)

    found = read_run(
        metrics=args.metrics,
        data=args.data,
        predictions=args.predictions,
        record=args.record,
        tuned=args.tuned,
        params=load_params(args.params),
    )
    files = [args.metrics / name for name in (*FIGURES, RESULTS, FORGETTING)]
    write_page(args.page, found, args.pairs_figure, args.words_page, args.reproducible)
    write_summary(args.summary, found, [path for path in files if path.exists()])
    write_card(args.card, found)
    say(verdict(found.scores, found.definitions))
    say(f"open {args.page} in a browser")


if __name__ == "__main__":
    run(main)
