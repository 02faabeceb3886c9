"""Spans of words in a sentence: forms, repeats, characters that Unicode writes in two ways, text that is cut."""

import unicodedata

import pytest

from pipeline_lib.core.text import tokens
from pipeline_lib.words.corpus.lexicon import lexicon
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.vectors.occurrences import MAX_CHARACTERS, Occurrences, token_spans

STEM, LEMMA = lexicon().stem, lexicon().lemma


def vocabulary(*spellings: str) -> list[Word]:
    return [Word(word, STEM(word), LEMMA(word), 1, 1) for word in spellings]


@pytest.mark.parametrize(("text", "rows", "spellings", "expected"), [
    ("Effusions: the left effusion, and LUNGS. No Lung's effusion", [0, 2, 0, 1, 1, 0], "effusion lung left",
     [(0, "Effusions"), (2, "left"), (0, "effusion"), (1, "LUNGS"), (1, "Lung's"), (0, "effusion")]),
    # words that contain one another
    ("art in the heart, x-ray ray", [1, 0, 2, 3], "heart art x-ray ray",
     [(1, "art"), (0, "heart"), (2, "x-ray"), (3, "ray")]),
    # a stem identifies a word only where no other has it: "university" and "universe" have one
    ("limiting limits", [0, 0], "limited", [(0, "limiting"), (0, "limits")]),
    ("universal university, universes", [0, 1], "university universe", [(0, "university"), (1, "universes")]),
    # "bad" and "worse" have one lemma
    ("worst worse, bad, badly", [0, 1], "worse bad", [(0, "worse"), (1, "bad")]),
    ("a heart", [1, 0], "heart lung", [(0, "heart")]),  # a word that is not found hides no other
    ("[**heart name**] heart", [0], "heart", [(0, "heart")]),  # de-identified spans have no words
])  # fmt: skip
def test_each_occurrence_is_found_in_any_form(text, rows, spellings, expected):
    read, places = Occurrences(vocabulary(*spellings.split())).find(Sentence(text, 1, rows))
    assert [(row, read[start:end]) for row, start, end in places] == expected


def test_text_is_composed_and_places_are_in_what_is_read():
    read, places = Occurrences(vocabulary("ödem")).find(Sentence("ein O\u0308dem, ta\u00adg", 1, [0]))
    assert (read, places) == ("ein Ödem, tag", [(0, 4, 8)])
    read, places = Occurrences(vocabulary("heart")).find(Sentence("[**heart**] heart", 1, [0]))
    assert (read, places) == ("[**heart**] heart", [(0, 12, 17)])
    # A text without full stops is cut.
    text = "lung " * MAX_CHARACTERS + "heart"
    _, places = Occurrences(vocabulary("lung", "heart")).find(Sentence(text, 1, [0, 0, 1]))
    assert places == [(0, 0, 4), (0, 5, 9)]


@pytest.mark.parametrize(
    "text",
    ["We've seen Patient’s x‑ray_one", "МРТ коленного сустава", "胸部 X 線", "ΣΑΣ ofﬁce ẞ", "", "a\u00a0b—c"],
)
def test_the_spans_are_the_tokens(text):
    read = unicodedata.normalize("NFC", text)
    spelled = [read[start:end].lower().replace("’", "'").replace("‑", "-") for start, end in token_spans(read)]
    assert spelled == tokens(read)
    long = f"İlk {read} heart"  # a letter whose lower case is longer moves no span
    start, end = token_spans(long)[-1]
    assert long[start:end] == "heart"
