"""The distinct sentences of a corpus, each with the vocabulary's words in it: the company that words keep."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import written


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that stands in the corpus `count` times.

    text: as it stands there, whitespace folded; words: the vocabulary's row numbers, in the order of occurrence;
    phrases: for each of these the phrase it stands in, from 0 (see words.phrases).
    """

    text: str
    count: int
    words: list[int]
    phrases: list[int] = field(default_factory=list)


def write_sentences(path: str | Path, sentences: Iterable[Sentence]) -> int:
    """Write one JSON object a line, in order, whole or not at all, and return how many; a generator is streamed."""
    written_so_far = 0
    with written(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        for sentence in sentences:
            row = {"text": sentence.text, "count": sentence.count, "words": sentence.words, "phrases": sentence.phrases}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            written_so_far += 1
    return written_so_far


def read_sentences(path: str | Path) -> list[Sentence]:
    """Read sentences; UserError for a missing or broken file."""
    return list(stream_sentences(path))


def stream_sentences(path: str | Path) -> Iterator[Sentence]:
    """Yield sentences one after the other, so that a large file is never in memory; UserError as read_sentences."""
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
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise UserError(f"{path} line {number} is no sentence ({error}): run preprocess_text again") from error
            yield sentence
