"""Text to words, tokens and sentences, and text folded so that what differs in case or punctuation alone is equal.

`words` is what everything that counts words reads: ROUGE, TF-IDF, near-duplicates. `tokens` are those of a vocabulary.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise

import regex
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

# Words.

# The letters of scripts that have no spaces between words: Chinese and Japanese, and those that Unicode's line breaking
# calls SA (Thai, Lao, Khmer, Burmese and others), for which only a dictionary would know where a word ends.
_UNSPACED = r"[[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{lb=SA}]&&[\p{L}\p{Nl}\p{No}]]"
# One of these with its marks. The patterns here are for the module regex, with (?V1) before them.
SIGN = rf"(?=[{_UNSPACED}])\X\p{{M}}*"  # \X parts some Burmese marks from their letters
# Of other scripts: what a word begins with, and what follows. Vowel signs, accents that are characters of their own and
# the joiners between letters are parts of a word too.
_FIRST = rf"[[\p{{L}}\p{{N}}_]--{_UNSPACED}]"
_NEXT = rf"[[\p{{L}}\p{{N}}\p{{M}}_\u200c\u200d]--{_UNSPACED}]"
WORD = rf"{_FIRST}{_NEXT}*"
_WORD = regex.compile(rf"(?V1){SIGN}|{WORD}")
_ASCII_WORD = regex.compile(r"\w+")
_SIGN = regex.compile(rf"(?V1){SIGN}")
_MARK = regex.compile(r"[\p{M}\u200c\u200d]")


def words(text: str) -> list[str]:
    """Return the words of a text in any script, in order, in lower case: runs of letters, digits and "_" (\\w+).

    Combining marks (Hindi vowels, Arabic points) are parts of words. Where a script has no spaces between words
    (Chinese, Japanese, Thai, Lao, Khmer, Burmese), each sign is a word: a character with its marks.
    """
    return _find_words(text.lower())


def terms(text: str) -> list[str]:
    """Return the words of a text and all pairs of words side by side; of signs (see `words`) also the threes.

    A Chinese or Thai word is mostly two or three signs, so these are what words and word pairs are elsewhere.
    """
    found = words(text)
    pairs = [f"{one} {other}" for one, other in pairwise(found)]
    if text.isascii():
        return found + pairs
    threes = zip(found, found[1:], found[2:], strict=False)
    return found + pairs + [" ".join(three) for three in threes if all(map(is_sign, three))]


def separate_signs(text: str) -> str:
    """Return a text with a space on both sides of each sign (see `words`), so that splitting at spaces parts them."""
    return text if text.isascii() else _SIGN.sub(r" \g<0> ", text)


@lru_cache(2**16)
def is_sign(word: str) -> bool:
    """Return whether a word of `words` is a sign of a script that has no spaces between words."""
    return not word.isascii() and _SIGN.fullmatch(word) is not None


def sign_share(texts: Iterable[str]) -> float:
    """Return the share (0-1) of the words of some texts that are signs; 0 where there are no words."""
    total = signs = 0
    for text in texts:
        found = words(text)
        total += len(found)
        signs += 0 if text.isascii() else sum(map(is_sign, found))
    return signs / total if total else 0.0


def without_marks(text: str) -> str:
    """Return a text without combining marks and joiners."""
    return text if text.isascii() else _MARK.sub("", text)


def _find_words(text: str) -> list[str]:
    return _ASCII_WORD.findall(text) if text.isascii() else _WORD.findall(unicodedata.normalize("NFC", text))


# Folding.

_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "_": " ", "\u00ad": None})


def folded(text: str) -> str:
    """Return a text in lower case, its characters composed and its quotes, hyphens and spaces plain."""
    return unicodedata.normalize("NFC", text.lower()).translate(_PLAIN)


def normalised(text: str) -> str:
    """Return the words and numbers of a text alone: case, encoding of accents, space and punctuation folded."""
    return " ".join(_find_words(unicodedata.normalize("NFKC", text).casefold().replace("_", " ")))


# Tokens.

TOKEN_PATTERN = rf"{SIGN}|{WORD}(?:['-]{_NEXT}+)*"
_TOKEN = regex.compile(rf"(?V1){TOKEN_PATTERN}")
_DEIDENTIFIED = regex.compile(r"\[\*\*.*?\*\*\]", regex.DOTALL)  # MIMIC's [**Known lastname 123**]

CONTRACTIONS = frozenset({"d", "ll", "m", "re", "s", "ve"})  # what may follow an apostrophe: we've, patient's


def tokens(text: str) -> list[str]:
    """Return the lower-case tokens of a text, in order: words, numbers, and what mixes the two.

    Compounds are one token ("x-ray", "follow-up"), since their parts are other words. De-identified spans
    ("[**...**]", "___") separate tokens; so does all punctuation but an inner hyphen or apostrophe. Signs are tokens as
    in `words`.
    """
    return _TOKEN.findall(folded(mask_deidentified(text)))


def mask_deidentified(text: str) -> str:
    """Return a text of the same length with NULs, which no token holds, for each de-identified span ("[**...**]")."""
    return _DEIDENTIFIED.sub(lambda span: "\0" * len(span[0]), text) if "[**" in text else text


def without_contraction(token: str) -> str:
    """Return a token without the verb or possessive after its apostrophe: "patient's" becomes "patient".

    "" for a negated verb ("doesn't"), a stop word that no list spells in all its forms.
    """
    stem, apostrophe, ending = token.rpartition("'")
    if apostrophe and ending == "t" and stem.endswith("n"):
        return ""
    return stem if apostrophe and ending in CONTRACTIONS else token


# Sentences.

# What ends in a full stop and does not end a sentence; single letters (initials) and figures Punkt knows by itself.
_ABBREVIATIONS = """
    al approx apt assn aug ave b.c a.d b.c.e c.e a.m p.m bldg blvd bros c ca capt cf cmdr co col corp cpl d d.c dec dept
    dist div dr e.g ed eds esp est et etc ex feb fig figs fl fr ft gen gov hon hr i.e inc intl jan jr l.a lt ltd maj
    messrs mr mrs ms mt mts no nos nov oct op p ph.d pl pp pres prof pt pvt rd rep rev rt sec sen sept sep sgt sr st sta
    ste supt u.k u.n u.s u.s.a univ v viz vol vols vs
"""

STOP = r"[\p{Sentence_Terminal}--[.!?]]"  # the full stops of other scripts
CLOSING = r"[\p{Pe}\p{Pf}]"  # quotes and brackets that may follow them
_LINE = regex.compile(rf"(?V1)[^\n{STOP}]*+(?:{STOP}+{CLOSING}*[^\S\n]*\n*|\n+)|[^\n{STOP}]++$")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with the space after it: joined, they are the text.

    NLTK's Punkt with a list of English abbreviations instead of a trained model, which is a download. A line break
    ends a sentence, and so does a full stop of any script (。 ۔ । ؟); decimals, initials and "e.g." do not.
    """
    parts: list[str] = []
    for line in _LINE.findall(text):
        starts = [start for start, _ in _splitter().span_tokenize(line)]
        for start, end in zip([0, *starts[1:]], [*starts[1:], len(line)], strict=True):
            part = line[start:end]
            if part.strip() or not parts:
                parts.append(part)
            else:
                parts[-1] += part
    if len(parts) > 1 and not parts[0].strip():
        parts[:2] = ["".join(parts[:2])]
    return parts


@cache
def _splitter() -> PunktSentenceTokenizer:
    parameters = PunktParameters()
    parameters.abbrev_types = set(_ABBREVIATIONS.split())
    return PunktSentenceTokenizer(parameters)
