"""Answer new rows with a trained model. Not a stage of the pipeline: run it by hand, in any folder.

    python -m stages.predict --model models/tuned --in new.csv --out answers.csv
    python -m stages.predict --model models/tuned --row "Observation=There is a small left effusion." "History=cough"
    cat findings.txt | python -m stages.predict --model models/tuned --row -

The file has the format and the columns of the training data, no answers needed. --row is one row, HEADER=TEXT for each
column; a text without a header, or - for standard input, is the main column: its answer is printed as it is written.
The model's folder says all else: prompt, limits, similar rows, labels. 1,000 rows take as long as generate takes.

Writes OUT (.csv, .tsv or .jsonl): the file's columns, then answer, logprob (mean log-probability of its tokens, in
nats) and ended (whether within --max-new-tokens); of a model that gives labels sentiment, confidence, probabilities.
Answers that the file has stay, and --score compares them. A run that was killed or stopped continues where it was.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pipeline_lib.cli.command import parser, printable, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.errors import UserError
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.inference.run import resumable_answers, run_facts
from pipeline_lib.models.run_cache import fingerprint_rows
from pipeline_lib.prediction.answer_files import check_ending, write_answers
from pipeline_lib.prediction.answer_scores import check_comparable, score_lines
from pipeline_lib.prediction.input_rows import RowsToAnswer, rows_of_file, rows_of_python
from pipeline_lib.prediction.language_model import BATCH, LanguageModel
from pipeline_lib.prediction.sentiment_analyzer import SentimentAnalyzer
from pipeline_lib.prediction.trained import load_model

PARAMS = ()  # the model's folder has its settings


def main(argv: list[str] | None = None) -> None:
    """Read the command line, load the model, answer, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--model", required=True, type=Path, help="folder of a trained model")
    arguments.add_argument("--base", help="its base model, where it is not found by the name in base.json")
    arguments.add_argument("--in", dest="source", type=Path, help="file of rows to answer")
    arguments.add_argument("--row", nargs="+", metavar="HEADER=TEXT", help="one row; - reads standard input")
    arguments.add_argument("--out", type=Path, help="file to write, .csv, .tsv or .jsonl")
    arguments.add_argument("--encoding", default="auto", help="of a text file (default: %(default)s)")
    arguments.add_argument("--batch-size", type=int, default=BATCH, help="rows at once (default: %(default)s)")
    arguments.add_argument("--max-new-tokens", type=int, help="longest answer (default: 99%% of the training rows')")
    arguments.add_argument("--score", action="store_true", help="compare with the answers that the file has")
    args = arguments.parse_args(argv)
    if (args.source is None) == (args.row is None):
        raise UserError("predict needs rows: name a file with --in, or one row with --row")
    if args.source:
        if args.out is None:
            raise UserError("predict --in needs a file to write: add --out answers.csv")
        check_ending(args.out)
    for name in ("batch_size", "max_new_tokens"):
        if (given := getattr(args, name)) is not None and given < 1:
            raise UserError(f"--{name.replace('_', '-')} must be at least 1, it is {given}: choose another")

    model = load_model(args.model, args.base, batch_size=args.batch_size, max_new_tokens=args.max_new_tokens)
    if args.row:
        _answer_one(model, args.row)
        return
    rows = rows_of_file(model.task, args.source, args.encoding, model.data)
    for line in rows.notes:
        say(line)
    if args.score:
        check_comparable(rows.examples, rows.target is not None, str(args.source))
    answers = _answers(model, rows)
    write_answers(args.out, rows.records, answers)
    say(f"{args.out}: {_summary(answers)}")
    if args.score:
        scoring = load_scoring(model.task)
        for line in score_lines(scoring, rows.examples, answers):
            say(line)


def _answers(model: LanguageModel | SentimentAnalyzer, rows: RowsToAnswer) -> list[dict[str, Any]]:
    """Return the answers; those of a language model that writes them go on after the last batch of a killed run."""
    with Progress(len(rows.examples), "predict", "row") as progress:
        if isinstance(model, SentimentAnalyzer):
            return model.predict_batch([row["source"] for row in rows.examples], progress.advance)
        if model.labels is not None:
            return model.answers(rows.examples, progress.advance)
        settings = {"max_new_tokens": model.max_new_tokens, "batch_size": model.batch_size}
        prompts = model.encoded(rows.examples)
        facts = run_facts(model.base, model.folder, fingerprint_rows(prompts), settings, model.dtype, model.device)
        with resumable_answers(facts) as journal:
            return model.written(prompts, progress.advance, journal.keep)


def _answer_one(model: LanguageModel | SentimentAnalyzer, cells: list[str]) -> None:
    """Print the answer to one row, piece by piece where it is written."""
    row: Any = dict(cell.split("=", 1) for cell in cells if "=" in cell)
    texts = [cell for cell in cells if "=" not in cell]
    if len(texts) > 1 or (texts and row):
        raise UserError(f"--row must be one text or HEADER=TEXT for each column, it is {texts[0]!r} and more: quote it")
    if texts:
        row = sys.stdin.read() if texts == ["-"] else texts[0]
    if isinstance(model, SentimentAnalyzer) or model.labels is not None:
        print(json.dumps(model.predict(row), ensure_ascii=False))
        return
    [example] = rows_of_python(model.task, [row], model.data).examples
    for piece in model.stream(example):
        print("\n".join(map(printable, piece.split("\n"))), end="", flush=True)
    print(flush=True)


def _summary(answers: list[dict[str, Any]]) -> str:
    cut = sum(not answer.get("ended", True) for answer in answers)
    return f"{len(answers)} rows answered" + (f", {cut} answers cut at --max-new-tokens" if cut else "")


if __name__ == "__main__":
    run(main)
