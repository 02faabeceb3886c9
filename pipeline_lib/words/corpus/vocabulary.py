"""What a word is: which strings are words, which forms are one word, and the file that a vocabulary is kept in."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, write_csv
from pipeline_lib.core.text import NO_MARKS, TOKEN_PATTERN, folded, mask_deidentified

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

_TOKEN_OR_MARK = re.compile(rf"{TOKEN_PATTERN}|[^\w\s.]")
# What stands between things of one kind: "mild to moderate", "effusion or pneumothorax".
COORDINATORS = frozenset({"and", "or", "nor", "but", "to", "versus", "vs", "than"})
_MASKED = re.compile(r"x{2,}")  # Open-i's XXXX


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


def phrases(text: str) -> list[list[str]]:
    """Return the tokens of a text by phrase; in one list they are `tokens`.

    A phrase ends at a mark other than a full stop, hyphen or apostrophe, and before a coordinator (COORDINATORS), the
    first token of the next. What two words of one phrase are to each other, those around an "and", "to" or a comma
    are not: coordinated words are of one kind (Hatzivassiloglou and McKeown 1997).
    """
    found: list[list[str]] = [[]]
    for part in _TOKEN_OR_MARK.findall(folded(mask_deidentified(text))):
        token = part[0].isalnum()
        if found[-1] and (not token or part in COORDINATORS):
            found.append([])
        if token:
            found[-1].append(part)
    return [phrase for phrase in found if phrase]


def is_word(token: str, min_letters: int) -> bool:
    """Say whether a token is a word: letters only, `min_letters` of them, neither number, unit nor mask.

    A token with a digit is none, whole: "5mm" and "3-cm" are measurements, and "t2" or "c5-c6" name a vertebra in
    one report and a sequence in the next, so that one entry for both would be compared as if it had one meaning.
    """
    parts = re.split("['-]", token)
    letters = token.replace("'", "").replace("-", "").translate(NO_MARKS)
    if len(letters) < min_letters or not letters.isalpha():
        return False
    if any(_MASKED.fullmatch(part) for part in parts):
        return False  # "x-XXXX" was a word once; what is left of it is none
    return not all(part in MEASURES for part in parts)


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
