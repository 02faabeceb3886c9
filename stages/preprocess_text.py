"""Write the vocabulary of a text and its sentences: stop words removed, every word stemmed, lemmatized and counted.

    python -m stages.preprocess_text --out data/corpus

Reads the distinct rows of what params.yaml names under data, or --text: plain text, .txt or .txt.gz, one document a
line (then it reads no setting but words). Writes OUT/vocabulary.csv (word,stem,lemma,count,documents: one row for each
lemma, stem or word as words.form says, in its most frequent spelling, the word of most documents first) and
OUT/sentences.jsonl (each distinct sentence with the vocabulary's rows of its words), and where the text is not English
OUT/language.json. Numbers, units and de-identification marks (XXXX, [**...**], ___) are not words; words that look like
names of people are left out (words.names). Takes seconds, two minutes for 9 million words; memory grows with the
distinct spellings and sentences. No model, no network.
"""

from collections.abc import Iterable
from itertools import chain, islice

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import written
from pipeline_lib.core.tasks import load
from pipeline_lib.core.text import sign_share
from pipeline_lib.params import read_params
from pipeline_lib.words.corpus.documents import read_corpus, read_texts
from pipeline_lib.words.corpus.lexicon import AUTO, detect_language, lexicon, write_language
from pipeline_lib.words.corpus.names import NameEvidence
from pipeline_lib.words.corpus.sentences import write_sentences
from pipeline_lib.words.corpus.vocabulary import write_vocabulary

SAMPLE = 1000  # documents that say which language it is
MOSTLY = 0.5  # share of words

PARAMS = ("data", "encoding", "task", "columns", "words")


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    command = parser(__doc__)
    source = command.add_mutually_exclusive_group()
    source.add_argument("--data", help="the user's rows (default: data in params)")
    source.add_argument("--text", help="plain text, one document a line: .txt or .txt.gz")
    command.add_argument("--out", required=True, help="folder for vocabulary.csv and sentences.jsonl")
    args = command.parse_args(argv)
    params = read_params(args.params, ("words",) if args.text else PARAMS)
    documents: Iterable[str] = read_texts(args.text) if args.text else ()
    if not args.text:
        task = load(params["task"], "data")
        documents = task.documents(task.read(args.data or params["data"], params["columns"], params["encoding"]))
    settings = params["words"]
    documents = iter(documents)
    sample, automatic = list(islice(documents, SAMPLE)), settings["language"] == AUTO
    language = detect_language(sample) if automatic else settings["language"]
    names = NameEvidence(language) if settings["names"] == "drop" else None
    corpus = read_corpus(
        chain(sample, documents), settings["form"], settings["min_documents"], settings["min_letters"], language, names
    )
    with written(args.out, mark="vocabulary.csv") as folder:
        folder.mkdir()
        write_vocabulary(folder / "vocabulary.csv", corpus.words)
        kept = write_sentences(folder / "sentences.jsonl", corpus.sentences())
        write_language(folder, language)
    say(
        f"{len(corpus.words)} words in at least {settings['min_documents']} of {corpus.documents} distinct documents; "
        f"{kept} distinct sentences, {len(corpus.texts) - kept} more hold none of the words and are left out"
    )
    how = "recognised; words.language names another" if automatic else "words.language"
    say(f"language {language} ({how}): {lexicon(language).about}")
    if names:
        limits = names.limits()
        say(f"left out as names of people (words.names): {corpus.names} words{limits and '; ' + limits}")
    if sign_share(sample) > MOSTLY:
        say("this text has no spaces between words: each of its signs counts as a word, whatever words.min_letters is")


if __name__ == "__main__":
    run(main)
