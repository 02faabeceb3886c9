"""The distinct sentences of a corpus, each with the words of the vocabulary in it, and their file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written

SENTENCES_FILE = "sentences.jsonl"  # in the folder of a corpus


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that occurs `count` times in the corpus.

    text: as in the corpus, runs of whitespace made one space; words: rows of the vocabulary, in the order of
    occurrence; phrases: for each of these the number of its phrase in the sentence, from 0 (see vocabulary.phrases).
    """

    text: str
    count: int
    words: list[int]
    phrases: list[int] = field(default_factory=list)


def write_sentences(path: str | Path, sentences: Iterable[Sentence]) -> int:
    """Write one JSON object a line and return how many; a generator is streamed. An error leaves no file."""
    total = 0
    with written(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        for sentence in sentences:
            row = {"text": sentence.text, "count": sentence.count, "words": sentence.words, "phrases": sentence.phrases}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            total += 1
    return total


def read_sentences(path: str | Path) -> list[Sentence]:
    """Return the sentences of a file; raises UserError for a missing or broken one."""
    return list(stream_sentences(path))


def stream_sentences(path: str | Path) -> Iterator[Sentence]:
    """Yield the sentences of a file one by one, so that a large file is never in memory; errors as read_sentences."""
    if not Path(path).is_file():
        raise UserError(f"{path} is missing: run preprocess_text (dvc repro)")
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                sentence = Sentence(row["text"], row["count"], row["words"], row.get("phrases", []))
                numbers = [sentence.count, *sentence.words, *sentence.phrases]
                if not isinstance(sentence.text, str) or not all(type(each) is int and each >= 0 for each in numbers):
                    raise TypeError("text must be text, all else numbers from 0")
                if len(sentence.phrases) not in (0, len(sentence.words)):
                    raise TypeError("words and phrases differ in number")
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise UserError(f"{path} line {number} is no sentence ({error}): run preprocess_text again") from error
            yield sentence
