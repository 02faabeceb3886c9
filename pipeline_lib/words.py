"""The vocabulary of a corpus: which strings are words, which forms are one word, and how often each occurs."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pipeline_lib.errors import UserError
from pipeline_lib.files import read_csv, write_csv

# scikit-learn's English stop words that name a place, a shape or an amount in a report: kept as words.
MEANINGFUL = frozenset(
    {"amount", "back", "bottom", "empty", "fill", "front", "full", "side", "system", "thick", "thin", "top"}
)
_UNITS = """
    nm µm μm mm cm dm m km nl µl μl ml cl dl l cc pg ng µg μg ug mcg mg g kg lb lbs oz mol mmol meq iu
    hu kv kvp ma mas bq mbq mci gy mgy cgy sv msv hz khz mhz ms msec sec secs hr hrs mmhg bpm suv ppm
"""
# The other numbers written out are stop words already.
_NUMERALS = """
    ii iii iv vi vii viii ix xi xii zero seven thirteen fourteen sixteen seventeen eighteen nineteen thirty
    seventy eighty ninety thousand million second fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
"""
MEASURES = frozenset(_UNITS.split() + _NUMERALS.split())
CONTRACTIONS = frozenset({"d", "ll", "m", "re", "s", "ve"})  # what may follow an apostrophe: we've, patient's
# What simplemma's dictionary lacks or has wrong ("worse" is "wrong" to it), as far as reports use it.
LEMMAS = {
    "worse": "bad",
    "masses": "mass",
    "hemidiaphragms": "hemidiaphragm",
    "diagnoses": "diagnosis",
    "anastomoses": "anastomosis",
    "diaphyses": "diaphysis",
    "phalanges": "phalanx",
    "axes": "axis",
    "hila": "hilum",
    "labra": "labrum",
    "ostia": "ostium",
    "rami": "ramus",
}

# Vowel signs and accents of their own, and the joiners between letters: parts of a word in many scripts, yet no
# letters to Python's re.
_MARKS = "".join(chr(c) for c in range(0x300, 0x10000) if unicodedata.category(chr(c)) in ("Mn", "Mc"))
_MARKS += "\u200c\u200d"
_TOKEN = re.compile(rf"[^\W_][\w{_MARKS}]*(?:['-][\w{_MARKS}]+)*")
_DEIDENTIFIED = re.compile(r"\[\*\*.*?\*\*\]", re.DOTALL)  # MIMIC's [**Known lastname 123**]
_MASKED = re.compile(r"x{2,}")  # Open-i's XXXX
_PLAIN = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-", "_": " ", "\u00ad": None})
_NO_MARKS = {ord(mark): None for mark in _MARKS}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the vocabulary.

    word: its most frequent spelling in the corpus, so that it can be searched for there and an encoder knows it;
    stem, lemma: of that spelling; count: occurrences of all its forms; documents: reports with any of them.
    """

    word: str
    stem: str
    lemma: str
    count: int
    documents: int


def tokens(text: str) -> list[str]:
    """Return the lower-case tokens of a text, in order: words, and the numbers and marks that are none.

    Compounds stay whole ("x-ray", "follow-up"), for their parts are other words. De-identified spans
    ("[**...**]", "___") separate; so does all punctuation but an inner hyphen or apostrophe.
    """
    if "[**" in text:
        text = _DEIDENTIFIED.sub(" ", text)
    plain = unicodedata.normalize("NFC", text.lower()).translate(_PLAIN)
    return _TOKEN.findall(plain)


def is_word(token: str, min_letters: int) -> bool:
    """Say whether a token is a word: letters only, `min_letters` of them, neither number, unit nor mask.

    A token with a digit is none, whole: "5mm" and "3-cm" are measurements, and "t2" or "c5-c6" name a vertebra in
    one report and a sequence in the next, so that one entry for both would be compared as if it had one meaning.
    """
    parts = re.split("['-]", token)
    letters = token.replace("'", "").replace("-", "").translate(_NO_MARKS)
    if len(letters) < min_letters or not letters.isalpha():
        return False
    if any(_MASKED.fullmatch(part) for part in parts):
        return False  # "x-XXXX" was a word once; what is left of it is none
    return not all(part in MEASURES for part in parts)


