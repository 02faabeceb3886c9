"""Text to vocabulary and sentences: stop words out, stems and lemmas in, every word counted.

    python -m stages.preprocess_text --data data/reports.csv --out data/vocabulary.csv \\
        --sentences data/sentences.jsonl

Reads the distinct reports of --data, or of --text, a plain .txt or .txt.gz of one document a line (params: words
alone). Writes word,stem,lemma,count,documents: one row for each lemma (or stem, or word: words.form), shown in its most
frequent spelling, the word of most reports first; and each distinct sentence with the rows of its words. Numbers, units
and de-identification marks (XXXX, [**...**], ___) are no words. Takes seconds, a minute for 9 million words; memory
grows with the distinct spellings and sentences. No model, no network.
"""

from collections.abc import Iterable

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.tasks import load
from pipeline_lib.params import read_params
from pipeline_lib.words.corpus.documents import read_corpus, read_texts
from pipeline_lib.words.corpus.sentences import write_sentences
from pipeline_lib.words.corpus.vocabulary import write_vocabulary

PARAMS = ("task", "columns", "words")


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", help="the reports: CSV, TSV, JSON or JSONL")
    source.add_argument("--text", help="plain text, one document a line: .txt or .txt.gz")
    command.add_argument("--out", required=True, help="the vocabulary, CSV")
    command.add_argument("--sentences", required=True, help="the sentences, JSONL")
    args = command.parse_args(argv)
    params = read_params(args.params, PARAMS if args.data else ("words",))
    documents: Iterable[str] = read_texts(args.text) if args.text else ()
    if args.data:
        task = load(params["task"], "data")
        documents = task.documents(task.read(args.data, params["columns"]))
    settings = params["words"]
    corpus = read_corpus(documents, settings["form"], settings["min_documents"], settings["min_letters"])
    write_vocabulary(args.out, corpus.words)
    kept = write_sentences(args.sentences, corpus.sentences())
    say(
        f"{len(corpus.words)} words in at least {settings['min_documents']} of {corpus.documents} distinct reports; "
        f"{kept} distinct sentences, {len(corpus.texts) - kept} more hold none of the words and are left out"
    )


if __name__ == "__main__":
    run(main)
