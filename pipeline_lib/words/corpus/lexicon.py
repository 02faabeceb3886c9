"""The stop words, stems and lemmas of a language, and which language a corpus is in."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_json, write_json

AUTO, ENGLISH = "auto", "en"
LANGUAGE_FILE = "language.json"  # in the folder of a corpus that is not English
SAMPLE = 50_000  # characters by which a language is recognised
LEAST = 200  # letters; a corpus with fewer is taken for English
# scikit-learn's English stop words that name a place, a shape or an amount in a report: kept as words.
MEANINGFUL = frozenset(
    {"amount", "back", "bottom", "empty", "fill", "front", "full", "side", "system", "thick", "thin", "top"}
)
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
_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish",
}  # fmt: skip
# What py3langid tells apart and nothing else here does; zxx is no language.
_VARIETIES = {"ary": "ar", "arz": "ar", "nb": "no", "nn": "no", "wuu": "zh", "yue": "zh", "zxx": ENGLISH}
# simplemma's codes.
_DICTIONARY = {"no": "nb", "bs": "hbs", "hr": "hbs", "sr": "hbs"}


@dataclass(frozen=True)
class Lexicon:
    """Stop words, a stemmer, a lemmatizer and whether a dictionary has a word; `about` says what the language has."""

    stop: frozenset[str]
    stem: Callable[[str], str]
    lemma: Callable[[str], str]
    known: Callable[[str], bool]
    about: str


def lexicon(language: str = ENGLISH) -> Lexicon:
    """Return what is known of a language (an ISO 639 code), all from data in installed packages.

    Stop words: of English scikit-learn's list less MEANINGFUL (NLTK's is a download), of others stopwordsiso's. Stems:
    Snowball (English: Porter2). Lemmas: simplemma's dictionary, for English LEMMAS first. A word outside the dictionary
    is its own lemma; where a language has no stemmer or no dictionary, so is every word. Raises UserError for
    what is no code.
    """
    # Imported here: the stages that only read a vocabulary need no dictionaries (2 s and 200 MB).
    from nltk.stem.snowball import SnowballStemmer
    from simplemma import is_known, lemmatize
    from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
    from stopwordsiso import stopwords

    if not re.fullmatch("[a-z]{2,3}", language):
        raise UserError(f"words.language must be {AUTO} or an ISO 639 code such as de, fr or zh, not {language!r}")
    code = _DICTIONARY.get(language, language)
    own = LEMMAS if language == ENGLISH else {}

    def lemma(word: str) -> str:
        return own.get(word) or lemmatize(word, lang=code).lower()

    def known(word: str) -> bool:
        return code in SUPPORTED_LANGUAGES and is_known(word, lang=code)

    stop = ENGLISH_STOP_WORDS - MEANINGFUL if language == ENGLISH else frozenset(stopwords(language))
    stems, lemmas = language in _SNOWBALL, code in SUPPORTED_LANGUAGES
    about = (
        f"{len(stop)} stop words, {'stems' if stems else 'no stems'}, {'lemmas' if lemmas else 'no lemmas'}"
        f"{'' if stems and lemmas else ': where they are missing words are taken as they are'}"
    )
    stem = SnowballStemmer(_SNOWBALL[language]).stem if stems else str
    return Lexicon(stop, stem, lemma if lemmas else str, known, about)


def detect_language(texts: Iterable[str]) -> str:
    """Return the code of the language of texts, by py3langid.

    The first SAMPLE characters decide. Fewer than LEAST letters are too little: English.
    """
    sample = ""
    for text in texts:
        sample += f"{text[: SAMPLE - len(sample)]}\n"
        if len(sample) >= SAMPLE:
            break
    if sum(map(str.isalpha, sample)) < LEAST:
        return ENGLISH
    found = str(_identifier().classify(sample)[0])
    return _VARIETIES.get(found, found)


def write_language(folder: Path, language: str) -> None:
    """Write LANGUAGE_FILE into the folder of a corpus that is not English."""
    if language != ENGLISH:
        write_json(folder / LANGUAGE_FILE, {"language": language})


def read_language(folder: Path) -> str:
    """Return the language of the corpus in a folder; without LANGUAGE_FILE English."""
    path = folder / LANGUAGE_FILE
    return str(read_json(path)["language"]) if path.exists() else ENGLISH


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)
