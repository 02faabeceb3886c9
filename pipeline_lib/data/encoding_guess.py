"""A guess of a text's encoding: the codecs in which its letters are those of one language, best a single one."""

import re
import unicodedata
from io import BytesIO
from itertools import pairwise

# The letters beyond a-z of languages, by script. A text is plausible where one language has (nearly) all its letters.
_WESTERN = (
    "äöüß", "çë", "àâæçéèêëîïôœùûüÿ", "áéíóúñüªº", "áâãàçéêíóôõúüªº", "àèéìíîòóùúªº", "åäöéü", "æøåéèòóô",
    "ëïéèêöüáóíúç", "áéíóúýþæöð", "àçèéíïòóúü",
)  # fmt: skip
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž")
_CYRILLIC = (
    "абвгдежзийклмнопрстуфхцчшщъыьэюяё", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "абвгдеёжзійклмнопрстуўфхцчшыьэюя", "абвгдђежзијклљмнњопрстћуфхцчџшѓѕќѐѝ",
)  # fmt: skip
_ARABIC = "".join(map(chr, range(0x621, 0x653))) + "پچژکگیے"
# Codec -> the alphabets that its texts are in, and where it is used. An earlier one of two equal texts is named.
_ALPHABETS: dict[str, tuple[tuple[str, ...], str]] = {
    "cp1252": (_WESTERN, "Western Europe"),
    "cp1250": (_CENTRAL, "Central Europe"),
    "cp1254": (("çğıöşüâîûi̇",), "Turkey"),
    "cp1257": (("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"), "the Baltic states"),
    "iso8859_15": (_WESTERN, "Western Europe, old Unix"),
    "mac_roman": (_WESTERN, "Western Europe, old Macintosh"),
    "cp850": (_WESTERN, "Western Europe, MS-DOS"),
    "iso8859_2": (_CENTRAL, "Central Europe, old Unix"),
    "cp852": (_CENTRAL, "Central Europe, MS-DOS"),
    "cp1251": (_CYRILLIC, "Russia and others"),
    "koi8_u": (_CYRILLIC, "Russia, old Unix"),
    "cp866": (_CYRILLIC, "Russia, MS-DOS"),
    "iso8859_5": (_CYRILLIC, "Russia, rare"),
    "mac_cyrillic": (_CYRILLIC, "Russia, old Macintosh"),
    "cp1253": (("αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώ",), "Greece"),
    "iso8859_7": (("αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώ",), "Greece, old Unix"),
    "cp1255": (("".join(map(chr, range(0x5B0, 0x5EB))),), "Israel"),
    "cp1256": ((_ARABIC, _WESTERN[1]), "Arabic and Persian"),
    "cp874": (("".join(map(chr, range(0xE01, 0xE5C))),), "Thailand"),
}
# Codec -> the codec that orders its signs by frequency, the first bytes of the frequent ones in that, and where it is
# used. Wrongly read text falls on rare signs.
_FREQUENT: dict[str, tuple[str, tuple[range, ...], str]] = {
    "gb18030": ("gb2312", (range(0xA1, 0xA2), range(0xA3, 0xA4), range(0xB0, 0xD8)), "China"),
    "big5": ("big5", (range(0xA1, 0xC7),), "Taiwan and Hong Kong"),
    "cp932": ("euc_jp", (range(0xA1, 0xA6), range(0xB0, 0xD0)), "Japan"),
    "euc_jp": ("euc_jp", (range(0xA1, 0xA6), range(0xB0, 0xD0)), "Japan, old Unix"),
    "cp949": ("euc_kr", (range(0xA1, 0xA2), range(0xA3, 0xA4), range(0xB0, 0xC9)), "Korea"),
}
_SAMPLE = 50_000  # bytes of lines that are not plain ASCII
_ENOUGH = 50  # bytes beyond ASCII; with fewer, charset-normalizer is not asked
_MARGIN = 0.12  # by which its best guess must be better than its second
_PLAUSIBLE = 0.97  # share of a text's signs beyond ASCII that fit its codec
_LATIN = {"cp1252", "cp1250", "cp1254", "cp1257", "iso8859_15", "mac_roman", "cp850", "iso8859_2", "cp852"}
_KANA = re.compile("[\u3040-\u30ff]")
_USUAL = "’‘‚“”„«»‹›–—…·•¿¡€£¥§°²³½¼¾±×÷µ©®™№\xa0\xad\u200c\u200d\u200e\u200f،؛؟"  # signs of texts
# A sign within a word, or an opening one after it.
_WITHIN = re.compile(rf"(?<=[^\W\d_])(?:[{_USUAL}](?<![’‘–—…·\xad\u200c\u200d])(?=[^\W\d_])|[„‚¿¡])")
_CONTROLS = re.compile("[\x80-\x84\x86-\x9f\ue000-\uf8ff]")  # control and private signs: no text has them
# A letter of another script in a word of Latin letters.
_MIXED = re.compile(r"[^\x00-\x7f\W\d_](?=[a-zA-Z])|(?<=[a-zA-Z])(?:[^\x00-\x7f\W\d_]|[\u0e31-\u0e4e])")
_DIGIT = re.compile(r"[^\x00-\x7f\W\d_ªº](?=\d)")
_WORD = re.compile(r"[^\W\d_]+")


