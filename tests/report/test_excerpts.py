"""The sentences of a page: which ones, how many, how they are cut, and that a huge one takes little time."""

import time

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.report.explorer import excerpts as module
from pipeline_lib.report.explorer.excerpts import MAX_CHARACTERS, MAX_SENTENCES, Excerpts, excerpts
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word

WORDS = [
    Word("lung", "lung", "lung", 9, 9), Word("clear", "clear", "clear", 5, 5), Word("limits", "limit", "limit", 2, 2),
]  # fmt: skip


def test_each_word_and_pair_has_its_most_frequent_sentences():
    sentences = [
        Sentence("One lung.", 1, [0]),
        Sentence("Lungs clear.", 3, [0, 1]),
        Sentence("Clear lungs; the lung is clear.", 7, [1, 0, 0, 1]),
        Sentence("Within limits.", 2, [2]),
    ]
    assert excerpts(iter(sentences), WORDS, [0, 1, 2], [(0, 1), (1, 2)]) == Excerpts(
        texts=[("Clear lungs; the lung is clear.", 7), ("Within limits.", 2), ("Lungs clear.", 3), ("One lung.", 1)],
        of_word={0: [0, 2, 3], 1: [0, 2], 2: [1]},
        of_pair={(0, 1): [0, 2]},
        sentences={(0, 1): 2, (1, 2): 0, 0: 3, 1: 2, 2: 1},
        forms={0: ["lung", "lungs"], 1: ["clear"], 2: ["limits"]},
    )
    made = excerpts([Sentence("Lung clear.", 1, [0, 1])], WORDS, [1], [])  # only the given words have sentences
    assert (made.of_word, made.forms, made.sentences) == ({1: [0]}, {1: ["clear"]}, {1: 1})
    with pytest.raises(UserError, match=r"name word 3, the vocabulary has rows 0 to 2.*run preprocess_text again"):
        excerpts([Sentence("x", 1, [3])], WORDS, [0], [])


def test_a_word_of_the_same_stem_is_a_form_only_where_no_other_is():
    words = [Word("lungs", "lung", "lungs", 2, 2)]  # as where words.form is word
    assert excerpts([Sentence("Lungs, not a lung.", 1, [0])], words, [0], []).forms == {0: ["lungs"]}
    assert excerpts([Sentence("A lung.", 1, [0])], words, [0], []).forms == {0: ["lung"]}


def test_uncut_sentences_come_before_cut_ones():
    sentences = [Sentence("word " * 100 + "lung.", 50, [0])]
    sentences += [Sentence(f"Lung number {i}.", 1, [0]) for i in range(MAX_SENTENCES + 2)]
    made = excerpts(sentences, WORDS, [0], [])
    assert [made.texts[at][0] for at in made.of_word[0]] == [f"Lung number {i}." for i in range(MAX_SENTENCES)]
    assert made.sentences == {0: MAX_SENTENCES + 3}


@pytest.mark.parametrize("before", [0, 3, 40, 5000])
@pytest.mark.parametrize("after", [0, 3, 40, 5000])
def test_a_long_sentence_is_cut_around_its_word(before, after):
    text = " ".join(["filler"] * before + ["Lungs"] + ["filler"] * after)
    shown = excerpts([Sentence(text, 1, [0])], WORDS, [0], []).texts[0][0]
    inner = shown.strip("… ")
    assert inner in text
    assert "Lungs" in inner.split()
    assert set(inner.split()) <= {"filler", "Lungs"}  # no piece of a word
    assert len(shown) <= MAX_CHARACTERS + 4
    assert shown == text or len(text) > MAX_CHARACTERS
    assert shown.startswith("… ") == (not text.startswith(inner))
    assert shown.endswith(" …") == (not text.endswith(inner))


def test_a_pair_far_apart_is_shown_in_two_parts():
    text = "lung " + "filler " * 500 + "clear"
    made = excerpts([Sentence(text, 1, [0, 1])], WORDS, [0, 1], [(0, 1)])
    shown = made.texts[made.of_pair[0, 1][0]][0]
    assert shown.startswith("lung filler")
    assert shown.endswith("filler clear")
    assert shown.count("…") == 1


def test_a_report_of_ten_megabytes_in_one_cell_takes_seconds():
    words = [Word(f"w{chr(97 + i // 26)}{chr(97 + i % 26)}", "", "", 1, 1) for i in range(300)]
    text = "filler text " * 800_000 + " ".join(word.word for word in words)
    begun = time.process_time()
    made = excerpts([Sentence(text, 1, list(range(300)))], words, list(range(300)), [])
    assert time.process_time() - begun < 20
    assert all(words[row].word in made.texts[places[0]][0] for row, places in made.of_word.items())
    assert len(made.of_word) == 300


def test_every_word_gets_one_sentence_before_any_gets_two_within_the_limit(monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 40)
    sentences = [Sentence(f"lung {i} ää", 9 - i, [0]) for i in range(3)] + [Sentence("clear 123456", 1, [1])]
    made = excerpts(sentences, WORDS, [0, 1], [])
    assert made.of_word == {0: [0, 2], 1: [1]}
    assert sum(len(text.encode()) for text, _ in made.texts) <= 40
    assert made.sentences == {0: 3, 1: 1}


def test_special_characters_do_not_move_the_cut():
    text = "İI " * 200 + "[**lung**] patient’s x‑ray 胸 lung " + "z " * 300
    words = [Word(name, name, name, 1, 1) for name in ("x-ray", "胸", "patient")]
    made = excerpts([Sentence(text, 1, [2, 0, 1])], words, [0, 1, 2], [])
    for row, spelled in enumerate(("x‑ray", "胸", "patient’s")):
        assert spelled in made.texts[made.of_word[row][0]][0]
    assert made.forms == {0: ["x-ray"], 1: ["胸"], 2: ["patient's"]}
