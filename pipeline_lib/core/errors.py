"""The exception for a user's mistake; every other exception is a bug and keeps its traceback."""

from difflib import get_close_matches


class UserError(Exception):
    """A mistake that the user can correct: one line with the rule, the value and the remedy."""


def did_you_mean(word: str, known: list[str] | tuple[str, ...]) -> str:
    """Return " (did you mean ...?)" with the most similar of `known`, or "" where none is similar."""
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f" (did you mean {folded[close[0]]}?)" if close else ""
