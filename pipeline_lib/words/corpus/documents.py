"""Documents to a corpus: its vocabulary, and its distinct sentences with the words in them."""

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
from pipeline_lib.core.text import sentences as split_sentences
from pipeline_lib.words.corpus.lexicon import ENGLISH, lexicon
from pipeline_lib.words.corpus.names import NameEvidence
from pipeline_lib.words.corpus.sentences import Sentence
from pipeline_lib.words.corpus.vocabulary import Word, is_word, phrases

TEXT_SUFFIXES = (".txt", ".txt.gz")


@dataclass(frozen=True)
class Corpus:
    """The words and the sentences of some documents.

    words: the vocabulary, sorted by falling number of documents, then by alphabet; documents: how many were read;
    texts: each distinct sentence, in order of first appearance, and how often it occurs; rows, phrases, ends: the
    words of these sentences, from which `sentences` makes its objects; names: how many words of enough documents are
    left out of the vocabulary as names.
    """

    words: list[Word]
    documents: int
    texts: dict[str, int]
    rows: np.ndarray  # (occurrences,) row in the vocabulary, -1 for a word that is not in it
    phrases: np.ndarray  # (occurrences,) number of the phrase within its sentence
    ends: array  # (texts + 1,) sentence i has the occurrences ends[i] to ends[i + 1]
    names: int = 0

    def sentences(self) -> Iterator[Sentence]:
        """Yield the distinct sentences with a word of the vocabulary, in order of first appearance."""
        for (text, count), (start, end) in zip(self.texts.items(), pairwise(self.ends), strict=True):
            rows = self.rows[start:end]
            if (known := rows >= 0).any():
                yield Sentence(text, count, rows[known].tolist(), self.phrases[start:end][known].tolist())


def read_corpus(
    documents: Iterable[str],
    form: str,
    min_documents: int,
    min_letters: int,
    language: str = ENGLISH,
    names: NameEvidence | None = None,
) -> Corpus:
    """Return the vocabulary and the sentences of documents. Each document is read once and not kept.

    form: "lemma" | "stem" | "word", what two spellings of one word have in common; min_documents: fewest documents a
    word occurs in; min_letters: shortest spelling; language: whose stop words, stems and lemmas (lexicon);
    names: reads each distinct sentence, and the words it calls names are left out; None leaves none out. Each
    distinct spelling is stemmed and lemmatized at most once. Memory grows with the distinct spellings and sentences.
    Raises UserError when no word is left.
    """
    lexemes = _Lexemes(form, min_letters, language)
    texts: dict[str, int] = {}
    number_of: dict[str, int] = {}  # sentence -> its number
    spellings, phrase_numbers, ends = array("i"), array("i"), array("q", [0])  # of each occurrence; of each sentence
    documents_with: Counter[int] = Counter()  # by lexeme
    total = 0
    for document in documents:
        total += 1
        in_document: set[int] = set()  # numbers of its sentences
        for text in sentences_of(document):
            number = number_of.setdefault(text, len(number_of))
            texts[text] = texts.get(text, 0) + 1
            in_document.add(number)
            if number < len(ends) - 1:
                continue  # read before
            if names:
                names.read(text)
            for phrase_number, phrase in enumerate(phrases(text)):
                known = [spelling for token in phrase if (spelling := lexemes.spelling(token)) >= 0]
                spellings.extend(known)
                phrase_numbers.extend([phrase_number] * len(known))
            ends.append(len(spellings))
        documents_with.update({lexemes.of_spelling[s] for n in in_document for s in spellings[ends[n] : ends[n + 1]]})
    del number_of
    occurrences = np.array(spellings, dtype=np.intc)
    repeats = np.repeat(np.array(list(texts.values()), dtype=np.int64), np.diff(ends))  # of the occurrence's sentence
    counts = np.bincount(occurrences, repeats, minlength=len(lexemes.spellings)).astype(np.int64)  # exact below 2^53
    forms = _forms(lexemes, counts.tolist(), documents_with, total, min_documents, min_letters)
    left_out = {lexeme for lexeme, of in forms.items() if names and names.is_name([spelling for _, spelling in of])}
    words, row_of_lexeme = _vocabulary(lexemes, forms, left_out, documents_with)
    row_of = np.array([row_of_lexeme.get(lexeme, -1) for lexeme in lexemes.of_spelling], dtype=np.intc)
    phrase_of = np.array(phrase_numbers, dtype=np.intc)
    return Corpus(words, total, texts, row_of[occurrences], phrase_of, ends, len(left_out))


