"""The encoding of a text file: by its mark, as UTF-8, or guessed, where one guess alone is plausible, and said."""

import codecs
import contextlib
import re
from encodings import aliases

from pipeline_lib.core.errors import UserError, did_you_mean
from pipeline_lib.data.encoding_guess import differing, guess, place

# UTF-32's mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


_AROUND = 500_000  # bytes to either side of the first wrong one that are looked at


def check_encoding(name: str) -> None:
    """Raise UserError for a name that is neither "auto" nor that of a Python codec of text."""
    with contextlib.suppress(LookupError, ValueError):  # ValueError: a name with NUL
        if name == "auto" or codecs.lookup(name)._is_text_encoding:
            return
    known = sorted({one for one in aliases.aliases.values() if not one.endswith("_codec")})  # those are of bytes
    raise UserError(
        f"encoding must be auto or a Python codec of text, {name!r} is none{did_you_mean(name, known)}: "
        "correct encoding in the params file, for example utf-8, cp1252 or gb18030"
    )


def decode(content: bytes, encoding: str, origin: str) -> tuple[str, list[str]]:
    """Return the text of a file without a byte order mark, and a line for the log where the encoding is not UTF-8.

    `encoding` is a codec's name, or "auto": the one that the file's mark names, UTF-8 where the file is UTF-8, or the
    only one of common encodings in which the file is plausible. `origin` names the file in messages. Raises UserError
    for a file that is not in the encoding, and where no guess or more than one is plausible.
    """
    check_encoding(encoding)
    if encoding != "auto":
        return _decoded(content, encoding, origin, f"correct encoding: {encoding} in the params file"), []
    for mark, name in _MARKS:
        if content.startswith(mark):
            said = [] if name == "utf-8-sig" else [f"encoding {name.upper()}, by the mark at its beginning"]
            return _decoded(content, name, origin, "it begins as such a file and is damaged; save it anew"), said
    if b"\x1b$" in content and content.isascii():
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode("iso2022_jp"), [_guessed("iso2022_jp", "Japan")]
    if content.count(0) > len(content) // 5:  # of Latin text in UTF-16 every other byte
        name = "utf-16-le" if content[1::2].count(0) > content[::2].count(0) else "utf-16-be"
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode(name), [f"encoding {name.upper()}, though the file does not begin with its mark"]
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError as error:
        name = _guess(content, error, origin)
    return content.decode(name), [_guessed(name, place(name))]


def _decoded(content: bytes, encoding: str, origin: str, remedy: str) -> str:
    try:
        # Decoded in one piece, so that the position of a wrong byte is its position in the file.
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{origin} is not {encoding.upper()} (byte {content[error.start]:#04x} at {error.start}): {remedy}"
        ) from error
    except UnicodeError as error:
        raise UserError(f"{origin} is not {encoding.upper()} ({error}): {remedy}") from error


def _guess(content: bytes, error: UnicodeDecodeError, origin: str) -> str:
    """Return the one plausible encoding of a file that is not UTF-8; `error` says where it is not."""
    where = f"{origin} is not UTF-8 (byte {content[error.start]:#04x} at {error.start})"
    if _nearly_utf8(content[max(error.start - _AROUND, 0) : error.start + _AROUND]):
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{where}, but nearly all of it is: mend line {line}, or save the file anew as UTF-8")
    names, sure = guess(content)
    if sure:
        return names[0]
    if not names:
        raise UserError(
            f"{where}, and in no common encoding either: name its own under encoding in the params file, for example "
            "cp1252 (Western Europe), cp1251 (Russia), gb18030 (China) or cp932 (Japan), and look at the result"
        )
    words = differing(content, names[:4])
    shown = ", ".join(f"{name} ({place(name)}: {word})" for name, word in zip(names, words, strict=False))
    raise UserError(
        f"{where}, and its encoding is not sure: it may be {shown}; name one under encoding in the params file, and "
        "look at the result"
    )


def _nearly_utf8(content: bytes) -> bool:
    """Return whether nine of ten signs beyond ASCII are whole in UTF-8."""
    text = content.decode("utf-8", errors="replace")
    whole = sum(map(len, re.findall("[^\x00-\x7f\ufffd]+", text)))
    return whole > 9 * text.count("\ufffd")


def _guessed(name: str, used: str) -> str:
    return f"not UTF-8; encoding {name} ({used}) is a guess: look at the result, or name another under encoding"
