"""Sampled conversations side by side, a page for a person to watch a model change from epoch to epoch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from pipeline_lib.core.files import write_text

TEMPLATE = Path(__file__).with_name("dialogue_samples.html")


def write_page(path: str | Path, conversations: Sequence[Mapping[str, Any]]) -> None:
    """Write the page as one HTML file that fetches nothing."""
    write_text(path, page(conversations))


def page(conversations: Sequence[Mapping[str, Any]]) -> str:
    """Return the page of conversations, {epoch, prompt, turns} each: a row a prompt, a column an epoch.

    Whatever is said is text in it, never markup.
    """
    epochs = sorted({told["epoch"] for told in conversations})
    prompts = list(dict.fromkeys(told["prompt"] for told in conversations))
    by_place = {(told["prompt"], told["epoch"]): told["turns"] for told in conversations}
    rows = [
        {
            "prompt": prompt,
            "opening": by_place[prompt, epochs[0]][:1],
            "said": [by_place[prompt, epoch][1:] for epoch in epochs],
        }
        for prompt in prompts
    ]
    template = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    return template.render(epochs=epochs, rows=rows)
