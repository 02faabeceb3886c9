"""Which tokens are words, phrases, and the file of a vocabulary."""

import re

import pytest

from pipeline_lib.core.text import tokens
from pipeline_lib.words.corpus.documents import read_corpus
from pipeline_lib.words.corpus.vocabulary import Word, is_word, phrases, read_vocabulary, write_vocabulary
from tests.helpers.stages import refused

TEXTS = [
    "The patient's lung doesn't show it; we've seen Crohn’s.",
    "Größe, nai\u0308ve cafe\u0301; हृदय — قلب. 心臓 x-ray follow‑up O’Brien",
    "5mm 3-cm mm³ ½ XXXX x-XXXX [**Known lastname 123**] ___ µg İstanbul soft\u00adhyphen",
]


def words_of(text: str) -> list[str]:
    return sorted(word.word for word in read_corpus([text], "word", 1, 1).words)


@pytest.mark.parametrize(
    "text",
    "5|5mm|3-cm|1,200.5|t2|C5-C6|T2-weighted|mm|HU|kVp|µg|mm³|IV|iii|seven|eighth|½|XXXX|xxx|x-XXXX|non-XXXX|XXXX's|"
    "[**Known lastname 123**]|[**Hospital\nWard**]|___".split("|"),
)
def test_numbers_units_and_de_identification_marks_are_no_words(text):
    assert words_of(f"Clear lung. {text} Heart.") == ["clear", "heart", "lung"]


def test_words_of_any_script_contractions_and_stop_words():
    assert tokens(TEXTS[1]) == ["größe", "naïve", "café", "हृदय", "قلب", "心", "臓", "x-ray", "follow-up", "o'brien"]
    assert all(is_word(token, 2) for token in tokens(TEXTS[1]))
    assert words_of(TEXTS[0]) == ["crohn", "lung", "patient", "seen"]
    assert words_of("The back of the left side was not found above it") == ["back", "left", "side"]


def test_phrases_end_at_marks_and_before_coordinators():
    assert phrases("No pleural effusion or pneumothorax, mild to moderate; Dr. Crohn's x-ray (T2/FLAIR).") == [
        ["no", "pleural", "effusion"], ["or", "pneumothorax"], ["mild"], ["to", "moderate"], ["dr", "crohn's", "x-ray"],
        ["t2"], ["flair"],
    ]  # fmt: skip
    assert phrases("black-and-white or-else") == [["black-and-white", "or-else"]]
    assert phrases("seen by [**Name, and\nother**] today") == [["seen", "by"], ["today"]]
    assert phrases(" ,; ") == []


@pytest.mark.parametrize(
    "text", [*TEXTS, "a, b and (c) [**d, e**] f__g h.i j/k 1,200.5 'l' --m-- n’s a\u0301, \u0301b"]
)
def test_phrases_together_are_the_tokens(text):
    assert [token for phrase in phrases(text) for token in phrase] == tokens(text)


def test_a_vocabulary_is_read_as_it_was_written(tmp_path):
    words = [Word("größe", "größ", "größe", 3, 2), Word("x-ray", "x-ray", "x-ray", 1, 1)]
    write_vocabulary(tmp_path / "v.csv", words)
    assert (tmp_path / "v.csv").read_bytes() == (
        "word,stem,lemma,count,documents\ngröße,größ,größe,3,2\nx-ray,x-ray,x-ray,1,1\n".encode()
    )
    assert read_vocabulary(tmp_path / "v.csv") == words


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is missing: run the stage that makes it"),
        (b"", "has no column word, stem, lemma, count, documents"),
        (b"word,count\nlung,1\n", "has no column stem, lemma, documents"),
        (b"word,stem,lemma,count,documents\nlung,lung,lung,many,1\n", "no whole number"),
        (b"word,stem,lemma,count,documents\n\xff,a,a,1,1\n", "is not CSV in UTF-8"),
    ],
)
def test_a_broken_vocabulary_is_a_users_error(tmp_path, content, message):
    if content is not None:
        (tmp_path / "v.csv").write_bytes(content)
    refused(re.escape(message), read_vocabulary, tmp_path / "v.csv")