def sentences_of(document: str) -> list[str]:
    """Return the sentences of a document, runs of whitespace made one space. None ends within a de-identified span."""
    sentences, start = [], 0
    for part in split_sentences(mask_deidentified(document)):
        if text := " ".join(document[start : start + len(part)].split()):
            sentences.append(text)
        start += len(part)
    return sentences


def read_texts(path: str | Path) -> Iterator[str]:
    """Yield the distinct documents of a UTF-8 text file, one a line; a TAB ends a sentence (title TAB text).

    Only a hash of each is kept. Raises UserError for a missing or broken file, or one that is no .txt or .txt.gz.
    """
    source = Path(path)
    if not source.name.lower().endswith(TEXT_SUFFIXES):
        raise UserError(
            f"a corpus of text must end in {' or '.join(TEXT_SUFFIXES)}, not {source.name}: name another, or --data"
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
    """Numbers of spellings, and of the lexemes they belong to: all spellings that count as one word are one lexeme."""

    def __init__(self, form: str, min_letters: int, language: str) -> None:
        known = lexicon(language)
        self.stop, self.stem, self.lemma = known.stop, cache(known.stem), cache(known.lemma)
        forms: dict[str, Callable[[str], str]] = {"lemma": self.lemma, "stem": self.stem, "word": str}
        self.key = forms[form]
        self.min_letters = min_letters
        self.of_token: dict[str, int] = {}  # token -> number of its spelling, -1 for what is no word
        self.spellings: dict[str, int] = {}  # token without contraction -> number
        self.of_spelling: list[int] = []  # number of a spelling -> lexeme
        self.lexemes: dict[str, int] = {}  # lemma, stem or word -> lexeme

    def spelling(self, token: str) -> int:
        """Return the number of a token's spelling, -1 for what is no word; each distinct token is looked up once."""
        number = self.of_token.get(token)
        if number is None:
            number = self.of_token[token] = self._look_up(without_contraction(token))
        return number

    def _look_up(self, word: str) -> int:
        if word in self.stop or not is_word(word, self.min_letters):
            return -1
        if word not in self.spellings:
            self.spellings[word] = len(self.spellings)
            self.of_spelling.append(self.lexemes.setdefault(self.key(word), len(self.lexemes)))
        return self.spellings[word]


def _forms(
    lexemes: _Lexemes, counts: list[int], documents_with: Counter[int], total: int, min_documents: int, min_letters: int
) -> dict[int, list[tuple[int, str]]]:
    """Return (-count, spelling) of the spellings of each lexeme in enough documents. counts: of each spelling."""
    if not lexemes.of_token:
        raise UserError(
            f"preprocess_text wants reports with text, all {total} are empty: look at columns in params.yaml"
        )
    forms: dict[int, list[tuple[int, str]]] = {}
    for (spelling, number), lexeme in zip(lexemes.spellings.items(), lexemes.of_spelling, strict=True):
        if documents_with[lexeme] >= min_documents:
            forms.setdefault(lexeme, []).append((-counts[number], spelling))
    if not forms:
        raise UserError(
            f"no word is left of {len(lexemes.of_token)} tokens in {total} reports: a word wants {min_letters} letters "
            f"(words.min_letters) and {min_documents} reports (words.min_documents), the most frequent has "
            f"{max(documents_with.values(), default=0)} reports: lower them in params.yaml"
        )
    return forms


def _vocabulary(
    lexemes: _Lexemes, forms: dict[int, list[tuple[int, str]]], left_out: set[int], documents_with: Counter[int]
) -> tuple[list[Word], dict[int, int]]:
    """Return the words but those of the lexemes `left_out`, and the row of each lexeme."""
    words = []
    for lexeme, spellings in forms.items():
        if lexeme in left_out:
            continue
        shown = min(spellings)[1]  # the most frequent, then by alphabet
        stem, lemma = lexemes.stem(shown), lexemes.lemma(shown)
        count = -sum(minus for minus, _ in spellings)
        words.append((Word(shown, stem, lemma, count, documents_with[lexeme]), lexeme))
    if not words:
        raise UserError(
            f"no word is left: all {len(left_out)} words in enough reports look like names of people: bring running "
            "text, or set words.names: keep in params.yaml"
        )
    words.sort(key=lambda entry: (-entry[0].documents, entry[0].word))
    return [word for word, _ in words], {lexeme: row for row, (_, lexeme) in enumerate(words)}
