"""The words in which an answer and its reference differ, for a page to mark, and where it folds a long text."""

from difflib import SequenceMatcher

import regex

from pipeline_lib.core.text import SIGN, WORD

MOST = 300  # words of a text that is compared: the time grows with their square
LONG, SHOWN = 1200, 900  # characters: a text of more is folded after the first so many

Piece = tuple[str, bool]  # a stretch of a text, and whether its words are not in the other text

_WORD = regex.compile(rf"(?V1){SIGN}|{WORD}")


def marked(reference: str, answer: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces: words that the other text does not have at that place are marked.

    Case and punctuation make no difference. Texts of more than MOST words are one piece that is not marked.
    """
    ours, theirs = ([found.span() for found in _WORD.finditer(text)] for text in (reference, answer))
    if max(len(ours), len(theirs)) > MOST:
        return [(reference, False)], [(answer, False)]
    words = [
        [text[start:end].casefold() for start, end in spans] for text, spans in ((reference, ours), (answer, theirs))
    ]
    alike = SequenceMatcher(None, words[0], words[1], autojunk=False).get_matching_blocks()
    same = [{block[side] + i for block in alike for i in range(block.size)} for side in (0, 1)]
    return _pieces(reference, ours, same[0]), _pieces(answer, theirs, same[1])


def closest(references: list[str], answer: str) -> int:
    """Return the place of the reference that shares most words with the answer, the first of equal ones."""
    given = _words(answer)
    return max(range(len(references)), key=lambda place: (len(given & _words(references[place])), -place))


def folded_after(text: str) -> tuple[str, str]:
    """Return the start of a long text and the rest, cut at a space; (text, "") of one that need not be folded."""
    if len(text) <= LONG:
        return text, ""
    cut = text.rfind(" ", SHOWN // 2, SHOWN) + 1 or SHOWN
    return text[:cut], text[cut:]


def _words(text: str) -> set[str]:
    return {found.group().casefold() for found in _WORD.finditer(text)}


def _pieces(text: str, spans: list[tuple[int, int]], same: set[int]) -> list[Piece]:
    """Return a text in pieces; what stands between two marked words is marked with them."""
    pieces: list[Piece] = []
    done, start = 0, 0
    while start < len(spans):
        if start in same:
            start += 1
            continue
        stop = start
        while stop + 1 < len(spans) and stop + 1 not in same:
            stop += 1
        pieces += [(text[done : spans[start][0]], False), (text[spans[start][0] : spans[stop][1]], True)]
        done, start = spans[stop][1], stop + 1
    return [piece for piece in [*pieces, (text[done:], False)] if piece[0]]
