"""The task of a user's file and the columns it needs, guessed from the headers and from what the cells look like.

A guess is for `python -m stages.init`, which shows it and asks the user to look: nothing else is decided by it.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline_lib.core.errors import UserError
from pipeline_lib.data.chat_exports import is_discord
from pipeline_lib.data.conversations import Turn, keys_of, read_turns, turn_list
from pipeline_lib.data.dialogue_files import read_dialogues
from pipeline_lib.data.headers import listed
from pipeline_lib.data.json_rows import RepeatedKeys
from pipeline_lib.data.records import read_records
from pipeline_lib.data.tables import looks_like_row
from pipeline_lib.data.text_files import ending

RECIPES = ("impression", "sentiment", "sentiment_lm", "qa", "company", "dialogue")
SAMPLE = 2000  # rows that are looked at
MOST_LABELS = 200
# Recipe -> the task's name of a column -> words of headers that mean it, the likeliest first. The first two are needed.
NAMES: dict[str, dict[str, str]] = {
    "qa": {
        "question": "question, query",
        "context": "context, passage, paragraph, document, article",
        "answer": "answer, answer text, reference answer",
        "answers": "answers",
        "title": "title",
        "id": "id, question id, qid",
        "is_impossible": "is impossible",
    },
    "impression": {
        "observation": "findings, finding, observation, observations, report findings, befund, befunde",
        "impression": "impression, impressions, conclusion, conclusions, beurteilung",
        "title": "report name, exam, examination, exam name, exam type, study, procedure, modality, title",
        "history": "history, clinical history, hx, indication, indications, clinical information, reason for exam, "
        "reason",
    },
    "company": {
        "question": "question, questions, q, query, frage, pregunta, instruction, prompt, input, user, customer",
        "answer": "answer, answers, a, response, reply, antwort, respuesta, output, completion, assistant, agent",
        "topic": "topic, category, theme, section",
    },
    "sentiment": {
        "label": "label, labels, sentiment, polarity, class, category, target, intent, emotion, rating, stars, topic, "
        "score, spam, toxic, gold label",
        "text": "text, sentence, review, review text, comment, tweet, content, message, body, post, utterance, "
        "headline, description, title, question, document, news, email",
    },
}
NAMES["sentiment_lm"] = NAMES["sentiment"]
_RADIOLOGY = re.compile(
    r"\b(effusions?|pneumothorax|opacit(y|ies)|lungs?|hepatic|fractures?|lesions?|unremarkable|atelectasis|vertebra\w*)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?|true|false", re.IGNORECASE)


@dataclass(frozen=True)
class Guess:
    """A task with its columns, why, and what the user should look at."""

    recipe: str  # of RECIPES
    columns: dict[str, str] = field(default_factory=dict)  # the task's name -> the file's header
    labels: dict[str, str] = field(default_factory=dict)  # value of the label column -> word, where values are numbers
    reason: str = ""
    named: bool = False  # whether headers told it, and not what cells look like
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Column:
    """What a column's cells look like."""

    header: str
    texts: list[str]  # cells that are not empty, as text; [] where they are lists or objects
    nested: bool

    @property
    def values(self) -> Counter[str]:
        return Counter(" ".join(text.casefold().split()) for text in self.texts)

    @property
    def letters(self) -> float:
        """The mean length of a cell in characters."""
        return sum(map(len, self.texts)) / len(self.texts) if self.texts else 0.0

    @property
    def questions(self) -> float:
        return sum(text.rstrip().endswith(("?", "？", "؟")) for text in self.texts) / max(1, len(self.texts))

    @property
    def is_label(self) -> bool:
        """Whether it has few values, short ones, each several times."""
        values = self.values
        return 2 <= len(values) <= MOST_LABELS and 3 * len(values) <= len(self.texts) and max(map(len, values)) <= 60

    @property
    def is_text(self) -> bool:
        """Whether most cells are several words, or as long in a script that has no spaces, and few are repeated."""
        long = sum(bool(re.search(r"\S\s+\S|[^\x00-\u024f]{4}", text)) for text in self.texts)
        return 2 * long > len(self.texts) and len(self.values) * 5 >= len(self.texts) and not self.is_label


