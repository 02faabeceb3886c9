"""The part of an HTTP response that the Hub's errors read."""

from typing import Any


class Answer(Any):
    """A refusal without content."""

    status_code, headers, text, request, content = 403, dict[str, str](), "", None, b""
