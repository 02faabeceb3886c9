"""The encoding of a file that is not UTF-8: guessed and said where one is plausible, named for the user where not."""

import pytest

from pipeline_lib.data.encodings import decode
from pipeline_lib.data.tables import read_table
from tests.helpers.stages import error_of

TEXTS = {
    "de": "Das Zimmer war größer als erwartet, aber der Straßenlärm störte uns die Nacht.\nFrühstück: schön, üppig!",
    "fr": "L’hôtel était très bien placé, à côté de la gare, mais la chambre était plutôt bruyante.\nÇa m’a déçu : "
    "où est la fenêtre ? Le garçon a été aimable, le dîner pas prêt.",
    "es": "¿Dónde está la habitación? El señor de la recepción no sabía, mañana será peor.\nEl niño durmió aquí, bien.",
    "pt": "Não há informação na recepção, e a cama não era boa.\nA manhã foi ótima, três pães e café; voltarei amanhã.",
    "sv": "Rummet låg på nedre våningen, och det var för mörkt.\nVi åt där på kvällen, gott och billigt, vi är nöjda.",
    "pl": "Pokój był mały, ale obsługa bardzo miła i śniadanie smaczne.\nŁóżko skrzypiało całą noc, więc źle spałem.",
    "cs": "Pokoj byl příliš malý a večeře přišla pozdě, ačkoli číšník byl milý.\nŽe už sem nepojedeme, je jisté.",
    "tr": "Oda çok küçüktü ama kahvaltı güzeldi, çalışanlar nazikti.\nGürültü yüzünden uyuyamadık, şikâyet ettik.",
    "ru": "Номер был чистый, но завтрак холодный.\nПерсонал вежливый, всё понравилось, приедем ещё.",
    "el": "Το δωμάτιο ήταν μικρό, αλλά το πρωινό πολύ καλό.\nΉταν ήσυχα και θα ξαναπάμε.",
    "he": "החדר היה קטן אבל ארוחת הבוקר הייתה טובה.\nהצוות אדיב ונחזור שוב.",
    "ar": "كانت الغرفة صغيرة ولكن الإفطار جيد جدا.\nالموظفون لطفاء وسنعود مرة أخرى.",
    "th": "ห้องพักเล็กแต่อาหารเช้าอร่อยมาก\nพนักงานสุภาพ จะกลับมาอีกครั้ง",
    "zh": "房间很小，但是早餐非常好，服务员态度也不错。\n晚上太吵了，睡不着觉，下次不会再来了。",
    "zh-tw": "房間很小，但是早餐非常好，服務員態度也不錯。\n晚上太吵了，睡不著覺，下次不會再來了。",
    "ja": "部屋は狭かったですが、朝食はとてもおいしかったです。\nスタッフも親切で、また泊まりたいと思います。",
    "ko": "방은 작았지만 아침 식사가 아주 좋았습니다.\n직원들이 친절해서 다음에 또 오고 싶습니다.",
}


