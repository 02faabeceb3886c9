"""The rows of the task qa: questions about a passage, as in SQuAD, with answers from it or none."""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.rows import NO_ANSWER, Example
from pipeline_lib.core.text import normalised
from pipeline_lib.data.cells import cell_text, parsed, shown
from pipeline_lib.data.headers import listed
from pipeline_lib.data.near_duplicates import connected
from pipeline_lib.data.records import Records, read_records
from pipeline_lib.data.tables import check_names, match_columns, not_read, refuse_repeated_keys

REQUIRED = ("question", "context")
OPTIONAL = ("answers", "answer", "id", "title", "is_impossible")
DISTINCT = False  # a group is the questions about an article, which all differ: test takes several of one group

_SQUAD = "SQuAD's format is data, a list of articles with paragraphs, each with context and qas"
_OF_QUESTION = ("question", "answers", "id", "is_impossible")
_FLAGS = {"true": True, "1": True, "false": False, "0": False, "": None}

Item = tuple[str, dict[str, Any]]  # (position in the file, for messages; the cells by the task's names)


def read(path: str | Path, columns: dict[str, str], encoding: str = "auto") -> pd.DataFrame:
    """Return a table with id, article, context, question (text), answers and starts (lists of one length), from 1.

    article: the title, "" where the file has none; answers: [] where the question has none; starts: the offset of the
    answer in `context`, in characters, -1 where the file gives none or `context` does not hold the answer word for
    word. A wrong offset becomes that of the nearest occurrence. Ids are row numbers where the file has none.

    Reads SQuAD's own JSON (1.1 and 2.0), and one question a row in any format of read_records: question, context, and
    either `answer` (one text, empty for none) or `answers`: a list of texts or of {text, answer_start}, or the Hub's
    {text: [...], answer_start: [...]}, in a table's cell as JSON or as Python writes it. Optional: id, title,
    is_impossible. `attrs["notes"]` are lines for the log.

    Raises UserError as read_records and match_columns do; where a row lacks its question, its context or, if others
    have one, its id; for an id that occurs twice; for answers that are not text, that contradict is_impossible, or
    that say NO_ANSWER; and for a file without any answer.
    """
    return table_of(read_records(path, encoding), columns)


def table_of(found: Records, columns: dict[str, str], answered: bool = True) -> pd.DataFrame:
    """Return the table of the rows of a file as `read` does; where not `answered`, no question needs an answer."""
    path = found.path
    items, notes = _items(found, columns)
    records = [_table_row(f"{path} {where}", item) for where, item in items]
    if answered and not any(record["answers"] for record in records):
        raise UserError(
            f"qa needs questions that have an answer, {path} has none in its columns "
            f"{columns.get('answers', 'answers')!r} and {columns.get('answer', 'answer')!r}: name the right one under "
            "columns.answer or columns.answers in the params file"
        )
    if not any(record["id"] for record in records):
        for number, record in enumerate(records, start=1):
            record["id"] = str(number)
    known: dict[str, str] = {}
    for (where, _), record in zip(items, records, strict=True):
        if not record["id"]:
            raise UserError(f"{path} {where} has no id, other questions have one: give it one, or take all ids out")
        if record["id"] in known:
            raise UserError(
                f"ids must be distinct, {path} has {record['id']!r} at {known[record['id']]} and at {where}: "
                "give one of them another"
            )
        known[record["id"]] = where
    table = pd.DataFrame(records, index=pd.RangeIndex(1, len(records) + 1))
    table.attrs["notes"] = notes
    return table


def documents(table: pd.DataFrame) -> list[str]:
    """Return each distinct context."""
    return list(dict.fromkeys(table["context"]))