def bare(token: str) -> str:
    """Return a token without the verb or possessive after its apostrophe: "patient's" is "patient".

    "" for a negated verb ("doesn't"), a stop word that no list spells in all its forms.
    """
    stem, apostrophe, ending = token.rpartition("'")
    if apostrophe and ending == "t" and stem.endswith("n"):
        return ""
    return stem if apostrophe and ending in CONTRACTIONS else token


def lexicon() -> tuple[frozenset[str], Callable[[str], str], Callable[[str], str]]:
    """Return the stop words, the stemmer and the lemmatizer, all English, all from data inside installed wheels.

    Stop words: scikit-learn's list less MEANINGFUL (NLTK's is a download). Stems: Snowball (Porter2). Lemmas:
    simplemma's dictionary, LEMMAS first. A word that the dictionary lacks is its own lemma.
    """
    # Imported here: the stages that only read a vocabulary need no dictionaries (2 s and 200 MB).
    from nltk.stem.snowball import SnowballStemmer
    from simplemma import lemmatize
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    def lemma(word: str) -> str:
        return LEMMAS.get(word) or lemmatize(word, lang="en").lower()

    return ENGLISH_STOP_WORDS - MEANINGFUL, SnowballStemmer("english").stem, lemma


def count_words(documents: Iterable[str], form: str, min_documents: int, min_letters: int) -> list[Word]:
    """Return the words of a corpus, those in most documents first, then by alphabet.

    form: "lemma" | "stem" | "word", what makes two spellings one word; min_documents: documents a word must
    occur in; min_letters: letters a spelling must have. Each document is read once, each distinct spelling
    stemmed and lemmatized once; memory grows with the distinct spellings. Raises UserError when nothing is left.
    """
    stop, stem, lemma = lexicon()
    unit = {"lemma": lemma, "stem": stem, "word": lambda word: word}[form]
    unit_of: dict[str, str | None] = {}  # token -> lemma, stem or word it counts as; None for what is no word
    counts: Counter[str] = Counter()  # token -> occurrences
    found: Counter[str] = Counter()  # unit -> documents
    total = 0
    for text in documents:
        total += 1
        seen = Counter(tokens(text))
        counts.update(seen)
        for token in [token for token in seen if token not in unit_of]:
            word = bare(token)
            keep = word not in stop and is_word(word, min_letters)
            unit_of[token] = unit(word) if keep else None
        found.update({known for token in seen if (known := unit_of[token]) is not None})
    if not counts:
        raise UserError(
            f"preprocess_text wants reports with text, all {total} are empty: look at columns in params.yaml"
        )
    spellings: dict[str, Counter[str]] = {}
    for token, count in counts.items():
        known = unit_of[token]
        if known is not None and found[known] >= min_documents:
            spellings.setdefault(known, Counter())[bare(token)] += count
    if not spellings:
        raise UserError(
            f"no word is left of {len(counts)} tokens in {total} reports: a word wants {min_letters} letters "
            f"(words.min_letters) and {min_documents} reports (words.min_documents), the most frequent has "
            f"{max(found.values(), default=0)} reports: lower them in params.yaml"
        )
    words = []
    for known, forms in spellings.items():
        shown = min(forms, key=lambda spelling: (-forms[spelling], spelling))
        words.append(Word(shown, stem(shown), lemma(shown), forms.total(), found[known]))
    return sorted(words, key=lambda word: (-word.documents, word.word))


def write_vocabulary(path: str | Path, words: list[Word]) -> None:
    """Write the vocabulary as CSV, a row a word, in order."""
    write_csv(path, [field.name for field in fields(Word)], [asdict(word) for word in words])


def read_vocabulary(path: str | Path) -> list[Word]:
    """Read a vocabulary; UserError for a missing or broken one."""
    rows = read_csv(path, [field.name for field in fields(Word)])
    try:
        return [Word(r["word"], r["stem"], r["lemma"], int(r["count"]), int(r["documents"])) for r in rows]
    except ValueError as error:
        raise UserError(f"{path} has a count that is no whole number ({error}): run preprocess_text again") from error