@pytest.mark.parametrize(
    ("language", "encoding", "name"),
    [
        ("de", "cp1252", "cp1252 (Western Europe)"),
        ("fr", "cp1252", "cp1252 (Western Europe)"),
        ("es", "cp1252", "cp1252 (Western Europe)"),
        ("es", "mac_roman", "mac_roman (Western Europe, old Macintosh)"),
        ("fr", "cp850", "cp850 (Western Europe, MS-DOS)"),
        ("pt", "cp1252", "cp1252 (Western Europe)"),
        ("sv", "cp1252", "cp1252 (Western Europe)"),
        ("pl", "cp1250", "cp1250 (Central Europe)"),
        ("cs", "cp1250", "cp1250 (Central Europe)"),
        ("cs", "iso8859_2", "iso8859_2 (Central Europe, old Unix)"),
        ("tr", "cp1254", "cp1254 (Turkey)"),
        ("ru", "cp1251", "cp1251 (Russia and others)"),
        ("ru", "koi8_r", "koi8_u (Russia, old Unix)"),
        ("ru", "cp866", "cp866 (Russia, MS-DOS)"),
        ("el", "cp1253", "cp1253 (Greece)"),
        ("he", "cp1255", "cp1255 (Israel)"),
        ("ar", "cp1256", "cp1256 (Arabic and Persian)"),
        ("th", "cp874", "cp874 (Thailand)"),
        ("zh", "gbk", "gb18030 (China)"),
        ("zh", "gb18030", "gb18030 (China)"),
        ("zh-tw", "big5", "big5 (Taiwan and Hong Kong)"),
        ("ja", "shift_jis", "cp932 (Japan)"),
        ("ja", "euc_jp", "euc_jp (Japan, old Unix)"),
        ("ja", "iso2022_jp", "iso2022_jp (Japan)"),
        ("ko", "euc_kr", "cp949 (Korea)"),
    ],
)
def test_a_guess_is_right_and_said(tmp_path, language, encoding, name):
    text = TEXTS[language].replace("’", "'") if encoding == "cp850" else TEXTS[language]
    lines = text.split("\n")
    path = tmp_path / "a.csv"
    path.write_bytes(("text,label\n" + "".join(f'"{line}",good\n' for line in lines)).encode(encoding))
    table = read_table(path, {}, ("text", "label"))
    assert list(table["text"]) == lines
    said = f"not UTF-8; encoding {name} is a guess: look at the result, or name another under encoding"
    assert table.attrs["notes"] == [said]


@pytest.mark.parametrize(("content", "encoding", "message"), [
    ("très été\n".encode("cp1252"), "auto",
     "PATH is not UTF-8 (byte 0xe8 at 2), and its encoding is not sure: it may be cp1252 (Western Europe: "
     "très), cp1250 (Central Europe: trčs); name one under encoding in the params file, and look at the result"),
    ("방이 깨끗해요,좋음\n".encode("cp949"), "auto",
     "PATH is not UTF-8 (byte 0xb9 at 0), and its encoding is not sure: it may be gb18030 (China: 规捞), cp949 "
     "(Korea: 방이); name one under encoding in the params file, and look at the result"),
    (bytes(range(128, 256)), "auto",
     "PATH is not UTF-8 (byte 0x80 at 0), and in no common encoding either: name its own under encoding in the "
     "params file, for example cp1252 (Western Europe), cp1251 (Russia), gb18030 (China) or cp932 (Japan), and "
     "look at the result"),
    ("größer\n".encode() * 10 + b"gr\xf6\xdfer\n", "auto",
     "PATH is not UTF-8 (byte 0xf6 at 92), but nearly all of it is: mend line 11, or save the file anew " "as UTF-8"),
    (b"\xff\xfea\x00b", "auto",
     "PATH is not UTF-16 (byte 0x62 at 4): it begins as such a file and is damaged; save it anew"),
    (b"\xf6", "utf-8", "PATH is not UTF-8 (byte 0xf6 at 0): correct encoding: utf-8 in the params file"),
    (b"a", "gb18031",
     "encoding must be auto or a Python codec of text, 'gb18031' is none (did you mean gb18030?): correct "
     "encoding in the params file, for example utf-8, cp1252 or gb18030"),
    (b"a", "base64",
     "encoding must be auto or a Python codec of text, 'base64' is none: correct encoding in the params "
     "file, for example utf-8, cp1252 or gb18030"),
])  # fmt: skip
def test_what_is_not_sure_is_one_line(content, encoding, message):
    assert error_of(decode, content, encoding, "PATH") == message


def test_a_named_encoding_is_taken_as_it_is():
    assert decode("très".encode("cp1252"), "cp1250", "PATH") == ("trčs", [])
    assert decode("\ufefftrès".encode(), "utf-8", "PATH") == ("très", [])


def test_a_long_line_is_cut_where_no_sign_is_broken():
    text = "x, " * 20_000 + "房a间很小，早餐好, " * 4_000
    assert decode(text.encode("gbk"), "auto", "PATH")[0] == text
