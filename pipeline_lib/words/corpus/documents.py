"""A corpus read once: its vocabulary, and its distinct sentences with the words in them."""

import gzip
import hashlib
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.text import mask_deidentified, without_contraction
from pipeline_lib.core.text import sentences as split
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word, is_word, lexicon, phrases

TEXTS = (".txt", ".txt.gz")


@dataclass(frozen=True)
class Corpus:
    """The words and the sentences of some documents.

    words: the vocabulary, the words in most documents first, then by alphabet; documents: how many were read; texts:
    each distinct sentence, in order of first appearance, and how often it occurs; the rest is for `sentences`.
    """

    words: list[Word]
    documents: int
    texts: dict[str, int]
    rows: np.ndarray  # (occurrences,) the vocabulary's row of each possible word, -1 for none
    phrases: np.ndarray  # (occurrences,) the phrase of its sentence it stands in
    ends: array  # (texts + 1,) where each sentence's occurrences end, 0 first

    def sentences(self) -> Iterator[Sentence]:
        """Yield the distinct sentences that hold a word of the vocabulary, in order of first appearance."""
        for (text, count), (start, end) in zip(self.texts.items(), pairwise(self.ends), strict=True):
            rows = self.rows[start:end]
            if (known := rows >= 0).any():
                yield Sentence(text, count, rows[known].tolist(), self.phrases[start:end][known].tolist())


def read_corpus(documents: Iterable[str], form: str, min_documents: int, min_letters: int) -> Corpus:
    """Return the words and sentences of documents, each read once and none kept.

    form: "lemma" | "stem" | "word", what makes two spellings one word; min_documents: documents a word must occur in;
    min_letters: letters a spelling must have. Each distinct spelling is stemmed and lemmatized at most once. Memory
    grows with the distinct spellings and sentences. Raises UserError when no word is left.
    """
    lexemes = _Lexemes(form, min_letters)
    texts: dict[str, int] = {}
    place_of: dict[str, int] = {}
    spellings, places, ends = array("i"), array("i"), array("q", [0])
    found: Counter[int] = Counter()  # unit -> documents
    total = 0
    for document in documents:
        total += 1
        held: set[int] = set()  # places of the document's sentences
        for text in sentences_of(document):
            place = place_of.setdefault(text, len(place_of))
            texts[text] = texts.get(text, 0) + 1
            held.add(place)
            if place < len(ends) - 1:
                continue
            for number, phrase in enumerate(phrases(text)):
                known = [spelling for token in phrase if (spelling := lexemes.spelling(token)) >= 0]
                spellings.extend(known)
                places.extend([number] * len(known))
            ends.append(len(spellings))
        found.update({lexemes.units[n] for place in held for n in spellings[ends[place] : ends[place + 1]]})
    del place_of
    each = np.array(spellings, dtype=np.intc)
    often = np.repeat(np.array(list(texts.values()), dtype=np.int64), np.diff(ends))
    counts = np.bincount(each, often, minlength=len(lexemes.spellings)).astype(np.int64)  # exact below 2^53
    words, row_of_unit = _vocabulary(lexemes, counts.tolist(), found, total, min_documents, min_letters)
    row_of = np.array([row_of_unit.get(unit, -1) for unit in lexemes.units], dtype=np.intc)
    return Corpus(words, total, texts, row_of[each], np.array(places, dtype=np.intc), ends)


def sentences_of(document: str) -> list[str]:
    """Return the sentences of a document, whitespace folded. None ends within a de-identified span."""
    found, start = [], 0
    for part in split(mask_deidentified(document)):
        if text := " ".join(document[start : start + len(part)].split()):
            found.append(text)
        start += len(part)
    return found


def read_texts(path: str | Path) -> Iterator[str]:
    """Yield the distinct documents of a text file in UTF-8, one a line, a TAB ending a sentence (title TAB text).

    Only a hash of each is kept. UserError for a missing or broken file, or one that is no .txt or .txt.gz.
    """
    source = Path(path)
    if not source.name.lower().endswith(TEXTS):
        raise UserError(
            f"a corpus of text must end in {' or '.join(TEXTS)}, not {source.name}: name another, or --data"
        )
    seen: set[bytes] = set()
    try:
        with gzip.open(source) if source.suffix.lower() == ".gz" else source.open("rb") as file:
            for number, line in enumerate(file, start=1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip().replace("\t", "\n")
                digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
                if text and digest not in seen:
                    seen.add(digest)
                    yield text
    except UnicodeDecodeError as error:
        raise UserError(f"{path} line {number} is not UTF-8 ({error}): save it as UTF-8") from error
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UserError(f"text file {path} is missing: put it there, or name another") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{path} is no gzip file, or is cut off ({error}): copy it anew") from error


class _Lexemes:
    """Each token's spelling, and which spellings are one word: looked up once."""

    def __init__(self, form: str, min_letters: int) -> None:
        self.stop, stem, lemma = lexicon()
        self.stem, self.lemma = cache(stem), cache(lemma)
        forms: dict[str, Callable[[str], str]] = {"lemma": self.lemma, "stem": self.stem, "word": str}
        self.unit = forms[form]
        self.min_letters = min_letters
        self.of_token: dict[str, int] = {}  # token -> its spelling's number, -1 for what is no word
        self.spellings: dict[str, int] = {}  # bare token -> number
        self.units: list[int] = []  # of each spelling
        self.numbers: dict[str, int] = {}  # lemma, stem or word -> unit

    def spelling(self, token: str) -> int:
        found = self.of_token.get(token)
        if found is None:
            found = self.of_token[token] = self._look_up(without_contraction(token))
        return found

    def _look_up(self, word: str) -> int:
        if word in self.stop or not is_word(word, self.min_letters):
            return -1
        if word not in self.spellings:
            self.spellings[word] = len(self.spellings)
            self.units.append(self.numbers.setdefault(self.unit(word), len(self.numbers)))
        return self.spellings[word]


def _vocabulary(
    lexemes: _Lexemes, counts: list[int], found: Counter[int], total: int, min_documents: int, min_letters: int
) -> tuple[list[Word], dict[int, int]]:
    """Return the words of enough documents, and the row of each unit."""
    if not lexemes.of_token:
        raise UserError(
            f"preprocess_text wants reports with text, all {total} are empty: look at columns in params.yaml"
        )
    forms: dict[int, list[tuple[int, str]]] = {}  # unit -> (-count, spelling)
    for (spelling, number), unit in zip(lexemes.spellings.items(), lexemes.units, strict=True):
        if found[unit] >= min_documents:
            forms.setdefault(unit, []).append((-counts[number], spelling))
    if not forms:
        raise UserError(
            f"no word is left of {len(lexemes.of_token)} tokens in {total} reports: a word wants {min_letters} letters "
            f"(words.min_letters) and {min_documents} reports (words.min_documents), the most frequent has "
            f"{max(found.values(), default=0)} reports: lower them in params.yaml"
        )
    words = []
    for unit, spelled in forms.items():
        shown = min(spelled)[1]
        stem, lemma = lexemes.stem(shown), lexemes.lemma(shown)
        words.append((Word(shown, stem, lemma, -sum(minus for minus, _ in spelled), found[unit]), unit))
    words.sort(key=lambda entry: (-entry[0].documents, entry[0].word))
    return [word for word, _ in words], {unit: row for row, (_, unit) in enumerate(words)}
