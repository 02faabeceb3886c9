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


def found(text: str, rows: list[int], *spellings: str) -> list[tuple[int, str]]:
    read, places = Occurrences(vocabulary(*spellings)).find(Sentence(text, 1, rows))
    return [(row, read[start:end]) for row, start, end in places]


def test_each_occurrence_is_found_in_any_form():
    text = "Effusions: the left effusion, and LUNGS. No Lung's effusion"
    assert found(text, [0, 2, 0, 1, 1, 0], "effusion", "lung", "left") == [
        (0, "Effusions"), (2, "left"), (0, "effusion"), (1, "LUNGS"), (1, "Lung's"), (0, "effusion"),
    ]  # fmt: skip


def test_words_that_contain_one_another_are_distinguished():
    assert found("art in the heart, x-ray ray", [1, 0, 2, 3], "heart", "art", "x-ray", "ray") == [
        (1, "art"), (0, "heart"), (2, "x-ray"), (3, "ray"),
    ]  # fmt: skip


def test_a_stem_identifies_a_word_only_where_no_other_has_it():
    assert found("limiting limits", [0, 0], "limited") == [(0, "limiting"), (0, "limits")]
    # "university" and "universe" have one stem, "bad" and "worse" one lemma.
    text = "universal university, universes"
    assert found(text, [0, 1], "university", "universe") == [(0, "university"), (1, "universes")]
    assert found("worst worse, bad, badly", [0, 1], "worse", "bad") == [(0, "worse"), (1, "bad")]


def test_a_word_that_is_not_found_hides_no_other():
    assert found("a heart", [1, 0], "heart", "lung") == [(0, "heart")]


def test_de_identified_spans_have_no_words():
    assert found("[**heart name**] heart", [0], "heart") == [(0, "heart")]
    text = "[**heart**] heart"
    read, places = Occurrences(vocabulary("heart")).find(Sentence(text, 1, [0]))
    assert (read, places) == (text, [(0, 12, 17)])


def test_text_is_normalized_to_composed_form():
    read, places = Occurrences(vocabulary("ödem")).find(Sentence("ein O\u0308dem, ta\u00adg", 1, [0]))
    assert (read, places) == ("ein Ödem, tag", [(0, 4, 8)])


@pytest.mark.parametrize(
    "text",
    ["We've seen Patient’s x‑ray_one", "МРТ коленного сустава", "胸部 X 線", "ΣΑΣ ofﬁce ẞ", "", "a\u00a0b—c"],
)
def test_the_spans_are_the_tokens(text):
    read = unicodedata.normalize("NFC", text)
    spelled = [read[start:end].lower().replace("’", "'").replace("‑", "-") for start, end in token_spans(read)]
    assert spelled == tokens(read)


def test_a_letter_whose_lower_case_is_longer_moves_no_span():
    text = "İlk heart and heart"
    assert [text[start:end] for start, end in token_spans(text)][-3:] == ["heart", "and", "heart"]


def test_a_text_without_full_stops_is_cut():
    text = "lung " * MAX_CHARACTERS + "heart"
    _, places = Occurrences(vocabulary("lung", "heart")).find(Sentence(text, 1, [0, 0, 1]))
    assert places == [(0, 0, 4), (0, 5, 9)]
