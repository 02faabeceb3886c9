"""The encoding of a text file: by its mark, as UTF-8, or guessed and said."""

import codecs

from pipeline_lib.core.errors import UserError

# UTF-32's mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes, encoding: str, origin: str) -> tuple[str, list[str]]:
    """Return the text of a file without a byte order mark, and a line for the log where the encoding is not UTF-8.

    `origin` names the file in messages.
    """
    if encoding != "auto":
        return _decoded(content, encoding, origin).removeprefix("\ufeff"), []
    for mark, name in _MARKS:
        if content.startswith(mark):
            said = [] if name == "utf-8-sig" else [f"encoding {name.upper()}, by the mark at its beginning"]
            return _decoded(content, name, origin), said
    return _decoded(content, "utf-8", origin), []


def _decoded(content: bytes, encoding: str, origin: str) -> str:
    try:
        # Decoded in one piece, so that the position of a wrong byte is its position in the file.
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError(
            f"{origin} is not {encoding.upper()} (byte {content[error.start]:#04x} at {error.start}): "
            "name its encoding under encoding in the params file, and look at the result"
        ) from error