def guess(content: bytes) -> tuple[list[str], bool]:
    """Return the codecs that a text which is not UTF-8 may be in, the likeliest first, and whether the first is sure.

    It is sure where the whole text decodes in it and is plausible, and in no other codec: the letters are those of one
    language, or frequent signs of Chinese, Japanese or Korean. Between several plausible ones charset-normalizer
    decides, if by a clear margin.
    """
    sample = _sample(content)
    names = list(_plausible(content, sample, one_language=True).values())
    if len(names) > 1:
        names = _ranked(sample, names)
    if names:
        return names, len(names) == 1
    # Letters of several languages: good enough to name a codec, not to take it.
    return list(_plausible(content, sample, one_language=False).values()), False


def place(name: str) -> str:
    """Return where a codec is used."""
    return _ALPHABETS[name][1] if name in _ALPHABETS else _FREQUENT[name][2]


def differing(content: bytes, names: list[str]) -> list[str]:
    """Return the first word that the codecs `names` read differently, as each of them reads it; of one, its first."""
    words = [re.findall(r"\S*[^\x00-\x7f\s]\S*", _sample(content).decode(name)) for name in names]
    found = next((same for same in zip(*words, strict=False) if len(set(same)) == len(names)), [w[0] for w in words])
    return ["".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in word[:20]) for word in found]


def _plausible(content: bytes, sample: bytes, one_language: bool) -> dict[str, str]:
    """Return {text of the sample: the first codec that gives it} of the codecs in which the file is plausible."""
    texts: dict[str, str] = {}
    for name in (*_ALPHABETS, *_FREQUENT):
        try:
            text = sample.decode(name)
            if _plausibility(text, name, one_language) >= _PLAUSIBLE:
                content.decode(name)
                texts.setdefault(text, name)
        except UnicodeDecodeError:
            continue
    return texts


def _ranked(sample: bytes, names: list[str]) -> list[str]:
    """Return the codecs, or the one that charset-normalizer finds far more plausible than the others."""
    if sum(byte > 127 for byte in sample) < _ENOUGH:
        return names
    from charset_normalizer import from_bytes

    found = {one.encoding: one for one in from_bytes(sample, cp_isolation=names)}
    ranked = sorted(found, key=lambda name: found[name].chaos - found[name].coherence)
    ranked = [name for name in ranked if name in names] + [name for name in names if name not in found]
    first, second = (found.get(name) for name in ranked[:2])
    if first and (not second or first.coherence - second.coherence + second.chaos - first.chaos > _MARGIN):
        return ranked[:1]
    return ranked


def _sample(content: bytes) -> bytes:
    """Return the first lines that are not plain ASCII; a line end is one in all the guessed encodings."""
    lines, size = [], 0
    for line in BytesIO(content):
        if not line.isascii():
            lines.append(_cut(line))
            size += len(lines[-1])
        if size > _SAMPLE:
            break
    return b"".join(lines)


def _cut(line: bytes) -> bytes:
    """Return a long line from its first sign beyond ASCII on; it is cut at a space or comma, never part of a sign."""
    if len(line) <= _SAMPLE:
        return line
    first = re.search(rb"[\x80-\xff]", line)
    start = max(line.rfind(sign, 0, first.start() if first else 0) for sign in (b" ", b",")) + 1
    piece = line[start : start + _SAMPLE]
    return piece[: max(piece.rfind(sign) for sign in (b" ", b",")) + 1] or line


def _plausibility(text: str, name: str, one_language: bool) -> float:
    """Return the share of the signs beyond ASCII in a text that fit the codec which it was decoded with.

    Letters fit where one of the codec's languages has them, the same for all, or else any of its languages.
    """
    beyond = [sign for sign in text if sign > "\x7f"]
    if name in _FREQUENT:
        return _frequent(text, beyond, *_FREQUENT[name][:2])
    if _CONTROLS.search(text):
        return 0.0
    letters = [sign for sign in beyond if unicodedata.category(sign)[0] in "LM"]
    alphabets = _ALPHABETS[name][0] if one_language else ("".join(_ALPHABETS[name][0]),)
    fitting = max(sum(sign.lower() in alphabet for sign in letters) for alphabet in alphabets)
    fitting += sum(sign in _USUAL for sign in beyond)
    wrong = len(_WITHIN.findall(text))
    if name not in _LATIN:
        wrong += len(_MIXED.findall(text))
    elif len(beyond) > 0.4 * len(text):
        return 0.0
    wrong += len(_DIGIT.findall(text))
    for word in _WORD.findall(text):  # a capital after a small letter
        wrong += sum(b > "\x7f" and a.islower() and b.isupper() for a, b in pairwise(word))
    return (fitting - wrong) / len(beyond)


def _frequent(text: str, beyond: list[str], base: str, leads: tuple[range, ...]) -> float:
    """Return the share of signs that are frequent; 0 for Japanese without kana."""
    if base == "euc_jp" and len(_KANA.findall(text)) < 0.1 * len(beyond):
        return 0.0
    codes = [sign.encode(base, errors="ignore") for sign in beyond]
    return sum(bool(code) and any(code[0] in lead for lead in leads) for code in codes) / len(codes)
