"""Which pairs of words are opposites, derivations (formed of one stem, like pancreas and pancreatic) or spellings."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

import numpy as np
from rapidfuzz.distance import OSA, Prefix

from pipeline_lib.core.text import is_sign
from pipeline_lib.words.corpus.vocabulary import Word

OPPOSITE, DERIVATION = "opposite", "derivation"
# Derivations begin with the same letters: at least this many, and this share of the shorter word. Fewer would join
# "disc / disease", a smaller share "contrast / contains"; a larger one would part "necrosis / necrotic" (5 of 8).
MIN_PREFIX, MIN_SHARE = 4, 0.6
# Letters of a word that the other may begin with, and its least share of them: "fat / fatty", "air / airways", but not
# "end / endocrine".
MIN_WORD, MIN_PART = 3, 0.4
MIN_END = 5  # letters of a word that the other may end with: "diaphragm / hemidiaphragm", but not "art / heart"
# The prefixes that negate a word, and the fewest letters of that word: "around" and "inform" negate nothing.
NEGATIONS = {"non": 3, "un": 4, "in": 6, "im": 5, "ir": 5, "il": 5, "dis": 6, "a": 6, "ab": 6, "anti": 5}
# Words that differ by these prefixes alone are opposites.
OPPOSED = (
    ("hypo", "hyper"), ("pre", "post"), ("intra", "extra"), ("homo", "hetero"), ("micro", "macro"), ("supra", "infra"),
    ("over", "under"), ("brady", "tachy"), ("in", "de"), ("in", "ex"), ("as", "des"),
)  # fmt: skip
MIN_REST = 5  # letters after two opposed prefixes: "inform / deform" are none
# Opposites of place, size, degree and time that no prefix tells; in English alone.
_ANTONYMS = """
    left right, upper lower, superior inferior, anterior posterior, medial lateral, proximal distal, ventral dorsal,
    cranial caudal, internal external, superficial deep, central peripheral, inner outer, above below, top bottom,
    front back, inside outside, large small, big little, high low, long short, thick thin, wide narrow, full empty,
    full partial, open close, hard soft, smooth rough, bright dark, light dark, black white, wet dry, hot cold,
    strong weak, heavy light, fast slow, old new, old young, early late, first last, acute chronic, benign malignant,
    mild severe, minor major, minimal maximal, minimum maximum, focal diffuse, solid cystic, positive negative,
    present absent, male female, better worse, improve worsen, good bad, best worst, right wrong, true false,
    easy difficult, easy hard, near far, begin end, start stop, gain loss, love hate, happy sad, rich poor,
    cheap expensive
"""
ANTONYMS = frozenset(frozenset(pair.split()) for pair in _ANTONYMS.split(","))
# Derivations whose stem changes; in English alone.
_CHANGED = """
    long length, wide width, broad breadth, deep depth, strong strength, high height, vein venous, nose nasal,
    suspected suspicious
