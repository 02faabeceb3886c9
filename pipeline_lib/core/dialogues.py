"""Dialogues as text: a line a turn, and the turns of a dialogue as rows that can be asked for one by one."""

import re
from collections.abc import Sequence
from typing import Any

from pipeline_lib.core.rows import Example

# {speaker, text}, and in training rows {learnt}: whether the model is to learn this turn, or only to read it.
Turn = dict[str, Any]

LABEL = re.compile(r"(?P<speaker>[^\s:][^:\n]{0,59}?):(?:[ \t]+|$)")  # what a line of a transcript begins with


def turn_line(turn: Turn) -> str:
    """Return a turn as a line of a transcript, "Alex: Hello."."""
    return f"{turn['speaker']}: {turn['text']}"


def transcript(turns: Sequence[Turn]) -> str:
    """Return turns as text, a line each."""
    return "\n".join(map(turn_line, turns))


def split_label(text: str) -> tuple[str, str]:
    """Return the speaker and the words of a line; "" for the speaker where the line has no label."""
    found = LABEL.match(text)
    return (found["speaker"], text[found.end() :]) if found else ("", text)


def turns_to_predict(dialogue: Example) -> list[Example]:
    """Return each learnt turn of a dialogue but the first as a row of its own: `turns` before it, `speaker`, target.

    The rows share the dialogue's group. `source` is the transcript so far, `target` the turn's line, label included;
    the id is the dialogue's, a point and the turn's number from 1.
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
        if place and turn["learnt"]
    ]