def missing_answers(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (id, answer) for each answer that its context does not hold, not even in other case or punctuation."""
    folded: dict[str, str] = {}
    missing = []
    for name, context, answers in zip(table["id"], table["context"], table["answers"], strict=True):
        for answer in answers:
            if answer in context:
                continue
            if context not in folded:
                folded[context] = f" {normalised(context)} "
            words = normalised(answer)
            if not words or f" {words} " not in folded[context]:
                missing.append((name, answer))
    return missing


def examples(table: pd.DataFrame) -> list[Example]:
    """Return one example a question, with `question`, `answers` and `position`.

    target: the first answer, or NO_ANSWER; stratum: "answerable" or "unanswerable"; position: how far into the
    context the first answer begins, as a share of its words from 0, None where there is none or it is not known which
    occurrence is meant. `unsupported` is True where an answer is not in the context, and absent elsewhere.

    Rows of one article share `group` (its title), and so do rows of equal contexts, even of different articles. Without
    titles, or with only one, which would leave nothing to split, the group is the id of the context's first row.
    """
    unsupported = {name for name, _ in missing_answers(table)}
    made = []
    for group, row in zip(_groups(table), table.to_dict("records"), strict=True):
        answers = row["answers"]
        example = {
            "id": row["id"],
            "group": group,
            "stratum": "answerable" if answers else "unanswerable",
            "source": row["context"],
            "question": row["question"],
            "target": answers[0] if answers else NO_ANSWER,
            "answers": answers,
            "position": _position(row["context"], answers[0], row["starts"][0]) if answers else None,
        }
        made.append(example | ({"unsupported": True} if row["id"] in unsupported else {}))
    return made


def _items(records: Records, columns: dict[str, str]) -> tuple[list[Item], list[str]]:
    """Return the file's questions with the cells by the task's names, not yet checked, and lines for the log."""
    check_names(columns, REQUIRED + OPTIONAL)
    refuse_repeated_keys(records)
    if not {"paragraphs", "qas"} & set(records.headers):
        headers = match_columns(records, columns, REQUIRED, OPTIONAL)
        cells = ({name: row.get(header) for name, header in headers.items()} for row in records.rows)
        items = [(f"row {number}", row) for number, row in enumerate(cells, start=1)]
        return items, [*records.notes, *not_read(records, headers.values())]
    renamed = next((name for name, header in columns.items() if str(header) != name), None)
    if renamed:
        raise UserError(
            f"columns.{renamed} must be left out for {records.path}, which is in SQuAD's format and has names of its "
            "own: set columns: {} in the params file"
        )
    articles = records.rows if "paragraphs" in records.headers else [{"paragraphs": records.rows}]
    return _squad(records.path, articles, records.notes)


def _squad(source: Path, articles: list[dict[str, Any]], notes: list[str]) -> tuple[list[Item], list[str]]:
    """Return the questions of SQuAD's nested JSON, each with its context and title, and lines for the log."""

    def listed_in(holder: Any, name: str, where: str) -> list[Any]:
        found = holder.get(name) if isinstance(holder, dict) else None
        if not isinstance(found, list):
            raise UserError(f"{source}{where} has no list {name!r}: {_SQUAD}; or bring a list, one question a row")
        return found

    items: list[Item] = []
    others: dict[str, None] = {}
    for a, article in enumerate(articles):
        for p, paragraph in enumerate(listed_in(article, "paragraphs", f" data[{a}]")):
            for q, question in enumerate(listed_in(paragraph, "qas", f" data[{a}].paragraphs[{p}]")):
                where = f"data[{a}].paragraphs[{p}].qas[{q}]"
                if not isinstance(question, dict):
                    raise UserError(f"{source} {where} is a {type(question).__name__}, not an object: {_SQUAD}")
                own = {name: question.get(name) for name in _OF_QUESTION}
                others |= dict.fromkeys(name for name in question if name not in _OF_QUESTION)
                items.append((where, {**own, "context": paragraph.get("context"), "title": article.get("title")}))
    if not items:
        raise UserError(f"{source} holds no questions: {_SQUAD}")
    return items, [*notes, *([f"not read of the questions: {listed(others, 40)}"] if others else [])]


def _table_row(where: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return one row of the table from its cells."""
    names = ("id", "title", "context", "question", "answer")
    texts = {name: cell_text(item.get(name), f"{where}, {name},") for name in names}
    for name in REQUIRED:
        if not texts[name]:
            raise UserError(f"{where} has no {name}: each row needs a question and its context, fill it in")
    answers = _answers(item.get("answers"), where)
    if answers and texts["answer"]:
        raise UserError(f"a row has answers or answer, {where} has both: leave one of the two columns out")
    answers = answers or [(texts["answer"], -1)] * bool(texts["answer"])
    impossible = _FLAGS.get(_folded(item.get("is_impossible")), "unknown")
    if impossible == "unknown":
        raise UserError(f"is_impossible must be true or false, {where} has {item['is_impossible']!r}: mend it")
    if impossible is not None and impossible == bool(answers):
        raise UserError(
            f"a question has answers unless is_impossible, {where} has {len(answers)} and is_impossible: "
            f"{str(impossible).lower()}: mend one of the two"
        )
    context = texts["context"]
    before = str(item["context"]).index(context)  # characters that were stripped
    for text, _ in answers:
        if normalised(text) == NO_ANSWER and text not in context:
            raise UserError(f"a question without an answer has an empty one, {where} has {text!r}: leave it empty")
    return {
        "id": texts["id"],
        "article": texts["title"],
        "context": context,
        "question": texts["question"],
        "answers": [text for text, _ in answers],
        "starts": [_start(context, text, start - before if start >= 0 else -1) for text, start in answers],
    }


def _answers(cell: Any, where: str) -> list[tuple[str, int]]:
    """Return (text, offset) of each answer in a cell; the offset is the file's, -1 where it gives none."""
    if isinstance(cell, str):
        found = parsed(cell.strip())
        cell = cell.strip() if found is None else found  # text is refused below, but for "" and null
    if _is_missing(cell):
        return []
    if isinstance(cell, dict):
        texts, starts = cell.get("text"), cell.get("answer_start")
        if isinstance(texts, list) and starts is None:
            starts = [None] * len(texts)
        if not isinstance(texts, list) or not isinstance(starts, list) or len(texts) != len(starts):
            raise UserError(
                f"answers must have as many text as answer_start, both lists, {where} has {shown(cell)}: mend it"
            )
        cell = [{"text": text, "answer_start": start} for text, start in zip(texts, starts, strict=True)]
    if not isinstance(cell, list):
        raise UserError(
            f"answers must be a list of texts, {where} has {shown(cell)}: write it as JSON, or name a column of one "
            "text a row under columns.answer"
        )
    found = []
    for answer in cell:
        text, start = (answer.get("text"), answer.get("answer_start")) if isinstance(answer, dict) else (answer, None)
        plain = cell_text(text, f"{where}, answers,")
        if not plain:
            raise UserError(f"an answer in a list may not be empty, {where} has {shown(cell)}: [] says there is none")
        if start is not None and (isinstance(start, bool) or not isinstance(start, int)):
            raise UserError(f"answer_start must be a whole number, {where} has {start!r}: mend it or leave it out")
        blank = len(str(text)) - len(str(text).lstrip())
        found.append((plain, -1 if start is None or start < 0 else start + blank))
    return found


def _folded(cell: Any) -> str:
    return "" if _is_missing(cell) else str(cell).strip().casefold()


def _is_missing(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, float) and cell != cell)


def _start(context: str, answer: str, given: int) -> int:
    """Return the answer's offset: `given` if it is there, else its nearest occurrence; -1 for none or if not given."""
    if given < 0 or context.startswith(answer, given):
        return given if given >= 0 else -1
    places = [match.start() for match in re.finditer(f"(?={re.escape(answer)})", context)]
    return min(places, key=lambda place: abs(place - given), default=-1)


def _position(context: str, answer: str, start: int) -> float | None:
    if start < 0 and context.count(answer) == 1:
        start = context.index(answer)
    if start < 0:
        return None
    inside_word = start > 0 and not context[start - 1].isspace()  # as after a bracket
    return (len(context[:start].split()) - inside_word) / len(context.split())


def _groups(table: pd.DataFrame) -> list[str]:
    """Return the group of each row."""
    titles = list(table["article"])
    if len(set(titles)) == 1:
        titles = [""] * len(titles)
    folded = {context: normalised(context) for context in set(table["context"])}
    firsts: dict[tuple[str, str], int] = {}
    links = []
    for at, (title, context) in enumerate(zip(titles, table["context"], strict=True)):
        links.append((firsts.setdefault(("context", folded[context]), at), at, 1.0))
        if title:
            links.append((firsts.setdefault(("title", title), at), at, 1.0))
    ids = list(table["id"])
    return [titles[first] or ids[first] for first in connected(links, len(titles))]
