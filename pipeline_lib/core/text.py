"""Text to tokens and sentences, and text folded so that what differs in case or punctuation alone is equal."""

import re
import unicodedata
from functools import cache

from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

# Folding.

_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "_": " ", "\u00ad": None})


def folded(text: str) -> str:
    """Return a text in lower case, its characters composed and its quotes, hyphens and spaces plain."""
    return unicodedata.normalize("NFC", text.lower()).translate(_PLAIN)


def normalised(text: str) -> str:
    """Return the words and numbers of a text alone: case, encoding of accents, space and punctuation folded."""
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))


# Tokens.

# Vowel signs, accents that are characters of their own, and the joiners between letters: parts of a word in many
# scripts, but not letters to Python's re.
_MARKS = "".join(chr(c) for c in range(0x300, 0x10000) if unicodedata.category(chr(c)) in ("Mn", "Mc"))
_MARKS += "\u200c\u200d"
NO_MARKS = {ord(mark): None for mark in _MARKS}
TOKEN_PATTERN = rf"[^\W_][\w{_MARKS}]*(?:['-][\w{_MARKS}]+)*"
_TOKEN = re.compile(TOKEN_PATTERN)
_DEIDENTIFIED = re.compile(r"\[\*\*.*?\*\*\]", re.DOTALL)  # MIMIC's [**Known lastname 123**]

CONTRACTIONS = frozenset({"d", "ll", "m", "re", "s", "ve"})  # what may follow an apostrophe: we've, patient's


def tokens(text: str) -> list[str]:
    """Return the lower-case tokens of a text, in order: words, numbers, and what mixes the two.

    Compounds are one token ("x-ray", "follow-up"), since their parts are other words. De-identified spans
    ("[**...**]", "___") separate tokens; so does all punctuation but an inner hyphen or apostrophe.
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

_LINE = re.compile(r"[^\n。！？]*[。！？\n]+|[^\n。！？]+$")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with the space after it: joined, they are the text.

    NLTK's Punkt with a list of English abbreviations instead of a trained model, which is a download. A line break
    ends a sentence, and so does a Chinese or Japanese full stop; decimals, initials and "e.g." do not.
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
