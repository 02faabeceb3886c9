"""A corpus: its words, its sentences, and the text files that it is read from."""

import gzip
import re
import tracemalloc

import pytest

from pipeline_lib.core.text import tokens
from pipeline_lib.words.corpus.documents import read_corpus, read_texts, sentences_of
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from tests.helpers.stages import refused


def words_in(documents, form="lemma", min_documents=1, min_letters=3) -> list[Word]:
    return read_corpus(documents, form, min_documents, min_letters).words


def counts_of(words):
    return [(word.word, word.count, word.documents) for word in words]


def names_of(*given):
    return [word.word for word in words_in(*given)]


def test_forms_of_one_word_are_one_row_named_by_the_most_frequent():
    reports = ["Effusions, effusions. Effusion.", "Large effusion of the lower lobes", "Effusions; low lobe"]
    effusion = Word("effusions", "effus", "effusion", 5, 3)
    assert words_in(reports, "lemma", 2) == [effusion, *(Word(name, name, name, 2, 2) for name in ("lobe", "low"))]
    assert names_of(["left hilum", "both hila"], "lemma", 2) == ["hila"]
    assert names_of(reports, "word", 2) == ["effusion", "effusions"]
    assert words_in(["mild, mildly", "mildly"], "stem") == [Word("mildly", "mild", "mildly", 3, 2)]
    # Rows are sorted by documents, then by alphabet.
    assert counts_of(words_in(["lung heart", "heart bone", "heart heart"])) == [
        ("heart", 4, 3), ("bone", 1, 1), ("lung", 1, 1),
    ]  # fmt: skip


def test_sentences_and_their_words_in_order_and_by_phrase():
    reports = ["The lungs are clear. No effusion.", "No effusion. No  effusion.\n", "Clear LUNG."]
    corpus = read_corpus(iter(reports), "lemma", 1, 3)
    assert counts_of(corpus.words) == [("clear", 2, 2), ("effusion", 3, 2), ("lung", 2, 2)]
    assert corpus.documents == 3
    assert list(corpus.sentences()) == [
        Sentence("The lungs are clear.", 1, [2, 0], [0, 0]),
        Sentence("No effusion.", 3, [1], [0]),
        Sentence("Clear LUNG.", 1, [0, 2], [0, 0]),
    ]
    reports = ["Mild to moderate effusion, mild. Rare thing. 5 mm.", "Moderate mild effusion"]
    corpus = read_corpus(reports, "lemma", 2, 3)
    assert [word.word for word in corpus.words] == ["effusion", "mild", "moderate"]
    texts = ["Mild to moderate effusion, mild.", "Rare thing.", "5 mm.", "Moderate mild effusion"]
    assert corpus.texts == dict.fromkeys(texts, 1)
    assert list(corpus.sentences()) == [
        Sentence("Mild to moderate effusion, mild.", 1, [1, 2, 0, 1], [0, 1, 1, 2]),
        Sentence("Moderate mild effusion", 1, [2, 1, 0], [0, 0, 0]),
    ]
    document = "Seen by Dr. Smith  at 3.5 cm.\tStable\nNo [**Name 1. And\nOther 2.**] change. 心臓。肺。"
    sentences = ["Seen by Dr. Smith at 3.5 cm.", "Stable", "No [**Name 1. And Other 2.**] change.", "心臓。", "肺。"]
    assert sentences_of(document) == sentences
    assert [token for text in sentences_of(document) for token in tokens(text)] == tokens(document)
    assert sentences_of(" \n ") == []


def test_each_distinct_spelling_is_lemmatized_once(monkeypatch):
    import simplemma

    looked_up: list[str] = []

    def lemmatize(word: str, lang: str) -> str:
        looked_up.append(word)
        return word

    monkeypatch.setattr(simplemma, "lemmatize", lemmatize)
    words_in(["lung heart lung", "lung's heart Heart"] * 50)
    assert sorted(looked_up) == ["heart", "lung"]


def test_a_document_of_two_megabytes_is_read():
    corpus = read_corpus(["a" * 1_000_000, "lung effusion " * 100_000], "lemma", 1, 3)
    assert [word.count for word in corpus.words] == [1, 100_000, 100_000]
    assert [len(sentence.words) for sentence in corpus.sentences()] == [1, 200_000]


def test_memory_grows_with_distinct_sentences_and_not_with_documents():
    def peak(times: int) -> int:
        documents = (f"The heart is normal. No effusion of the pleura, part {n % 7}." for n in range(times))
        tracemalloc.start()
        read_corpus(documents, "word", 1, 3)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    read_corpus(["warm up"], "word", 1, 3)
    assert peak(4000) < 1.2 * peak(400)  # the documents alone are ten times as much, 200 kB


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        ([], "wants reports with text, all 0 are empty"),
        (["", "  ", "..."], "all 3 are empty: look at columns in params.yaml"),
        (["5 mm XXXX", "the"], "no word is left of 4 tokens in 2 reports"),
        (["lung", "lung heart"], r"5 reports \(words.min_documents\), the most frequent has 2 reports: lower them"),
    ],
)
def test_no_words_is_a_users_error(reports, message):
    refused(message, read_corpus, reports, "lemma", 5, 3)


def test_a_text_file_has_one_document_a_line_and_each_is_read_once(tmp_path):
    content = "\ufeffTitle\tText of it.\r\n\nsecond\u2028line\nTitle\tText of it.\n \nlast".encode()
    (tmp_path / "c.txt").write_bytes(content)
    (tmp_path / "c.TXT.gz").write_bytes(gzip.compress(content, mtime=0))
    expected = ["Title\nText of it.", "second\u2028line", "last"]
    assert list(read_texts(tmp_path / "c.txt")) == list(read_texts(tmp_path / "c.TXT.gz")) == expected


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.csv", b"a", "must end in .txt or .txt.gz, not c.csv: name another, or --data"),
        ("c.txt", None, "is missing: put it there, or name another"),
        ("c.txt.gz", None, "is missing: put it there, or name another"),
        ("c.txt", b"good\nbad \xff\n", "line 2 is not UTF-8 ('utf-8' codec can't decode byte 0xff in position 4"),
        ("c.txt.gz", b"plain text", "is no gzip file, or is cut off (Not a gzipped file"),
        ("c.txt.gz", gzip.compress(b"text " * 99, mtime=0)[:-9], "is no gzip file, or is cut off"),
        ("c.txt.gz", gzip.compress(b"text " * 99, mtime=0)[:10] + b"\xff" * 30, "is no gzip file, or is cut off"),
    ],
)
def test_a_broken_text_file_is_a_users_error(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    refused(re.escape(message), list, read_texts(tmp_path / name))
