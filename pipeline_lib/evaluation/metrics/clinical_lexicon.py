"""The lexicon of clinical texts: findings, triggers and structures of the body, from the text files of this folder."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path


def _lines(name: str) -> Iterator[str]:
    """Yield the lines of a file beside this one, without its comments."""
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


@cache
def trigger_phrases() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the kind and the words of every phrase of triggers.txt."""
    lists: dict[str, str] = {}
    found = []
    for line in _lines("triggers.txt"):
        if " = " in line:
            name, _, lists[name] = line.partition(" = ")
            continue
        kind, _, text = line.partition(":")
        parts = [[lists.get(one, one) for one in part.strip().split("|")] for part in text.split("+")]
        for words in product(*([word for one in part for word in one.split("|")] for part in parts)):
            found.append((kind, tuple(" ".join(words).split())))
    return tuple(found)


Lexicon = dict[str, list[tuple[tuple[str, ...], str, tuple[str, ...]]]]


@cache
def lexicon_of_findings() -> Lexicon:
    """Return phrases by first word, the longest first: (words, kind, the findings it names)."""
    known: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}
    for line in _lines("findings.txt"):
        spellings = line.split("|")
        for spelling in spellings:
            if "@" in spelling:
                continue
            for form in _forms(spelling.lstrip("!")):
                words = tuple(form.split())
                terms = known.get(words, ("", ()))[1]
                kind = "normal" if spelling.startswith("!") else "finding"
                known[words] = (kind, tuple(dict.fromkeys((*terms, spellings[0]))))
    known.update({words: (kind, ()) for kind, words in trigger_phrases()})
    return _by_first_word(known)


@cache
def terms_at_sites() -> dict[tuple[str, str], str]:
    """Return the finding that another one is at a site: calculus at the gallbladder is cholelithiasis."""
    rows = [line.split("|") for line in _lines("findings.txt")]
    return {(term, site): row[0] for row in rows for one in row if "@" in one for term, site in [one.split("@")]}


@cache
def lexicon_of_sites() -> Lexicon:
    """Return the spellings of sites by first word, the longest first: (words, "site", the sites it names)."""
    known: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}
    for line in _lines("sites.txt"):
        name, *others = line.split("|")
        for spelling in (name, *others):
            words = tuple(spelling.split())
            known[words] = ("site", (*known.get(words, ("", ()))[1], name))
    return _by_first_word(known)


def _by_first_word(known: dict[tuple[str, ...], tuple[str, tuple[str, ...]]]) -> Lexicon:
    found: Lexicon = {}
    for words, (kind, names) in sorted(known.items(), key=lambda item: -len(item[0])):
        found.setdefault(words[0], []).append((words, kind, names))
    return found


_PREDICATES = frozenset("enlarged dilated elevated widened herniated thickened narrowed bulging".split())


def _forms(spelling: str) -> set[str]:
    """Return a spelling, its regular plural and, for "enlarged node", "node is enlarged" and "nodes are enlarged"."""
    end = "es" if spelling.endswith(("s", "x")) else "s"
    plural = spelling[:-1] + "ies" if spelling.endswith("y") else spelling + end
    adjective, _, noun = spelling.partition(" ")
    if adjective not in _PREDICATES or not noun:
        return {spelling, plural}
    nouns = plural.partition(" ")[2]
    return {spelling, plural, f"{noun} is {adjective}", f"{noun} are {adjective}", f"{nouns} are {adjective}"}


_ENDINGS = re.compile(r"(?:ations?|ated|ates?|ating|ions?|ments?|ings?|ed|es|s|e)$")


def stem(word: str) -> str:
    """Return a word without its ending: entrapped and entrapment are one, so are thickened and thickening."""
    short = _ENDINGS.sub("", word)
    short = short[:-1] if len(short) > 4 and short[-1] == short[-2] else short
    return short if len(short) > 2 else word


@cache
def listed_words() -> frozenset[str]:
    """Return the words that are findings, triggers or structures by themselves."""
    lexicons = (lexicon_of_findings(), lexicon_of_sites())
    phrases = [words for lexicon in lexicons for found in lexicon.values() for words, _, _ in found]
    return frozenset(words[0] for words in phrases if len(words) == 1)


@cache
def plain_words() -> frozenset[str]:
    """Return the stems of words that every report has, and that are no findings."""
    return frozenset(stem(word) for line in _lines("plain_words.txt") for word in line.split())
