"""What a word is: which tokens are words, and the file of a vocabulary."""

import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import regex

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_csv, write_csv
from pipeline_lib.core.text import TOKEN_PATTERN, folded, is_sign, mask_deidentified, without_marks

VOCABULARY_FILE = "vocabulary.csv"  # in the folder of a corpus
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
_TOKEN_OR_MARK = regex.compile(rf"(?V1){TOKEN_PATTERN}|[^\w\s.]")
# Words that join coordinated words: "mild to moderate", "effusion or pneumothorax".
COORDINATORS = frozenset({"and", "or", "nor", "but", "to", "versus", "vs", "than"})
_MASKED = re.compile(r"x{2,}")  # Open-i's XXXX


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the vocabulary.

    word: its most frequent spelling in the corpus, so that a search finds it there and an encoder knows it; stem,
    lemma: of that spelling; count: occurrences of all its forms; documents: documents with any of its forms.
    """

    word: str
    stem: str
    lemma: str
    count: int
    documents: int


def phrases(text: str) -> list[list[str]]:
    """Return the tokens of a text (core.text.tokens), one list a phrase.

    A phrase ends at a mark other than a full stop, hyphen or apostrophe, and before a coordinator (COORDINATORS), which
    is the first token of the next. Two words around an "and", a "to" or a comma are coordinated, so of one kind
    (Hatzivassiloglou and McKeown 1997), and must not count as a collocation.
    """
    lists: list[list[str]] = [[]]
    for part in _TOKEN_OR_MARK.findall(folded(mask_deidentified(text))):
        is_token = part[0].isalnum()
        if lists[-1] and (not is_token or part in COORDINATORS):
            lists.append([])
        if is_token:
            lists[-1].append(part)
    return [phrase for phrase in lists if phrase]


def is_word(token: str, min_letters: int) -> bool:
    """Return whether a token is a word: at least `min_letters` letters, only letters, no number, unit or XXXX mark.

    A token with a digit is no word: "5mm" and "3-cm" are measurements, and "t2" or "c5-c6" name a vertebra in one
    report and an MRI sequence in the next, so that one vector would stand for two meanings. A sign of a script without
    spaces between words is a word whatever `min_letters` is.
    """
    if is_sign(token):
        return without_marks(token).isalpha()
    parts = re.split("['-]", token)
    letters = without_marks(token.replace("'", "").replace("-", ""))
    if len(letters) < min_letters or not letters.isalpha():
        return False
    if any(_MASKED.fullmatch(part) for part in parts):
        return False  # "x-XXXX": what is left of a de-identified word
    return not all(part in MEASURES for part in parts)


def write_vocabulary(path: str | Path, words: list[Word]) -> None:
    """Write the vocabulary as CSV, one row a word, in order."""
    write_csv(path, [field.name for field in fields(Word)], [asdict(word) for word in words])


def read_vocabulary(path: str | Path) -> list[Word]:
    """Return the words of a vocabulary file; raises UserError for a missing or broken one."""
    rows = read_csv(path, [field.name for field in fields(Word)])
    try:
        return [Word(r["word"], r["stem"], r["lemma"], int(r["count"]), int(r["documents"])) for r in rows]
    except ValueError as error:
        raise UserError(f"{path} has a count that is no whole number ({error}): run preprocess_text again") from error
