"""The page of sampled conversations: those of each epoch's model side by side, for a person to read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline_lib.core.dialogues import opening
from pipeline_lib.core.files import write_text
from pipeline_lib.report.offline_page import offline_page

TEMPLATE, STYLE = (Path(__file__).with_name(f"dialogue_samples.{kind}") for kind in ("html", "css"))


def write_page(path: str | Path, conversations: Sequence[Mapping[str, Any]]) -> None:
    """Write the page as one HTML file that fetches nothing."""
    write_text(path, page(conversations))


def page(conversations: Sequence[Mapping[str, Any]]) -> str:
    """Return the page: a row per prompt, a column per epoch. Text of a turn is escaped, never markup.

    conversations: {epoch, prompt, turns}, turns {speaker, text}; all of a prompt begin with the same `opening`.
    """
    epochs = sorted({sample["epoch"] for sample in conversations})
    prompts = list(dict.fromkeys(sample["prompt"] for sample in conversations))
    turns = {(sample["prompt"], sample["epoch"]): sample["turns"] for sample in conversations}
    given = {prompt: len(opening(turns[prompt, epochs[0]])) for prompt in prompts}
    rows = [
        {
            "prompt": prompt,
            "opening": turns[prompt, epochs[0]][: given[prompt]],
            "replies": [turns[prompt, epoch][given[prompt] :] for epoch in epochs],
        }
        for prompt in prompts
    ]
    return offline_page(TEMPLATE, {"epochs": epochs, "rows": rows}, sheets=(STYLE,))
