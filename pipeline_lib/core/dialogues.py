"""Dialogues as transcripts of one line a turn, and the turns of a dialogue as rows to predict one by one."""

import re
from collections.abc import Sequence
from typing import Any

from pipeline_lib.core.rows import Example

# {speaker, text}; in rows of a split also `learnt`: whether the model is trained on this turn, or only reads it.
# `system` is True, and else absent, where nobody says it: a text that tells a speaker how to reply.
Turn = dict[str, Any]

LABEL = re.compile(r"(?P<speaker>[^\s:][^:\n]{0,59}?):(?:[ \t]+|$)")  # the beginning of a line of a transcript


def turn_line(turn: Turn) -> str:
    """Return a turn as a line of a transcript, "Alex: Hello."."""
    return f"{turn['speaker']}: {turn['text']}"


def transcript(turns: Sequence[Turn]) -> str:
    """Return turns as text, one line each."""
    return "\n".join(map(turn_line, turns))


def split_label(text: str) -> tuple[str, str]:
    """Return the speaker and the text of a line; "" for the speaker where the line names none."""
    found = LABEL.match(text)
    return (found["speaker"], text[found.end() :]) if found else ("", text)


def opening(turns: Sequence[Turn]) -> Sequence[Turn]:
    """Return the turns up to the first that somebody says: that one, and the system texts before it."""
    spoken = next((place for place, turn in enumerate(turns) if not turn.get("system")), len(turns) - 1)
    return turns[: spoken + 1]


def turns_to_predict(dialogue: Example) -> list[Example]:
    """Return a row for each turn of a dialogue to predict: each `learnt` one that somebody spoke before.

    `turns` are those before it, `source` is their transcript, `target` the turn's line with its speaker. The rows share
    the dialogue's group; an id is the dialogue's, a point and the turn's number from 1.
    """
    turns = dialogue["turns"]
    return [
        {
            "id": f"{dialogue['id']}.{place + 1}",
            "group": dialogue["group"],
            "stratum": dialogue["stratum"],
            "source": transcript(turns[:place]),
            "target": turn_line(turn),
            "speaker": turn["speaker"],
            "turns": turns[:place],
            "leak": dialogue.get("leak", ""),
        }
        for place, turn in enumerate(turns)
        if turn["learnt"] and place >= len(opening(turns))
    ]