def guess_file(path: Path, recipe: str | None = None, encoding: str = "auto") -> Guess:
    """Return the guess for a file. Raises UserError as `guess` and read_records do."""
    as_dialogues = None
    with contextlib.suppress(UserError):
        if recipe in (None, "dialogue") and ending(path)[0] in (".txt", ".json"):
            as_dialogues = Guess("dialogue", reason=f"it is in the layout {read_dialogues(path, {}, encoding).layout}")
    if as_dialogues and ending(path)[0] == ".txt":
        return as_dialogues
    try:
        records = read_records(path, encoding)
    except UserError:
        if as_dialogues:  # a list of lists of turns is no table
            return as_dialogues
        raise
    if is_discord(records):
        return Guess("dialogue", reason="it is a chat exported from Discord")
    found = guess(records.headers, records.rows, recipe)
    chosen = [header for header in found.columns.values() if header in records.headers]
    if not found.named and (looks_like_row(records, chosen) or any(len(header) > 60 for header in chosen)):
        raise UserError(
            f"{path} must begin with headers, its first line looks like a row ({listed(records.headers)}): put a line "
            "of headers before it"
        )
    return found


def guess(headers: Sequence[str], rows: Sequence[Mapping[str, Any]], recipe: str | None = None) -> Guess:
    """Return the likeliest task of a file and its columns; of `recipe` only the columns.

    Raises UserError for a file in which no column looks like text, and where the columns of `recipe` cannot be told.
    """
    rows = rows[:SAMPLE]
    columns = [_column(header, rows) for header in headers]
    found = _guess(columns, rows, headers, recipe)
    if found is None:
        what = f"which columns {recipe} should read" if recipe else "what this file is for"
        raise UserError(
            f"{what} cannot be told from its columns ({listed(headers) or 'none'}): a task needs a column of "
            "texts and one of labels or answers; name them yourself under data and columns in the recipe's params.yaml"
        )
    return found


def _guess(
    columns: list[_Column], rows: Sequence[Mapping[str, Any]], headers: Sequence[str], recipe: str | None
) -> Guess | None:
    conversation = _conversation(rows, headers)
    if conversation and recipe in (None, conversation.recipe, "dialogue"):
        return (
            conversation if recipe in (None, conversation.recipe) else replace(conversation, recipe=recipe, unsure=())
        )
    wanted = [recipe] if recipe else ["qa", "impression", "company", "sentiment"]
    for name in wanted:
        found = _by_name(name, columns, strict=recipe is None)
        if found:
            return found
    return _by_content(columns, recipe)


def _by_name(recipe: str, columns: list[_Column], strict: bool) -> Guess | None:
    """Return the guess where the file has headers for both columns that the recipe needs, and fitting cells."""
    named = _named(NAMES.get(recipe, {}), columns)
    needed = list(NAMES.get(recipe, {}))[:2]
    if not needed or not all(name in named for name in needed):
        return None
    by_header = {column.header: column for column in columns}
    if recipe == "qa" and not {"answer", "answers"} & set(named):
        return None
    if recipe == "company" and strict and by_header[named["answer"]].is_label and "answer" not in _key(named["answer"]):
        return None  # its few outputs are labels
    unsure: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    if recipe.startswith("sentiment"):
        if strict and not by_header[named["label"]].is_label:
            return None
        labels, unsure = label_words(by_header[named["label"]].values, named["label"])
    if recipe == "qa" and "answers" in named:
        named.pop("answer", None)
    return Guess(recipe, named, labels, f"its columns are called {_listed(named.values())}", True, unsure)


def _by_content(columns: list[_Column], recipe: str | None) -> Guess | None:
    """Return the guess from what cells look like, where headers do not tell."""
    texts = [column for column in columns if column.is_text]
    labels = sorted((column for column in columns if column.is_label), key=lambda column: len(column.values))
    if recipe in (None, "sentiment", "sentiment_lm") and texts and labels:
        names = _named({"label": NAMES["sentiment"]["label"]}, labels)
        label = next((column for column in labels if column.header in names.values()), labels[0])
        text = max(texts, key=lambda column: column.letters)
        words, unsure = label_words(label.values, label.header)
        line = f"which column holds the labels: {label.header!r} has {len(label.values)} values"
        reason = f"{label.header!r} has {len(label.values)} values, {text.header!r} holds texts"
        return Guess(
            recipe or "sentiment", {"text": text.header, "label": label.header}, words, reason, unsure=(line, *unsure)
        )
    if recipe not in (None, "company", "impression") or not texts:
        return None
    if len(texts) == 1 and recipe != "impression":
        header = texts[0].header
        return Guess(
            "company", {"text": header}, reason=f"{header!r} is the only column of texts",
            unsure=("the task: each text is divided, and the model learns to continue its beginning",),
        )  # fmt: skip
    if len(texts) < 2:
        return None
    longest = sorted(texts, key=lambda column: -column.letters)[:2]
    medical = sum(bool(_RADIOLOGY.search(text)) for text in longest[0].texts) / len(longest[0].texts)
    if recipe == "impression" or (recipe is None and medical > 0.5):
        source, target = longest
        names = {"observation": source.header, "impression": target.header}
        reason = f"{source.header!r} holds reports, {target.header!r} is shorter"
        return Guess("impression", names, reason=reason, unsure=("which column is the finding, which the impression",))
    first, second = [column for column in columns if column in longest]
    if second.questions > max(0.5, first.questions):
        first, second = second, first
    unsure = (
        () if first.questions > 0.5 else (f"the direction: {first.header!r} is asked, {second.header!r} is learnt",)
    )
    return Guess(
        "company", {"question": first.header, "answer": second.header}, unsure=unsure,
        reason=f"{first.header!r} and {second.header!r} hold texts" + (", questions first" if not unsure else ""),
    )  # fmt: skip


