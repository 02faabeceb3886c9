"""Where a sentence's words stand: forms, repeats, marks that Unicode writes in two ways, text that is cut."""

import unicodedata

import pytest

from pipeline_lib.core.text import tokens
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word, lexicon
from pipeline_lib.words.vectors.occurrences import LONGEST, Occurrences, token_spans

_, STEM, LEMMA = lexicon()


def vocabulary(*spellings: str) -> list[Word]:
    return [Word(word, STEM(word), LEMMA(word), 1, 1) for word in spellings]


def found(text: str, rows: list[int], *spellings: str) -> list[tuple[int, str]]:
    read, places = Occurrences(vocabulary(*spellings)).find(Sentence(text, 1, rows))
    return [(row, read[start:end]) for row, start, end in places]


def test_each_occurrence_is_found_in_whatever_form():
    text = "Effusions: the left effusion, and LUNGS. No Lung's effusion"
    assert found(text, [0, 2, 0, 1, 1, 0], "effusion", "lung", "left") == [
        (0, "Effusions"), (2, "left"), (0, "effusion"), (1, "LUNGS"), (1, "Lung's"), (0, "effusion"),
    ]  # fmt: skip


def test_words_beside_a_common_part_are_told_apart():
    assert found("art in the heart, x-ray ray", [1, 0, 2, 3], "heart", "art", "x-ray", "ray") == [
        (1, "art"), (0, "heart"), (2, "x-ray"), (3, "ray"),
    ]  # fmt: skip


def test_a_stem_is_enough_where_it_tells_the_words_apart():
    assert found("limiting limits", [0, 0], "limited") == [(0, "limiting"), (0, "limits")]
    # Of "university" and "universe" it does not; nor does a lemma of "bad" and "worse".
    text = "universal university, universes"
    assert found(text, [0, 1], "university", "universe") == [(0, "university"), (1, "universes")]
    assert found("worst worse, bad, badly", [0, 1], "worse", "bad") == [(0, "worse"), (1, "bad")]


def test_a_row_that_is_nowhere_hides_no_other():
    assert found("a heart", [1, 0], "heart", "lung") == [(0, "heart")]


def test_de_identified_spans_hold_no_word():
    assert found("[**heart name**] heart", [0], "heart") == [(0, "heart")]
    text = "[**heart**] heart"
    read, places = Occurrences(vocabulary("heart")).find(Sentence(text, 1, [0]))
    assert (read, places) == (text, [(0, 12, 17)])


def test_text_is_read_in_composed_form():
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


def test_a_letter_that_grows_in_lower_case_moves_no_other():
    text = "İlk heart and heart"
    assert [text[start:end] for start, end in token_spans(text)][-3:] == ["heart", "and", "heart"]


def test_a_file_without_a_full_stop_is_cut():
    text = "lung " * LONGEST + "heart"
    _, places = Occurrences(vocabulary("lung", "heart")).find(Sentence(text, 1, [0, 0, 1]))
    assert places == [(0, 0, 4), (0, 5, 9)]
