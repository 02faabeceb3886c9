"""Reports to vocabulary: stop words out, stems and lemmas in, every word counted.

    python -m stages.preprocess_text --data data/reports.csv --out data/vocabulary.csv

Reads the distinct reports of --data and writes word,stem,lemma,count,documents: one row for each lemma (or stem, or
word: words.form), shown in its most frequent spelling, the word of most reports first. Numbers, units and
de-identification marks (XXXX, [**...**], ___) are no words. Takes seconds; no model, no network.
"""

from pipeline_lib.params import read_params
from pipeline_lib.tasks import load_task
from pipeline_lib.words import count_words, write_vocabulary
from stages.command import parser, run, say

PARAMS = ("task", "columns", "words")


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    command.add_argument("--data", required=True, help="the reports: CSV, TSV, JSON or JSONL")
    command.add_argument("--out", required=True, help="the vocabulary, CSV")
    args = command.parse_args(argv)
    params = read_params(args.params, PARAMS)
    task = load_task(params["task"])
    documents = task.documents(task.read(args.data, params["columns"]))
    settings = params["words"]
    words = count_words(documents, settings["form"], settings["min_documents"], settings["min_letters"])
    write_vocabulary(args.out, words)
    say(f"{len(words)} words in at least {settings['min_documents']} of {len(documents)} distinct reports")


if __name__ == "__main__":
    run(main)
