"""Ollama's Modelfile: a model's file, its prompt template, where an answer stops, its licence."""

import re
from collections.abc import Mapping

NAME = "Modelfile"
_QUOTES = '"""'


def modelfile(
    file: str, before: str, after: str, *, stop: str, parameters: Mapping[str, int | float], licence: str | None
) -> str:
    """Return a Modelfile for one question at a time: `before` and `after` are the texts around it.

    stop: the text of the token that ends an answer. parameters: others of Ollama's, such as num_ctx.
    """
    lines = [
        "# {{ .Prompt }} is the text that the task's prompt makes of a row; the rest is the template of the training.",
        f"FROM ./{file}",
        f"TEMPLATE {_QUOTES}{_literal(before)}{{{{ .Prompt }}}}{_literal(after)}{_QUOTES}",
        f"PARAMETER stop {_quoted(stop)}",
        *(f"PARAMETER {name} {value:g}" for name, value in parameters.items()),
        *([f"LICENSE {_QUOTES}{licence}{_QUOTES}"] if licence else []),
    ]
    return "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    """Return a text that Go's templates write as it is, and that does not end the Modelfile's quotes."""
    return re.sub(r'[{"]', lambda found: '{{ "{" }}' if found[0] == "{" else r'{{ "\"" }}', text)


def _quoted(text: str) -> str:
    """Return a parameter's value in quotes; one that holds quotes or a line break in three."""
    return f"{_QUOTES}{text}{_QUOTES}" if '"' in text or "\n" in text else f'"{text}"'
