"""Multiple-choice questions, in the formats of AI2 and of plain tables, read from a file of any format."""

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import Item
from pipeline_lib.data.cells import shown
from pipeline_lib.data.headers import find_header
from pipeline_lib.data.records import Records, read_records
from pipeline_lib.data.tables import match_columns

_NAMES = ("id", "question", "choices", "answer", "answerKey")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def read_items(path: str | Path, limit: int | None, seed: int) -> list[Item]:
    """Return the questions of a file as items_of does. Raises UserError as read_records and items_of do."""
    return items_of(read_records(path), limit, seed)


def items_of(records: Records, limit: int | None, seed: int) -> list[Item]:
    """Return the questions of a file's rows, or a random sample of `limit` drawn with `seed`, in the file's order.

    A row of JSON is AI2's {id, question: {stem, choices: [{text, label}]}, answerKey}, the Hub's ai2_arc {id,
    question, choices: {text: [...], label: [...]}, answerKey} or flat: {question, choices: [texts], answer}. A row of a
    CSV is flat, its choices a JSON list. A flat answer is the text of a choice, its letter (A, B, ...) or its number
    from 1. The id is optional; without one it is the row's number. A limit above the file's rows takes all of them.
    Raises UserError, with the row, for any other format, fewer than two choices, two equal ones, an empty text, an
    answer that is not one of the choices or could be two, and an id that occurs twice.
    """
    if limit is not None and limit < 1:
        raise UserError(f"the limit of items must be at least 1, it is {limit}: raise it, or null for all")
    items = []
    seen: dict[str, str] = {}
    path = records.path
    for number, (where, row) in enumerate(_rows(records), start=1):
        item = _item(row, number, f"{where} of {path}")
        if item["id"] in seen:
            first = seen[item["id"]]
            raise UserError(f"an id must stand once, {path} has {item['id']!r} in {first} and in {where}: mend one")
        seen[item["id"]] = where
        items.append(item)
    if limit is None or limit >= len(items):
        return items
    return [items[place] for place in sorted(random.Random(seed).sample(range(len(items)), limit))]


def _rows(records: Records) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield ("row 3", the row) for each row of a file; choices that are text are read as JSON."""
    path = records.path
    if not records.rows:
        raise UserError(f"{path} holds no questions: it needs at least one")
    if records.first_line:
        match_columns(records, {}, ("question", "choices", "answer"))
    names = {find_header(name, records.headers): name for name in _NAMES}
    for number, cells in enumerate(records.rows, start=1):
        row = {names.get(header, header): cell for header, cell in cells.items()}
        if records.first_line:
            row = {name: cell.strip() if isinstance(cell, str) else cell for name, cell in row.items()}
        choices = row.get("choices")
        if isinstance(choices, str) and choices.strip():
            try:
                row["choices"] = json.loads(choices)
            except (ValueError, RecursionError) as error:
                raise UserError(
                    f"choices must be a JSON list of texts, row {number} of {path} has {shown(choices)}: "
                    'write them like ["red", "blue"]'
                ) from error
        yield f"row {number}", row


def _item(row: Mapping[str, Any], number: int, where: str) -> Item:
    """Return one question; UserError for a row that is not one."""
    name = row.get("id")
    name = str(number) if name in (None, "") else str(name)
    question: Any = row.get("question")
    nested = question if isinstance(question, dict) else {"stem": question, "choices": row.get("choices")}
    stem, choices = nested.get("stem"), nested.get("choices")
    if not isinstance(stem, str) or not stem.strip():
        raise UserError(f"every item needs a question, {where} (id {name!r}) has none: give it one")
    texts, labels = _choices(choices)
    if texts is None:
        raise UserError(
            f"choices must be a list of texts, or of {{text, label}}, {where} (id {name!r}) has "
            f"{repr(choices)[:60]}: mend it"
        )
    if len(texts) < 2 or not all(map(str.strip, texts)) or len(set(texts)) < len(texts):
        raise UserError(
            f"choices must be two or more different texts, {where} (id {name!r}) has {repr(texts)[:60]}: mend them"
        )
    key = "answerKey" if labels is not None else "answer"
    place = _place(row.get(key), texts, labels, key, f"{where} (id {name!r})")
    return {"id": name, "question": stem, "choices": texts, "answer": place}


def _choices(given: Any) -> tuple[list[str] | None, list[str] | None]:
    """Return (texts, labels); labels are None where there are none, both where `given` is not a list of choices."""
    if isinstance(given, dict):  # the Hub's format: a list of each
        texts, labels = given.get("text"), given.get("label")
    elif isinstance(given, list) and given and all(isinstance(choice, dict) for choice in given):
        texts, labels = ([choice.get(part) for choice in given] for part in ("text", "label"))
    else:
        texts, labels = given, None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return None, None
    if labels is None:
        return (None, None) if isinstance(given, dict) else (texts, None)
    if not isinstance(labels, list) or len(labels) != len(texts) or len(set(map(str, labels))) < len(labels):
        return None, None
    return texts, [str(label) for label in labels]


def _place(given: Any, texts: list[str], labels: list[str] | None, key: str, where: str) -> int:
    """Return the index of the right choice."""
    answer = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if labels is not None:
        if answer in labels:
            return labels.index(answer)
        known = f"one of the labels {', '.join(labels)}"
    else:
        letters = list(_LETTERS[: len(texts)])
        numbers = [str(place) for place in range(1, len(texts) + 1)]
        stripped = [text.strip() for text in texts]
        places = {names.index(answer) for names in (stripped, letters, numbers) if answer in names}
        if len(places) == 1:
            return places.pop()
        if places:
            first, second = (place + 1 for place in sorted(places)[:2])
            raise UserError(
                f"an answer must be one choice alone, {where} has {answer!r}, which may be choice {first} or {second}: "
                "write what names one alone, its text, letter or number"
            )
        known = "the text of a choice, its letter (A, B, ...) or its number from 1"
    raise UserError(f"{key} must be {known}, {where} has {given!r}: mend it")
