"""Chats that WhatsApp and Discord export: their messages, and the dialogues between pauses."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline_lib.core.dialogues import LABEL
from pipeline_lib.core.errors import UserError
from pipeline_lib.data.cells import shown
from pipeline_lib.data.headers import find_header, listed
from pipeline_lib.data.records import Records

PAUSE = timedelta(hours=3)  # a longer one begins a new dialogue

_MARKS = "\u200e\u200f\u202a-\u202e"  # direction marks: iOS writes one before its own lines and before media
# Android: 31/01/2024, 08:01 - Ben: Hello; iOS: [31/01/2024, 08:01:22] Ben: Hello. Order and signs follow the phone.
_HEAD = re.compile(
    rf"[{_MARKS}]*(?P<bracket>\[)?(?P<date>\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}}),?\s+"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?(?:\s*(?P<half>[AaPp])\.?\s?[Mm]\.?)?"
    r"(?(bracket)\]|\s+-)\s(?P<rest>.*)"
)
_NO_NAME = re.compile('["“”„«»]')  # 'Ben created group "Trip: Rome"' is a line of the app
_NO_TEXT = re.compile(  # in place of a picture, or of a message that was deleted
    rf"[{_MARKS}].*|<[^<>]+>|\S.*\.\w{{2,4}} \([^()]+\)|null|(?:This message was|You) deleted(?: this message)?\.?|"
)
_EDITED = re.compile(rf"\s*[{_MARKS}]*<This message was edited>$")
_DISCORD = ("Author", "Date", "Content")  # headers of DiscordChatExporter's CSV
_DISCORD_TYPES = ("Default", "Reply")  # of its JSON; others are lines of the app


@dataclass(frozen=True)
class Message:
    """One message of a chat."""

    speaker: str
    text: str
    time: datetime


@dataclass(frozen=True)
class Chat:
    """The messages of an export, and how many of its entries are none."""

    kind: str  # whose export it is
    messages: list[Message]
    app_lines: int  # written by the app: who joined, what is encrypted
    without_text: int  # pictures and deleted messages

    def notes(self, dialogues: int) -> list[str]:
        """Return the lines for the log, `dialogues` being the number of them."""
        skipped = {"lines of the app": self.app_lines, "messages without text": self.without_text}
        said = [f"{count:,} {name}" for name, count in skipped.items() if count]
        hours = PAUSE.total_seconds() / 3600
        line = (
            f"{len(self.messages):,} messages in {dialogues:,} dialogues: a pause of {hours:g} hours begins a new one"
        )
        return [line, *([f"not read: {' and '.join(said)}"] if said else [])]


def is_whatsapp(text: str) -> bool:
    """Return whether a text is an export of WhatsApp: its first line that is not empty has a date and a time."""
    return bool(_HEAD.match(text.lstrip()))


def read_whatsapp(source: Path, text: str) -> Chat:
    """Return the messages of an export of WhatsApp; lines without a date continue the message before them.

    Dates are read as day first or month first, whichever fits the file. Raises UserError for a date that is none.
    """
    heads: list[tuple[int, re.Match[str], list[str]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        head = _HEAD.match(line.rstrip("\r"))
        if head:
            heads.append((number, head, []))
        elif heads:
            heads[-1][2].append(line.rstrip("\r"))
    times = _times(source, heads)
    messages, app_lines, without_text = [], 0, 0
    for time, (_, head, more) in zip(times, heads, strict=True):
        label = LABEL.match(head["rest"])
        if not label or _NO_NAME.search(label["speaker"]):
            app_lines += 1
            continue
        first = _EDITED.sub("", head["rest"][label.end() :])
        said = [*([] if _NO_TEXT.fullmatch(first) else [first]), *more]
        content = "\n".join(said).strip()
        if content:
            messages.append(Message(label["speaker"].strip(), _EDITED.sub("", content), time))
        else:
            without_text += 1
    return Chat("WhatsApp", messages, app_lines, without_text)


def is_discord(records: Records) -> bool:
    """Return whether rows are an export of DiscordChatExporter, as JSON or CSV."""
    first = records.rows[0] if records.rows else {}
    if records.first_line:
        return all(find_header(header, records.headers) for header in _DISCORD)
    return isinstance(first.get("author"), dict) and "timestamp" in first and "content" in first


def read_discord(records: Records) -> Chat:
    """Return the messages of an export for which is_discord is true. Raises UserError for a time that is none."""
    if records.first_line:
        names = [find_header(header, records.headers) or header for header in _DISCORD]
        rows = [(row[names[0]], row[names[1]], row[names[2]], "Default") for row in records.rows]
    else:
        rows = [
            (_author(row), row.get("timestamp"), row.get("content"), row.get("type", "Default")) for row in records.rows
        ]
    times = pd.to_datetime([str(time) for _, time, _, _ in rows], utc=True, format="mixed", errors="coerce")
    wrong = next((at for at, time in enumerate(times) if pd.isna(time)), None)
    if wrong is not None:
        raise UserError(
            f"a message must have a date and a time, message {wrong + 1} of {records.path} has "
            f"{shown(rows[wrong][1])}: mend it"
        )
    kept = [(row, time) for row, time in zip(rows, times, strict=True) if row[3] in _DISCORD_TYPES]
    messages = [Message(str(who), str(text or "").strip(), time) for (who, _, text, _), time in kept]
    spoken = [message for message in messages if message.text]
    return Chat("Discord", spoken, len(rows) - len(kept), len(kept) - len(spoken))


def split_at_pauses(messages: Sequence[Message]) -> list[list[Message]]:
    """Return the dialogues of a chat: a pause of more than PAUSE begins a new one."""
    dialogues: list[list[Message]] = []
    for at, message in enumerate(messages):
        if at == 0 or message.time - messages[at - 1].time > PAUSE:
            dialogues.append([])
        dialogues[-1].append(message)
    return dialogues


def _author(row: dict[str, Any]) -> Any:
    author = row.get("author")
    return author.get("name") if isinstance(author, dict) else author


def _times(source: Path, heads: Sequence[tuple[int, re.Match[str], list[str]]]) -> list[datetime]:
    """Return each message's time. Of 2/3/24 the order that all dates fit, and in which time goes back less often."""
    found = []
    unfit = heads[0]
    for day_first in (False, True):
        times: list[datetime] = []
        try:
            for one in heads:
                unfit = one
                times.append(_time(one[1], day_first))
        except ValueError:
            continue
        found.append(times)
    if not found:
        raise UserError(
            f"the dates of a chat must all be day first or all month first, {source} line {unfit[0]} has "
            f"{unfit[1]['date']}: correct it"
        )
    return min(reversed(found), key=lambda times: sum(later < time for time, later in pairwise(times)))


def _time(head: re.Match[str], day_first: bool) -> datetime:
    first, second, third = map(int, re.split("[./-]", head["date"]))
    if first > 31:
        year, month, day = first, second, third
    else:
        year, month, day = (third, second, first) if day_first else (third, first, second)
    hour = int(head["hour"])
    if head["half"]:
        hour = hour % 12 + 12 * (head["half"].lower() == "p")
    return datetime(year + 2000 * (year < 100), month, day, hour, int(head["minute"]), int(head["second"] or 0))


def speakers_line(turns: Iterable[str]) -> str:
    """Return the line of the log that says how many speakers there are and how much each speaks, by name a turn."""
    counts = Counter(turns).most_common()
    largest = [f"{name} ({count:,})" for name, count in counts]
    return f"{len(counts):,} speakers by their turns: {listed(largest)}"
