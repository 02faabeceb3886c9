"""Which words are left out as names of people, in which shapes, scripts and languages, and what stays."""

import re

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.documents import read_corpus
from pipeline_lib.words.corpus.names import NameEvidence

# What a report says of these in lower case, too: words of the vocabulary, whatever else is beside them.
PLAIN = ["A large effusion was seen by telephone.", "The heart is stable and the brown foley cyst was discussed."]


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("Discussed with Dr. Okafor.", {"okafor"}),
        ("Discussed with Dr Okafor", {"okafor"}),
        ("DISCUSSED WITH DR. OKAFOR TODAY.", {"okafor"}),
        ("discussed with dr. okafor.", {"okafor"}),
        ("Dr. J. van der Meulen was informed.", {"meulen"}),
        ("Mr. O’Brien’s effusion.", {"o'brien"}),
        ("Discussed with Maria Lopez.", {"maria", "lopez"}),
        ("Patient: LOPEZ, MARIA.", {"maria", "lopez"}),
        ("Patient: QUUXBERG, ZORVANA.", {"quuxberg", "zorvana"}),
        ("He saw LOPEZ MARIA.", {"maria", "lopez"}),
        ("Signed by J. Quuxberg.", {"quuxberg"}),
        ("Quuxberg, M.D. was informed.", {"quuxberg"}),
        ("Reported by: Quuxberg.", {"quuxberg"}),
        ("Seen by Quuxberg.", {"quuxberg"}),
        ("From the ward (Quuxberg).", {"quuxberg"}),
        # Words that are names: a name here, and not where reports have them in lower case.
        ("Discussed with Dr. Stone.", {"stone"}),
        ("Discussed with Dr. Brown, the brown cyst.", set()),
        # No names: diseases and signs, abbreviations, vertebrae, first words, headings, marks of de-identification.
        ("Sonographic Murphy sign, Hoffa fat pad, Chiari I malformation, Hill–Sachs deformity.", set()),
        ("Discussed with Dr. Murphy, no Murphy.", {"murphy"}),
        ("A Quuxberg cyst and the Okafor fat pad were seen.", set()),  # in a list of names or in no dictionary
        ("Normal DWI and FLAIR, L3-L4, L4-L5.", set()),
        ("T-spine and S-shaped curve.", set()),
        ("Impression: Cardiomegaly. Multiplanar imaging.", set()),
        ("CT Chest Without Contrast Quuxography", set()),
        ("Seen by Dr. [**Last Name**] and Dr. XXXX.", set()),
    ],
)
def test_names_are_left_out_by_what_is_beside_them_and_how_they_are_written(sentence, names):
    every = read_corpus([*PLAIN, sentence], "word", 1, 3, "en")
    without = read_corpus([*PLAIN, sentence], "word", 1, 3, "en", NameEvidence("en"))
    assert without.names == len(every.words) - len(without.words)
    assert {word.word for word in every.words} - {word.word for word in without.words} == names


@pytest.mark.parametrize(("language", "sentences", "names", "limit"), [
    ("en", ["A heart by Okafor."], {"okafor"}, ""),
    ("en", ["THE HEART. NGUYEN SAW OKAFOR."] * 9, {"okafor", "nguyen"}, "it is all in capitals or all in lower case"),
    ("en", ["the heart. seen by okafor with effusion."] * 9, {"okafor"}, "it is all in capitals or all in lower case"),
    ("de", ["Das Herz hat einen Stein, gesehen von Frau Kowalczyk."], {"kowalczyk"}, "its nouns have capitals"),
    ("zh", ["王医生看了心脏。"], set(), "its script has no capitals"),
    ("ar", ["رأى الدكتور محمد القلب"], set(), "its script has no capitals"),
])  # fmt: skip
def test_where_capitals_say_nothing_it_is_said(language, sentences, names, limit):
    evidence = NameEvidence(language)
    for sentence in sentences:
        evidence.read(sentence)
    words = {word for sentence in sentences for word in re.findall(r"[^\W\d]+", sentence.lower())}
    assert {word for word in words if evidence.is_name([word])} == names
    assert evidence.limits().split(":")[0].split(",")[0] == limit


def test_the_forms_of_a_word_are_judged_together_and_nothing_but_names_is_an_error():
    documents, rest = ["He spoke to Banks.", "The river bank."], [("river", 1), ("spoke", 1)]
    for form, words in (("lemma", [("bank", 2), *rest]), ("word", [("bank", 1), *rest])):
        found = read_corpus(documents, form, 1, 3, "en", NameEvidence()).words
        assert sorted((word.word, word.documents) for word in found) == words
    with pytest.raises(UserError, match=r"all 1 words in enough reports look like names .* or set words.names: keep"):
        read_corpus(["Dr. Okafor"], "lemma", 1, 3, "en", NameEvidence())
