"""Which words of a corpus are names of people: by how they are written, what stands beside them, and lists of names.

English and other scripts with capitals: a name is written with a capital wherever it is not the first word of a
sentence, and is in a list of names or in no dictionary; or most of its occurrences have a title, a first name, an
initial or a degree beside them. A word that mostly stands before "cyst", "sign", "disease" is none. Measured by
benchmarks/names.py.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

import regex

from pipeline_lib.core.text import TOKEN_PATTERN, folded, mask_deidentified, without_contraction
from pipeline_lib.words.corpus.lexicon import ENGLISH, lexicon
from pipeline_lib.words.corpus.name_lists import all_names, first_names

MOSTLY = 0.5  # share of words of a corpus
LOWER = 0.1  # share of occurrences in lower case, at most, of a name; those at the start of a sentence do not count
BESIDE = 0.5  # share of occurrences beside a title, a first name ..., at least, of a word that is a name by these alone
EPONYM = 0.5  # share of occurrences before one of EPONYM_NOUNS, at least, of a word that is no name
SOME = 0.1  # share beside a title or such for a word that is never written in lower case
NEARLY_ALL = 0.99  # share of words in lower case of a corpus that is called so
NOUNS_WITH_CAPITALS = frozenset({"de", "lb"})
TITLES = frozenset(
    "dr drs mr mrs ms miss prof professor doctor herr frau madame mme mlle sr sra srta dott sig dra".split()
)
# What stands before a colon and a name: "Reported by: Okafor".
ROLES = frozenset(
    """
    attending author by cc clinician consultant dictated doctor from name nurse operator patient physician provider
    radiologist reader referrer referring resident signed sonographer surgeon technician technologist to
    """.split()
)
PARTICLES = frozenset("al bin da dal das de del della den der di dos du el ibn la le ten ter van von".split())
# What follows, at once or after one more word, the name of a person that means a thing: "Baker cyst", "Hoffa fat pad".
EPONYM_NOUNS = frozenset(
    """
    angle aneurysm canal catheter classification cleft colitis contracture criteria cyst deformity dementia device
    disease dislocation diverticulum drain duct examination filter flow foramen fracture ganglion grade gland guideline
    hernia imaging index injury law lesion ligament line lymphoma maneuver malformation method node pad palsy phenomenon
    pouch procedure ring score sign space study syndrome technique tendon test thyroiditis triad triangle tube tumor
    tumour ultrasound ultrasonography unit view
    """.split()
)
_TOKEN = regex.compile(rf"(?V1){TOKEN_PATTERN}")
_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "_": " "})
_DEGREE = regex.compile(r",? \(?(?:M\.?D|D\.?O|Ph\.?D|R\.?N|MBBS|MBChB|FRC[RPS]|FACR)\b")
_BEGINS = regex.compile(r"[^,\w]*[:;!?•*–—-][^,\w]*")  # between two words: the second is written as a first word


class _Token(NamedTuple):
    text: str
    word: str  # folded, without contraction
    gap: str  # what stands before it
    end: int

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def capitals(self) -> bool:
        return len(self.text) > 1 and self.text.isupper()

    @property
    def initial(self) -> bool:
        return len(self.text) == 1


class NameEvidence:
    """Counts how the words of sentences are written, and tells the names among them."""

    def __init__(self, language: str = ENGLISH) -> None:
        """Take the language of the corpus: its dictionary, and whether its nouns have capitals."""
        self._known = lexicon(language).known
        self._nouns_with_capitals = language in NOUNS_WITH_CAPITALS
        self.lower: Counter[str] = Counter()
        self.within: Counter[str] = Counter()  # with a capital, not at the start of a sentence
        self.start: Counter[str] = Counter()  # at the start of a sentence, in a heading
        self.capitals: Counter[str] = Counter()  # all in capitals
        self.beside: Counter[str] = Counter()  # beside a title, a first name, ...
        self.eponym: Counter[str] = Counter()  # before one of EPONYM_NOUNS
        self.tokens = self.uncased = self.all_capitals = 0  # in all, without case, all in capitals

    def read(self, sentence: str) -> None:
        """Count the words of a sentence."""
        tokens = list(_tokens(sentence))
        if not tokens:
            return
        cased = any(not each.text.isupper() and each.text.upper() != each.text for each in tokens)
        heading = _is_heading(tokens)
        self.tokens += len(tokens)
        for index, token in enumerate(tokens):
            if not token.capital:
                self.lower[token.word] += 1
                self.uncased += token.text[0].isalpha() and not token.text[0].islower()
                continue
            if token.capitals:
                self.capitals[token.word] += 1
                self.all_capitals += 1
            elif heading or not index or _BEGINS.fullmatch(token.gap):
                self.start[token.word] += 1
            else:
                self.within[token.word] += 1
            if any(map(_is_eponym_noun, tokens[index + 1 : index + 3])):
                self.eponym[token.word] += 1
        self.beside.update(each.word for each in _people(sentence, tokens, cased) if _can_be_name(each))

    def is_name(self, spellings: Collection[str]) -> bool:
        """Return whether the word with these spellings (folded) is a name."""
        lower, within, start, capitals, beside, eponym = (sum(map(of.__getitem__, spellings)) for of in self._counts())
        total = lower + within + start + capitals
        if beside and beside >= BESIDE * total:
            return True
        listed, known = not all_names().isdisjoint(spellings), any(map(self._is_known, spellings))
        if eponym >= EPONYM * total:
            return False
        if self._in_one_case():
            return listed and not known
        if lower > LOWER * (lower + within):
            return False
        if beside and beside >= SOME * total and not lower:
            return True
        if within and not self._nouns_with_capitals:
            return listed or not known
        return listed and not known and within + start > 0  # what is always all in capitals is an abbreviation

    def limits(self) -> str:
        """Return what keeps names of this corpus from being recognised, "" for nothing."""
        if self.uncased > MOSTLY * self.tokens:
            return "its script has no capitals, by which names are recognised: look through the pairs yourself"
        why = "it is all in capitals or all in lower case" if self._in_one_case() else ""
        if not why and self._nouns_with_capitals:
            why = "its nouns have capitals"
        return why and f"{why}: only names beside a title, or in a list of names and no dictionary, are recognised"

    def _in_one_case(self) -> bool:
        return self.all_capitals > MOSTLY * self.tokens or self.lower.total() - self.uncased > NEARLY_ALL * self.tokens

    def _counts(self) -> list[Counter[str]]:
        return [self.lower, self.within, self.start, self.capitals, self.beside, self.eponym]

    def _is_known(self, word: str) -> bool:
        return all(len(part) == 1 or self._known(part) for part in word.split("-"))


def _tokens(sentence: str) -> Iterator[_Token]:
    text, end = mask_deidentified(sentence).translate(_PLAIN), 0
    for found in _TOKEN.finditer(text):
        yield _Token(found[0], _word(found[0]), text[end : found.start()], found.end())
        end = found.end()


@lru_cache(2**18)
def _word(token: str) -> str:
    return without_contraction(folded(token))


def _is_heading(tokens: list[_Token]) -> bool:
    words = [each for each in tokens if not each.initial]
    return len(words) > 3 and 2 * sum(each.capital for each in words) > len(words)


def _can_be_name(token: _Token) -> bool:
    letters = token.word.replace("-", "").replace("'", "")
    return not token.initial and letters.isalpha() and token.word not in PARTICLES


def _is_eponym_noun(token: _Token) -> bool:
    return token.word in EPONYM_NOUNS or token.word.removesuffix("s") in EPONYM_NOUNS


def _people(sentence: str, tokens: list[_Token], cased: bool) -> Iterator[_Token]:
    """Yield the tokens that something beside them shows to be names: a title, a first name, an initial, a degree."""
    index = 0
    while index < len(tokens):
        titled = tokens[index].word in TITLES
        start = index + titled
        run = _run(tokens, start, cased, titled)
        if run:
            after = tokens[start + len(run)] if start + len(run) < len(tokens) else None
            if titled:
                yield from run
            elif _is_person(run) or (len(run) < 3 and _DEGREE.match(sentence, run[-1].end)) or _has_role(tokens, index):
                yield from run
                if after and _is_last_first(tokens, start, len(run)):
                    yield after
            elif after and _is_last_first(tokens, start, len(run)):
                yield from (*run, after)
        index = max(start + len(run), index + 1)


def _run(tokens: list[_Token], start: int, cased: bool, titled: bool) -> list[_Token]:
    """Return the words with capitals from `start`, with what is between them: "J. van der Meulen"."""
    run: list[_Token] = []
    for index in range(start, min(start + 5, len(tokens))):
        token = tokens[index]
        joined = token.gap == " " or (token.gap in (".", ". ") and (not run or run[-1].initial))
        if (run or titled) and not joined:
            break
        if token.capital and (cased or titled):
            run.append(token)
            if titled and not cased and not token.initial:
                break  # where all is in capitals, the words after a name are too
        elif titled and not run and token.text.isalpha() and not token.initial and not any(t.capital for t in tokens):
            return [token]  # "dr. okafor", where all is in lower case
        elif not ((run or titled) and token.word in PARTICLES):
            break
        else:
            run.append(token)
    while run and not run[-1].capital:
        run.pop()
    return run


def _is_person(run: list[_Token]) -> bool:
    """Return whether a run begins with a first name or an initial, and goes on."""
    if len(run) < 2 or all(each.initial for each in run):
        return False
    if len(run) == 2 and all(each.capitals for each in run) and run[1].word in first_names():
        return True  # "LOPEZ MARIA"
    return run[0].word in first_names() or (run[0].initial and run[1].gap.startswith("."))


def _has_role(tokens: list[_Token], index: int) -> bool:
    return index > 0 and tokens[index].gap.strip() == ":" and tokens[index - 1].word in ROLES


def _is_last_first(tokens: list[_Token], start: int, length: int) -> bool:
    """Return whether a run is a last name before a comma and a first name: "LOPEZ, MARIA", and no longer list."""
    last, first, rest = tokens[start + length - 1], tokens[start + length], tokens[start + length + 1 :]
    if length > 2 or first.gap != ", " or not first.capital:
        return False
    if first.word in first_names():
        return True
    alone = tokens[start].gap != ", " and not (rest and rest[0].gap == ", " and rest[0].capital)
    return last.capitals and first.capitals and alone