def label_words(values: Iterable[str], header: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return words for labels that are numbers, and what is not sure about them; nothing where labels are words."""
    numbers = sorted((value for value in values if _NUMBER.fullmatch(value)), key=lambda one: (len(one), one))
    if not numbers:
        return {}, ()
    key = _key(header)
    if set(numbers) <= {"0", "1", "true", "false"} and key not in ("label", "labels", "class", "target", "score"):
        sentiment = key in ("sentiment", "polarity")
        no, yes = ("negative", "positive") if sentiment else (f"not {key}", key)
        words = {value: yes if value in ("1", "true") else no for value in numbers}
    elif key in ("rating", "stars", "score") and all(value in "12345" for value in numbers):
        return {value: f"{value} star{'s' * (value != '1')}" for value in numbers}, ()
    else:
        words = {value: f"class {value}" for value in numbers}
    named = ", ".join(f"{value}: {word}" for value, word in list(words.items())[:10])
    return words, (f"what the numbers of {header!r} mean: correct the words under labels ({named})",)


def _conversation(rows: Sequence[Mapping[str, Any]], headers: Sequence[str]) -> Guess | None:
    """Return the guess for rows that hold a list of turns, or are objects of speakers and texts."""
    if "paragraphs" in headers:
        return Guess("qa", reason="it is in SQuAD's format")
    for header in headers:
        turns: list[Turn] = []
        with contextlib.suppress(UserError):
            for row in rows[:200]:
                entries = turn_list(row.get(header), header)
                named = _key(header) in ("dialog", "dialogue", "conversation", "utterances", "turns")
                turns += read_turns(entries, header) if named or keys_of(entries) else []
        if not turns:
            continue
        roles = {turn.role for turn in turns}
        reason = f"{header!r} holds the turns of {_listed(sorted({turn.speaker for turn in turns})[:4])}"
        if "assistant" in roles and "" not in roles:
            columns = {} if header in ("messages", "conversations") else {"messages": header}
            unsure = ("whether the assistant alone is to be learnt: --task dialogue learns every turn",)
            return Guess("company", columns, reason=reason, unsure=unsure)
        return Guess("dialogue", {"turns": header}, reason=reason)
    if any(isinstance(row, RepeatedKeys) for row in rows):
        return Guess("dialogue", reason="its objects repeat keys, as the speakers of a dialogue do")
    sizes = [len(row) for row in rows]
    each = sum(sizes) / len(sizes) if sizes else 0
    if len(headers) > 2 * each >= 4 and all(isinstance(cell, str | None) for row in rows for cell in row.values()):
        return Guess("dialogue", reason="each row has other keys, as the speakers of dialogues have")
    return None


def _named(names: Mapping[str, str], columns: Sequence[_Column]) -> dict[str, str]:
    """Return the headers that mean a name, each for one name only: the likeliest word first."""
    headers = {_key(column.header): column.header for column in columns if column.texts or column.nested}
    found: dict[str, str] = {}
    for name, words in names.items():
        header = next((headers[word] for word in words.split(", ") if word in headers), None)
        if header is not None and header not in found.values():
            found[name] = header
    return found


def _column(header: str, rows: Sequence[Mapping[str, Any]]) -> _Column:
    cells = [cell for row in rows if (cell := row.get(header)) is not None and str(cell).strip()]
    nested = any(isinstance(cell, (list, dict)) for cell in cells)
    return _Column(header, [] if nested else [_text(cell) for cell in cells], nested)


def _text(cell: Any) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell).strip()


def _key(header: str) -> str:
    """Return a header's words in lower case: "Report_Name" is "report name"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return " ".join(re.findall(r"[^\W_]+", spaced.casefold()))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
