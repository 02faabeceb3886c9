"""Which words are opposites, derivations or spellings, and that all such pairs of a vocabulary are found."""

import itertools

import pytest

from pipeline_lib.words.corpus.lexicon import lexicon
from pipeline_lib.words.corpus.vocabulary import Word
from pipeline_lib.words.pairs.word_formation import derivations, is_derivation, is_opposite, is_spelling, opposites

RELATED = {
    is_opposite: """compressible noncompressible, displaced non-displaced, remarkable unremarkable, regular
        irregular, complete incomplete, perfect imperfect, symmetric asymmetric, normal abnormal, appear
        disappear, hypodense hyperdense, homogeneous heterogeneous, increased decreased, ascending
        descending, premenopausal postmenopausal, pain painless, painful painless, left right, obstructing
        nonobstructive, thickness thin, left-sided right-sided, full-thickness partial-thickness, non-contrast
        post-contrast, contrast-enhanced non-contrast""",
    is_derivation: """pancreas pancreatic, vertebrae vertebral, meniscus meniscal, hila hilar, pelvic pelvis,
        necrosis necrotic, thickening thick, patellar patellofemoral, bronchi bronchiectasis, tendons
        tendinosis, lymph lymphadenopathy, peritoneum pneumoperitoneum, diaphragm hemidiaphragms,
        full-thickness thick, abdomen intra-abdominal, fat fatty, air airways, length long, wider width, vein venous,
        suspected suspicious""",
}
UNRELATED = {
    is_opposite: """round around, form inform, inform deform, mild moderate, ease disease, kidney renal, 肺 心,
        left-sided left-handed, right-sided left-handed, post-contrast contrast-enhanced, painful pain""",
    is_derivation: """kidney renal, contrast contains, disc disease, parenchymal parietal, echogenic
        echotexture, color colour, art heart, transabdominal transvaginal, full-thickness partial-thickness,
        osseous osseus, end endocrine, hip hippocampus, 肺炎 肺癌""",
}
PAIRS = [(rule, pair.split(), True) for rule, pairs in RELATED.items() for pair in pairs.split(",")]
PAIRS += [(rule, pair.split(), False) for rule, pairs in UNRELATED.items() for pair in pairs.split(",")]


def word(text: str) -> Word:
    known = lexicon()
    return Word(text, known.stem(text), known.lemma(text), 1, 1)


@pytest.mark.parametrize(("rule", "pair", "expected"), PAIRS)
def test_each_rule_in_both_orders(rule, pair, expected):
    left, right = map(word, pair)
    assert (rule(left, right), rule(right, left)) == (expected, expected)


@pytest.mark.parametrize(("rule", "search"), [(is_opposite, opposites), (is_derivation, derivations)])
def test_all_pairs_of_a_vocabulary_are_found(rule, search):
    texts = sorted({text for _, pair, _ in PAIRS for text in pair})
    words = [word(text) for text in texts]
    numbered = itertools.combinations(range(len(words)), 2)
    expected = [[one, other] for one, other in numbered if rule(words[one], words[other])]
    assert len(expected) > 15
    assert search(words).tolist() == expected
    assert search([]).shape == (0, 2)


@pytest.mark.parametrize(
    ("pairs", "is_one"),
    [
        ("color colour, recieve receive, osseous osseus, x-ray xray, centre center", True),
        ("größe grösse, left right, hypodense hyperdense, pelvic pelvis, hila hilar, 肺 心", False),
    ],
)
def test_spellings_are_one_edit_apart_within_the_word(pairs, is_one):
    for left, right in map(str.split, pairs.split(",")):
        assert is_spelling(left, right) is is_spelling(right, left) is is_one, (left, right)
