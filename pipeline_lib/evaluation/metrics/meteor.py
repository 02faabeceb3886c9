"""METEOR by NLTK: words matched as they stand, then by stem, then, where a WordNet is installed, by synonym.

Lavie and Agarwal (2007), METEOR: An Automatic Metric for MT Evaluation, WMT. NLTK's version with its own weights; the
Java program of the authors (METEOR 1.5) has paraphrases, function words and other weights, and other figures.
"""

import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import nltk
import regex
from nltk.corpus.reader.wordnet import WordNetCorpusReader, WordNetError
from nltk.stem.porter import PorterStemmer
from nltk.translate.meteor_score import meteor_score

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.text import SIGN, WORD

NONE, NLTK = "none", "nltk"  # what may be given instead of a folder
ALPHA, BETA, GAMMA = 0.9, 3.0, 0.5  # NLTK's: weight of recall, and shape and height of the penalty for fragments

_TOKEN = regex.compile(rf"(?V1)\d+(?:[.,]\d+)+|{SIGN}|{WORD}(?:'{WORD})*")
_PARTS = "avnr"  # adjectives, verbs, nouns, adverbs


class WordNet(Protocol):
    """What METEOR needs of a WordNet: the synsets of a word, each with lemmas() that have a name()."""

    def synsets(self, lemma: str) -> Iterable[Any]:
        """Return the synsets of a word in lower case."""


class _Reader(WordNetCorpusReader):
    """NLTK's reader of an English WordNet with a cache of each word's synsets."""

    def __init__(self, root: Any) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The multilingual functions", UserWarning)
            super().__init__(root, None)
        self._known: dict[str, list[Any]] = {}

    def map_wn(self, version: str = "wordnet") -> None:
        """Skip the map to other versions of WordNet: only other languages need it, and it takes longest to load."""

    def synsets(self, lemma: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Return the synsets of an English word."""
        if args or kwargs:
            return super().synsets(lemma, *args, **kwargs)
        if lemma not in self._known:
            self._known[lemma] = super().synsets(lemma)
        return self._known[lemma]


class _NoSynonyms:
    def synsets(self, lemma: str) -> list[Any]:
        return []


class _Stemmer:
    """The Porter stemmer with a cache."""

    def __init__(self) -> None:
        self.stem = cache(PorterStemmer().stem)


_STEMMER = _Stemmer()
_NO_SYNONYMS = _NoSynonyms()


def load_wordnet(where: str | Path) -> WordNet | None:
    """Return the WordNet of `where`: a folder of NLTK's data, "nltk" for NLTK's own search path, or None for "none".

    A folder holds corpora/wordnet.zip, or corpora/wordnet/ with its files. Nothing is ever downloaded. Raises UserError
    where there is none, or NLTK does not read it: it must be whole, and no other account may be able to write to it.
    """
    if str(where) == NONE:
        return None
    folders = list(nltk.data.path) if str(where) == NLTK else [str(Path(where).expanduser().resolve())]
    places = [Path(folder) / "corpora" / name for folder in folders for name in ("wordnet", "wordnet.zip")]
    found = next((place for place in places if place.exists()), None)
    if found is None:
        looked = "NLTK's search path" if str(where) == NLTK else f"{where}, as corpora/wordnet.zip or corpora/wordnet/"
        raise UserError(
            f"METEOR's synonyms need a WordNet, there is none in {looked}: download it once with python -m "
            f"nltk.downloader wordnet (-d FOLDER), name its folder, or set wordnet to {NONE} to leave synonyms out"
        )
    folder = str(found.parent.parent)
    if folder not in nltk.data.path:
        nltk.data.path.append(folder)  # NLTK opens no file outside its search path
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NLTK refuses data that others can write to: see below
            name = "corpora/wordnet.zip/wordnet/" if found.suffix else "corpora/wordnet"
            reader = _Reader(nltk.data.find(name, [folder]))
        for part in _PARTS:
            next(iter(reader.all_synsets(part)), None)  # opens its files, which NLTK does at the first use
    except (LookupError, OSError, ValueError, AssertionError, AttributeError, BadZipFile, WordNetError) as error:
        raise UserError(
            f"{found} cannot be read by NLTK ({type(error).__name__}): unpack it anew if it is not whole, and let no "
            f"other account write to it (chmod -R go-w {folder}), or set wordnet to {NONE} to leave synonyms out"
        ) from error
    return reader


def meteor_name(wordnet: WordNet | None) -> str:
    """Return the figure's name: without synonyms it is another figure."""
    return "meteor" if wordnet is not None else "meteor_no_synonyms"


def meteor_signature(wordnet: WordNet | None) -> str:
    """Return what the figure depends on, in the style of sacrebleu's signatures: versions, stemmer and weights."""
    version = "none" if wordnet is None else getattr(wordnet, "get_version", lambda: None)() or "unknown"
    weights = f"alpha:{ALPHA:g}|beta:{BETA:g}|gamma:{GAMMA:g}"
    return f"stem:porter|{weights}|wordnet:{version}|nltk:{nltk.__version__}"


def words(text: str) -> list[str]:
    """Return the tokens that METEOR compares: words and numbers in lower case, punctuation left out.

    A number keeps its points and commas (1,000.5), a word its apostrophes (don't); other marks part words. Where a
    script has no spaces between words each sign is a word (core.text.words).
    """
    return _TOKEN.findall(unicodedata.normalize("NFC", text.lower()).replace("’", "'").replace("_", " "))


def meteor(prediction: str, references: Sequence[str], wordnet: WordNet | None) -> float:
    """Return METEOR (0-1) of `prediction` with the reference it suits best, over `words`; 0 where either has none.

    With `wordnet` None no synonyms are matched. With one, NLTK compares the stem of a word with the synonyms of the
    other's stem: it finds car for auto, and not for automobile, whose stem is automobil. The penalty for fragments
    spares no answer: an identical one of n words has 1 - 0.5 / n^3, so a single right word has 0.5. Raises UserError
    where there is no reference.
    """
    if not references:
        raise UserError(
            "METEOR needs at least one reference for every row, one has none: fill it in or take the row out"
        )
    return meteor_score(
        [words(reference) for reference in references],
        words(prediction),
        stemmer=_STEMMER,
        wordnet=_NO_SYNONYMS if wordnet is None else wordnet,
        alpha=ALPHA,
        beta=BETA,
        gamma=GAMMA,
    )