"""
CHANGED = frozenset(frozenset(pair.split()) for pair in _CHANGED.split(","))
_PREFIXES = (*NEGATIONS, *(prefix for pair in OPPOSED for prefix in pair))


def is_opposite(left: Word, right: Word) -> bool:
    """Return whether two words are opposites: in ANTONYMS, or told by their prefixes or the ending -less.

    One is the other with a prefix of NEGATIONS ("noncompressible / compressible") or with -less ("painless / pain",
    "painless / painful"), or they differ by two opposed prefixes alone ("hypodense / hyperdense"). Words are compared
    as they stand, by stem and by lemma; of hyphenated words the part in which they differ ("full-thickness /
    partial-thickness"), and a negated word with each part of the other ("non-contrast / contrast-enhanced").
    """
    return any(
        _are_antonyms(one, other) or _negates(one, other) or _negates(other, one) or _opposed(one, other)
        for one, other in ((left.word, right.word), (left.stem, right.stem), (left.lemma, right.lemma))
    )


def is_derivation(left: Word, right: Word) -> bool:
    """Return whether two words seem to be formed of one stem: by an ending, or as a compound with another stem.

    They have their first MIN_PREFIX letters or more in common, which are MIN_SHARE of the shorter one ("vertebrae /
    vertebral", "patellar / patellofemoral"), or the longer one begins with the other, of at least MIN_WORD letters and
    MIN_PART of its own, or ends with it, of at least MIN_END letters. Of a hyphenated word the last part counts
    ("full-thickness / thick"), where the other has no hyphen. Two spellings of one word ("color / colour") are none:
    these differ inside the word. Letters alone decide, so that "medial / mediastinum" is a derivation too; a rare
    ending is missed, and a changed stem that is not in CHANGED ("length / long").
    """
    return any(_one_stem(one, other) for one, other in ((left.word, right.word), (left.lemma, right.lemma)))


def is_spelling(left: str, right: str) -> bool:
    """Return whether two words may be spellings of one word: at most one edit apart (Damerau 1964), not at the end.

    An edit inserts, deletes or changes a letter, or swaps two adjacent ones: 80% of misspellings are one edit. At the
    end of a word that is its ending ("pelvic / pelvis"), if MIN_PREFIX letters stand before. Never of signs of a script
    without spaces between words: these are one letter each.
    """
    if (is_sign(left) and is_sign(right)) or OSA.distance(left, right, score_cutoff=1) > 1:
        return False
    same = Prefix.similarity(left, right)
    return same < MIN_PREFIX or max(len(left), len(right)) > same + 1


def opposites(words: Sequence[Word]) -> np.ndarray:
    """Return all pairs of opposites, as rows: (k, 2), the lower first, sorted."""

    def keys(word: Word) -> Iterable[str]:
        for form in (word.word, word.stem, word.lemma):
            yield from (form, form.removesuffix("less"), form.removesuffix("ful"))
            yield from (form[len(prefix) :].lstrip("-") for prefix in _PREFIXES if form.startswith(prefix))
            yield from form.split("-")
            yield from ("/".join(sorted(pair)) for pair in ANTONYMS if form in pair)

    return _pairs(words, keys, is_opposite)


def derivations(words: Sequence[Word]) -> np.ndarray:
    """Return all pairs of derivations, as rows: (k, 2), the lower first, sorted."""
    known = {part for word in words for form in (word.word, word.lemma) for part in (form, form.rpartition("-")[2])}

    def keys(word: Word) -> Iterable[str]:
        for form in (word.word, word.lemma):
            for part in {form, form.rpartition("-")[2]}:
                yield part[:MIN_PREFIX]
                yield from (f"{part[:size]}-" for size in range(MIN_WORD, MIN_PREFIX) if part[:size] in known)
                yield from ("/".join(sorted(pair)) for pair in CHANGED if part in pair)
                ends = (part[at:] for at in range(len(part) - MIN_END + 1))
                yield from (f"-{end}" for end in ends if end in known)

    return _pairs(words, keys, is_derivation)


def _pairs(
    words: Sequence[Word], keys: Callable[[Word], Iterable[str]], related: Callable[[Word, Word], bool]
) -> np.ndarray:
    """Return the pairs of rows that are related; only words with a common key are compared."""
    rows_of: dict[str, list[int]] = {}
    for row, word in enumerate(words):
        for key in set(keys(word)):
            rows_of.setdefault(key, []).append(row)
    candidates = (pair for rows in rows_of.values() for pair in combinations(rows, 2))  # some twice
    found = {pair for pair in candidates if related(words[pair[0]], words[pair[1]])}
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def _are_antonyms(one: str, other: str) -> bool:
    """Return whether two words, or the only parts in which two hyphenated ones differ, are in ANTONYMS."""
    ours, theirs = one.split("-"), other.split("-")
    apart = [frozenset(pair) for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
    return len(ours) == len(theirs) and len(apart) == 1 and apart[0] in ANTONYMS


def _negates(one: str, other: str) -> bool:
    """Return whether `one` is `other`, or a part of it, with a prefix of NEGATIONS, or ends in -less alone."""
    for prefix, least in NEGATIONS.items():
        for part in {other, *other.split("-")}:
            if len(part) >= least and one in (prefix + part, f"{prefix}-{part}"):
                return True
    return one.endswith("less") and len(one) > len("less") + 1 and one[:-4] == other.removesuffix("ful")


def _opposed(one: str, other: str) -> bool:
    """Return whether two words differ by two opposed prefixes alone."""
    return any(
        one.startswith(a) and other.startswith(b) and one[len(a) :] == other[len(b) :] and len(one) >= len(a) + MIN_REST
        for pair in OPPOSED
        for a, b in (pair, pair[::-1])
    )


def _one_stem(one: str, other: str) -> bool:
    if ("-" in one) != ("-" in other):
        return _one_stem(one.rpartition("-")[2], other.rpartition("-")[2])
    if is_spelling(one, other):
        return False
    shorter, longer = sorted((one, other), key=len)
    same = Prefix.similarity(one, other)
    begins = same == len(shorter) >= max(MIN_WORD, MIN_PART * len(longer))
    ends = len(shorter) >= MIN_END and longer.endswith(shorter)
    shared = same >= max(MIN_PREFIX, MIN_SHARE * len(shorter))
    return begins or ends or shared or frozenset((one, other)) in CHANGED
